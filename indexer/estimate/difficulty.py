"""Difficulty and stars where no curator gave any, each with how far to trust it.

Why it exists: most lists rate nothing, yet readers ask for something easy. What ships says how hard
a work seems and whether one learns from it at all (levels.py); a Bayesian regression starts from
that, for stars from words of praise, and learns from what curators of the same collection rated: by
vector, list, section and author. What is nothing to learn from has no level. Where in its list an
entry stands is not looked at: rated lists are often sorted by stars, which would leak them. Must
not know the model behind the vectors, ranking or disk.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cache import npy
from cache.records import Document, Facts, Resource
from cache.rows import FloatRows
from indexer.estimate.bayes import Floats
from indexer.estimate.clues import believed, clues_of, note_of
from indexer.estimate.learned import CHUNK, Arrays, Learned, Predicted, Shelf, Target, learn
from indexer.estimate.level_cues import body_points, good_points
from indexer.estimate.levels import MATTER, PER_POINT, Usual, Weights, weights, with_hours
from indexer.lazy import LazySequence
from search.text import fold

DIFFICULTY = Target(
    least=1,
    most=3,
    mean=(2.0, 0.1),
    said=(1.0, 0.05),
    points=(0.0, 0.01),
    length=(0.0, 0.02),
    own=(0.5, 0.15),
    listed=0.3,
    group=0.15,
    vector=0.2,
    noise=0.28,
    doubt=0.02,
)
STARS = Target(
    least=1,
    most=5,
    mean=(3.3, 0.3),
    said=(0.0, 0.02),
    points=(0.15, 0.1),
    length=(0.2, 0.2),
    own=(0.02, 0.02),
    listed=0.3,
    group=0.2,
    vector=0.3,
    noise=0.42,
    doubt=math.inf,
)
"""Set on 99 ratings of one curator, all beliefs at once and coarsely; docs/difficulty.md has what
choosing them anew without the judged rows gives."""

LEVELS_SAID = (0.5, 3.5)
"""Bounds of what ships: words that pile up say no more than that it is easy, or hard."""

ENOUGH_LEARNED = 0.1
"""Share of the doubt that rated neighbours must remove before they alone carry an estimate."""

MOST_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimates:
    """Difficulty and stars of n resources, (n, 2) each: the value and how far to trust it, NaN
    where there is nothing to go on; and what they follow from beside the resources."""

    difficulty: Floats
    rating: Floats
    taught: "Taught"

    def complete(self, row: int, fact: Facts) -> Facts:
        """The facts of the resource at row, with what no curator said filled in."""
        level, stars = self.difficulty[row].tolist(), self.rating[row].tolist()
        if fact.difficulty is None and not math.isnan(level[0]):
            value, trust = (round(each, 3) for each in level)
            fact = replace(fact, difficulty=value, difficulty_confidence=trust)
        if fact.rating is None and not math.isnan(stars[0]):
            value, trust = (round(each, 3) for each in stars)
            fact = replace(fact, rating=value, rating_confidence=trust)
        return fact


def estimate(
    resources: Sequence[Resource],
    facts: Sequence[Facts],
    vectors: FloatRows,
    documents: Mapping[str, Document],
) -> list[Facts]:
    """The facts, with rating and difficulty filled in where unknown and anything can be said."""
    found = estimates(resources, facts, vectors, documents)
    return [found.complete(row, fact) for row, fact in enumerate(facts)]


def estimates(
    resources: Sequence[Resource],
    facts: Sequence[Facts],
    vectors: FloatRows,
    documents: Mapping[str, Document],
    raw: FloatRows | None = None,
    model_id: str | None = None,
    taught: "Taught | None" = None,
) -> Estimates:
    """What is to be filled in where curators said nothing.

    vectors are (n, dim) of the cards, raw or centred; raw are those that the model model_id made,
    without which words stand alone; documents are by resource id; taught is what the ratings of
    nearly the same collection taught, and is learned from these resources without it. What
    curators said is left as it is. The confidence of an estimate is the chance that it is, rounded,
    what a curator would say; 1 stays for what one did. Deterministic; O(n dim²) time.
    """
    shipped = weights(model_id if raw is not None else None)
    told = _told(resources, documents, shipped, raw)
    usual = taught.usual if taught else UsualOf.resources(resources, facts)
    hard, good = _shelved(resources, facts, told, usual)
    levels, stars = ([f.difficulty for f in facts], [f.rating for f in facts])
    if taught is None:
        taught = Taught(
            learn(hard, DIFFICULTY, levels, vectors), learn(good, STARS, stars, vectors), usual
        )
    return Estimates(
        _filled(hard, DIFFICULTY, taught.difficulty.predict(hard, vectors)),
        _filled(good, STARS, taught.rating.predict(good, vectors)),
        taught,
    )


def shelves(
    resources: Sequence[Resource],
    facts: Sequence[Facts],
    documents: Mapping[str, Document],
    shipped: Weights,
    raw: FloatRows | None = None,
) -> tuple[Shelf, Shelf]:
    """What bears on difficulty, and what bears on stars."""
    told = _told(resources, documents, shipped, raw)
    return _shelved(resources, facts, told, UsualOf.resources(resources, facts))


@dataclass(frozen=True, slots=True)
class UsualOf:
    """What is usual in each list of a collection: hours, and the logarithm of a note's length."""

    hours: Usual
    lengths: Mapping[str, float]
    length: float

    @classmethod
    def resources(cls, resources: Sequence[Resource], facts: Sequence[Facts]) -> "UsualOf":
        """What is usual among resources; length of all of them."""
        lengths = _note_lengths(resources)
        lists = [_first_list(resource) for resource in resources]
        total, count = Counter[str](), Counter(lists)
        for list_id, length in zip(lists, lengths.tolist(), strict=True):
            total[list_id] += length
        means = {name: total[name] / count[name] for name in count}
        hours = [_hours(resource, fact) for resource, fact in zip(resources, facts, strict=True)]
        return cls(Usual.of(hours), means, float(lengths.mean()) if len(lengths) else 0.0)


def _shelved(
    resources: Sequence[Resource], facts: Sequence[Facts], told: Floats, usual: UsualOf
) -> tuple[Shelf, Shelf]:
    level, matter, points, praise = told.T
    hours = [_hours(resource, fact) for resource, fact in zip(resources, facts, strict=True)]
    level = np.clip(with_hours(level, hours, usual.hours), *LEVELS_SAID)
    means = [usual.lengths.get(_first_list(resource), usual.length) for resource in resources]
    lengths = _note_lengths(resources) - np.array(means, np.float64)
    groups = LazySequence(
        len(resources), lambda row: tuple(dict.fromkeys(_group_names(resources[row], facts[row])))
    )
    taught = matter >= MATTER
    never = np.zeros(len(resources), np.bool_)
    hard = np.column_stack([level - 2, points, lengths])
    good = np.column_stack([np.zeros(len(resources)), np.nan_to_num(praise), lengths])
    return (
        Shelf(hard, taught, matter < MATTER / 2, groups),
        Shelf(good, ~np.isnan(praise), never, groups),
    )


def _hours(resource: Resource, fact: Facts) -> tuple[str, float] | None:
    """The hours of a work, and the list that states them."""
    if not fact.hours:
        return None
    return next((m.list_id for m in resource.mentions if m.hours), ""), fact.hours


def _told(
    resources: Sequence[Resource],
    documents: Mapping[str, Document],
    shipped: Weights,
    raw: FloatRows | None,
) -> Floats:
    """(n, 4) what words and the card's vector tell of a resource before any rating is seen: its
    level, whether there is anything to learn, points of the words that were believed to tell,
    points of praise (NaN for none)."""
    found = np.zeros((len(resources), 4))
    for row, resource in enumerate(resources):
        clues = clues_of(resource)
        found[row, :2], found[row, 2:] = (
            shipped.of_clues(clues),
            (believed(clues), _praise(resource)),
        )
        if (document := documents.get(resource.id)) is not None:
            found[row, 0] += PER_POINT * body_points(document.text)
    if raw is not None and shipped.dim:
        for start in range(0, len(resources), CHUNK):
            rows = slice(start, start + CHUNK)
            found[rows, :2] += shipped.of_vectors(raw[rows])
    return found


def _praise(resource: Resource) -> float:
    found = good_points(resource.title, note_of(resource))
    return math.nan if found is None else found


def regress(
    shelf: Shelf, target: Target, values: Sequence[float | None], vectors: FloatRows
) -> Predicted:
    """What is said of each row by the values that are known."""
    return learn(shelf, target, values, vectors).predict(shelf, vectors)


@dataclass(frozen=True, slots=True)
class Taught:
    """What the ratings of a collection taught, and what is usual in its lists."""

    difficulty: Learned
    rating: Learned
    usual: UsualOf

    def arrays(self) -> Arrays:
        """What of takes."""
        hours = self.usual.hours
        told = [hours.lists, hours.others, self.usual.lengths, self.usual.length]
        learned = {**self.difficulty.arrays("difficulty"), **self.rating.arrays("rating")}
        return {**learned, "usual": npy.packed(told)}

    @classmethod
    def of(cls, held: Arrays) -> "Taught":
        """What arrays gave. Raises KeyError or ValueError."""
        lists, (middle, spread), lengths, length = npy.unpacked(held["usual"])
        hours = Usual({name: (m, s) for name, (m, s) in lists.items()}, (middle, spread))
        usual = UsualOf(hours, lengths, length)
        return cls(Learned.of(held, "difficulty"), Learned.of(held, "rating"), usual)


def confidence(means: Floats, variances: Floats, target: Target) -> Floats:
    """(n,) chances that the means are, rounded, what a curator would say.

    Curators say whole values within bounds: the normal belief is rounded to what they can say.
    """
    values = np.arange(target.least, target.most + 1)
    deviations = np.sqrt(np.minimum(variances, target.noise + target.doubt))[:, None]
    below = _normal((values[1:] - 0.5 - means[:, None]) / deviations)
    ends = np.zeros((len(means), 1)), np.ones((len(means), 1))
    chances = np.diff(np.hstack([ends[0], below, ends[1]]), axis=1)
    own = np.clip(np.floor(means + 0.5) - target.least, 0, len(values) - 1).astype(np.intp)
    return np.asarray(np.take_along_axis(chances, own[:, None], 1)[:, 0], np.float64)


def _filled(shelf: Shelf, target: Target, predicted: Predicted) -> Floats:
    """(n, 2) values and confidences, NaN where there is nothing to go on."""
    filled = np.full((len(shelf.wording), 2), np.nan)
    start = 0
    for means, variances, learned in predicted:
        rows = slice(start, start + len(means))
        clipped = np.clip(means, target.least, target.most)
        sure = np.minimum(confidence(clipped, variances, target), MOST_CONFIDENCE)
        said = (shelf.evidence[rows] | (learned >= ENOUGH_LEARNED)) & ~shelf.barred[rows]
        filled[rows][said] = np.column_stack([clipped, sure])[said]
        start = rows.stop
    return filled


def _note_lengths(resources: Sequence[Resource]) -> Floats:
    """(n,) natural logarithms of the length of a resource's notes."""
    return np.log1p(np.array([len(note_of(resource)) for resource in resources], np.float64))


def _first_list(resource: Resource) -> str:
    return resource.mentions[0].list_id if resource.mentions else ""


def _group_names(resource: Resource, fact: Facts) -> Iterator[str]:
    for mention in resource.mentions:
        yield f"list\t{mention.list_id}"
        if mention.section:
            yield f"section\t{mention.list_id}\t{mention.section[-1]}"
    if fact.author:
        yield f"author\t{fold(fact.author)}"


def _normal(values: Floats) -> Floats:
    """The standard normal distribution function."""
    flat = [0.5 * math.erfc(-value / math.sqrt(2)) for value in values.ravel().tolist()]
    return np.array(flat).reshape(values.shape)

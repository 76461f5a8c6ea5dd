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
from numpy.typing import NDArray

from cache.records import Document, Facts, Resource
from cache.rows import FloatRows
from indexer.estimate.bayes import Block, Floats, fit, side_by_side
from indexer.estimate.clues import believed, clues_of, note_of
from indexer.estimate.level_cues import body_points, good_points
from indexer.estimate.levels import MATTER, PER_POINT, Weights, weights, with_hours
from indexer.lazy import LazySequence
from search.text import fold


@dataclass(frozen=True, slots=True)
class Target:
    """What is estimated, and what is believed of it before any rating of the collection is seen.

    A column's belief is (mean, standard deviation) of its weight, in levels or stars: mean for the
    level of everything, said for a level above the middle by what ships, points for a point of
    words, length for a note e times as long as the list's average. own are deviations of said and
    points on lists whose curator rates: his scale is his own. vector, listed and group only have a
    deviation. noise is the variance of one rating around what can be known of it, doubt the
    most that is added for what is not known: what ships was tried on lists it had not seen.
    """

    least: float
    most: float
    mean: tuple[float, float]
    said: tuple[float, float]
    points: tuple[float, float]
    length: tuple[float, float]
    own: tuple[float, float]
    listed: float
    group: float
    vector: float
    noise: float
    doubt: float


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

MOST_GROUPS = 300
CHUNK = 4096
LEVELS_SAID = (0.5, 3.5)
"""Bounds of what ships: words that pile up say no more than that it is easy, or hard."""

ENOUGH_LEARNED = 0.1
"""Share of the doubt that rated neighbours must remove before they alone carry an estimate."""

MOST_CONFIDENCE = 0.95

TOLD = 4
"""What its words and its card's vector tell of a resource, whatever is rated: its level, whether
there is anything to learn, points of the words that were believed to tell, points of praise (NaN
for none)."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is known of n resources beside ratings: wording (n, 3) and names of their groups.

    Columns of wording: the level that ships less 2, points of words, the length of the note.
    evidence is whether that is enough to go on, barred whether nothing is.
    """

    wording: Floats
    evidence: NDArray[np.bool_]
    barred: NDArray[np.bool_]
    groups: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Estimates:
    """Difficulty and stars of n resources, (n, 2) each: the value and how far to trust it, NaN
    where there is nothing to go on; and (n, TOLD) what was told of them without ratings."""

    difficulty: Floats
    rating: Floats
    told: Floats

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
    known: Floats | None = None,
) -> Estimates:
    """What is to be filled in where curators said nothing.

    vectors are (n, dim) of the cards, raw or centred; raw are those that the model model_id made,
    without which words stand alone; documents are by resource id; known (n, TOLD) is what is
    told of them without ratings as far as an earlier build read it, NaN where it did not. What
    curators said is left as it is. The confidence of an estimate is the chance that it is, rounded,
    what a curator would say; 1 stays for what one did. Deterministic; O(n dim²) time.
    """
    shipped = weights(model_id if raw is not None else None)
    told = _told(resources, documents, shipped, raw, known)
    hard, good = _shelved(resources, facts, told)
    return Estimates(
        _filled(hard, DIFFICULTY, [fact.difficulty for fact in facts], vectors),
        _filled(good, STARS, [fact.rating for fact in facts], vectors),
        told,
    )


def shelves(
    resources: Sequence[Resource],
    facts: Sequence[Facts],
    documents: Mapping[str, Document],
    shipped: Weights,
    raw: FloatRows | None = None,
) -> tuple[Shelf, Shelf]:
    """What bears on difficulty, and what bears on stars."""
    return _shelved(resources, facts, _told(resources, documents, shipped, raw))


def _shelved(
    resources: Sequence[Resource], facts: Sequence[Facts], told: Floats
) -> tuple[Shelf, Shelf]:
    level, matter, points, praise = told.T
    hours = [_hours(resource, fact) for resource, fact in zip(resources, facts, strict=True)]
    level = np.clip(with_hours(level, hours), *LEVELS_SAID)
    lengths = _note_lengths(resources)
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
    known: Floats | None = None,
) -> Floats:
    """(n, TOLD) what is told before any rating is seen, read where it is not known."""
    found = np.full((len(resources), TOLD), np.nan) if known is None else known.copy()
    unread = np.flatnonzero(np.isnan(found[:, 0]))
    for row in unread.tolist():
        resource = resources[row]
        clues = clues_of(resource)
        found[row, :2], found[row, 2:] = (
            shipped.of_clues(clues),
            (believed(clues), _praise(resource)),
        )
        if (document := documents.get(resource.id)) is not None:
            found[row, 0] += PER_POINT * body_points(document.text)
    if raw is not None and shipped.dim:
        for start in range(0, len(unread), CHUNK):
            rows = unread[start : start + CHUNK]
            found[rows, :2] += shipped.of_vectors(raw[rows])
    return found


def _praise(resource: Resource) -> float:
    found = good_points(resource.title, note_of(resource))
    return math.nan if found is None else found


def regress(
    shelf: Shelf, target: Target, values: Sequence[float | None], vectors: FloatRows
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Chunks of (mean, variance, learned), a row a resource, by the values that are known.

    learned is the share of the doubt about a row that its rated neighbours removed.
    """
    known = np.array([row for row, value in enumerate(values) if value is not None], dtype=np.intp)
    dim = vectors.shape[1]
    names = _common(shelf.groups[row] for row in known)
    centre = vectors[known].mean(0, dtype=np.float64) if len(known) else np.zeros(dim)
    prior, deviations = _beliefs(target, names, dim)

    rated = np.array([name.startswith("list\t") for name in names], np.float64)

    def blocks(rows: NDArray[np.intp]) -> list[Block]:
        members, index = _indicators(shelf.groups, rows, names)
        here = np.minimum(1, members @ rated)
        here = here if index is None else here[index]
        wording = shelf.wording[rows]
        return [
            (np.column_stack([np.ones(len(rows)), wording, wording[:, :2] * here[:, None]]), None),
            (members, index),
            (_unit(vectors[rows] - centre), None),
        ]

    observed = np.array([values[row] for row in known], dtype=np.float64)
    posterior = fit(side_by_side(blocks(known)), observed, prior, deviations, target.noise)
    for start in range(0, len(values), CHUNK):
        # What wording and the overall mean say is not learned from neighbours.
        yield posterior.predict(blocks(np.arange(start, min(start + CHUNK, len(values)))))


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


def _filled(
    shelf: Shelf, target: Target, values: Sequence[float | None], vectors: FloatRows
) -> Floats:
    """(n, 2) values and confidences, NaN where there is nothing to go on."""
    filled = np.full((len(values), 2), np.nan)
    start = 0
    for means, variances, learned in regress(shelf, target, values, vectors):
        rows = slice(start, start + len(means))
        clipped = np.clip(means, target.least, target.most)
        sure = np.minimum(confidence(clipped, variances, target), MOST_CONFIDENCE)
        said = (shelf.evidence[rows] | (learned >= ENOUGH_LEARNED)) & ~shelf.barred[rows]
        filled[rows][said] = np.column_stack([clipped, sure])[said]
        start = rows.stop
    return filled


def _note_lengths(resources: Sequence[Resource]) -> Floats:
    """(n,) natural logarithms of the length of a resource's notes over its first list's average."""
    lengths = np.log1p(np.array([len(note_of(resource)) for resource in resources], np.float64))
    lists = [r.mentions[0].list_id if r.mentions else "" for r in resources]
    total, count = Counter[str](), Counter(lists)
    for list_id, length in zip(lists, lengths.tolist(), strict=True):
        total[list_id] += length
    return np.asarray(lengths - [total[name] / count[name] for name in lists], dtype=np.float64)


def _group_names(resource: Resource, fact: Facts) -> Iterator[str]:
    for mention in resource.mentions:
        yield f"list\t{mention.list_id}"
        if mention.section:
            yield f"section\t{mention.list_id}\t{mention.section[-1]}"
    if fact.author:
        yield f"author\t{fold(fact.author)}"


def _common(groups: Iterator[tuple[str, ...]]) -> dict[str, int]:
    """Columns of the names that at least two rated resources share, the most common first."""
    counts = Counter(name for names in groups for name in names)
    shared = sorted((-count, name) for name, count in counts.items() if count > 1)
    return {name: column for column, (_, name) in enumerate(shared[:MOST_GROUPS])}


def _indicators(
    groups: Sequence[tuple[str, ...]], rows: NDArray[np.intp], names: Mapping[str, int]
) -> Block:
    """1 where a row is in the group of a column; the rows of one section of one list are equal."""
    kinds: dict[tuple[int, ...], int] = {(): 0}
    index = np.zeros(len(rows), np.intp)
    for place, row in enumerate(rows.tolist() if names else ()):
        own = tuple(names[name] for name in groups[row] if name in names)
        index[place] = kinds.setdefault(own, len(kinds))
    columns = np.zeros((len(kinds), len(names)))
    for own, kind in kinds.items():
        columns[kind, list(own)] = 1
    return columns, index


def _beliefs(target: Target, names: Mapping[str, int], dim: int) -> tuple[Floats, Floats]:
    """Means and deviations of the weights, in the order of the columns."""
    own = [(0.0, deviation) for deviation in target.own]
    fixed = (target.mean, target.said, target.points, target.length, *own)
    groups = [target.listed if name.startswith("list\t") else target.group for name in names]
    prior = [mean for mean, _ in fixed] + [0.0] * (len(names) + dim)
    deviations = [deviation for _, deviation in fixed] + groups + [target.vector] * dim
    return np.array(prior), np.array(deviations)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float64)


def _normal(values: Floats) -> Floats:
    """The standard normal distribution function."""
    flat = [0.5 * math.erfc(-value / math.sqrt(2)) for value in values.ravel().tolist()]
    return np.array(flat).reshape(values.shape)

"""Difficulty and stars where no curator gave any, each with how far to trust it.

Why it exists: most lists rate nothing, yet readers ask for something easy. A Bayesian regression
starts from the wording, the kind and the headings, whose weights ship with the code, and learns
from what curators of the same collection rated: by vector, list, section and author. With no
ratings it is the wording alone; with nothing to go on it says nothing. Where in its list an entry
stands is not looked at: rated lists are often sorted by stars, which would leak them. Must not
know the model behind the vectors, ranking or disk.
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
from indexer.estimate.level_cues import KIND_POINTS, points, section_level
from indexer.lazy import LazySequence
from search.text import fold


@dataclass(frozen=True, slots=True)
class Target:
    """What is estimated, and what is believed of it before any rating of the collection is seen.

    A column's belief is (mean, standard deviation) of its weight, in levels or stars: mean for the
    level of everything, points for one point of wording, section for one level named by a heading,
    length for a note e times as long as the list's average. vector, list, group and section only
    have a deviation. noise is the variance of one rating around what can be known of it. usual is
    the variance of ratings: the squared error of always saying their mean.
    """

    least: float
    most: float
    mean: tuple[float, float]
    points: tuple[float, float]
    heading: tuple[float, float]
    length: tuple[float, float]
    listed: float
    group: float
    vector: float
    noise: float
    usual: float


DIFFICULTY = Target(
    least=1,
    most=3,
    mean=(2.0, 0.3),
    points=(0.18, 0.05),
    heading=(0.6, 0.2),
    length=(0.0, 0.02),
    listed=0.2,
    group=0.15,
    vector=0.2,
    noise=0.33,
    usual=0.55,
)
STARS = Target(
    least=1,
    most=5,
    mean=(3.3, 0.3),
    points=(0.15, 0.1),
    heading=(0.0, 0.02),
    length=(0.2, 0.2),
    listed=0.3,
    group=0.2,
    vector=0.3,
    noise=0.42,
    usual=0.77,
)
"""Set on 99 ratings of one curator, all beliefs at once and coarsely; docs/difficulty.md has what
choosing them anew without the judged rows gives."""

FIXED = 4
MOST_GROUPS = 300
CHUNK = 4096
ENOUGH_LEARNED = 0.1
"""Share of the doubt that rated neighbours must remove before they alone carry an estimate."""

MOST_CONFIDENCE = 0.95
LEAST_CONFIDENCE = 0.02


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is known of n resources beside ratings: wording (n, 3) and names of their groups.

    Columns of wording: points, level named by a heading less 2, length of the note. evidence is
    whether the wording says anything at all.
    """

    wording: Floats
    evidence: NDArray[np.bool_]
    groups: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Estimates:
    """Difficulty and stars of n resources, (n, 2) each: the value and how far to trust it, NaN
    where there is nothing to go on."""

    difficulty: Floats
    rating: Floats

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
) -> Estimates:
    """What is to be filled in where curators said nothing.

    vectors are (n, dim) of the cards, raw or centred; documents are by resource id. What curators
    said is left as it is. The confidence of an estimate is the share of the squared error of
    always saying the mean that it is expected to avoid: 0 is no better than that, and 1 stays for
    what a curator said. Deterministic; O(n dim²) time.
    """
    hard, good = shelves(resources, facts, documents)
    return Estimates(
        _filled(hard, DIFFICULTY, [fact.difficulty for fact in facts], vectors),
        _filled(good, STARS, [fact.rating for fact in facts], vectors),
    )


def shelves(
    resources: Sequence[Resource], facts: Sequence[Facts], documents: Mapping[str, Document]
) -> tuple[Shelf, Shelf]:
    """What bears on difficulty, and what bears on stars."""
    hard, good = np.full((len(resources), 2), np.nan), np.full((len(resources), 2), np.nan)
    for row, resource in enumerate(resources):
        words, praise = points(resource.title, _note(resource), _body(resource, documents))
        hard[row] = _hard(resource, words)
        good[row, 0] = np.nan if praise is None else praise
    lengths = _note_lengths(resources)
    groups = LazySequence(
        len(resources), lambda row: tuple(dict.fromkeys(_group_names(resources[row], facts[row])))
    )
    return _shelf(hard, lengths, groups), _shelf(good, lengths, groups)


def _shelf(said: Floats, lengths: Floats, groups: Sequence[tuple[str, ...]]) -> Shelf:
    wording = np.column_stack([np.nan_to_num(said), lengths])
    return Shelf(wording, np.asarray((~np.isnan(said)).any(1), np.bool_), groups)


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

    def blocks(rows: NDArray[np.intp]) -> list[Block]:
        said = np.column_stack([np.ones(len(rows)), shelf.wording[rows]])
        return [
            (said, None),
            _indicators(shelf.groups, rows, names),
            (_unit(vectors[rows] - centre), None),
        ]

    observed = np.array([values[row] for row in known], dtype=np.float64)
    posterior = fit(side_by_side(blocks(known)), observed, prior, deviations, target.noise)
    for start in range(0, len(values), CHUNK):
        # What wording and the overall mean say is not learned from neighbours.
        yield posterior.predict(blocks(np.arange(start, min(start + CHUNK, len(values)))))


def confidence(means: Floats, variances: Floats, target: Target) -> Floats:
    """(n,) expected shares of the squared error of the usual guess that the means avoid.

    Curators say whole values within bounds, so a mean near a bound is surer: the normal belief is
    rounded to what they can say before its error is taken.
    """
    values = np.arange(target.least, target.most + 1)
    deviations = np.sqrt(variances)[:, None]
    below = _normal((values[1:] - 0.5 - means[:, None]) / deviations)
    ends = np.zeros((len(means), 1)), np.ones((len(means), 1))
    chances = np.diff(np.hstack([ends[0], below, ends[1]]), axis=1)
    errors = (chances * (values - means[:, None]) ** 2).sum(1)
    return np.asarray(1 - errors / target.usual, dtype=np.float64)


def _filled(
    shelf: Shelf, target: Target, values: Sequence[float | None], vectors: FloatRows
) -> Floats:
    """(n, 2) values and confidences, NaN where there is nothing to go on."""
    filled = np.full((len(values), 2), np.nan)
    start = 0
    for means, variances, learned in regress(shelf, target, values, vectors):
        rows = slice(start, start + len(means))
        clipped = np.clip(means, target.least, target.most)
        sure = np.clip(confidence(clipped, variances, target), LEAST_CONFIDENCE, MOST_CONFIDENCE)
        said = shelf.evidence[rows] | (learned >= ENOUGH_LEARNED)
        filled[rows][said] = np.column_stack([clipped, sure])[said]
        start = rows.stop
    return filled


def _hard(resource: Resource, words: float | None) -> tuple[float, float]:
    """Points of wording and kind, and the level that headings name less 2; NaN for neither."""
    of_kind = KIND_POINTS.get(resource.kind or "")
    if of_kind is not None:
        words = (words or 0.0) + of_kind
    levels = [section_level(mention.section) for mention in resource.mentions]
    named = [level - 2 for level in levels if level is not None]
    return np.nan if words is None else words, sum(named) / len(named) if named else np.nan


def _body(resource: Resource, documents: Mapping[str, Document]) -> str:
    document = documents.get(resource.id)
    return document.text if document else ""


def _note(resource: Resource) -> str:
    if len(resource.mentions) == 1:
        return resource.mentions[0].note
    notes = dict.fromkeys(mention.note for mention in resource.mentions)
    return "\n".join(note for note in notes if note)


def _note_lengths(resources: Sequence[Resource]) -> Floats:
    """(n,) natural logarithms of the length of a resource's notes over its first list's average."""
    lengths = np.log1p(np.array([len(_note(resource)) for resource in resources], np.float64))
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
    fixed = (target.mean, target.points, target.heading, target.length)
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

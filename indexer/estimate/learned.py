"""What the ratings of a collection teach of a target, kept as numbers, and what follows of others.

Why it exists: a few new works should be judged as all others were, without learning anew from all
of them. Must not know what wording is, nor where vectors come from.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.rows import FloatRows
from indexer.estimate.bayes import Block, Floats, Posterior, fit, side_by_side

Arrays = Mapping[str, NDArray[Any]]

MOST_GROUPS = 300
CHUNK = 4096
_POSTERIOR = ("scales", "prior", "mean", "root", "noise")


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


Predicted = Iterator[tuple[Floats, Floats, Floats]]
"""Chunks of (mean, variance, learned), a row a resource; learned is the share of the doubt about a
row that its rated neighbours removed."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the ratings of a collection taught about a target: columns of groups by name, which of
    them are rated lists, the middle of the rated vectors, and the belief about every column."""

    names: Mapping[str, int]
    centre: Floats
    posterior: Posterior

    def predict(self, shelf: Shelf, vectors: FloatRows) -> Predicted:
        """What is said of each row of a shelf, (n, dim) vectors being those of its cards."""
        for start in range(0, len(shelf.wording), CHUNK):
            # What wording and the overall mean say is not learned from neighbours.
            rows = np.arange(start, min(start + CHUNK, len(shelf.wording)))
            yield self.posterior.predict(_blocks(shelf, vectors, rows, self.names, self.centre))

    def arrays(self, name: str) -> Arrays:
        """What of takes, each array under a name that begins with name."""
        held = {key: getattr(self.posterior, key) for key in _POSTERIOR}
        told = {**held, "names": npy.packed(list(self.names)), "centre": self.centre}
        return {f"{name}_{key}": np.asarray(array) for key, array in told.items()}

    @classmethod
    def of(cls, held: Arrays, name: str) -> "Learned":
        """What arrays gave. Raises KeyError or ValueError."""
        names = {each: row for row, each in enumerate(npy.unpacked(held[f"{name}_names"]))}
        scales, prior, mean, root, noise = (held[f"{name}_{key}"] for key in _POSTERIOR)
        posterior = Posterior(scales, prior, mean, root, float(noise))
        return cls(names, held[f"{name}_centre"], posterior)


def learn(
    shelf: Shelf, target: Target, values: Sequence[float | None], vectors: FloatRows
) -> Learned:
    """What the values that are known teach."""
    known = np.array([row for row, value in enumerate(values) if value is not None], dtype=np.intp)
    dim = vectors.shape[1]
    names = _common(shelf.groups[row] for row in known)
    centre = vectors[known].mean(0, dtype=np.float64) if len(known) else np.zeros(dim)
    prior, deviations = _beliefs(target, names, dim)
    columns = side_by_side(_blocks(shelf, vectors, known, names, centre))
    observed = np.array([values[row] for row in known], dtype=np.float64)
    return Learned(names, centre, fit(columns, observed, prior, deviations, target.noise))


def _blocks(
    shelf: Shelf,
    vectors: FloatRows,
    rows: NDArray[np.intp],
    names: Mapping[str, int],
    centre: Floats,
) -> list[Block]:
    rated = np.array([name.startswith("list\t") for name in names], np.float64)
    members, index = _indicators(shelf.groups, rows, names)
    here = np.minimum(1, members @ rated)
    here = here if index is None else here[index]
    wording = shelf.wording[rows]
    return [
        (np.column_stack([np.ones(len(rows)), wording, wording[:, :2] * here[:, None]]), None),
        (members, index),
        (_unit(vectors[rows] - centre), None),
    ]


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

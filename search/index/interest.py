"""What sets liked things apart from everything else, as one direction among the vectors.

A linear discriminant against the collection (Fisher 1936): the weighted mean of the examples,
divided by the collection's own covariance, so that what everything here has in common counts
little. Closed form, so that a mark counts at once. Must not know resources, words or marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.arrays import Vectors
from search.index.dense import VectorIndex

SAMPLE = 2000
"""Rows that stand for the collection."""

RIDGE = 1.0
"""Trust in a round collection, in units of its mean variance. Tried .3, 1, 3, 10, 100 on topics
of TutorialBank: .3 to 3 are equal, 100 loses a tenth of similar's nDCG."""

FEWER = 10.0
"""More of that trust, in dimensions per row: the covariance of 80 rows in 384 dimensions knows
little, and divided by it an example would be like itself alone."""


@dataclass(frozen=True, slots=True)
class Interest:
    """A direction (dim,) such that `vectors @ direction` has spread 1 over all: by the
    median absolute deviation, so that the examples themselves do not stretch it."""

    direction: Vectors


def rounded(sample: Vectors) -> Vectors:
    """The covariance of (n, dim) vectors in units of its mean variance, with what is trusted in a
    round collection: (dim, dim)."""
    count, dim = sample.shape
    covariance = sample.T.astype(np.float64) @ sample / max(1, count)
    mean = max(1e-9, float(np.trace(covariance)) / dim)
    trust = RIDGE * (1 + FEWER * dim / max(1, count))
    return np.asarray(covariance / mean + trust * np.eye(dim))


@dataclass(frozen=True, slots=True)
class Covariance:
    """A sample of the collection (n, dim) and the inverse of its covariance (dim, dim)."""

    sample: Vectors
    precision: Vectors

    @classmethod
    def measure(cls, dense: VectorIndex) -> "Covariance":
        """From rows of an index, evenly spread."""
        step = max(1, dense.count // SAMPLE)
        sample = dense.reconstruct(np.arange(0, dense.count, step, dtype=np.int64))
        return cls(sample, np.linalg.inv(rounded(sample)).astype(np.float32))

    def interest(self, vectors: Vectors, weights: Sequence[float]) -> Interest:
        """What sets (n, dim) vectors of positive weight apart from the collection and from those
        of negative weight."""
        raw = self.precision @ (np.asarray(weights, np.float32) @ vectors)
        along = self.sample @ raw
        spread = 1.4826 * float(np.median(np.abs(along - np.median(along))))
        return Interest((raw / max(spread, 1e-9)).astype(np.float32))

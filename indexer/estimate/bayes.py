"""Linear regression that starts from what is believed and says how sure it has become.

Why it exists: a shelf may have no rating, ten or ten thousand; with a prior one formula serves all,
without a setting. Bishop 2006, Pattern Recognition and Machine Learning, 3.3. Must not know what
the columns mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


Block = tuple[Floats, NDArray[np.intp] | None]
"""Some columns side by side: rows, and for each observation its row (None: one each, in order)."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """Belief about the weights of scaled columns: their mean (d,) and a root of their spread,
    upper triangular."""

    scales: Floats
    prior: Floats
    mean: Floats
    root: Floats
    noise: float

    def predict(self, blocks: Sequence[Block]) -> tuple[Floats, Floats, Floats]:
        """Means (n,) and variances (n,) of what a curator would say, his own noise included; and
        (n,) in [0, 1) by how much the observations narrowed the belief about each row, the first
        block left out of that.

        blocks hold the columns in their order; the last one is for all rows and is multiplied in
        single precision: it has nearly all the columns that are not 0, and the doubt it carries is
        told to three digits.
        """
        (means, spread, _), *others = self._told(blocks)
        near, before = np.zeros_like(spread), np.zeros(len(spread))
        for mean, told, length in others:
            means += mean
            before += length
            near[:, near.shape[1] - told.shape[1] :] += told
        after = _squares(near)
        spread += near
        learned = (before - after) / np.maximum(before, 1e-12)
        return means, _squares(spread) + self.noise, learned

    def _told(self, blocks: Sequence[Block]) -> Iterator[tuple[Floats, Floats, Floats]]:
        """What each block adds: to the mean, to the last columns of the spread, and its length."""
        start = 0
        for rows, index in blocks:
            end = start + rows.shape[1]
            scaled = rows * self.scales[start:end]
            mean = rows @ self.prior[start:end] + scaled @ self.mean[start:end]
            root = self.root[start:end, start:]
            told = _product(scaled, root) if end == len(self.mean) else scaled @ root
            length = _squares(scaled)
            start = end
            yield (
                (mean, told, length) if index is None else (mean[index], told[index], length[index])
            )


def side_by_side(blocks: Sequence[Block]) -> Floats:
    """The columns (n, d) of blocks."""
    return np.hstack([rows if index is None else rows[index] for rows, index in blocks])


def _product(rows: Floats, root: Floats) -> Floats:
    product = rows.astype(np.float32) @ root.astype(np.float32)
    return np.asarray(product, np.float64)


def _squares(rows: Floats) -> Floats:
    """The squared length of each row."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows), np.float64)


def fit(
    columns: Floats, values: Floats, prior: Floats, deviations: Floats, noise: float
) -> Posterior:
    """The posterior after observing values (m,) at columns (m, d); m may be 0.

    Weights are believed normal around prior (d,) with standard deviations (d,), independent;
    noise is the variance of an observation. Time O(m d² + d³).
    """
    scaled = columns * deviations
    precision = scaled.T @ scaled / noise + np.eye(len(prior))
    root = np.linalg.inv(np.linalg.cholesky(precision)).T
    residual = values - columns @ prior
    mean = root @ (root.T @ (scaled.T @ residual)) / noise
    return Posterior(deviations, prior, mean, root, noise)

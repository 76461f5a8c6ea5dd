"""Linear regression that starts from what is believed and says how sure it has become.

Why it exists: a shelf may have no rating, ten or ten thousand; with a prior one formula serves all,
without a setting. Bishop 2006, Pattern Recognition and Machine Learning, 3.3. Must not know what
the columns mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Posterior:
    """Belief about the weights of scaled columns: their mean (d,) and a root of their spread."""

    scales: Floats
    prior: Floats
    mean: Floats
    root: Floats
    noise: float

    def predict(self, columns: Floats, apart: int) -> tuple[Floats, Floats, Floats]:
        """Means (n,) and variances (n,) of what a curator would say, his own noise included; and
        (n,) in [0, 1) by how much the observations narrowed the belief about each row, its first
        columns (so many as apart says) left out of that."""
        scaled = columns * self.scales
        spread = scaled @ self.root
        means = columns @ self.prior + scaled @ self.mean
        variances = _squares(spread) + self.noise
        before = _squares(scaled[:, apart:])
        after = _squares(spread - scaled[:, :apart] @ self.root[:apart])
        return means, variances, (before - after) / np.maximum(before, 1e-12)


def _squares(rows: Floats) -> Floats:
    """The squared length of each row."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows), dtype=np.float64)


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

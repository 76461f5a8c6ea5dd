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

    def predict(self, columns: Floats) -> tuple[Floats, Floats]:
        """Means (n,) and variances (n,) of what a curator would say, his own noise included."""
        scaled = columns * self.scales
        spread = scaled @ self.root
        return columns @ self.prior + scaled @ self.mean, (spread * spread).sum(1) + self.noise

    def learned(self, columns: Floats) -> Floats:
        """(n,) in [0, 1): by how much the observations narrowed the belief about each row."""
        scaled = columns * self.scales
        before = (scaled * scaled).sum(1)
        after = ((scaled @ self.root) ** 2).sum(1)
        return np.asarray((before - after) / np.maximum(before, 1e-12), dtype=np.float64)


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

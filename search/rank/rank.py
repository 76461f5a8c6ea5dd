"""Candidates and their parts into an order whose every score is the sum of its parts.

Must not know where parts come from or what a resource is.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cache.records import Ranked

Floats = NDArray[np.float32]
Ordinals = NDArray[np.int64]


def rank(
    ordinals: Ordinals, passages: Ordinals, parts: Mapping[str, Floats], k: int
) -> list[Ranked]:
    """The k best by the sum of parts, equal sums by ordinal."""
    if not len(ordinals):
        return []
    total = np.sum([part.astype(np.float64) for part in parts.values()], axis=0)
    best = np.lexsort((ordinals, -total))[:k]
    ranked = [_place(int(i), ordinals, passages, parts) for i in best]
    return sorted(ranked, key=lambda place: (-place.score, place.ordinal))


def _place(i: int, ordinals: Ordinals, passages: Ordinals, parts: Mapping[str, Floats]) -> Ranked:
    said = {name: round(float(part[i]), 6) for name, part in parts.items()}
    shown = {name: points for name, points in said.items() if points or name == "dense"}
    return Ranked(int(ordinals[i]), int(passages[i]), sum(shown.values()), shown)

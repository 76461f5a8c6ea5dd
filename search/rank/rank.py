"""Candidates and their parts into an order whose every score is the sum of its parts.

Must not know where parts come from or what a resource is.
"""

import numpy as np

from cache.records import Ranked
from search.arrays import Ordinals, Parts


def rank(ordinals: Ordinals, passages: Ordinals, parts: Parts, k: int) -> list[Ranked]:
    """The k best by the sum of parts, equal sums by ordinal."""
    if not len(ordinals):
        return []
    total = np.sum([part.astype(np.float64) for part in parts.values()], axis=0)
    best = np.lexsort((ordinals, -total))[:k]
    ranked = [_place(int(i), ordinals, passages, parts) for i in best]
    return sorted(ranked, key=lambda place: (-place.score, place.ordinal))


def _place(i: int, ordinals: Ordinals, passages: Ordinals, parts: Parts) -> Ranked:
    rounded = {name: round(float(part[i]), 6) for name, part in parts.items()}
    shown = {name: points for name, points in rounded.items() if points or name == "dense"}
    return Ranked(int(ordinals[i]), int(passages[i]), sum(shown.values()), shown)

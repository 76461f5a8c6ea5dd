"""How high a resource stands, whoever asks: what many lists and experts agree on.

Must not know readers, questions or where figures are kept.
"""

from collections.abc import Mapping

import numpy as np

from cache.records import KINDS, Query
from search.arrays import Figures, Floats, Ordinals, Parts
from search.rank.priors import prior_parts

STANDING = ("stars", "tier", "lists")
"""Priors that speak whoever asks."""

KIND = 0.1
"""Points that EXPERT is worth to a reader of whom nothing is known."""

FOREMOST = 5000
"""Resources of highest standing that are kept at hand."""

EXPERT: Mapping[str, float] = {
    "tutorial": 1.0,
    "course": 0.7,
    "video": 0.7,
    "book": 0.5,
    "talk": 0.5,
    "reference": 0.5,
    "article": 0.5,
    "survey": 0.1,
    "code": -0.4,
    "tool": -0.4,
    "dataset": -0.4,
    "paper": -1.0,
}
"""What experts put beside a resource on a list to learn from."""


def standing(figures: Figures) -> Parts:
    """Points for what curators say of (n,) resources, by prior."""
    points = prior_parts(Query("", ""), figures)
    return {name: part for name, part in points.items() if name in STANDING}


def standing_kinds() -> Floats:
    """Points by code of the kind column for a reader of whom nothing is known."""
    return np.array([0.0, *(KIND * EXPERT[kind] for kind in KINDS)], np.float32)


def best_first(figures: Figures) -> Ordinals:
    """Positions in figures by standing, best first; equal ones in their order."""
    total = standing_kinds()[figures["kind"]]
    for points in standing(figures).values():
        total = total + points
    return np.argsort(-total, kind="stable")


def foremost(figures: Figures) -> Ordinals:
    """The FOREMOST positions of highest standing, best first."""
    return best_first(figures)[:FOREMOST]

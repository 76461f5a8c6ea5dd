"""How high a resource stands, whoever asks: what many lists and experts agree on.

Must not know readers, questions or where figures are kept.
"""

from collections.abc import Mapping

import numpy as np

from cache.records import KINDS, Query
from search.arrays import Figures, Ordinals, Parts
from search.rank.priors import prior_parts

STANDING = ("stars", "tier", "lists")
"""Priors that speak whoever asks."""

KIND = 0.1
"""Points that EXPERT is worth to a reader of whom nothing is known."""

AGREED = 0.4
"""Points for what eight lists or more agree on, where nothing is known of the reader."""

UNTAUGHT, UNLEARNT = ("tool", "code", "dataset"), 0.2
"""Kinds that teach nothing, and what they and all that has no level lose there."""

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


def for_anybody(figures: Figures) -> Parts:
    """Points of (n,) resources for a reader of whom nothing is known: what curators say, how many
    lists agree on it, its kind, and whether one learns from it at all."""
    agreed = AGREED * np.minimum(1, np.log2(np.maximum(1, figures["lists"])) / 3)
    kinds = np.array([0.0, *(KIND * EXPERT[kind] for kind in KINDS)], np.float32)
    untaught = np.isin(figures["kind"], [KINDS.index(kind) + 1 for kind in UNTAUGHT])
    own = {
        "agreed": agreed.astype(np.float32),
        "kind": kinds[figures["kind"]],
        "teaches": np.where(untaught | np.isnan(figures["difficulty"]), -UNLEARNT, 0),
    }
    return standing(figures) | {name: points for name, points in own.items() if points.any()}


def best_first(figures: Figures) -> Ordinals:
    """Positions in figures by standing, best first; equal ones in their order."""
    total = np.zeros(len(figures), np.float32)
    for points in for_anybody(figures).values():
        total = total + points
    return np.argsort(-total, kind="stable")


def foremost(figures: Figures) -> Ordinals:
    """The FOREMOST positions of highest standing, best first."""
    return best_first(figures)[:FOREMOST]

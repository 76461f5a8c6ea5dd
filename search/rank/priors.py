"""What speaks for a resource beside its relevance: curators, level, kind, language, author, age.

Every prior says a number near [-1, 1] for each candidate, 0 where nothing is known; WEIGHTS turns
it into points of score. Must not know how relevance is computed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from cache.records import KINDS, LEVELS, Intent, Query
from search.arrays import Figures, Floats, Parts
from search.index.catalog_rows import dated

WEIGHTS: Mapping[str, float] = {
    "stars": 0.04,
    "tier": 0.01,
    "lists": 0.02,
    "level": 0.35,
    "kind": 0.15,
    "usual kind": 0.2,
    "teaches": 0.03,
    "language": 0.2,
    "author": 0.2,
    "title": 0.1,
    "whole": 0.15,
    "field": 0.2,
    "date": 0.2,
    "fresh": 0.05,
}
"""Points of score at a prior's full strength (one standard deviation of the dense leg is .1)."""

MEAN_STARS = 3.3
"""What an unrated resource is taken for; the mean of the rated ones."""

AKIN: Mapping[str, Mapping[str, float]] = {
    "video": {"talk": 0.8, "course": 0.5},
    "talk": {"video": 0.7},
    "course": {"video": 0.3, "tutorial": 0.3, "book": 0.2},
    "paper": {"survey": 0.8},
    "survey": {"paper": 0.3},
    "tutorial": {"article": 0.5, "course": 0.5, "video": 0.3, "book": 0.3, "reference": 0.3},
    "article": {"tutorial": 0.6},
    "book": {"reference": 0.3, "tutorial": 0.3},
    "code": {"tool": 0.7, "dataset": 0.1},
    "tool": {"code": 0.8},
    "dataset": {"reference": 0.2},
    "reference": {"tutorial": 0.5, "article": 0.3},
}
"""How well one kind serves where another was asked for."""

USUAL: Mapping[Intent | None, Mapping[str, float]] = {
    None: {
        "tutorial": 0.5,
        "paper": -0.3,
        "reference": -0.2,
        "tool": -0.5,
        "code": -0.5,
        "dataset": -0.7,
    },
    "learning": {
        "course": 0.4,
        "tutorial": 0.4,
        "talk": 0.3,
        "video": 0.2,
        "article": 0.2,
        "survey": 0.15,
        "book": 0.1,
        "reference": -0.15,
        "paper": -0.2,
        "tool": -0.4,
        "code": -0.45,
        "dataset": -0.6,
    },
    "tool": {
        "tool": 0.4,
        "code": 0.35,
        "article": -0.1,
        "paper": -0.15,
        "video": -0.15,
        "talk": -0.15,
        "tutorial": -0.2,
        "book": -0.2,
        "course": -0.2,
        "dataset": -0.25,
    },
    "dataset": {
        "dataset": 0.5,
        "reference": 0.1,
        "code": -0.1,
        "article": -0.1,
        "tool": -0.15,
        "paper": -0.15,
        "tutorial": -0.25,
        "book": -0.25,
        "course": -0.25,
        "video": -0.25,
        "talk": -0.25,
    },
}
"""What serves a question that names no kind, by what it wants. For a bare topic, what experts put
on reading lists, fitted on tutorialbank topics by five-fold cross-validation (nDCG@10 held out
.390, without .314); its weight against papers is left at a third. The others follow how often the
judges of the library called each kind good; at half and at twice this strength they do as well."""


class Prior(Protocol):
    """One reason beside relevance."""

    name: str

    def scores(self, query: Query, resources: Figures) -> Floats:
        """(n,) numbers near [-1, 1], 0 where nothing is known."""


class Stars:
    """Curators' stars, shrunk towards the mean by their confidence."""

    name = "stars"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """Stars above the mean, 1.7 of them being 1."""
        above = (resources["rating"] - MEAN_STARS) / (5 - MEAN_STARS)
        return _known(above * resources["rating_confidence"])


class Tier:
    """First-hand before second-hand before third-hand."""

    name = "tier"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """1, 0 and -1; 0 where no list says."""
        tier = resources["tier"].astype(np.float32)
        return np.where(tier > 0, 2 - tier, 0).astype(np.float32)


class Lists:
    """How many independent lists name it, on a logarithmic scale."""

    name = "lists"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """0 for one list, 1 for eight or more."""
        agreed = np.log2(np.maximum(1, resources["lists"])) / 3
        return np.asarray(np.minimum(1, agreed), np.float32)


class Level:
    """Difficulty against the level asked for."""

    name = "level"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """1 at the level, -1 two levels off, as far as the level is better known than by chance (a
        confidence is the chance that it is right); 0 where no level was asked for."""
        if query.level is None:
            return np.zeros(len(resources), np.float32)
        off = np.abs(resources["difficulty"] - (LEVELS.index(query.level) + 1))
        chance = 1 / len(LEVELS)
        known = np.maximum(0, (resources["difficulty_confidence"] - chance) / (1 - chance))
        return _known((1 - off) * known)


class Kind:
    """Kinds the words of a question ask for (a flag filters instead)."""

    name = "kind"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """1 for the kind itself, less for one that is akin, 0 for any other."""
        if "kinds" not in query.cues:
            return np.zeros(len(resources), np.float32)
        return _by_kind(resources, _served(query.kinds))


class UsualKind:
    """What serves where no kind was asked for."""

    name = "usual kind"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """USUAL of what is wanted, or 0 where a kind was asked for."""
        if query.kinds:
            return np.zeros(len(resources), np.float32)
        return _by_kind(resources, USUAL[query.intent])


class Teaches:
    """Whether one learns from it, where a question asks to learn."""

    name = "teaches"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """-1 for what has no level, so nothing to learn from: a tool, a leaderboard, a data set."""
        if query.intent != "learning" or query.kinds:
            return np.zeros(len(resources), np.float32)
        return np.where(np.isnan(resources["difficulty"]), -1, 0).astype(np.float32)


class Language:
    """Languages the words of a question ask for (a flag filters instead)."""

    name = "language"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """1 where the resource is in a language asked for."""
        if "languages" not in query.cues:
            return np.zeros(len(resources), np.float32)
        languages = np.array([language.encode() for language in query.languages])
        return np.isin(resources["language"], languages).astype(np.float32)


class Date:
    """Dates the words of a question ask for (a flag filters instead)."""

    name = "date"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """-1 where the resource is known to be outside of them, 1 where known to be inside: what
        is of 2023 may be of either side of June."""
        if not {"after", "before"} & set(query.cues):
            return np.zeros(len(resources), np.float32)
        published = resources["published"]
        may, sure = dated(published, query.after, query.before)
        return np.where(sure, 1, np.where(may | (published == 0), 0, -1)).astype(np.float32)


class Fresh:
    """Newer first, where the question says latest or recent."""

    name = "fresh"

    def scores(self, query: Query, resources: Figures) -> Floats:
        """From 0 for the oldest dated candidate to 1 for the newest."""
        years = resources["published"] // 10000 + (resources["published"] // 100 % 100) / 12
        dated = resources["published"] > 0
        if "fresh" not in query.cues or not dated.any():
            return np.zeros(len(resources), np.float32)
        span = max(1.0, float(years[dated].max() - years[dated].min()))
        return np.where(dated, (years - years[dated].min()) / span, 0).astype(np.float32)


PRIORS: Sequence[Prior] = (
    Stars(),
    Tier(),
    Lists(),
    Level(),
    Kind(),
    UsualKind(),
    Teaches(),
    Language(),
    Date(),
    Fresh(),
)


BY_KIND = ("kind", "usual kind")
"""Priors that read the kind."""


def prior_parts(
    query: Query,
    resources: Figures,
    priors: Iterable[Prior] = PRIORS,
    *,
    sure: Floats | None = None,
) -> Parts:
    """Points of score by prior, for priors that say anything of any candidate.

    sure is (n,) how sure the kind of each is, None for all of them.
    """
    parts = {prior.name: WEIGHTS[prior.name] * prior.scores(query, resources) for prior in priors}
    if sure is not None:
        parts |= {name: parts[name] * sure for name in BY_KIND if name in parts}
    return {name: points for name, points in parts.items() if points.any()}


def _known(values: Any) -> Floats:
    return np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0)


def _served(kinds: Sequence[str]) -> dict[str, float]:
    served: dict[str, float] = {}
    for kind in kinds:
        for other, worth in {kind: 1.0, **AKIN.get(kind, {})}.items():
            served[other] = max(worth, served.get(other, 0.0))
    return served


def _by_kind(resources: Figures, worth: Mapping[str, float]) -> Floats:
    """worth looked up by the kind column: 0 unknown, then KINDS in order from 1."""
    table = np.array([0.0, *(worth.get(kind, 0.0) for kind in KINDS)], np.float32)
    return np.asarray(table[resources["kind"]], np.float32)

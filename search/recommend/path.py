"""A learning path: what to take in on a topic, in which order, and why there.

Steps are chosen one by one, each for its relevance and for what it adds to those before (facility
location, which is submodular: Lin & Bilmes 2011), over levels, kinds and first- and second-hand
material; then they are put from easy to hard, and on one level what is taught before what is
researched. What was read is known: it is skipped and counts as covered. Must not know how answers
are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cache.errors import QueryError
from cache.records import LEVELS, Query, Ranked, Result
from search.arrays import Floats, Ordinals
from search.ask.answer import candidates, parts
from search.ask.fit import fit, is_little
from search.ask.fuse import Candidates
from search.ask.retrieve import first_rows
from search.ask.understand import understand
from search.collection import Collection
from search.rank.rank import rank
from search.recommend.prerequisites import NEAR, basicness, neighbours
from search.text import language_of
from search.title_words import new_words, title_tokens

POOL = 60
"""Candidates a path is made of."""

MOST_STEPS = 50
ADDS, LEVEL, KIND, TIER = 1.0, 0.15, 0.05, 0.05
"""What covering all the rest of the topic is worth against being its best answer, and what a level,
a kind, a first- or second-hand tier is worth that the path has not had."""

REACH = {
    None: (0.0, 3.0),
    "beginner": (0.0, 2.49),
    "intermediate": (1.5, 3.0),
    "advanced": (2.0, 3.0),
}
"""Difficulties a path may have for a reader of each level."""

UNKNOWN = 2.0
"""Difficulty where nothing is known."""

AKIN = 0.35
"""Cosine from which one step goes on from another."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """Candidates: how well each answers (0 to 1), how hard it is, what it is like."""

    places: Sequence[Ranked]
    fit: Floats
    difficulty: Floats
    codes: NDArray[np.uint8]
    tiers: NDArray[np.uint8]
    cards: Floats
    likeness: Floats


def path(collection: Collection, topic: str, steps: int, level: str | None) -> list[Result]:
    """At most steps results in the order to take them, each with its step and why; none where
    nothing is about the topic.

    Raises QueryError for an empty topic, an unknown level or a number of steps out of range.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise QueryError(f"--steps {steps} is out of range", f"1 to {MOST_STEPS}")
    query = understand(topic, level=level, unread=True)
    found = candidates(collection, query)
    if is_little(fit(found, collection.centres, language_of(query.text))):
        return []
    pool = _pool(collection, query, found)
    if not pool.places:
        return []
    chosen = _chosen(collection, pool, query.level, steps)
    order = _ordered(collection, pool, chosen, query.level)
    results = collection.results([pool.places[i] for i in order])
    return [
        replace(result, step=step, why=_why(collection, pool, order, results, step - 1))
        for step, result in enumerate(results, 1)
    ]


def _pool(collection: Collection, query: Query, found: Candidates) -> _Pool:
    """The best answers; the query's level is a matter of order here, not of score."""
    points = parts(collection, replace(query, level=None), found)
    ranked = rank(found.ordinals, found.passages, points, len(found.ordinals))
    scores = np.array([place.score for place in ranked], np.float32)
    suiting = _within(collection, ranked, query.level)
    places = [ranked[i] for i in suiting[:POOL]]
    middle = float(np.median(scores)) if len(scores) else 0.0
    best = max(1e-6, float(scores.max(initial=0.0)) - middle)
    ordinals = np.array([place.ordinal for place in places], np.int64)
    figures = collection.catalog.figures[ordinals]
    cards = collection.dense.reconstruct(first_rows(ordinals, collection.catalog))
    return _Pool(
        places=places,
        fit=np.clip((scores[suiting[:POOL]] - middle) / best, 0, 1).astype(np.float32),
        difficulty=_difficulty(figures["difficulty"]),
        codes=figures["kind"],
        tiers=figures["tier"],
        cards=cards,
        likeness=np.maximum(0, cards @ cards.T),
    )


def _within(collection: Collection, ranked: Sequence[Ranked], level: str | None) -> list[int]:
    """Positions in ranked that suit the level, each title once; all where none suits."""
    low, high = REACH[level]
    ordinals = [place.ordinal for place in ranked]
    difficulty = _difficulty(collection.catalog.figures["difficulty"][ordinals])
    suiting = np.flatnonzero((difficulty >= low) & (difficulty <= high)).tolist()
    wanted = suiting or list(range(len(ranked)))
    easy = [i for i in wanted if difficulty[i] < 1.5][:5]  # a path needs somewhere to start
    first = sorted({*wanted[: 2 * POOL], *easy})
    titles = [r.title for r in collection.catalog.resources([ordinals[i] for i in first])]
    once: dict[frozenset[str] | int, int] = {}
    for i, title in zip(first, titles, strict=True):
        once.setdefault(title_tokens(title) or i, i)
    distinct = sorted(once.values())
    return [*distinct[: POOL - 5], *(i for i in easy if i in distinct[POOL - 5 :])]


def _difficulty(values: Floats) -> Floats:
    return np.nan_to_num(np.asarray(values, np.float32), nan=UNKNOWN)


def _levels(difficulty: Floats) -> Ordinals:
    return np.clip(np.rint(difficulty), 1, 3).astype(np.int64)


def _chosen(collection: Collection, pool: _Pool, level: str | None, steps: int) -> list[int]:
    """Positions in the pool: an easy start, then whatever adds most."""
    covered = _known(collection, pool)
    opener = _opener(pool) if level in (None, LEVELS[0]) else None
    chosen: list[int] = []
    while len(chosen) < min(steps, len(pool.places)):
        gains = _gains(pool, covered, chosen)
        best = opener if opener is not None and not chosen else int(gains.argmax())
        chosen.append(best)
        covered = np.maximum(covered, pool.likeness[best])
    return chosen


def _opener(pool: _Pool) -> int:
    """The best of the easiest."""
    levels = _levels(pool.difficulty)
    return int(np.where(levels == levels.min(), pool.fit, -1).argmax())


def _known(collection: Collection, pool: _Pool) -> Floats:
    """How much of each candidate is covered by what was read."""
    read = collection.read()
    if not read:
        return np.zeros(len(pool.places), np.float32)
    rows = first_rows(np.array(read, np.int64), collection.catalog)
    nearest: Floats = (pool.cards @ collection.dense.reconstruct(rows).T).max(1)
    return np.maximum(0, nearest)


def _gains(pool: _Pool, covered: Floats, chosen: Sequence[int]) -> Floats:
    """What each candidate would bring: itself, what it covers anew, and variety."""
    added = np.maximum(0, pool.likeness - covered) @ pool.fit / max(1e-6, float(pool.fit.sum()))
    levels = _levels(pool.difficulty)
    fresh = [
        weight * ~np.isin(values, values[list(chosen)])
        for weight, values in ((LEVEL, levels), (KIND, pool.codes), (TIER, pool.tiers))
    ]
    gains = pool.fit * (1 - covered) + ADDS * added + np.sum(fresh, axis=0)
    gains[list(chosen)] = -np.inf
    return np.asarray(gains, np.float32)


def _ordered(
    collection: Collection, pool: _Pool, chosen: Sequence[int], level: str | None
) -> list[int]:
    """Easy before hard; on one level the more basic first; an easy start stays the start."""
    around = neighbours(collection, pool.cards[list(chosen)], NEAR)
    basic = dict(zip(chosen, basicness(collection, around).tolist(), strict=True))
    levels = _levels(pool.difficulty)
    start = chosen[0] if level in (None, LEVELS[0]) else None
    return sorted(chosen, key=lambda i: (i != start, levels[i], -basic[i], i))


def _why(
    collection: Collection, pool: _Pool, order: Sequence[int], results: Sequence[Result], at: int
) -> str:
    """Why this step is there, and why here."""
    result = results[at]
    seen = frozenset[str]().union(*(title_tokens(r.resource.title) for r in results[:at]))
    words = new_words(result.resource.title, seen, collection.title_words)
    reasons = [_place(pool, order, at)]
    if at and words:
        reasons.append(f"adds {words}")
    elif at and result.resource.kind:
        reasons.append(f"a {result.resource.kind} on the same")
    if result.facts.tier == 1 and at:
        reasons.append("first-hand")
    return "; ".join(reasons)


def _place(pool: _Pool, order: Sequence[int], at: int) -> str:
    levels = _levels(pool.difficulty)
    here = int(levels[order[at]])
    if at == 0:
        return f"start here: {('easy', 'intermediate', 'advanced')[here - 1]}"
    if here > levels[order[at - 1]]:
        return f"now {LEVELS[here - 1]}"
    akin = pool.likeness[order[at], list(order[:at])]
    if akin.max() >= AKIN:
        return f"goes on from step {int(akin.argmax()) + 1}"
    return "another side"

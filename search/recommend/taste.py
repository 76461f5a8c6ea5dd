"""What this reader would like next: unread resources, ranked by the reader's own marks.

Likes, dislikes and what was put off train the model of likeness on the spot. A share of the places
goes to something new. Without marks the lists' own agreement speaks, spread over topics. Must not
know how marks are stored or answers shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cache.profile import Profile
from cache.records import KINDS, Query, Result
from search.ask.retrieve import first_rows
from search.rank.priors import prior_parts
from search.rank.rank import Ranked, rank
from search.recommend.examples import Example, bare_examples, examples_of
from search.recommend.likeness import EXPERT, Likeness, likeness
from search.recommend.similar import distinct
from search.title_words import shared_phrase

if TYPE_CHECKING:
    from search.engine import Engine

MARKED: Mapping[str, float] = {"like": 1.0, "later": 0.5, "read": 0.1, "dislike": -1.0}
"""What a mark says of taste. What was merely read says little."""

NEWEST = 1000
"""Marks that train; a taste of years ago is another reader's."""

TOLD = 50
"""Newest marks that count with their words, sections and authors too; older ones by content."""

NEW_SHARE = 10
"""One place in so many goes to something new."""

SAVED = 0.1
"""Points for what the reader put off: wanted once, not yet read."""

PUT_FIRST = 100
"""Resources of highest standing that compete where there are no marks, and for what is new."""

FOREMOST = 5000
"""Of which so many are kept at hand."""

SPREAD = 0.3
"""Points that a resource loses where its twin was already chosen from those of high standing."""

STANDING = ("stars", "tier", "lists")
KIND = 0.1

Floats = NDArray[np.float32]


def recommend(engine: "Engine", k: int) -> list[Result]:
    """The k unread resources this reader would like most, each saying why."""
    marks = _marks(engine)
    allowed = np.ones(engine.catalog.count, bool)
    allowed[[ordinal for ordinal, mark in marks if mark != "later"]] = False
    weights = _weights(marks)
    if not any(weight > 0 for weight in weights.values()):
        return _started(engine, weights, allowed, k)
    examples = _examples(engine, list(weights))
    found = _with_priors(engine, likeness(engine, examples, list(weights.values()), allowed), marks)
    places = distinct(rank(found.ordinals, found.passages, found.parts, 2 * k + 20), found)
    familiar = _explained(engine, places[:k], examples, weights)
    fresh = _new(engine, examples, weights, allowed, places, k // NEW_SHARE)
    return _mingled(familiar, fresh, k)


def news(engine: "Engine", k: int, *, for_me: bool) -> list[Result]:
    """The k best of what the last build added, unread: by the reader's marks, or for anybody."""
    ordinals = [o for o in engine.catalog.ordinals(engine.added) if o is not None]
    allowed = np.zeros(engine.catalog.count, bool)
    allowed[ordinals] = True
    marks = _marks(engine)
    allowed[[ordinal for ordinal, mark in marks if mark != "later"]] = False
    weights = _weights(marks) if for_me else {}
    if not allowed.any() or not any(weight > 0 for weight in weights.values()):
        return _started(engine, weights, allowed, k)
    examples = _examples(engine, list(weights))
    found = _with_priors(engine, likeness(engine, examples, list(weights.values()), allowed), marks)
    places = rank(found.ordinals, found.passages, found.parts, k)
    return _explained(engine, places, examples, weights)


def _examples(engine: "Engine", ordinals: Sequence[int]) -> list[Example]:
    """What was marked, oldest first."""
    older = bare_examples(engine, ordinals[:-TOLD])
    return [*older, *examples_of(engine, ordinals[-TOLD:])]


def _marks(engine: "Engine") -> list[tuple[int, str]]:
    """The newest marks on what is indexed, as ordinals."""
    marks = Profile(engine.settings.layout.profile).marks()[-NEWEST:]
    found = engine.catalog.ordinals([mark.resource_id for mark in marks])
    places = [
        (engine.catalog.find(mark.url) if ordinal is None and mark.url else ordinal, mark.mark)
        for mark, ordinal in zip(marks, found, strict=True)  # ids change with canonical addresses
    ]
    return [(ordinal, mark) for ordinal, mark in places if ordinal is not None]


def _weights(marks: Sequence[tuple[int, str]]) -> dict[int, float]:
    """The strongest mark of each; the positive ones sum to 1, the negative to -1 at most."""
    strongest: dict[int, float] = {}
    for ordinal, mark in marks:
        said = MARKED[mark]
        strongest[ordinal] = max(said, strongest.get(ordinal, said), key=abs)
    liked = sum(weight for weight in strongest.values() if weight > 0)
    disliked = -sum(weight for weight in strongest.values() if weight < 0)
    scale = {True: 1 / max(liked, 1e-9), False: 1 / max(disliked, liked, 1e-9)}
    return {ordinal: weight * scale[weight > 0] for ordinal, weight in strongest.items()}


def _with_priors(engine: "Engine", found: Likeness, marks: Sequence[tuple[int, str]]) -> Likeness:
    """The same with curators' opinion and what was put off."""
    said = _standing(engine, found.ordinals)
    later = [ordinal for ordinal, mark in marks if mark == "later"]
    saved = SAVED * np.isin(found.ordinals, later).astype(np.float32)
    return replace(found, parts=found.parts | said | {"later": saved})


def _standing(engine: "Engine", ordinals: NDArray[np.int64]) -> dict[str, Floats]:
    """Points for what curators say of ordinals, whoever asks."""
    said = prior_parts(Query("", ""), engine.catalog.figures[ordinals])
    return {name: points for name, points in said.items() if name in STANDING}


def _explained(
    engine: "Engine",
    places: Sequence[Ranked],
    examples: Sequence[Example],
    weights: Mapping[int, float],
) -> list[Result]:
    liked = [example for example in examples if weights[example.ordinal or 0] > 0]
    results = engine.results(places)
    if not results:
        return []
    closeness = (
        _cards(engine, [place.ordinal for place in places])
        @ np.stack([example.vector for example in liked]).T
    )
    nearest = [liked[place] for place in closeness.argmax(1).tolist()]
    return [
        replace(result, why=_because(engine, result, example))
        for result, example in zip(results, nearest, strict=True)
    ]


def _because(engine: "Engine", result: Result, example: Example) -> str:
    if "later" in result.parts:
        return "you put it off for later"
    title = example.title or engine.catalog.resource(example.ordinal or 0).title
    phrase = shared_phrase(result.resource.title, [title], engine.wording)
    return f"like “{title}”" + (f": both on {phrase}" if phrase else "")


def _cards(engine: "Engine", ordinals: Sequence[int]) -> Floats:
    return engine.dense.reconstruct(first_rows(np.array(ordinals, np.int64), engine.catalog))


def _started(
    engine: "Engine", weights: Mapping[int, float], allowed: NDArray[np.bool_], k: int
) -> list[Result]:
    """From nothing, or from dislikes alone: what lists agree on, spread over topics."""
    ordinals, parts = _highest(engine, allowed, PUT_FIRST)
    parts |= _disliked(engine, weights, ordinals)
    chosen = _spread_out(engine, ordinals, parts, k)
    return [replace(result, why=_agreed(result)) for result in engine.results(chosen)]


def _highest(
    engine: "Engine", allowed: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """The allowed resources of highest standing, with the parts of it."""
    foremost = engine.foremost
    ordinals = foremost[allowed[foremost]][:count]
    if len(ordinals) < count and len(foremost) < engine.catalog.count:
        rest = np.flatnonzero(allowed)
        rest = rest[~np.isin(rest, ordinals)]
        ordinals = np.concatenate([ordinals, _best_first(engine, rest)[: count - len(ordinals)]])
    kinds = standing_kinds()[engine.catalog.figures["kind"][ordinals]]
    return ordinals, {**_standing(engine, ordinals), "kind": kinds}


def standing_kinds() -> Floats:
    """Points by code of the kind column for a reader of whom nothing is known."""
    return np.array([0.0, *(KIND * EXPERT[kind] for kind in KINDS)], np.float32)


def foremost(engine: "Engine") -> NDArray[np.int64]:
    """The FOREMOST resources of highest standing, best first."""
    return _best_first(engine, np.arange(engine.catalog.count))[:FOREMOST]


def _best_first(engine: "Engine", ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
    total = standing_kinds()[engine.catalog.figures["kind"][ordinals]]
    for points in _standing(engine, ordinals).values():
        total = total + points
    return ordinals[np.lexsort((ordinals, -total))]


def _disliked(
    engine: "Engine", weights: Mapping[int, float], ordinals: NDArray[np.int64]
) -> dict[str, Floats]:
    disliked = [ordinal for ordinal, weight in weights.items() if weight < 0]
    if not disliked or not len(ordinals):
        return {}
    cosines = _cards(engine, ordinals.tolist()) @ _cards(engine, disliked).T
    return {"disliked": -np.maximum(0, cosines.max(1)).astype(np.float32)}


def _spread_out(
    engine: "Engine", ordinals: NDArray[np.int64], parts: Mapping[str, Floats], k: int
) -> list[Ranked]:
    """Greedy choice: each next one stands high and is unlike those already chosen."""
    passages = np.full(len(ordinals), -1, np.int64)
    if not len(ordinals):
        return []
    cards = _cards(engine, ordinals.tolist())
    closest = np.zeros(len(ordinals), np.float32)
    chosen: list[Ranked] = []
    left = np.ones(len(ordinals), bool)
    while left.any() and len(chosen) < k:
        told = {**parts, "spread": -SPREAD * closest}
        (best,) = rank(
            ordinals[left], passages[left], {name: points[left] for name, points in told.items()}, 1
        )
        place = int(np.flatnonzero(ordinals == best.ordinal)[0])
        chosen.append(best)
        left[place] = False
        closest = np.maximum(closest, cards @ cards[place])
    return chosen


def _agreed(result: Result) -> str:
    facts = result.facts
    if facts.lists > 1:
        return f"named in {facts.lists} lists"
    if facts.rating is not None and facts.rating_confidence == 1 and facts.rating >= 4:
        return f"{facts.rating:.0f} stars from its curator"
    return f"a {result.resource.kind} to start from" if result.resource.kind else "a place to start"


def _new(
    engine: "Engine",
    examples: Sequence[Example],
    weights: Mapping[int, float],
    allowed: NDArray[np.bool_],
    familiar: Sequence[Ranked],
    count: int,
) -> list[Result]:
    """Resources of high standing that are unlike everything marked."""
    if not count:
        return []
    allowed = allowed.copy()
    allowed[[place.ordinal for place in familiar]] = False
    ordinals, parts = _highest(engine, allowed, PUT_FIRST)
    if not len(ordinals):
        return []
    marked = np.stack([example.vector for example in examples])
    closest = (_cards(engine, ordinals.tolist()) @ marked.T).max(1)
    chosen = _spread_out(engine, ordinals, parts | {"familiar": -SPREAD * closest}, count)
    results = engine.results(chosen)
    return [replace(result, why=f"something new: {_agreed(result)}") for result in results]


def _mingled(familiar: Sequence[Result], fresh: Sequence[Result], k: int) -> list[Result]:
    """Every NEW_SHARE-th place to something new, lifted there by points that say so."""
    mingled: list[Result] = []
    liked, new = iter(familiar), iter(fresh)
    while len(mingled) < k:
        turn = (len(mingled) + 1) % NEW_SHARE == 0
        following = next(new, None) if turn else None
        if following is not None:
            mingled.append(_lifted(following, mingled[-1].score))
            continue
        following = next(liked, None)
        if following is None:
            break
        mingled.append(following)
    return mingled


def _lifted(result: Result, score: float) -> Result:
    lift = round(score - result.score, 6)
    parts = {**result.parts, "new": lift}
    return replace(result, parts=parts, score=sum(parts.values()))

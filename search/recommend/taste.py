"""What this reader would like next: unread resources, ranked by the reader's own marks.

Likes, dislikes and what was put off train the model of likeness on the spot. A share of the places
goes to something new. Without marks the lists' own agreement speaks, spread over topics. Must not
know how marks are stored or answers shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cache.records import Ranked, Result
from search.arrays import Floats, Mask, Ordinals, Parts
from search.ask.retrieve import first_rows
from search.collection import Collection
from search.rank.rank import rank
from search.rank.standing import best_first, for_anybody, standing
from search.recommend.examples import Example, bare_examples, examples_of
from search.recommend.likeness import Likeness, likeness
from search.recommend.series import is_later_part
from search.recommend.similar import distinct
from search.title_words import shared_phrase

MARKED: Mapping[str, float] = {
    "like": 1.0,
    "later": 0.5,
    "started": 0.5,
    "read": 0.1,
    "dislike": -1.0,
}
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

SPREAD = 0.3
"""Points that a resource loses where its twin was already chosen from those of high standing."""


def recommend(collection: Collection, k: int) -> list[Result]:
    """The k unread resources this reader would like most, each saying why."""
    marks = _marked(collection)
    allowed = np.ones(collection.catalog.count, bool)
    allowed[[ordinal for ordinal, mark in marks if mark != "later"]] = False
    weights = _weights(marks)
    if not any(weight > 0 for weight in weights.values()):
        return _started(collection, weights, allowed, k, begin=True)
    examples = _examples(collection, list(weights))
    alike = _with_priors(
        collection, likeness(collection, examples, list(weights.values()), allowed), marks
    )
    places = distinct(rank(alike.ordinals, alike.passages, alike.parts, 2 * k + 20), alike)
    familiar = _explained(collection, places[:k], examples, weights)
    fresh = _new(collection, examples, weights, allowed, places, k // NEW_SHARE)
    return _mingled(familiar, fresh, k)


def unmarked(collection: Collection, k: int) -> list[Result]:
    """What recommend gives a reader of whom nothing is known."""
    allowed = np.ones(collection.catalog.count, bool)
    return _started(collection, {}, allowed, k, begin=True)


def news(collection: Collection, k: int, *, for_me: bool) -> list[Result]:
    """The k best of what the last build added, unread: by the reader's marks, or for anybody."""
    ordinals = [o for o in collection.catalog.ordinals(collection.added) if o is not None]
    allowed = np.zeros(collection.catalog.count, bool)
    allowed[ordinals] = True
    marks = _marked(collection)
    allowed[[ordinal for ordinal, mark in marks if mark != "later"]] = False
    weights = _weights(marks) if for_me else {}
    if not allowed.any() or not any(weight > 0 for weight in weights.values()):
        return _started(collection, weights, allowed, k)
    examples = _examples(collection, list(weights))
    alike = _with_priors(
        collection, likeness(collection, examples, list(weights.values()), allowed), marks
    )
    places = rank(alike.ordinals, alike.passages, alike.parts, k)
    return _explained(collection, places, examples, weights)


def _examples(collection: Collection, ordinals: Sequence[int]) -> list[Example]:
    """What was marked, oldest first."""
    older = bare_examples(collection, ordinals[:-TOLD])
    return [*older, *examples_of(collection, ordinals[-TOLD:])]


def _marked(collection: Collection) -> list[tuple[int, str]]:
    """The newest marks on what is indexed."""
    return [(ordinal, mark.mark) for ordinal, mark in collection.marks(NEWEST)]


def _weights(marks: Sequence[tuple[int, str]]) -> dict[int, float]:
    """The strongest mark of each; the positive ones sum to 1, the negative to -1 at most."""
    strongest: dict[int, float] = {}
    for ordinal, mark in marks:
        weight = MARKED[mark]
        strongest[ordinal] = max(weight, strongest.get(ordinal, weight), key=abs)
    liked = sum(weight for weight in strongest.values() if weight > 0)
    disliked = -sum(weight for weight in strongest.values() if weight < 0)
    scale = {True: 1 / max(liked, 1e-9), False: 1 / max(disliked, liked, 1e-9)}
    return {ordinal: weight * scale[weight > 0] for ordinal, weight in strongest.items()}


def _with_priors(
    collection: Collection, alike: Likeness, marks: Sequence[tuple[int, str]]
) -> Likeness:
    """What is alike, with parts for curators' opinion and for what was put off."""
    agreed = standing(collection.catalog.figures[alike.ordinals])
    later = [ordinal for ordinal, mark in marks if mark == "later"]
    saved = SAVED * np.isin(alike.ordinals, later).astype(np.float32)
    return replace(alike, parts=alike.parts | agreed | {"later": saved})


def _explained(
    collection: Collection,
    places: Sequence[Ranked],
    examples: Sequence[Example],
    weights: Mapping[int, float],
) -> list[Result]:
    liked = [example for example in examples if weights[example.ordinal or 0] > 0]
    results = collection.results(places)
    if not results:
        return []
    closeness = (
        _cards(collection, [place.ordinal for place in places])
        @ np.stack([example.vector for example in liked]).T
    )
    nearest = [liked[place] for place in closeness.argmax(1).tolist()]
    return [
        replace(result, why=_because(collection, result, example))
        for result, example in zip(results, nearest, strict=True)
    ]


def _because(collection: Collection, result: Result, example: Example) -> str:
    if "later" in result.parts:
        return "you put it off for later"
    title = example.title or collection.catalog.resource(example.ordinal or 0).title
    phrase = shared_phrase(result.resource.title, [title], collection.title_words)
    return f"like “{title}”" + (f": both on {phrase}" if phrase else "")


def _cards(collection: Collection, ordinals: Sequence[int]) -> Floats:
    return collection.dense.reconstruct(
        first_rows(np.array(ordinals, np.int64), collection.catalog)
    )


def _started(
    collection: Collection,
    weights: Mapping[int, float],
    allowed: Mask,
    k: int,
    *,
    begin: bool = False,
) -> list[Result]:
    """From nothing, or from dislikes alone: what lists agree on, spread over topics."""
    ordinals, parts = _highest(collection, allowed, PUT_FIRST)
    if begin:
        ordinals, parts = _beginnings(collection, ordinals, parts)
    parts |= _disliked(collection, weights, ordinals)
    chosen = _spread_out(collection, ordinals, parts, k)
    return [replace(result, why=_agreed(result)) for result in collection.results(chosen)]


def _highest(collection: Collection, allowed: Mask, count: int) -> tuple[Ordinals, Parts]:
    """The allowed resources of highest standing, with the parts of it."""
    foremost = collection.foremost
    ordinals = foremost[allowed[foremost]][:count]
    if len(ordinals) < count and len(foremost) < collection.catalog.count:
        rest = np.flatnonzero(allowed)
        rest = rest[~np.isin(rest, ordinals)]
        rest = rest[best_first(collection.catalog.figures[rest])][: count - len(ordinals)]
        ordinals = np.concatenate([ordinals, rest])
    return ordinals, for_anybody(collection.catalog.figures[ordinals])


def _beginnings(collection: Collection, ordinals: Ordinals, parts: Parts) -> tuple[Ordinals, Parts]:
    """Without later parts of a series, and without what belongs to another work, unless nothing
    else is left."""
    resources = collection.catalog.resources(ordinals.tolist())
    whole = np.array([not is_later_part(resource) for resource in resources], bool)
    if not whole.any():
        return ordinals, parts
    return ordinals[whole], {name: points[whole] for name, points in parts.items()}


def _disliked(collection: Collection, weights: Mapping[int, float], ordinals: Ordinals) -> Parts:
    disliked = [ordinal for ordinal, weight in weights.items() if weight < 0]
    if not disliked or not len(ordinals):
        return {}
    cosines = _cards(collection, ordinals.tolist()) @ _cards(collection, disliked).T
    return {"disliked": -np.maximum(0, cosines.max(1)).astype(np.float32)}


def _spread_out(collection: Collection, ordinals: Ordinals, parts: Parts, k: int) -> list[Ranked]:
    """Greedy choice: each next one stands high and is unlike those already chosen."""
    passages = np.full(len(ordinals), -1, np.int64)
    if not len(ordinals):
        return []
    cards = _cards(collection, ordinals.tolist())
    closest = np.zeros(len(ordinals), np.float32)
    chosen: list[Ranked] = []
    left = np.ones(len(ordinals), bool)
    while left.any() and len(chosen) < k:
        points = {**parts, "spread": -SPREAD * closest}
        (best,) = rank(
            ordinals[left],
            passages[left],
            {name: part[left] for name, part in points.items()},
            1,
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
    kind = result.resource.kind
    return f"to start from: {kind}" if kind else "a place to start"


def _new(
    collection: Collection,
    examples: Sequence[Example],
    weights: Mapping[int, float],
    allowed: Mask,
    familiar: Sequence[Ranked],
    count: int,
) -> list[Result]:
    """Resources of high standing that are unlike everything marked."""
    if not count:
        return []
    allowed = allowed.copy()
    allowed[[place.ordinal for place in familiar]] = False
    ordinals, parts = _highest(collection, allowed, PUT_FIRST)
    if not len(ordinals):
        return []
    marked = np.stack([example.vector for example in examples])
    closest = (_cards(collection, ordinals.tolist()) @ marked.T).max(1)
    chosen = _spread_out(collection, ordinals, parts | {"familiar": -SPREAD * closest}, count)
    results = collection.results(chosen)
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

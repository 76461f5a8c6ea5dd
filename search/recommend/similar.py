"""What is like these resources and unlike those, and in what.

Must not know how an answer is shown, nor how likeness is weighed.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cache.errors import QueryError
from cache.records import Ranked, Result
from search.collection import Collection
from search.rank.rank import rank
from search.recommend.examples import Example
from search.recommend.likeness import Likeness, likeness
from search.title_words import shared_phrase, title_tokens

AGAINST = 0.5
"""What all the examples to be unlike weigh together, against 1 for those to be like."""


def similar(
    collection: Collection, liked: Sequence[Example], without: Sequence[Example], k: int
) -> list[Result]:
    """The k resources most like liked and unlike without, each saying why; none of them, none that
    has the same title. Raises QueryError where there is nothing to be like."""
    if not liked:
        raise QueryError("nothing to be similar to", "nextread similar URL|ID…")
    examples = [*liked, *without]
    weights = [1 / len(liked)] * len(liked) + [-AGAINST / max(1, len(without))] * len(without)
    allowed = np.ones(collection.catalog.count, bool)
    allowed[[e.ordinal for e in examples if e.ordinal is not None]] = False
    alike = likeness(collection, examples, weights, allowed)
    places = rank(alike.ordinals, alike.passages, alike.parts, 2 * k + 20)
    originals = distinct(places, alike, [example.title for example in examples])[:k]
    results = collection.results(originals)
    return [replace(result, why=why(collection, result, liked)) for result in results]


def distinct(places: Sequence[Ranked], alike: Likeness, titles: Sequence[str] = ()) -> list[Ranked]:
    """places without those whose title has the words of an earlier one or of titles: a copy."""
    seen = {title_tokens(title) for title in titles} - {frozenset()}
    by_ordinal = dict(zip(alike.ordinals.tolist(), alike.titles, strict=True))
    originals = []
    for place in places:
        words = title_tokens(by_ordinal[place.ordinal])
        if words not in seen:
            originals.append(place)
        if words:
            seen.add(words)
    return originals


def why(collection: Collection, result: Result, liked: Sequence[Example]) -> str:
    """What a result has in common with what is liked, strongest first, in a few words."""
    shared = _sections_shared(collection, result, liked)
    reasons = []
    if shared:
        reasons.append(
            f"same section in {shared} lists" if shared > 1 else "same section of a list"
        )
    if result.facts.author and result.facts.author in {example.author for example in liked}:
        reasons.append("same author")
    titles = [example.title for example in liked]
    phrase = shared_phrase(result.resource.title, titles, collection.title_words)
    if phrase:
        reasons.append(f"both on {phrase}")
    return "; ".join(reasons) or "alike in content"


def _sections_shared(collection: Collection, result: Result, liked: Sequence[Example]) -> int:
    """How many independent lists name the result in a section with something liked."""
    theirs = {s.key: s.group for s in collection.sections.of(result.resource.mentions)}
    ours = {s.key for example in liked for s in collection.sections.of(example.mentions)}
    return len({group for key, group in theirs.items() if key in ours})

"""What came into the lists since a day, as chapters: one a topic, those with most works first.

Topics are the regions of the map that the build drew. Must not know how a digest is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cache.records import Ranked, Result
from search.arrays import Ordinals
from search.collection import Collection
from search.index.map import CollectionMap
from search.rank.standing import best_first, for_anybody


@dataclass(frozen=True, slots=True)
class Chapter:
    """A topic's names by language (`en`, `zh`; none for what lies in no topic), how many works came
    to it, and the foremost of them, best first."""

    names: Mapping[str, str]
    count: int
    results: Sequence[Result]


def digest(collection: Collection, day: str, each: int) -> list[Chapter]:
    """Chapters of what came on day (ISO 8601) or later, with at most so many works each."""
    came = np.flatnonzero(collection.since(day).mask)
    topics = _topics(collection.map, collection.catalog.count)[came]
    numbers, counts = np.unique(topics, return_counts=True)
    chapters = []
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        names = collection.map.regions[number].names if number >= 0 else {}
        results = _foremost(collection, came[topics == number], each)
        chapters.append(Chapter(names, count, results))
    return sorted(chapters, key=lambda chapter: (not chapter.names, -chapter.count))


def _topics(drawn: CollectionMap, count: int) -> Ordinals:
    """The region of the first depth of each resource, (count,); -1 for what is not on the map."""
    topics = np.full(count, -1, np.int64)
    if drawn.regions:
        topics[drawn.ordinals] = np.array(drawn.outermost())[drawn.region_of]
    return topics


def _foremost(collection: Collection, ordinals: Ordinals, count: int) -> list[Result]:
    figures = collection.catalog.figures[ordinals]
    parts = for_anybody(figures)
    places = []
    for place in best_first(figures)[:count].tolist():
        own = {name: float(points[place]) for name, points in parts.items()}
        places.append(Ranked(int(ordinals[place]), -1, sum(own.values()), own))
    return collection.results(places)

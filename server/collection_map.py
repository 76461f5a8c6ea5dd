"""The map of a collection as the page and the API show it: packed points, and what they stand for.

A build laid it out (indexer.index.map_layout); nothing is laid out while a reader waits. Points are
numbered region by region, so that their columns pack well. Must not know HTTP or drawing.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache.records import LEVELS, Result
from search.engine import Engine
from search.index.map import CollectionMap

LIT = 100
"""Answers that a question lights up."""

ESTIMATED = 4
"""Added to a point's level where no curator gave it."""


def map_json(engine: Engine) -> dict[str, Any]:
    """Every point with its resource, in [0, 1]², and the regions of the first depth as topics."""
    drawn = engine.collection.map
    records = engine.collection.catalog.records(drawn.ordinals.tolist())
    topic_of = _topics_of(drawn)
    points = [
        {
            "id": resource.id,
            "url": resource.url,
            "title": resource.title,
            "x": round(x / 65535, 4),
            "y": round(y / 65535, 4),
            "topic": topic_of[region],
            "level": facts.level,
            "kind": resource.kind,
        }
        for (resource, facts), (x, y), region in zip(
            records, drawn.places.tolist(), drawn.region_of.tolist(), strict=True
        )
    ]
    topics = [
        {"name": _name(region.names), "x": region.x, "y": region.y, "count": region.count}
        for region in drawn.regions
        if region.depth == 1
    ]
    return {"points": points, "topics": topics}


def packed(engine: Engine) -> dict[str, Any]:
    """The same in little: `points` holds, in base64 and little endian, x, y and innermost region of
    each (uint16 columns), then level (1 to 3, 0 unknown, ESTIMATED added) and list (uint8)."""
    drawn = engine.collection.map
    order = _order(drawn)
    figures = engine.collection.catalog.figures[drawn.ordinals[order]]
    columns = (
        drawn.places[order, 0].astype("<u2"),
        drawn.places[order, 1].astype("<u2"),
        drawn.region_of[order].astype("<u2"),
        _levels(figures),
        drawn.list_of[order],
    )
    return {
        "count": len(order),
        "points": base64.b64encode(b"".join(column.tobytes() for column in columns)).decode(),
        "regions": [asdict(region) for region in drawn.regions],
        "lists": list(drawn.lists),
    }


def results_at(engine: Engine, points: Sequence[int]) -> list[Result]:
    """The resources of some points by their numbers in packed, those that there are."""
    ordinals = ordinals_of(engine)
    chosen = [ordinals[point] for point in points if point < len(ordinals)]
    records = engine.collection.catalog.records(chosen)
    return [Result(resource, 0.0, {}, None, facts.evidence, facts) for resource, facts in records]


def lit_by(engine: Engine, question: str) -> list[int]:
    """The points of a question's first LIT answers, best first."""
    point_of = {ordinal: point for point, ordinal in enumerate(ordinals_of(engine))}
    answer = engine.search(question, k=LIT)
    ordinals = engine.collection.catalog.ordinals([r.resource.id for r in answer.results])
    return [point_of[ordinal] for ordinal in ordinals if ordinal in point_of]


def ordinals_of(engine: Engine) -> list[int]:
    """The resource of each point of packed."""
    drawn = engine.collection.map
    ordinals: list[int] = drawn.ordinals[_order(drawn)].tolist()
    return ordinals


def _order(drawn: CollectionMap) -> NDArray[np.int64]:
    return np.lexsort((drawn.ordinals, drawn.region_of))


def _levels(figures: NDArray[Any]) -> NDArray[np.uint8]:
    levels = np.nan_to_num(np.clip(np.rint(figures["difficulty"]), 1, len(LEVELS)))
    estimated = figures["difficulty_confidence"] < 1
    marked: NDArray[np.uint8] = (levels + ESTIMATED * ((levels > 0) & estimated)).astype(np.uint8)
    return marked


def _topics_of(drawn: CollectionMap) -> list[int]:
    """The topic of each region: the how manieth of the first depth holds it."""
    first = [row for row, region in enumerate(drawn.regions) if region.parent < 0]
    numbers = {row: number for number, row in enumerate(first)}
    return [numbers[row] for row in drawn.outermost()]


def _name(names: Mapping[str, str]) -> str:
    return names.get("en") or names.get("zh") or ""

"""What the builds of this home added: the memory behind `nextread new`.

A small JSON file beside the generations, which come and go. Must not know resources beyond ids.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cache import disk

KEPT = 20
"""Builds that are remembered."""


@dataclass(frozen=True, slots=True)
class News:
    """What one build added: the generation it published, when (RFC 3339), and the ids."""

    generation: int
    at: str
    added: tuple[str, ...]


def record(path: Path, news: News) -> None:
    """Remember a build. Raises StoreError where the disk fails."""
    kept = [*history(path), news][-KEPT:]
    with disk.faults(path):
        disk.write_atomic(path, json.dumps([_told(one) for one in kept]).encode())


def history(path: Path) -> list[News]:
    """The builds that added something, oldest first; nothing where the file is missing or no
    longer readable, since the next build starts it again."""
    try:
        kept = json.loads(path.read_bytes())
        return [News(one["generation"], one["at"], tuple(one["added"])) for one in kept]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _told(news: News) -> dict[str, object]:
    return {"generation": news.generation, "at": news.at, "added": news.added}


def latest(path: Path) -> Sequence[str]:
    """The ids that the last build with anything new added."""
    return next((news.added for news in reversed(history(path)) if news.added), ())


def arrivals(path: Path) -> Sequence[tuple[str, tuple[str, ...]]]:
    """When (RFC 3339) a build added which ids, oldest first, as far as it is remembered: all but
    the build that began the home, whose works did not come but were there."""
    return [(news.at, news.added) for news in history(path) if news.added and news.generation > 1]

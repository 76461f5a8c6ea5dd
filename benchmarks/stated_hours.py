"""What hours that lists state tell of a level, for benchmarks/levels.py.

Two lists state hours of works whose level is known: csdiy, a guide to courses that says how hard
each is (hidden here), and a curriculum of courses of which some were judged. Nothing was learned
from either: csdiy is in no list that levels are learned from, and levels of the judged works are by
weights that saw none of their lists.
"""

from collections.abc import Iterator, Sequence
from math import log2
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from cache.records import Facts, Resource
from indexer.estimate.clues import clues_of
from indexer.estimate.levels import weights, with_hours
from indexer.index.cards import card_text
from indexer.lists.parse import read_list
from indexer.resources.facts import facts_of
from indexer.resources.merge import merge
from search.models.embed import Embedder

Floats = NDArray[np.float64]


def report(
    data: Path,
    embedder: Embedder,
    works: Sequence[Resource],
    level: NDArray[np.int64],
    held: Floats,
) -> Iterator[str]:
    """A table; held are validated levels of works, level what they were judged (0: none)."""
    yield "## Stated hours\n"
    yield "| estimate | csdiy, Spearman | judged courses, accuracy | Spearman |"
    yield "|---|---|---|---|"
    guide = _guide(data / "lists-more/csdiy")
    stars = np.array([each for _, each in guide])
    courses = [work for work, _ in guide]
    alone = _shipped(courses, embedder)
    stated = [_stated(work) for work in courses]
    rows = [row for row, work in enumerate(works) if level[row] and _stated(work)]
    judged, others = [_stated(works[row]) for row in rows], held[rows]
    for name, change in (
        ("words and vectors alone", lambda levels, _: levels),
        ("hours alone", lambda levels, said: _doubled(0 * levels, said)),
        ("and .6 of a level a doubling", lambda levels, said: _doubled(levels, said)),
        ("**as ships**", with_hours),
    ):
        there, here = change(alone, stated), change(others, judged)
        right = np.mean(np.clip(np.floor(here + 0.5), 1, 3) == level[rows])
        yield (
            f"| {name} | {spearmanr(there, stars)[0]:.3f} "
            f"| {'' if name == 'hours alone' else f'{right:.3f}'} "
            f"| {spearmanr(here, level[rows])[0]:.3f} |"
        )
    yield f"\n{len(guide)} courses of csdiy, {len(rows)} judged ones.\n"


def _guide(folder: Path) -> list[tuple[Resource, float]]:
    """Courses of the guide with the stars it gives their difficulty."""
    pages = sorted(folder.rglob("*.md"))
    works = merge([entry for page in pages for entry in read_list(page).entries])
    found = []
    for work in works:
        stars = [m.difficulty_said.count("🌟") for m in work.mentions if m.difficulty_said]
        if any(stars):
            found.append((work, float(np.mean(stars))))
    return found


def _shipped(works: Sequence[Resource], embedder: Embedder) -> Floats:
    shipped = weights(embedder.model_id)
    vectors = embedder.encode_passages([card_text(work, _facts(work), ()) for work in works])
    words = np.stack([shipped.of_clues(clues_of(work)) for work in works])
    return np.asarray((words + shipped.of_vectors(vectors))[:, 0])


def _facts(work: Resource) -> Facts:
    return facts_of(work, None)


def _stated(work: Resource) -> tuple[str, float] | None:
    hours = _facts(work).hours
    named = next((mention.list_id for mention in work.mentions if mention.hours), "")
    return (named, hours) if hours else None


def _doubled(levels: Floats, stated: Sequence[tuple[str, float] | None]) -> Floats:
    doublings = [log2(said[1] / 100) if said else 0.0 for said in stated]
    return levels + 0.6 * np.clip(doublings, -2, 2)

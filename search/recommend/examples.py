"""Things a reader points at: indexed resources, or a page that is not in the index.

Must not know what they are compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cache.records import KINDS, Entry
from search.ask.retrieve import first_rows

if TYPE_CHECKING:
    from search.engine import Engine

PASSAGES = 16
"""Passages of one resource that speak for it beside its card."""


@dataclass(frozen=True, slots=True)
class Example:
    """One thing pointed at: vector is (dim,) in the index's centred space; ordinal None where it
    is not in the index."""

    title: str
    vector: NDArray[np.float32]
    kind: str | None = None
    author: str | None = None
    mentions: tuple[Entry, ...] = ()
    ordinal: int | None = field(default=None)


def examples_of(engine: "Engine", ordinals: Sequence[int]) -> list[Example]:
    """Indexed resources as examples; each vector is the mean of its card and its passages."""
    records = engine.catalog.records(ordinals)
    vectors = _contents(engine, ordinals)
    return [
        Example(resource.title, vector, resource.kind, facts.author, resource.mentions, ordinal)
        for ordinal, (resource, facts), vector in zip(ordinals, records, vectors, strict=True)
    ]


def bare_examples(engine: "Engine", ordinals: Sequence[int]) -> list[Example]:
    """Indexed resources by their cards' vectors and kinds alone: cheap, for many."""
    asked = np.array(ordinals, np.int64)
    vectors = engine.dense.reconstruct(first_rows(asked, engine.catalog))
    kinds = [(None, *KINDS)[code] for code in engine.catalog.figures["kind"][asked].tolist()]
    return [
        Example("", vector, kind, ordinal=ordinal)
        for vector, kind, ordinal in zip(vectors, kinds, ordinals, strict=True)
    ]


def _contents(engine: "Engine", ordinals: Sequence[int]) -> list[NDArray[np.float32]]:
    asked = np.array(ordinals, np.int32)
    rows = engine.catalog.row_resources
    starts = np.searchsorted(rows, asked, "left")
    ends = np.minimum(np.searchsorted(rows, asked, "right"), starts + 1 + PASSAGES)
    taken = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
    if not taken:
        return []
    vectors = engine.dense.reconstruct(np.concatenate(taken).astype(np.int64))
    parts = np.split(vectors, np.cumsum([len(part) for part in taken])[:-1])
    return [content(part) for part in parts]


def content(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """One unit vector for a card (the first row) and passages: half of each."""
    mean = vectors[0] if len(vectors) == 1 else vectors[0] + vectors[1:].mean(0)
    return np.asarray(mean / max(1e-12, float(np.linalg.norm(mean))), np.float32)

"""Things a reader points at: indexed resources, or a page that is not in the index.

Must not know what they are compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cache.records import KINDS, Entry
from search.arrays import Vectors
from search.ask.retrieve import first_rows
from search.collection import Collection

PASSAGES = 16
"""Passages of one resource that speak for it beside its card."""


@dataclass(frozen=True, slots=True)
class Example:
    """One thing pointed at: vector is (dim,) in the index's centred space; ordinal None where it
    is not in the index."""

    title: str
    vector: Vectors
    kind: str | None = None
    author: str | None = None
    mentions: tuple[Entry, ...] = ()
    ordinal: int | None = field(default=None)


def named(collection: Collection, keys: Sequence[str | Example]) -> list[Example]:
    """Resources named by id, id prefix or address; examples stay what they are.

    Raises UnknownResource.
    """
    ordinals = [collection.ordinal(key) for key in keys if isinstance(key, str)]
    indexed = iter(examples_of(collection, ordinals))
    return [key if isinstance(key, Example) else next(indexed) for key in keys]


def examples_of(collection: Collection, ordinals: Sequence[int]) -> list[Example]:
    """Indexed resources as examples; each vector is the mean of its card and its passages."""
    records = collection.catalog.records(ordinals)
    vectors = _contents(collection, ordinals)
    return [
        Example(resource.title, vector, resource.kind, facts.author, resource.mentions, ordinal)
        for ordinal, (resource, facts), vector in zip(ordinals, records, vectors, strict=True)
    ]


def bare_examples(collection: Collection, ordinals: Sequence[int]) -> list[Example]:
    """Indexed resources by their cards' vectors and kinds alone: cheap, for many."""
    chosen = np.array(ordinals, np.int64)
    vectors = collection.dense.reconstruct(first_rows(chosen, collection.catalog))
    kinds = [(None, *KINDS)[code] for code in collection.catalog.figures["kind"][chosen].tolist()]
    return [
        Example("", vector, kind, ordinal=ordinal)
        for vector, kind, ordinal in zip(vectors, kinds, ordinals, strict=True)
    ]


def _contents(collection: Collection, ordinals: Sequence[int]) -> list[Vectors]:
    wanted = np.array(ordinals, np.int32)
    rows = collection.catalog.row_resources
    starts = np.searchsorted(rows, wanted, "left")
    ends = np.minimum(np.searchsorted(rows, wanted, "right"), starts + 1 + PASSAGES)
    taken = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
    if not taken:
        return []
    vectors = collection.dense.reconstruct(np.concatenate(taken).astype(np.int64))
    parts = np.split(vectors, np.cumsum([len(part) for part in taken])[:-1])
    return [content(part) for part in parts]


def content(vectors: Vectors) -> Vectors:
    """One unit vector for a card (the first row) and passages: half of each."""
    mean = vectors[0] if len(vectors) == 1 else vectors[0] + vectors[1:].mean(0)
    return np.asarray(mean / max(1e-12, float(np.linalg.norm(mean))), np.float32)

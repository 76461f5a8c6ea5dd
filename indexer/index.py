"""Works into the files of one generation: vectors, words, catalog.

A work is a resource with all that will be indexed of it. What the same lists, pages and model
determine goes into the content digest before anything is embedded, so that an unchanged input is
noticed at no cost. Must not know lists, pages or publishing.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache.generation import ContentDigest, canonical
from cache.records import Document, Entry, Facts, Passage, Resource
from cache.vectors import VectorCache
from indexer import company
from indexer.cards import card_text, first_sentence, passage_texts
from indexer.cards import fields as words
from indexer.difficulty import estimate
from search import catalog, dense, lexical
from search.centre import Census, Centres, embed_background
from search.embed import Embedder, embed_cached
from search.text import language_of

RECIPE = "3"
"""Raised when equal works would be indexed in another way, so that old answers are not kept."""

LARGE = 1000
"""Works from which the collection's own sentences are worth embedding as questions."""

ASKED = 300
"""Sentences so embedded."""

Progress = Callable[[str, int, int], None]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Work:
    """One resource with all that will be indexed of it. texts are embedded, the card first."""

    resource: Resource
    facts: Facts
    document: Document | None
    passages: tuple[Passage, ...]
    texts: tuple[str, ...]


def work_of(
    resource: Resource, facts: Facts, document: Document | None, passages: Sequence[Passage]
) -> Work:
    """A work with its texts."""
    card = card_text(resource, facts, passages)
    return Work(
        resource, facts, document, tuple(passages), (card, *passage_texts(resource, passages))
    )


def content_digest(works: Sequence[Work], model_id: str) -> str:
    """One digest over all that lists, pages, settings and model determine.

    Estimates are left out: they follow from vectors, whose last bits depend on the processor.
    """
    digest = ContentDigest()
    digest.update(canonical({"recipe": RECIPE, "model": model_id}))
    for work in works:
        digest.update(canonical(_described(work)))
    return digest.digest()


def _described(work: Work) -> dict[str, object]:
    document = work.document
    mentions = [_plain(mention) for mention in work.resource.mentions]
    return {
        "resource": _plain(work.resource) | {"mentions": mentions},
        "facts": _plain(work.facts),
        "document": _plain(document) | {"text": _hash(document.text)} if document else None,
        "passages": [(passage.start, passage.end) for passage in work.passages],
        "texts": [_hash(text) for text in work.texts],
    }


def _plain(record: Resource | Entry | Facts | Document) -> dict[str, object]:
    """A record as a dictionary; dataclasses.asdict, copying deeply, takes six times as long."""
    names, values = _VALUES[type(record)]
    return dict(zip(names, values(record), strict=True))


_NAMES = {cls: [f.name for f in fields(cls)] for cls in (Resource, Entry, Facts, Document)}
_VALUES = {cls: (names, attrgetter(*names)) for cls, names in _NAMES.items()}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def embed(
    works: Sequence[Work], embedder: Embedder, cache: VectorCache, progress: Progress
) -> tuple[Vectors, Centres, int]:
    """(rows, dim) centred vectors of every text of every work, their centres, and how many texts
    had to be embedded."""
    texts = [text for work in works for text in work.texts]
    embedded = 0

    def count(done: int, of: int) -> None:
        nonlocal embedded
        embedded = done
        progress("embed", done, of)

    raw = embed_cached(embedder, cache, texts, progress=count)
    languages = [language_of(text) for text in texts]
    census = Census(embedder.dim)
    census.add(raw, languages)
    background = embed_background(_Cached(embedder, cache))
    if len(works) >= LARGE:
        background = background.asked(_sentences(works), _Cached(embedder, cache))
    centres = census.centres(background)
    vectors = centres.centre_passages(raw, languages)
    return vectors, centres.measured(vectors), embedded


def _sentences(works: Sequence[Work]) -> list[str]:
    """First sentences of ASKED works, chosen by id so that one more work changes few of them."""
    chosen = heapq.nsmallest(ASKED, works, key=lambda work: work.resource.id)
    told = (first_sentence(work.resource, work.document) for work in chosen)
    return [sentence for sentence in told if sentence.strip()]


class _Cached:
    """An embedder whose vectors are kept, for the background questions."""

    def __init__(self, embedder: Embedder, cache: VectorCache) -> None:
        self._embedder, self._cache = embedder, cache

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return embed_cached(self._embedder, self._cache, texts, role="query")

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return embed_cached(self._embedder, self._cache, texts)


def cards(works: Sequence[Work], vectors: Vectors) -> Vectors:
    """The card vectors alone, one a work."""
    starts = np.cumsum([0, *(len(work.texts) for work in works)])[:-1]
    return np.asarray(vectors[starts], np.float32)


def estimated(works: Sequence[Work], vectors: Vectors) -> list[Work]:
    """Works with difficulty and stars estimated where no curator gave them."""
    documents = {work.resource.id: work.document for work in works if work.document}
    facts = estimate(
        [work.resource for work in works],
        [work.facts for work in works],
        cards(works, vectors),
        documents,
    )
    return [replace(work, facts=told) for work, told in zip(works, facts, strict=True)]


def write(
    folder: Path,
    works: Sequence[Work],
    vectors: Vectors,
    centres: Centres,
    add: dense.Add = dense.add_all,
) -> None:
    """All files of a generation but its manifest; add as in dense.write. Raises OSError where the
    disk fails."""
    dense.write(folder / "dense.faiss", vectors, add=add)
    centres.save(folder / "centres.npz")
    lexical.write(
        folder / "lexical",
        (words(row, work.resource, work.facts, work.document) for row, work in enumerate(works)),
    )
    catalog.write(folder, ((work.resource, work.facts, work.passages) for work in works))
    catalog.write_rows(folder, *_rows(works))
    company.write(folder, [work.resource for work in works])


def _rows(works: Sequence[Work]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The work and the passage of each vector, the card first."""
    lengths = [len(work.texts) for work in works]
    numbers = [number for length in lengths for number in range(catalog.CARD, length - 1)]
    ordinals = np.repeat(np.arange(len(works), dtype=np.int32), lengths)
    return ordinals, np.array(numbers, np.int32)


def counts(works: Sequence[Work]) -> Mapping[str, int]:
    """What the manifest counts."""
    return {
        "resources": len(works),
        "documents": sum(work.document is not None for work in works),
        "passages": sum(len(work.passages) for work in works),
        "vectors": sum(len(work.texts) for work in works),
        "lists": len({m.list_id for work in works for m in work.resource.mentions}),
    }


def changes(works: Sequence[Work], before: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Resource ids that came (True) or went (False) since before."""
    now = {work.resource.id for work in works}
    yield from ((resource_id, True) for resource_id in sorted(now - before))
    yield from ((resource_id, False) for resource_id in sorted(before - now))

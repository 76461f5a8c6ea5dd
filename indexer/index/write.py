"""Works into the files of one generation: vectors, words, catalog.

A work is a resource with all that will be indexed of it. What the same lists, pages and model
determine goes into the content digest before anything is embedded, so that an unchanged input is
noticed at no cost. Must not know lists, pages or publishing.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache.generation import ContentDigest, canonical
from cache.records import Document, Entry, Facts, Passage, Resource
from cache.rows import FloatRows
from cache.vectors import VectorCache
from indexer.estimate.difficulty import estimates
from indexer.index import embedding, sections
from indexer.index.basis import CELLS, CENTRES, KEY, Basis
from indexer.index.cards import card_text, first_sentence, passage_text
from indexer.index.cards import fields as words
from indexer.index.embedding import Held, Progress, Space, in_memory
from indexer.index.map_layout import Drawn, map_of
from indexer.lazy import LazySequence
from search.index import catalog, dense, lexical
from search.index.centre import Centres
from search.index.map import FILE as MAP_FILE
from search.models.embed import Embedder
from search.text import language_of

RECIPE = "15"
"""Raised when equal works would be indexed in another way, so that old answers are not kept."""

LARGE = 1000
"""Works from which the collection's own sentences are worth embedding as questions."""

ASKED = 300
"""Sentences so embedded."""


@dataclass(frozen=True, slots=True)
class IndexedResource:
    """One resource with all that will be indexed of it."""

    resource: Resource
    facts: Facts
    document: Document | None
    passages: tuple[Passage, ...]

    @property
    def size(self) -> int:
        """How many texts are embedded."""
        return 1 + len(self.passages) if len(self.passages) > 1 else 1

    @property
    def texts(self) -> tuple[str, ...]:
        """What is embedded, the card first."""
        return tuple(self.text(number) for number in range(self.size))

    def text(self, number: int) -> str:
        """One of the texts: made when asked for, since most repeat what the mentions say."""
        if number:
            return passage_text(self.resource, self.passages[number - 1])
        return card_text(self.resource, self.facts, self.passages)


def work_of(
    resource: Resource, facts: Facts, document: Document | None, passages: Sequence[Passage]
) -> IndexedResource:
    """A work of a resource."""
    return IndexedResource(resource, facts, document, tuple(passages))


def content_digest(works: Sequence[IndexedResource], model_id: str) -> str:
    """One digest over all that lists, pages, settings and model determine."""
    return digested(works, model_id)[0]


def digested(works: Sequence[IndexedResource], model_id: str) -> tuple[str, NDArray[np.bytes_]]:
    """The digest over all that lists, pages, settings and model determine, and what tells each
    work from any other, or from itself before it changed.

    Estimates are left out: they follow from vectors, whose last bits depend on the processor.
    """
    digest, keys = ContentDigest(), np.empty(len(works), KEY)
    digest.update(canonical({"recipe": RECIPE, "model": model_id}))
    for row, work in enumerate(works):
        described = canonical(_described(work))
        digest.update(described)
        keys[row] = hashlib.blake2b(described, digest_size=KEY.itemsize).digest()
    return digest.digest(), keys


def _described(work: IndexedResource) -> dict[str, object]:
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
    works: Sequence[IndexedResource],
    embedder: Embedder,
    cache: VectorCache,
    progress: Progress,
    space: Space = in_memory,
    held: Held | None = None,
) -> tuple[FloatRows, Centres, int]:
    """See indexer.index.embedding.embed."""
    asked = sentences(works) if len(works) >= LARGE else []
    return embedding.embed(works, asked, embedder, cache, progress, space, held)


def sentences(works: Sequence[IndexedResource]) -> list[str]:
    """First sentences of ASKED works, chosen by id so that one more work changes few of them."""
    chosen = heapq.nsmallest(ASKED, works, key=lambda work: work.resource.id)
    told = (first_sentence(work.resource, work.document) for work in chosen)
    return [sentence for sentence in told if sentence.strip()]


def cards(works: Sequence[IndexedResource], vectors: FloatRows) -> FloatRows:
    """The card vectors alone, one a work."""
    return _Cards(vectors, np.fromiter((work.size for work in works), np.int64, len(works)))


class _Cards:
    """The first row of each work, works having so many rows each."""

    def __init__(self, vectors: FloatRows, sizes: NDArray[np.int64]) -> None:
        self._vectors, self._starts = vectors, np.cumsum(sizes) - sizes
        self.shape = (len(sizes), vectors.shape[1])

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, rows: slice | NDArray[np.int64], /) -> NDArray[np.float32]:
        return self._vectors[self._starts[rows]]


class _RawCards:
    """The card vectors as the model made them, a stretch at a time."""

    def __init__(
        self, works: Sequence[IndexedResource], vectors: FloatRows, centres: Centres
    ) -> None:
        self._works, self._cards, self._centres = works, cards(works, vectors), centres
        self.shape = self._cards.shape

    def __len__(self) -> int:
        return len(self._cards)

    def __getitem__(self, rows: slice | NDArray[np.int64], /) -> NDArray[np.float32]:
        numbers = range(len(self._works))[rows] if isinstance(rows, slice) else rows.tolist()
        languages = [language_of(self._works[number].text(0)) for number in numbers]
        return self._centres.uncentred(self._cards[rows], languages)


def estimated(
    works: Sequence[IndexedResource],
    vectors: FloatRows,
    centres: Centres,
    model_id: str,
    known: NDArray[np.float64] | None = None,
) -> tuple[Sequence[IndexedResource], NDArray[np.float64]]:
    """Works with difficulty and stars estimated where no curator gave them, and what was told of
    them without ratings; known as in indexer.estimate.difficulty.estimates."""
    documents = {work.resource.id: work.document for work in works if work.document}
    resources = [work.resource for work in works]
    facts = [work.facts for work in works]
    raw = _RawCards(works, vectors, centres)
    found = estimates(resources, facts, cards(works, vectors), documents, raw, model_id, known)

    def complete(row: int) -> IndexedResource:
        work = works[row]
        return IndexedResource(
            work.resource, found.complete(row, work.facts), work.document, work.passages
        )

    return LazySequence(len(works), complete), found.told


def write(
    folder: Path,
    works: Sequence[IndexedResource],
    vectors: FloatRows,
    centres: Centres,
    add: dense.Add = dense.add_all,
    *,
    held: Basis | None = None,
    drawn: bool = True,
) -> Drawn:
    """All files of a generation but its manifest and basis, with a map where drawn; add as in
    dense.write. Where works lie on the map.

    Cells and places are those of the basis held, whose centres are then the centres, and are found
    without one. Raises OSError where the disk fails.
    """
    dense.write(folder / CELLS, vectors, add=add, cells=held.cells if held else None)
    centres.save(folder / CENTRES)
    lexical.write(
        folder / "lexical",
        (words(row, work.resource, work.facts, work.document) for row, work in enumerate(works)),
    )
    catalog.write(folder, ((work.resource, work.facts, work.passages) for work in works))
    resources, sizes, standing = _seen(works)
    catalog.write_rows(folder, *_rows(sizes))
    sections.write(folder, resources)
    if not drawn:
        return Drawn.nothing(len(works))
    known = held.drawn([resource.id for resource in resources]) if held else None
    chart, shown = map_of(resources, _Cards(vectors, sizes), standing, known)
    chart.save(folder / MAP_FILE)
    return shown


def _seen(
    works: Sequence[IndexedResource],
) -> tuple[list[Resource], NDArray[np.int64], NDArray[np.float32]]:
    """The resources, how many texts each has, and which a crowded map should show: those that many
    lists name, then what is well spoken of. Works are made anew each time they are passed over."""
    resources = []
    sizes, standing = np.empty(len(works), np.int64), np.empty(len(works), np.float32)
    for row, work in enumerate(works):
        lists = {mention.list_id for mention in work.resource.mentions}
        resources.append(work.resource)
        sizes[row], standing[row] = work.size, len(lists) + (work.facts.rating or 0.0) / 10
    return resources, sizes, standing


def _rows(sizes: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The work and the passage of each vector, the card first."""
    ordinals = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    firsts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    return ordinals, (np.arange(len(ordinals)) - firsts + catalog.CARD).astype(np.int32)


def counts(works: Sequence[IndexedResource]) -> Mapping[str, int]:
    """What the manifest counts."""
    return {
        "resources": len(works),
        "documents": sum(work.document is not None for work in works),
        "passages": sum(len(work.passages) for work in works),
        "vectors": sum(work.size for work in works),
        "lists": len({m.list_id for work in works for m in work.resource.mentions}),
    }


def changes(resources: Iterable[Resource], before: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Resource ids that came (True) or went (False) since before."""
    now = {resource.id for resource in resources}
    yield from ((resource_id, True) for resource_id in sorted(now - before))
    yield from ((resource_id, False) for resource_id in sorted(before - now))

"""Works into the files of one generation: vectors, words, catalog.

A work is a resource with all that will be indexed of it. What the same lists, pages and model
determine goes into the content digest before anything is embedded, so that an unchanged input is
noticed at no cost; and what of it changed is all that is written where a generation nearly the same
is there. Must not know lists, pages or publishing.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.generation import ContentDigest, canonical
from cache.records import Document, Facts, Passage, Resource
from cache.rows import FloatRows
from cache.vectors import VectorCache
from indexer.estimate.difficulty import Taught, estimates
from indexer.index import embedding, sections
from indexer.index.basis import CENTRES, Basis
from indexer.index.cards import card_text, first_sentence, passage_text
from indexer.index.cards import fields as words
from indexer.index.embedding import Embedded, Held, Progress, Space, in_memory
from indexer.index.keys import NAME, key_of
from indexer.index.ledger import WORK, Ledger, found, placed
from indexer.index.map_layout import Drawn, map_of
from indexer.lazy import LazySequence
from indexer.resources.facts import independent_among
from search.index import catalog, dense, dense_edit, lexical
from search.index.centre import Census, Centres
from search.index.edited import Edit
from search.index.map import FILE as MAP_FILE
from search.models.embed import Embedder
from search.text import language_of

CELLS = "dense.faiss"

RECIPE = "16"
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
    keys = [key_of(w.resource, w.facts.lists, w.document, w.passages) for w in works]
    return digest_of(np.array(keys, NAME), model_id)


def digest_of(keys: NDArray[np.bytes_], model_id: str) -> str:
    """The content digest of works with these keys.

    Estimates are left out: they follow from vectors, whose last bits depend on the processor.
    """
    digest = ContentDigest()
    digest.update(canonical({"recipe": RECIPE, "model": model_id}))
    digest.update(np.sort(keys).tobytes())
    return digest.digest()


def embed(
    works: Sequence[IndexedResource],
    embedder: Embedder,
    cache: VectorCache,
    progress: Progress,
    space: Space = in_memory,
    held: Held | None = None,
) -> Embedded:
    """See indexer.index.embedding.embed."""
    asked = sentences(works) if len(works) >= LARGE and not held else []
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
    taught: Taught | None = None,
) -> tuple[Sequence[IndexedResource], Taught]:
    """Works with difficulty and stars estimated where no curator gave them, and what ratings
    taught, see indexer.estimate.difficulty.estimates."""
    documents = {work.resource.id: work.document for work in works if work.document}
    resources = [work.resource for work in works]
    facts = [work.facts for work in works]
    raw = _RawCards(works, vectors, centres)
    found = estimates(resources, facts, cards(works, vectors), documents, raw, model_id, taught)

    def complete(row: int) -> IndexedResource:
        work = works[row]
        return IndexedResource(
            work.resource, found.complete(row, work.facts), work.document, work.passages
        )

    return LazySequence(len(works), complete), found.taught


@dataclass(frozen=True, slots=True)
class Past:
    """What a generation is written from that is nearly the same as the last one: the edit that
    makes it, the last one's ledger, the basis of both, and all works, of which rows (n,) has the
    one at each ordinal."""

    edit: Edit
    ledger: Ledger
    basis: Basis
    all: Sequence[IndexedResource]
    rows: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        folder: Path,
        before: Ledger,
        basis: Basis,
        works: Sequence[IndexedResource],
        ids: NDArray[np.bytes_],
        keys: NDArray[np.bytes_],
    ) -> "Past":
        """How works, of which ids and keys are given, follow from the generation in folder."""
        rows = np.argsort(placed(before.works["id"], ids), kind="stable")
        shared = min(len(ids), len(before.works))
        kept = np.zeros(len(ids), np.bool_)
        old, now = before.works[:shared], rows[:shared]
        kept[:shared] = (old["id"] == ids[now]) & (old["key"] == keys[now])
        return cls(Edit(folder, len(before.works), kept), before, basis, works, rows)

    @property
    def works(self) -> Sequence[IndexedResource]:
        """Every work by its ordinal."""
        return LazySequence(len(self.rows), lambda ordinal: self.all[int(self.rows[ordinal])])

    @property
    def written(self) -> Sequence[IndexedResource]:
        """The works that are to be written."""
        rows = self.rows[self.edit.written].tolist()
        return LazySequence(len(rows), lambda place: self.all[rows[place]])


class Written(NamedTuple):
    """What was written: where works lie on the map, and the ledger, without their keys."""

    drawn: Drawn
    ledger: Ledger


def write(
    folder: Path,
    works: Sequence[IndexedResource],
    vectors: FloatRows,
    centres: Centres,
    add: dense.Add = dense.add_all,
    *,
    groups: Mapping[str, str] | None = None,
    came: Census | None = None,
    past: Past | None = None,
    drawn: bool = True,
) -> Written:
    """All files of a generation but its manifest, ledger and basis, with a map where drawn.

    works are all there are, or of an edit those that are not yet in its past, with their vectors,
    which came counted; add as in dense.write. groups is as indexer.resources.facts tells it, of all
    works, and is found in these without it. Raises OSError where the disk fails.
    """
    edit, everyone = (past.edit, past.works) if past else (None, works)
    before = past.ledger if past else Ledger.nothing(vectors.shape[1])
    all_came = before.came + came if came and past else before.came
    mentions = [work.resource.mentions for work in works]
    ledger = before.edited(edit, _told(works), mentions, all_came)
    if edit is None:
        dense.write(folder / CELLS, vectors, add=add)
        centres.save(folder / CENTRES)
    else:
        source = _sources(edit, before, ledger)
        dense_edit.edit(folder / CELLS, edit.folder / CELLS, source, vectors)
    _write_words(folder / "lexical", works, everyone, edit)
    catalog.write(folder, ((work.resource, work.facts, work.passages) for work in works), edit)
    catalog.write_rows(folder, *_rows(ledger.works["texts"]))
    if groups is None:
        groups = independent_among(work.resource for work in works)
    sections.write(folder, ledger.stands, ledger.lists, groups)
    if not drawn:
        return Written(Drawn.nothing(len(everyone)), ledger)
    known = past.basis.drawn(ledger.works["id"]) if past else None
    resources = LazySequence(len(everyone), lambda row: everyone[row].resource)
    seen = _stored_cards(folder, ledger), _standing(folder, ledger)
    chart, shown = map_of(resources, *seen, known, ledger.named())
    chart.save(folder / MAP_FILE)
    return Written(shown, ledger)


def _told(works: Sequence[IndexedResource]) -> NDArray[np.void]:
    """The rows of a ledger for works, but their keys."""
    told = np.zeros(len(works), WORK)
    for row, work in enumerate(works):
        passages = len(work.passages)
        told[row] = (work.resource.id, b"", work.size, passages, work.document is not None)
    return told


def _sources(edit: Edit, before: Ledger, now: Ledger) -> NDArray[np.int64]:
    """For each vector the one of the earlier generation that it is, -1 for none."""
    kept = edit.kept[: edit.before]
    moved = np.full(len(edit.kept), -1, np.int64)
    moved[: len(kept)][kept] = (before.starts[:-1][: len(kept)] - now.starts[:-1][: len(kept)])[
        kept
    ]
    texts = now.works["texts"]
    rows = np.arange(now.starts[-1]) + np.repeat(moved, texts)
    return np.where(np.repeat(edit.kept, texts), rows, -1)


def _write_words(
    folder: Path,
    works: Sequence[IndexedResource],
    everyone: Sequence[IndexedResource],
    edit: Edit | None,
) -> None:
    """The words of works; of everyone where too many are dropped to be edited out."""

    def of(row: int, work: IndexedResource) -> lexical.Fields:
        return words(row, work.resource, work.facts, work.document)

    if edit is None:
        lexical.write(folder, (of(row, work) for row, work in enumerate(works)))
        return
    like, dropped = edit.folder / "lexical", edit.dropped.tolist()
    if lexical.is_worn(like, len(dropped), len(everyone)):
        lexical.write(folder, (of(row, work) for row, work in enumerate(everyone)), like)
        return
    rows = edit.written.tolist()
    new = (of(row, work) for row, work in zip(rows, works, strict=True))
    lexical.edit(folder, like, dropped, new)


def _stored_cards(folder: Path, ledger: Ledger) -> FloatRows:
    """The vectors of cards as they are stored."""
    index = dense.open_index(folder / CELLS)
    return _Cards(_Stored(index), ledger.works["texts"].astype(np.int64))


class _Stored:
    """Vectors that lie in an index."""

    def __init__(self, index: dense.VectorIndex) -> None:
        self._index, self.shape = index, (index.count, index.dim)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | NDArray[np.int64], /) -> NDArray[np.float32]:
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        vectors: NDArray[np.float32] = self._index.reconstruct(rows)
        return vectors


def _standing(folder: Path, ledger: Ledger) -> NDArray[np.float32]:
    """Which works a crowded map should show: those that many lists name, then what is well spoken
    of."""
    rating = np.nan_to_num(npy.read(folder / catalog.FACTS)["rating"])
    return np.asarray(ledger.lists_of() + rating / 10, np.float32)


def _rows(sizes: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
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


def changes(
    ids: NDArray[np.bytes_], before: NDArray[np.bytes_]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Resource ids that came, and that went, since before, in order."""
    came = np.sort(ids[found(before, ids) < 0])
    went = np.sort(before[found(ids, before) < 0])
    return tuple(map(bytes.decode, came.tolist())), tuple(map(bytes.decode, went.tolist()))

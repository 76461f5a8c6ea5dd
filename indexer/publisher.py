"""The resources of all lists, with what is known of their pages now, into a published generation.

Made anew as often as pages have come; what was extracted, cut and embedded before is not done
again, and what is published depends on nothing but lists, pages and model. Must not know how any
stage works, nor how pages come.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache import news
from cache.documents import DocumentCache
from cache.errors import NextreadError
from cache.generation import Manifest, Writer, open_current, verify
from cache.home_model import remember
from cache.layout import Layout
from cache.news import News
from cache.pages import PageCache
from cache.records import Document, Passage, Resource
from cache.rows import RowFile
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.extract.documents import documents_of
from indexer.extract.passages import passages_at
from indexer.index import basis, embedding
from indexer.index import write as index
from indexer.index.basis import Basis
from indexer.index.embedding import Embedded, Held, texts_of
from indexer.index.keys import NAME, key_of
from indexer.index.ledger import Ledger
from indexer.index.write import IndexedResource, Past
from indexer.lazy import LazySequence
from indexer.memory import give_back
from indexer.resources.facts import facts_of
from indexer.stages import Progress, Stages
from indexer.works import Works
from search.index.dictionary import Dictionary
from search.models.embed import Embedder, builder, drafting, identity, token_counter

Ids = NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of publishing: the current generation, whether it is a new one, of how many texts
    vectors were made, whether the basis of an earlier build was held, and which fetched pages gave
    no document, and why."""

    manifest: Manifest
    published: bool
    embedded: int
    held: bool = False
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Last:
    """The current generation: its manifest, None where it is missing or damaged, so that a build
    mends it; the ids of its works; its folder and ledger, None where there is none to go on
    from."""

    manifest: Manifest | None = None
    ids: Ids = field(default_factory=lambda: np.empty(0, NAME))
    folder: Path | None = None
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class _Works:
    """All works, made when asked for, with the id and the key of each; how many vectors they have;
    the groups of lists that copy one another; and which fetched pages gave no document, and why."""

    made: Sequence[IndexedResource]
    ids: Ids
    keys: Ids
    vectors: int
    groups: Mapping[str, str]
    failures: Mapping[str, str]


class Publisher:
    """Publishes one set of works, as often as asked."""

    def __init__(
        self,
        writer: Writer,
        works: Works,
        settings: Settings,
        pages: PageCache,
        stages: Stages,
        say: Progress,
        *,
        last: Last,
        known: Basis | None = None,
        full: bool = False,
    ) -> None:
        """writer is entered, and stays its owner's; last is the current generation, known the basis
        that may be held on to, full whether all of it is to be found anew."""
        self._writer = writer
        self._works = works
        self._settings = settings
        self._pages = pages
        self._stages = stages
        self._say = say
        self._last = last
        self._known = None if full else known
        self._full = full
        self._count = cache(partial(token_counter, settings.model, settings.layout))  # slow to load
        self._helped = 0
        self._cuts: dict[str, tuple[int, list[tuple[int, int]]]] = {}  # id: text's hash, its cuts

    def publish(self) -> Publication:
        """Index and publish what is known, unless the current generation holds just that."""
        layout = self._settings.layout
        works = self._told()
        digest = index.digest_of(works.keys, identity(self._settings.model))
        current = self._last.manifest
        if current is not None and current.digest == digest and self._fits(current):
            remember(layout, self._settings.model)
            return Publication(current, False, 0, False, works.failures)
        added, _ = index.changes(works.ids, self._last.ids)
        manifest, embedded = self._written(works, digest)
        if added or current is None:
            news.record(layout.news, News(manifest.number, manifest.created_at, added))
        self._say("index", len(works.ids), len(works.ids))
        held = manifest.settings[basis.SETTING] != digest
        return Publication(manifest, True, embedded, held, works.failures)

    def _fits(self, current: Manifest) -> bool:
        """Whether the current generation, of equal content, is such as was asked for."""
        return not self._full or current.settings.get(basis.SETTING) == current.digest

    def _told(self) -> _Works:
        """Every work with its facts, document and passages."""
        works, pages, say = self._works, self._pages, self._say
        rows = works.to_tell(pages.usable())
        resources = {row: works.resources[row] for row in rows}
        some = list(resources.values())
        with DocumentCache(self._settings.layout.documents) as kept:
            self._stages.extract(some, pages, kept, say)
            extracted = documents_of(some, pages, kept, partial(say, "extract"))
        documents, groups, passages = extracted.documents, works.groups, {}
        for done, resource in enumerate(some, 1):
            if document := documents.get(resource.id):
                passages[resource.id] = tuple(self._passages(document))
                say("split", done, len(some))

        def work(row: int) -> IndexedResource:
            resource = works.resources[row]
            document = documents.get(resource.id)
            parts = passages.get(resource.id, ())
            facts = facts_of(resource, document, groups=groups)
            return IndexedResource(_told(resource, document), facts, document, parts)

        def key(resource: Resource) -> bytes:
            document, parts = documents.get(resource.id), passages.get(resource.id, ())
            lists = len({groups[mention.list_id] for mention in resource.mentions})
            return key_of(_told(resource, document), lists, document, parts)

        return _Works(
            LazySequence(len(works), work),
            works.ids,
            works.keys({row: key(resource) for row, resource in resources.items()}),
            len(works) + sum(len(parts) for parts in passages.values() if len(parts) > 1),
            groups,
            extracted.failures,
        )

    def _passages(self, document: Document) -> list[Passage]:
        """The passages of document, cut where the same text was cut for the last publication."""
        text = hash(document.text)
        known, cuts = self._cuts.get(document.resource_id, (None, []))
        if known == text:
            return passages_at(document, cuts)
        passages = self._stages.passages(document, self._count())
        self._cuts[document.resource_id] = text, [(one.start, one.end) for one in passages]
        return passages

    def _written(self, works: _Works, digest: str) -> tuple[Manifest, int]:
        """Publish works; also of how many texts vectors were made."""
        layout, writer, say = self._settings.layout, self._writer, self._say
        embedder, past = builder(self._settings.model, layout), self._past(works)
        some = works.made
        with ExitStack() as scratch:
            with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as kept:
                embed = partial(self._embedded, embedder, kept, scratch)
                if past is not None:
                    some = past.written
                    found = embed(some, past)
                if past is None or found.turn > embedding.MOST_TURN:
                    past, some = None, works.made
                    self._works.hold()
                    found = embed(some, None)
            model_id, dim = embedder.model_id, embedder.dim
            del embedder, embed  # with its model, before the index needs as much memory
            give_back()
            Dictionary.open(layout)  # so that no question waits for it to be made
            say("index", 0, len(works.ids))
            taught = past.basis.taught if past else None
            complete, taught = index.estimated(some, found.rows, found.centres, model_id, taught)
            ordinals = past.rows if past else np.arange(len(works.ids))
            drawn, told = index.write(
                writer.folder,
                complete,
                found.rows,
                found.centres,
                self._stages.add,
                groups=works.groups,
                came=found.census,
                past=past,
            )
            told.works["key"] = works.keys[ordinals]
            told.save(writer.folder)
            held = past.basis if past else None
            made = held or Basis.found(found.census, found.centres, taught, works.ids, drawn)
            made.save(writer.folder)
        remember(layout, self._settings.model)  # before: a plain build then goes on with it
        manifest = writer.publish(
            model_id=model_id,
            dim=dim,
            counts=told.counts(),
            settings={"recipe": index.RECIPE, basis.SETTING: held.digest if held else digest},
            digest=digest,
            whole=self._last.manifest,
        )
        folder = layout.generation(manifest.number)
        self._last = Last(manifest, told.works["id"], folder, told)
        writer.begin()
        return manifest, self._helped + found.embedded

    def _embedded(
        self,
        embedder: Embedder,
        kept: VectorCache,
        scratch: ExitStack,
        works: Sequence[IndexedResource],
        past: Past | None,
    ) -> Embedded:
        """The vectors of works, as long as scratch is there."""
        layout, folder, say = self._settings.layout, self._writer.folder, self._say

        def space(count: int, dim: int) -> RowFile:
            name = "new.rows" if past else "vectors.rows"
            return scratch.enter_context(RowFile(folder / name, count, dim))

        hold = None
        if past is not None:
            counted = past.basis.census + past.ledger.came
            hold = Held(past.basis.centres, counted, drafting(self._settings.model, layout))
        self._helped = self._stages.embed(texts_of(works), kept, say)
        return index.embed(works, embedder, kept, say, space, hold)

    def _past(self, works: _Works) -> Past | None:
        """What works may be written from: the last generation, where they are nearly those that the
        known basis was found in."""
        known, last = self._known, self._last
        if known is None or last.manifest is None or last.ledger is None or last.folder is None:
            return None
        if last.manifest.settings.get(basis.SETTING) != known.digest:
            return None
        if not known.is_near(works.ids, works.vectors):
            return None
        return Past.of(last.folder, last.ledger, known, works.made, works.ids, works.keys)


def current_of(layout: Layout) -> Last:
    """The current generation, read to its last byte."""
    from search.index.catalog import Catalog

    try:
        with open_current(layout) as generation:
            manifest, folder = generation.manifest, generation.path
            if verify(generation):
                ids = np.array([name.encode() for name in Catalog(folder).ids()], NAME)
                return Last(None, ids)
            if manifest.settings.get("recipe") != index.RECIPE:
                ids = np.array([name.encode() for name in Catalog(folder).ids()], NAME)
                return Last(manifest, ids)
            told = Ledger.load(folder)
            return Last(manifest, told.works["id"], folder, told)
    except (NextreadError, OSError, ValueError, KeyError):
        return Last()


def _told(resource: Resource, document: Document | None) -> Resource:
    """A resource in the language of its text, where the text is known to be in one."""
    if document is None or document.language is None:
        return resource
    return replace(resource, language=document.language)

"""The resources of all lists, with what is known of their pages now, into a published generation.

Made anew as often as pages have come; what was extracted, cut and embedded before is not done
again, and what is published depends on nothing but lists, pages and model. Must not know how any
stage works, nor how pages come.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache, partial

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
from cache.records import Document, Facts, Passage, Resource
from cache.rows import RowFile
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.extract.documents import documents_of
from indexer.extract.passages import passages_at
from indexer.index import basis
from indexer.index import write as index
from indexer.index.basis import Basis
from indexer.index.embedding import Held, texts_of
from indexer.index.write import IndexedResource
from indexer.lazy import LazySequence
from indexer.memory import give_back
from indexer.resources.facts import facts_of, independent_among
from indexer.stages import Progress, Stages
from search.index.dictionary import Dictionary
from search.models.embed import builder, drafting, identity, token_counter


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


class Publisher:
    """Publishes one set of resources, as often as asked."""

    def __init__(
        self,
        writer: Writer,
        resources: Sequence[Resource],
        settings: Settings,
        pages: PageCache,
        stages: Stages,
        say: Progress,
        *,
        known: Basis | None = None,
        full: bool = False,
    ) -> None:
        """writer is entered, and stays its owner's; known is the basis that may be held on to, full
        whether all of it is to be found anew."""
        self._writer = writer
        self._resources = resources
        self._settings = settings
        self._pages = pages
        self._stages = stages
        self._say = say
        self._known = None if full else known
        self._full = full
        self._count = cache(partial(token_counter, settings.model, settings.layout))  # slow to load
        self._cuts: dict[str, tuple[int, list[tuple[int, int]]]] = {}  # id: text's hash, its cuts

    def publish(self) -> Publication:
        """Index and publish what is known, unless the current generation holds just that."""
        layout = self._settings.layout
        works, failures = self._works()
        digest, keys = index.digested(works, identity(self._settings.model))
        current, before = current_of(layout)
        added = tuple(name for name, new in index.changes(self._resources, before) if new)
        del before  # a million ids
        if current is not None and current.digest == digest and self._fits(current):
            remember(layout, self._settings.model)
            return Publication(current, False, 0, False, failures)
        manifest, embedded = self._written(works, digest, keys)
        if added or current is None:
            news.record(layout.news, News(manifest.number, manifest.created_at, added))
        self._say("index", len(works), len(works))
        held = manifest.settings[basis.SETTING] != digest
        return Publication(manifest, True, embedded, held, failures)

    def _fits(self, current: Manifest) -> bool:
        """Whether the current generation, of equal content, is such as was asked for."""
        return not self._full or current.settings.get(basis.SETTING) == current.digest

    def _works(self) -> tuple[Sequence[IndexedResource], Mapping[str, str]]:
        """Every resource with its facts, document and passages; and pages without a document."""
        resources, pages, say = self._resources, self._pages, self._say
        with DocumentCache(self._settings.layout.documents) as kept:
            self._stages.extract(resources, pages, kept, say)
            extracted = documents_of(resources, pages, kept, partial(say, "extract"))
        documents = extracted.documents
        passages = {}
        for done, resource in enumerate(resources, 1):
            if document := documents.get(resource.id):
                passages[resource.id] = tuple(self._passages(document))
                say("split", done, len(resources))
        facts = _facts(resources, documents)

        def work(row: int) -> IndexedResource:
            resource = resources[row]
            document = documents.get(resource.id)
            parts = passages.get(resource.id, ())
            return IndexedResource(_told(resource, document), facts[row], document, parts)

        return LazySequence(len(resources), work), extracted.failures

    def _passages(self, document: Document) -> list[Passage]:
        """The passages of document, cut where the same text was cut for the last publication."""
        text = hash(document.text)
        known, cuts = self._cuts.get(document.resource_id, (None, []))
        if known == text:
            return passages_at(document, cuts)
        passages = self._stages.passages(document, self._count())
        self._cuts[document.resource_id] = text, [(one.start, one.end) for one in passages]
        return passages

    def _written(
        self, works: Sequence[IndexedResource], digest: str, keys: NDArray[np.bytes_]
    ) -> tuple[Manifest, int]:
        """Publish works; also of how many texts vectors were made."""
        layout, writer, say = self._settings.layout, self._writer, self._say
        embedder, held = builder(self._settings.model, layout), self._near(works)
        with ExitStack() as scratch:

            def space(count: int, dim: int) -> RowFile:
                return scratch.enter_context(RowFile(writer.folder / "vectors.rows", count, dim))

            hold = Held(held.centres, drafting(self._settings.model, layout)) if held else None
            with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as kept:
                helped = self._stages.embed(texts_of(works), kept, say)
                vectors, centres, embedded = index.embed(works, embedder, kept, say, space, hold)
            if held and centres is not held.centres:
                held = None
            model_id, dim = embedder.model_id, embedder.dim
            del embedder  # with its model, before the index needs as much memory
            give_back()
            Dictionary.open(layout)  # so that no question waits for it to be made
            say("index", 0, len(works))
            ids = [resource.id for resource in self._resources]
            known = held.told_of(ids, keys) if held else None
            complete, told = index.estimated(works, vectors, centres, model_id, known)
            add = self._stages.add
            drawn = index.write(writer.folder, complete, vectors, centres, add, held=held)
            found = held or Basis.found(len(vectors), centres, ids, keys, drawn, told)
            found.save(writer.folder)
        remember(layout, self._settings.model)  # before: a plain build then goes on with it
        manifest = writer.publish(
            model_id=model_id,
            dim=dim,
            counts=index.counts(works),
            settings={"recipe": index.RECIPE, basis.SETTING: held.digest if held else digest},
            digest=digest,
        )
        writer.begin()
        return manifest, helped + embedded

    def _near(self, works: Sequence[IndexedResource]) -> Basis | None:
        """The known basis, where works are nearly those it was found in."""
        if self._known is None:
            return None
        vectors = index.counts(works)["vectors"]
        ids = [resource.id for resource in self._resources]
        return self._known if self._known.is_near(ids, vectors) else None


def current_of(layout: Layout) -> tuple[Manifest | None, frozenset[str]]:
    """The current generation's manifest and resource ids; nothing where it is missing or damaged,
    so that a build mends it."""
    from search.index.catalog import Catalog

    try:
        with open_current(layout) as generation:
            ids = Catalog(generation.path).ids()
            return (None if verify(generation) else generation.manifest), frozenset(ids)
    except NextreadError:
        return None, frozenset()


def _facts(resources: Sequence[Resource], documents: Mapping[str, Document]) -> list[Facts]:
    """The facts of each resource; equal ones, as most are, are one object."""
    groups = independent_among(resources)
    known: dict[Facts, Facts] = {}
    told = (facts_of(r, documents.get(r.id), groups=groups) for r in resources)
    return [known.setdefault(facts, facts) for facts in told]


def _told(resource: Resource, document: Document | None) -> Resource:
    """A resource in the language of its text, where the text is known to be in one."""
    if document is None or document.language is None:
        return resource
    return replace(resource, language=document.language)

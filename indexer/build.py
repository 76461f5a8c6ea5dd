"""The driver: lists in, one published generation out. Incremental, resumable, ends in one publish.

What was fetched, extracted and embedded before comes from the caches, so that a build killed
anywhere goes on where it stopped, and a build offline needs nothing else. Must not know how any
stage works.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from cache import disk, news
from cache.documents import DocumentCache
from cache.errors import NextreadError
from cache.generation import Manifest, Writer, open_current, verify
from cache.home_model import remember, with_model
from cache.layout import Layout
from cache.lists_toml import ListBook
from cache.news import News
from cache.pages import PageCache
from cache.parsed import ParsedCache
from cache.records import Document, Facts, Resource
from cache.rows import RowFile
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.crawl.warc_files import take_waiting
from indexer.extract.documents import documents_of
from indexer.index import write as index
from indexer.index.embedding import texts_of
from indexer.index.write import IndexedResource
from indexer.lazy import LazySequence
from indexer.lists.parse import Problem
from indexer.lists.read_all import Gathered, read_all
from indexer.memory import give_back
from indexer.resources.facts import facts_of, independent_among
from indexer.resources.merge import merge
from indexer.stages import Crawled, LocalStages, Progress, Stages
from search.index.dictionary import Dictionary
from search.models.embed import builder, identity, token_counter

STAGES = ("read", "fetch", "extract", "split", "embed", "index")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. problems and failures map a list or URL to what was wrong with it;
    published is False where nothing had changed."""

    manifest: Manifest
    published: bool
    fetched: int
    unchanged: int
    embedded: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def build(
    given: Sequence[str],
    settings: Settings,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    stages: Stages | None = None,
) -> BuildReport:
    """Index the given lists and all that were added before; publish where anything changed.

    Lists on the web are asked for each time, whatever came of it last; pages when they are due.
    offline opens no socket: pages and remote lists come from the cache. stages does the heavy
    work, this machine alone where it is None; who does it changes nothing in what is published.
    One dead link or unreadable list never stops a build. Raises ListError where there is no list to
    read, Locked where another build runs, StoreError where the disk fails, ModelError for a model
    that cannot be loaded; whatever it raises, the last good generation still answers.
    """
    began = time.monotonic()
    say, stages = progress or _silent, stages or LocalStages()
    settings = with_model(settings)
    layout = settings.layout
    with ExitStack() as stack:
        stack.enter_context(disk.faults(layout.home, sqlite3.Error))
        writer = stack.enter_context(Writer(layout))
        pages = stack.enter_context(stages.open_pages(layout.pages))
        take_waiting(layout, pages)
        fresh = replace(settings, refresh_days=0)
        anew = partial(LocalStages().crawl, fresh, pages, listed={}, progress=say)
        gathered = _read_lists(given, layout, pages, None if offline else anew, say)
        resources = merge(gathered.entries)
        give_back()
        crawled = Crawled()
        if not offline:
            listed = {one.url: [entry.url for entry in one.mentions] for one in resources}
            crawled = stages.crawl(settings, pages, list(listed), listed, say)
        works, failures = _works(resources, settings, pages, stages, say)
        report = _published(writer, works, settings, stages, say)
        gathered.book.save(layout.lists)
    return replace(
        report,
        fetched=crawled.fetched,
        unchanged=crawled.unchanged,
        problems=gathered.problems,
        failures={**gathered.failures, **crawled.failures, **failures},
        seconds=time.monotonic() - began,
    )


def _silent(stage: str, done: int, of: int) -> None:
    """No progress wanted."""


def _read_lists(
    given: Sequence[str],
    layout: Layout,
    pages: PageCache,
    crawl: Callable[[Sequence[str]], object] | None,
    say: Progress,
) -> Gathered:
    book, kept = ListBook.load(layout.lists), ParsedCache(layout.parsed)
    return read_all(given, book, pages, kept, crawl, partial(say, "read"))


def _works(
    resources: Sequence[Resource],
    settings: Settings,
    pages: PageCache,
    stages: Stages,
    say: Progress,
) -> tuple[Sequence[IndexedResource], Mapping[str, str]]:
    """Every resource with its facts, document and passages; and pages that gave no document."""
    with DocumentCache(settings.layout.documents) as kept:
        stages.extract(resources, pages, kept, say)
        extracted = documents_of(resources, pages, kept, partial(say, "extract"))
    documents = extracted.documents
    counter = lru_cache(partial(token_counter, settings.model, settings.layout))  # slow to load
    passages = {}
    for done, resource in enumerate(resources, 1):
        if document := documents.get(resource.id):
            passages[resource.id] = tuple(stages.passages(document, counter()))
            say("split", done, len(resources))
    facts = _facts(resources, documents)

    def work(row: int) -> IndexedResource:
        resource = resources[row]
        document = documents.get(resource.id)
        parts = passages.get(resource.id, ())
        return IndexedResource(_told(resource, document), facts[row], document, parts)

    return LazySequence(len(resources), work), extracted.failures


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


def _published(
    writer: Writer,
    works: Sequence[IndexedResource],
    settings: Settings,
    stages: Stages,
    say: Progress,
) -> BuildReport:
    """Index and publish works, unless the current generation holds just these."""
    layout = settings.layout
    digest = index.content_digest(works, identity(settings.model))
    current, before = _current(layout)
    came = dict(index.changes(works, before))
    del before  # a million ids
    report = partial(
        BuildReport,
        fetched=0,
        unchanged=0,
        added=tuple(r for r, new in came.items() if new),
        removed=tuple(r for r, new in came.items() if not new),
    )
    if current is not None and current.digest == digest:
        remember(layout, settings.model)
        return report(manifest=current, published=False, embedded=0)
    manifest, embedded = _written(writer, works, digest, settings, stages, say)
    added = tuple(name for name, new in came.items() if new)
    news.record(layout.news, News(manifest.number, manifest.created_at, added))
    say("index", len(works), len(works))
    return report(manifest=manifest, published=True, embedded=embedded)


def _written(
    writer: Writer,
    works: Sequence[IndexedResource],
    digest: str,
    settings: Settings,
    stages: Stages,
    say: Progress,
) -> tuple[Manifest, int]:
    """Publish works; also of how many texts vectors were made."""
    layout = settings.layout
    embedder = builder(settings.model, layout)
    with ExitStack() as held:

        def space(count: int, dim: int) -> RowFile:
            return held.enter_context(RowFile(writer.folder / "vectors.rows", count, dim))

        with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as cache:
            helped = stages.embed(texts_of(works), cache, say)
            vectors, centres, embedded = index.embed(works, embedder, cache, say, space)
        model_id, dim = embedder.model_id, embedder.dim
        del embedder  # with its model, before the index needs as much memory
        give_back()
        Dictionary.open(layout)  # so that no question waits for it to be made
        say("index", 0, len(works))
        known = index.estimated(works, vectors, centres, model_id)
        index.write(writer.folder, known, vectors, centres, stages.add)
    remember(layout, settings.model)  # before it is published: a plain build then goes on with it
    manifest = writer.publish(
        model_id=model_id,
        dim=dim,
        counts=index.counts(works),
        settings={"recipe": index.RECIPE},
        digest=digest,
    )
    return manifest, helped + embedded


def _current(layout: Layout) -> tuple[Manifest | None, frozenset[str]]:
    """The current generation's manifest and resource ids; nothing where it is missing or damaged,
    so that a build mends it."""
    from search.index.catalog import Catalog

    try:
        with open_current(layout) as generation:
            ids = Catalog(generation.path).ids()
            return (None if verify(generation) else generation.manifest), frozenset(ids)
    except NextreadError:
        return None, frozenset()

"""Who does the heavy stages of a build: this machine alone, or many (indexer/cluster).

Whoever does them, results lie in the home's caches afterwards, and the rest of a build is the same
code on the same input: that is why its digest is the same. Must not know how a stage works.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cache.documents import DocumentCache
from cache.pages import PageCache
from cache.records import Document, Page, Passage, Resource
from cache.rows import FloatRows
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.extract.passages import Counter, split
from indexer.rhythm import Pauses
from search.index import dense

Progress = Callable[[str, int, int], None]
"""progress(stage, done, of), stage being one of indexer.build.STAGES."""


@dataclass(frozen=True, slots=True)
class Crawled:
    """How a crawl went: pages fetched, pages unchanged, and why each failed address failed; offline
    where there was no network, so that nothing was asked for."""

    fetched: int = 0
    unchanged: int = 0
    failures: Mapping[str, str] = field(default_factory=dict)
    offline: bool = False


class Stages(Protocol):
    """What a build leaves to others. Every method may do nothing: the build then does it."""

    def open_pages(self, folder: Path) -> PageCache:
        """The page cache that crawl and extract are given later."""

    def crawl(
        self,
        settings: Settings,
        pages: PageCache,
        urls: Sequence[str],
        listed: Mapping[str, Sequence[str]],
        progress: Progress,
        pauses: Pauses | None = None,
    ) -> Crawled:
        """Bring every page that is due into pages, in the order of urls where hosts allow; listed
        are those of them that lists name, each with the links as written. pauses says when to rest
        and when to end, None never; who cannot rest need not."""

    def extract(
        self,
        resources: Sequence[Resource],
        pages: PageCache,
        kept: DocumentCache,
        progress: Progress,
    ) -> None:
        """Bring documents of resources into kept."""

    def passages(self, document: Document, count: Counter) -> list[Passage]:
        """The passages of document; count gives the tokens of texts."""

    def embed(self, texts: Sequence[str], cache: VectorCache, progress: Progress) -> int:
        """Bring vectors of texts into cache; returns of how many texts."""

    def add(self, index: Any, vectors: FloatRows) -> None:
        """Add vectors to a trained FAISS index, in their order."""


class LocalStages:
    """One machine."""

    def open_pages(self, folder: Path) -> PageCache:
        """See Stages."""
        return PageCache(folder)

    def crawl(
        self,
        settings: Settings,
        pages: PageCache,
        urls: Sequence[str],
        listed: Mapping[str, Sequence[str]],
        progress: Progress,
        pauses: Pauses | None = None,
    ) -> Crawled:
        """See Stages. What fails is in the report, and tried again on its schedule."""
        from indexer.crawl.crawler import Fetcher
        from indexer.crawl.network import is_missing

        done, wanted = 0, frozenset(urls)

        def count(page: Page) -> None:
            nonlocal done
            done += page.url in wanted
            progress("fetch", done, len(urls))

        if not urls:
            return Crawled()
        with asyncio.Runner() as loop:
            if pauses is not None and loop.run(is_missing(urls, settings)):
                return Crawled(offline=True)
            if pauses is not None:
                pauses.announce()
            crawl = Fetcher(settings, pages).begin(urls, count, listed=listed)
            try:
                while not loop.run(crawl.go_on((lambda: pauses.due) if pauses else None)):
                    if pauses is None or pauses.over:
                        break
                    pauses.take()
            finally:
                loop.run(crawl.close())
        report = crawl.report
        return Crawled(report.fetched, report.unchanged, report.failures)

    def extract(
        self,
        resources: Sequence[Resource],
        pages: PageCache,
        kept: DocumentCache,
        progress: Progress,
    ) -> None:
        """Nothing: the build extracts what is not kept."""

    def passages(self, document: Document, count: Counter) -> list[Passage]:
        """See Stages."""
        return split(document, count)

    def embed(self, texts: Sequence[str], cache: VectorCache, progress: Progress) -> int:
        """Nothing: the build embeds what is not cached."""
        return 0

    def add(self, index: Any, vectors: FloatRows) -> None:
        """See Stages."""
        dense.add_all(index, vectors)

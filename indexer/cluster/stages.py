"""The driver of a build on many machines: gives work out, brings results into the home's caches.

Everything that comes back is kept under what it was made from, so a result that comes twice is the
same as once, and what does not come is done by the build itself. Must not know Ray.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from cache.documents import DocumentCache
from cache.errors import Damaged, QueryError
from cache.home_model import with_model
from cache.page_shards import ShardPages
from cache.pages import PageCache
from cache.records import Document, Page, Passage, Resource
from cache.rows import FloatRows
from cache.settings import Settings
from cache.urls import plain_url
from cache.vectors import VectorCache
from indexer.cluster import models, shards, tasks
from indexer.cluster.hosts import shared_out
from indexer.cluster.store import Store, key_of
from indexer.cluster.tasks import Done, Job, TaskContext
from indexer.cluster.unfinished import Unfinished
from indexer.crawl.jobs import Listed
from indexer.extract.passages import Counter, passages_at
from indexer.rhythm import Pauses
from indexer.stages import Crawled, LocalStages, Progress, Stages
from search.index import dense

PAGES_A_PART = 1000
PARTS_A_CPU = 2  # at least, so that the last part to end is a small one
TEXTS_A_JOB = 512
ROWS_A_JOB = 16 * dense.CHUNK
_ADOPTED = 64  # shards of pages taken in at once
_ASKED = 10_000  # texts looked up at once


class Runner(Protocol):
    """What runs jobs on many machines: see ray_jobs.Cluster."""

    @property
    def cpus(self) -> int:
        """How many jobs can run at once."""

    def run(self, stage: str, task: Callable[[Job], Done], jobs: Sequence[Job]) -> Iterator[Done]:
        """Answers of jobs, in any order."""

    def run_actors(
        self, stage: str, make: Callable[[], Callable[[Job], Done]], jobs: Sequence[Job]
    ) -> Iterator[Done]:
        """The same, with a task that each actor makes once."""


@contextmanager
def stages_for(
    settings: Settings, address: str | None, *, resume: bool = False
) -> Iterator[Stages]:
    """Who builds: this machine where address is None, else the Ray cluster at address (`local` for
    one of this machine alone), going on with what the last such build left where resume.

    Raises QueryError for settings that fit no cluster, MissingExtra, ClusterError, StoreError.
    """
    if address is None:
        if resume:
            hint = "without --ray, a build always goes on where the last one stopped"
            raise QueryError("--resume is for a build on a cluster", hint)
        yield LocalStages()
        return
    from indexer.cluster.ray_jobs import Cluster

    url = _store_url(settings, address)
    with Cluster(address, settings.ray_deadline) as cluster:
        unfinished = Unfinished.begun(settings.layout, url, resume=resume)
        yield ClusterStages(settings, cluster, unfinished)
        unfinished.end()


def _store_url(settings: Settings, address: str) -> str:
    if settings.store:
        remote = "://" in settings.store
        return settings.store if remote else str(Path(settings.store).expanduser().resolve())
    if address == "local":
        return str(settings.home.resolve() / "store")
    hint = "--store names a folder or URL that every node of the cluster can write"
    raise QueryError(f"{address}: a build on many machines needs a store", hint)


class ClusterStages:
    """A Stages of many machines."""

    def __init__(self, settings: Settings, runner: Runner, unfinished: Unfinished) -> None:
        """unfinished is the work to go on with."""
        from search.models.embed import identity, token_counter

        settings = with_model(settings)
        self._runner = runner
        self._unfinished = unfinished
        self._store: Store = unfinished.store
        model_id = identity(settings.model)
        token_counter(settings.model, settings.layout)  # converts a model that is new here
        models.send(model_id, settings.layout, self._store)
        plain = replace(settings, index="")  # may hold a password
        self._work = TaskContext(plain, self._store, model_id)
        self._cuts: dict[bytes, Sequence[int]] = {}
        self._seen: set[str] = set()  # shards that were brought here

    def open_pages(self, folder: Path) -> PageCache:
        """See Stages; holds what an earlier attempt has fetched."""
        self._pages, self._pages_folder = ShardPages(folder), folder
        self._adopt()
        return self._pages

    def crawl(
        self,
        settings: Settings,
        pages: PageCache,
        urls: Sequence[str],
        listed: Mapping[str, Sequence[str]],
        progress: Progress,
        pauses: Pauses | None = None,
    ) -> Crawled:
        """See Stages. Workers do not rest. What leads from one host to another is gone on with
        here, when no worker asks any host: only one who sees all requests can keep them apart."""
        from time import time

        from indexer.crawl.due import is_due

        now = time()
        plain = dict.fromkeys(map(plain_url, urls))
        due = [u for u in plain if is_due(u, pages, settings, now, listed=u in listed)]
        before = {url: (pages.standing(url), pages.stored(url)) for url in due}
        left = {job.url for job in tasks.jobs_left(self._store)}
        jobs, odd = self._fetch_jobs([url for url in due if url not in left], listed, settings)
        done = 0
        for answer in self._runner.run("fetch", partial(tasks.fetch, self._work), jobs):
            done += answer["urls"]
            progress("fetch", done, len(due))
        self._adopt()
        self._finish(settings, before, listed, odd)
        progress("fetch", len(due), len(due))
        return _crawled(pages, before)

    def extract(
        self,
        resources: Sequence[Resource],
        pages: PageCache,
        kept: DocumentCache,
        progress: Progress,
    ) -> None:
        """See Stages. What of it fails for a passing reason is left to the build."""
        from indexer.extract.documents import document_key, sequels_among, usable_page

        self._bring_documents(kept)
        missing = []
        for resource in resources:
            page = usable_page(resource, pages)
            if page is None or sequels_among(page, pages):
                continue  # what is made of several pages is left to the build
            if kept.get(document_key(page, resource.id)) is None:
                missing.append((resource.id, page))
        jobs, done = self._extract_jobs(missing), 0
        for answer in self._runner.run("extract", partial(tasks.extract, self._work), jobs):
            done += answer["pages"]
            progress("extract", done, len(missing))
        self._bring_documents(kept)

    def passages(self, document: Document, count: Counter) -> list[Passage]:
        """See Stages: cut where a worker has cut this very text."""
        cuts = self._cuts.get(_text_digest(document.text))
        if cuts is None:
            return LocalStages().passages(document, count)
        return passages_at(document, zip(cuts[::2], cuts[1::2], strict=True))

    def embed(self, texts: Sequence[str], cache: VectorCache, progress: Progress) -> int:
        """See Stages."""
        self._bring_vectors(cache)
        missing = _missing(texts, cache)
        jobs = []
        for start in range(0, len(missing), TEXTS_A_JOB):
            batch = missing[start : start + TEXTS_A_JOB]
            content = shards.packed_rows(batch)
            name = self._store.put("texts", sha256(content).hexdigest()[:32], content)
            jobs.append(_keyed({"texts": name, "count": len(batch)}))
        done, make = 0, partial(tasks.Embed, self._work)
        for answer in self._runner.run_actors("embed", make, jobs):
            done += answer["texts"]
            progress("embed", done, len(missing))
        self._bring_vectors(cache)
        return len(missing)

    def add(self, index: Any, vectors: FloatRows) -> None:
        """See Stages: workers fill copies of the trained index with a slice each."""
        import faiss
        import numpy as np

        empty = faiss.serialize_index(index).tobytes()
        trained = self._store.put("trained", sha256(empty).hexdigest()[:32], empty)
        jobs = []
        for start, chunk in dense.chunks(vectors, ROWS_A_JOB):
            content = shards.packed_vectors([b"\0"] * len(chunk), chunk)
            name = self._store.put("slices", f"{start:012}", content)
            said = {"index": trained, "vectors": name, "start": start, "count": len(chunk)}
            jobs.append(_keyed(said))
        for _ in self._runner.run("add", partial(tasks.add, self._work), jobs):
            pass
        for job in jobs:
            (name, *_) = self._store.names("cells", job["key"])
            part = faiss.deserialize_index(np.frombuffer(self._store.read(name), np.uint8))
            index.merge_from(part, 0)

    def _fetch_jobs(
        self, urls: Sequence[str], listed: Listed, settings: Settings
    ) -> tuple[list[Job], list[str]]:
        most = max(PARTS_A_CPU * self._runner.cpus, -(-len(urls) // PAGES_A_PART))
        parts, odd = shared_out(urls, settings.ports, most)
        return [
            _keyed(
                {
                    "urls": part.urls,
                    "hosts": part.hosts,
                    "known": self._known(part.urls),
                    "listed": {url: listed[url] for url in part.urls if url in listed},
                }
            )
            for part in parts
        ], odd

    def _known(self, urls: Sequence[str]) -> list[tuple[Any, Any]]:
        """What is here of addresses that were asked before; a page only where its body is whole."""
        known = []
        for url in urls:
            standing, page = self._pages.standing(url), self._pages.stored(url)
            if page is not None and not self._is_whole(page):
                page = None
            if standing is not None or page is not None:
                known.append((page and asdict(page), standing and asdict(standing)))
        return known

    def _is_whole(self, page: Page) -> bool:
        try:
            self._pages.body(page)
        except Damaged:
            return False
        return True

    def _finish(
        self, settings: Settings, before: Mapping[str, Any], listed: Listed, odd: Sequence[str]
    ) -> None:
        """Go on with what led elsewhere, and ask for what came from nowhere."""
        import asyncio

        from indexer.crawl.crawler import Fetcher

        jobs = list(tasks.jobs_left(self._store))
        elsewhere = {job.url for job in jobs}
        lost = [
            url
            for url, (standing, _) in before.items()
            if url not in elsewhere and self._pages.standing(url) == standing
        ]
        if jobs or lost or odd:
            fetcher = Fetcher(settings, self._pages)
            asyncio.run(fetcher.crawl(dict.fromkeys([*lost, *odd]), listed=listed, jobs=jobs))
        for name in self._store.names("elsewhere"):
            self._store.remove(name)  # all of it is in the page cache now

    def _adopt(self) -> None:
        """Take into the page cache what shards of pages are not in it."""
        adopted = self._unfinished.adopted
        new = [name for name in self._store.names("pages") if name not in adopted]
        for start in range(0, len(new), _ADOPTED):
            with TemporaryDirectory(prefix=".adopted-", dir=self._pages_folder) as folder:
                names = new[start : start + _ADOPTED]
                brought = dict(self._brought(names, Path(folder)))
                segments = self._pages.adopt(list(brought.values()))
                adopted.update(zip(brought, segments, strict=True))
            self._unfinished.save()

    def _brought(self, names: Sequence[str], folder: Path) -> Iterator[tuple[str, Path]]:
        """Copies of shards; a broken one is removed, and what it held will be missing."""
        for name in names:
            try:
                yield name, self._store.bring(name, folder)
            except Damaged:
                self._store.remove(name)

    def _extract_jobs(self, missing: Sequence[tuple[str, Page]]) -> list[Job]:
        """A job a shard of pages; pages that came another way go into shards of their own."""
        shard_of = {segment: shard for shard, segment in self._unfinished.adopted.items()}
        groups: dict[str, list[Any]] = {}
        homeless = []
        for resource_id, page in missing:
            shard = shard_of.get(self._pages.segment_of(page) or "")
            if shard is None:
                homeless.append((resource_id, page))
            else:
                groups.setdefault(shard, []).append((resource_id, asdict(page)))
        for start in range(0, len(homeless), tasks.PAGES_A_SHARD):
            batch = homeless[start : start + tasks.PAGES_A_SHARD]
            groups[self._sent(batch)] = [(name, asdict(page)) for name, page in batch]
        return [_keyed({"shard": shard, "items": items}) for shard, items in groups.items()]

    def _sent(self, batch: Sequence[tuple[str, Page]]) -> str:
        """Pages of the home as a shard in the store."""
        with TemporaryDirectory(prefix="nextread-") as folder, ShardPages(Path(folder)) as out:
            for _, page in batch:
                if self._is_whole(page):
                    out.put(page, self._pages.body(page))
            segment = out.roll()
            content = segment.read_bytes() if segment else b""
        return self._store.put("sent", sha256(content).hexdigest()[:32], content)

    def _bring_documents(self, kept: DocumentCache) -> None:
        """Documents into the home, and where their texts are cut into memory."""
        for name, content in self._new("documents"):
            found = list(shards.documents_in(content, name))
            kept.put((one.key, one.outcome) for one in found)
            for one in found:
                if not isinstance(one.outcome, str):
                    self._cuts[_text_digest(one.outcome.text)] = one.cuts

    def _bring_vectors(self, cache: VectorCache) -> None:
        for name, content in self._new("vectors"):
            cache.take(*shards.vectors_in(content, name))

    def _new(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Shards that were not read before; a broken one is removed."""
        for name in self._store.names(kind):
            if name in self._seen:
                continue
            try:
                yield name, self._store.read(name)
            except Damaged:
                self._store.remove(name)
            self._seen.add(name)


def _keyed(job: Mapping[str, Any]) -> Job:
    return {**job, "key": key_of(job)}


def _text_digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _missing(texts: Sequence[str], cache: VectorCache) -> list[str]:
    """The texts that cache lacks, each once."""
    missing: dict[str, None] = {}
    for start in range(0, len(texts), _ASKED):
        part = texts[start : start + _ASKED]
        missing |= dict.fromkeys(part[row] for row in cache.lookup(part)[1].tolist())
    return list(missing)


def _crawled(pages: PageCache, before: Mapping[str, Any]) -> Crawled:
    """What became of each address, told from the page cache alone: whoever asked, and how often."""
    failures, unchanged = {}, 0
    for url, (_, stored) in before.items():
        standing = pages.standing(url)
        if standing is None or standing.failure is not None:
            failures[url] = standing.failure if standing and standing.failure else "not asked for"
        elif pages.stored(url) == stored:
            unchanged += 1
    return Crawled(len(before) - len(failures) - unchanged, unchanged, failures)

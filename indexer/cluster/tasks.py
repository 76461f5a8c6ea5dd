"""What a worker does for a build: one function a stage, from a job to the names of shards.

A job is plain JSON. Each is done by the same functions as on one machine, in a folder that is
thrown away, and leaves its result in the store under the job's own key: done again after a death
it finds what it had left, and goes on. Must not know what runs it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cache.page_records import Standing
from cache.page_shards import ShardPages
from cache.records import Page
from cache.settings import Settings
from cache.urls import plain_url
from cache.vectors import text_key
from indexer.cluster import shards
from indexer.cluster.hosts import group_of
from indexer.cluster.models import counter_of, embedder_of
from indexer.cluster.store import Store

if TYPE_CHECKING:
    from indexer.crawl.jobs import Job as FetchJob
    from indexer.extract.sandbox import ExtractPool
    from search.models.embed import Embedder

Job = Mapping[str, Any]
"""Plain JSON; `key` names it."""

Done = Mapping[str, Any]

PAGES_A_SHARD = 256
"""Pages fetched between two shards: what the death of a machine can cost, a part."""


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What every task needs: the build's settings, its store, and the model's identity."""

    settings: Settings
    store: Store
    model_id: str


def fetch(work: TaskContext, job: Job) -> Done:
    """Crawl a part's addresses into shards of pages; what leads to other hosts is kept apart.

    job: urls, hosts, listed (the links as written), known (page and standing of addresses that were
    asked before).
    """
    with _pages() as (folder, pages):
        for page, standing in job["known"]:
            pages.seed(Page(**page) if page else None, Standing(**standing) if standing else None)
        left = _left(work, job, folder, pages)
        saver = _Saver(work, job["key"], pages)
        if left:
            asyncio.run(_crawl(work, job, pages, saver, left))
    return {"urls": len(job["urls"])}


def extract(work: TaskContext, job: Job) -> Done:
    """Documents and their passages of the pages in one shard.

    job: shard, items (the id of a resource, and its page).
    """
    if not list(work.store.whole("documents", job["key"])):
        content = shards.packed_documents(_documents(work, job))
        work.store.put("documents", job["key"], content)
    return {"pages": len(job["items"])}


def _documents(work: TaskContext, job: Job) -> Iterator[shards.Extracted]:
    """What the pages of a job hold, but for what may be otherwise when it is tried again."""
    from indexer.extract.documents import BATCH, document_key, lasting, outcomes_of, told
    from indexer.extract.passages import split

    count = counter_of(work.settings, work.store, work.model_id)
    with _pages() as (folder, pages):
        pages.adopt([work.store.bring(job["shard"], folder)])
        wanted = [(resource_id, Page(**page), ()) for resource_id, page in job["items"]]
        here = [one for one in wanted if pages.segment_of(one[1])]
        for start in range(0, len(here), BATCH):
            batch = here[start : start + BATCH]
            for (resource_id, page, _), outcome in outcomes_of(batch, pages, _pool()):
                if lasting(outcome):
                    kept = told(outcome)
                    passages = () if isinstance(kept, str) else split(kept, count)
                    cuts = [edge for p in passages for edge in (p.start, p.end)]
                    yield shards.Extracted(document_key(page, resource_id), kept, cuts)


class Embed:
    """Vectors of texts, by a model that is loaded once. job: texts, the name of a shard."""

    def __init__(self, work: TaskContext) -> None:
        """The model is loaded by the first job."""
        self._work = work

    def __call__(self, job: Job) -> Done:
        """Embed the texts of a job, unless that was done."""
        store = self._work.store
        if not list(store.whole("vectors", job["key"])):
            texts = shards.rows_in(store.read(job["texts"]), job["texts"])
            vectors = self._embedder.encode_passages(texts)
            keys = [text_key(text, "passage") for text in texts]
            store.put("vectors", job["key"], shards.packed_vectors(keys, vectors))
        return {"texts": job["count"]}

    @cached_property
    def _embedder(self) -> "Embedder":
        return embedder_of(self._work.settings, self._work.store, self._work.model_id)


def add(work: TaskContext, job: Job) -> Done:
    """A trained, empty index filled with one slice of the vectors.

    job: index and vectors, names of shards, and start, the row of the first vector.
    """
    import faiss
    import numpy as np

    store = work.store
    if not list(store.whole("cells", job["key"])):
        index = faiss.deserialize_index(np.frombuffer(store.read(job["index"]), np.uint8))
        _, vectors = shards.vectors_in(store.read(job["vectors"]), job["vectors"])
        rows = np.arange(job["start"], job["start"] + len(vectors))
        index.add_with_ids(vectors, rows)
        store.put("cells", job["key"], faiss.serialize_index(index).tobytes())
    return {"vectors": job["count"]}


class _Saver:
    """Puts what a crawl has brought into the store, from time to time."""

    def __init__(self, work: TaskContext, key: str, pages: ShardPages) -> None:
        self._work = work
        self._key = key
        self._pages = pages
        self._heard = 0
        self.elsewhere: list[dict[str, Any]] = []

    def hear(self, _: Page) -> None:
        """One more page is done."""
        self._heard += 1
        if self._heard >= PAGES_A_SHARD:
            self.save()

    def save(self) -> None:
        """What leads elsewhere first: a page that is stored is not asked for again, and the rest
        of the way to it would be forgotten."""
        self._heard = 0
        if self.elsewhere:
            self._work.store.put("elsewhere", self._key, shards.packed_rows(self.elsewhere))
            self.elsewhere = []
        segment = self._pages.roll()
        if segment is not None:
            self._work.store.put("pages", self._key, segment.read_bytes())


async def _crawl(
    work: TaskContext, job: Job, pages: ShardPages, saver: _Saver, urls: Sequence[str]
) -> None:
    from indexer.crawl.crawler import Fetcher
    from indexer.crawl.jobs import Share

    hosts = frozenset(job["hosts"])
    share = Share(
        lambda host: group_of(host) in hosts, lambda left: saver.elsewhere.append(asdict(left))
    )
    fetcher = Fetcher(work.settings, pages)
    await fetcher.crawl(urls, saver.hear, listed=job["listed"], share=share)
    saver.save()


def _left(work: TaskContext, job: Job, folder: Path, pages: ShardPages) -> list[str]:
    """The addresses that no attempt before this one has stored or left to others."""
    before = {url: pages.standing(url) for url in map(plain_url, job["urls"])}
    stored = work.store.whole("pages", job["key"])
    pages.adopt([work.store.bring(name, folder) for name in stored])
    elsewhere = {found.url for found in jobs_left(work.store, job["key"])}
    return [
        url
        for url, standing in before.items()
        if url not in elsewhere and pages.standing(url) == standing
    ]


def jobs_left(store: Store, key: str = "") -> Iterator["FetchJob"]:
    """What crawls of parts left to others, each address once."""
    from indexer.crawl.jobs import Job as FetchJob

    seen: set[str] = set()
    for name in store.whole("elsewhere", key):
        for row in shards.rows_in(store.read(name), name):
            if row["url"] not in seen:
                seen.add(row["url"])
                yield FetchJob(**row | {"rest": tuple(row["rest"])})


@contextmanager
def _pages() -> Iterator[tuple[Path, ShardPages]]:
    """A folder and a page cache in it, for as long as one job takes."""
    with TemporaryDirectory(prefix="nextread-") as name:
        folder = Path(name)
        with ShardPages(folder / "pages") as pages:
            yield folder, pages


@cache
def _pool() -> "ExtractPool":
    """This process's sandbox: starting one takes a second, and jobs come one at a time."""
    from indexer.extract.sandbox import ExtractPool

    return ExtractPool(workers=1)

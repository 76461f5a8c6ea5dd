"""The document of each resource: its page, extracted in a sandbox, once.

Must not know lists, passages or vectors.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING

from cache.documents import DocumentCache
from cache.errors import Damaged, ExtractError
from cache.pages import PageCache
from cache.records import Document, Page, Resource

if TYPE_CHECKING:
    from indexer.sandbox import ExtractPool


BATCH = 64
"""Documents extracted between two commits: what a kill can lose."""

LIBRARIES = ("trafilatura", "turbohtml", "pypdfium2", "py3langid")
"""What documents depend on beside our own code."""

PASSING = ("took more than", "crashed", "died", "memory")
"""Failures that say more of a busy machine than of a page: tried again by the next build."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Extracted:
    """Documents by resource id, and why a fetched page gave none, by URL."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)


def documents_of(
    resources: Sequence[Resource],
    pages: PageCache,
    kept: DocumentCache,
    progress: Progress | None = None,
) -> Extracted:
    """The documents of resources whose page is in the cache and usable."""
    found: dict[str, Document] = {}
    failures: dict[str, str] = {}
    missing: list[tuple[Resource, Page]] = []
    for resource in resources:
        page = usable_page(resource, pages)
        if page is None:
            continue
        known = kept.get(_key(page, resource))
        if known is None:
            missing.append((resource, page))
        elif isinstance(known, str):
            failures[page.url] = known
        else:
            found[resource.id] = known
    for resource, page, outcome in _extracted(missing, pages, kept, progress):
        if isinstance(outcome, str):
            failures[page.url] = outcome
        else:
            found[resource.id] = outcome
    return Extracted(found, failures)


def usable_page(resource: Resource, pages: PageCache) -> Page | None:
    """The first of a resource's addresses whose page can be read."""
    for url in dict.fromkeys([resource.url, *resource.aliases]):
        page = pages.get(url)
        if page is not None and page.failure is None:
            return page
    return None


def _extracted(
    missing: Sequence[tuple[Resource, Page]],
    pages: PageCache,
    kept: DocumentCache,
    progress: Progress | None,
) -> Iterator[tuple[Resource, Page, Document | str]]:
    if not missing:
        return
    from indexer.sandbox import ExtractPool

    with ExtractPool() as pool:
        todo, done = iter(missing), 0
        while batch := list(islice(todo, BATCH)):
            outcomes = list(_outcomes(batch, pages, pool))
            kept.put(
                (_key(page, resource), outcome)
                for resource, page, outcome in outcomes
                if not (isinstance(outcome, str) and any(word in outcome for word in PASSING))
            )
            done += len(batch)
            if progress is not None:
                progress(done, len(missing))
            yield from outcomes


def _outcomes(
    batch: Sequence[tuple[Resource, Page]], pages: PageCache, pool: "ExtractPool"
) -> Iterator[tuple[Resource, Page, Document | str]]:
    readable: list[tuple[Resource, Page, bytes]] = []
    for resource, page in batch:
        try:
            readable.append((resource, page, pages.body(page)))
        except Damaged as error:
            yield resource, page, error.message
    jobs = ((page, body, resource.id) for resource, page, body in readable)
    for (resource, page, _), outcome in zip(readable, pool.documents(jobs), strict=True):
        yield resource, page, outcome.message if isinstance(outcome, ExtractError) else outcome


def _key(page: Page, resource: Resource) -> str:
    return f"{_extractor()} {page.digest} {resource.id}"


@cache
def _extractor() -> str:
    """What made a document: our recipe, and the versions of the libraries."""
    return "1 " + " ".join(f"{name}-{version(name)}" for name in LIBRARIES)

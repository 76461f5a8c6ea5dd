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
from indexer import sites

if TYPE_CHECKING:
    from indexer.extract.sandbox import ExtractPool, Job


BATCH = 64
"""Documents extracted between two commits: what a kill can lose."""

_ASKED = 1024
"""Resources whose pages are looked for at once."""

LIBRARIES = ("trafilatura", "justext", "turbohtml", "pypdfium2", "py3langid")
"""What documents depend on beside our own code."""

Progress = Callable[[int, int], None]
Wanted = tuple[str, Page, tuple[Page, ...]]
"""The id of a resource, the page that its document is to be made from, and that page's sequels."""

Outcome = tuple[Wanted, Document | ExtractError]
"""The same with the document, or why there is none."""


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
    missing: list[Wanted] = []
    for resource, page in _usable_pages(resources, pages):
        sequels = sequels_among(page, pages)
        known = kept.get(document_key(page, resource.id, sequels))
        if known is None:
            missing.append((resource.id, page, sequels))
        elif isinstance(known, str):
            failures[page.url] = known
        else:
            found[resource.id] = known
    for (resource_id, page, _), outcome in _extracted(missing, pages, kept, progress):
        if isinstance(outcome, ExtractError):
            failures[page.url] = outcome.message
        else:
            found[resource_id] = outcome
    return Extracted(found, failures)


def _usable_pages(
    resources: Sequence[Resource], pages: PageCache
) -> Iterator[tuple[Resource, Page]]:
    """The resources with a page that can be read, and the page."""
    for start in range(0, len(resources), _ASKED):
        batch = resources[start : start + _ASKED]
        known = pages.usable_among(url for resource in batch for url in _addresses(resource))
        for resource in batch:
            if not known.isdisjoint(_addresses(resource)):
                page = usable_page(resource, pages)
                if page is not None:
                    yield resource, page


def _addresses(resource: Resource) -> list[str]:
    return [resource.url, *resource.aliases]


def usable_page(resource: Resource, pages: PageCache) -> Page | None:
    """The first of a resource's addresses whose page can be read."""
    for url in dict.fromkeys(_addresses(resource)):
        page = pages.get(url)
        if page is not None and page.failure is None:
            return page
    return None


def _extracted(
    missing: Sequence[Wanted],
    pages: PageCache,
    kept: DocumentCache,
    progress: Progress | None,
) -> Iterator[Outcome]:
    if not missing:
        return
    from indexer.extract.sandbox import ExtractPool

    with ExtractPool() as pool:
        todo, done = iter(missing), 0
        while batch := list(islice(todo, BATCH)):
            outcomes = list(outcomes_of(batch, pages, pool))
            kept.put(
                (document_key(page, resource_id, sequels), told(outcome))
                for (resource_id, page, sequels), outcome in outcomes
                if lasting(outcome)
            )
            done += len(batch)
            if progress is not None:
                progress(done, len(missing))
            yield from outcomes


def outcomes_of(
    batch: Sequence[Wanted], pages: PageCache, pool: "ExtractPool"
) -> Iterator[Outcome]:
    """The document of each of batch, or why there is none, in any order."""
    readable: list[Wanted] = []
    jobs: list[Job] = []
    for wanted in batch:
        resource_id, page, sequels = wanted
        try:
            bodies = [(sequel, pages.body(sequel)) for sequel in sequels]
            jobs.append((page, pages.body(page), resource_id, bodies))
            readable.append(wanted)
        except Damaged as error:
            yield wanted, ExtractError(error.message, error.hint, passing=True)
    for wanted, outcome in zip(readable, pool.documents(jobs), strict=True):
        yield wanted, outcome


def lasting(outcome: Document | ExtractError) -> bool:
    """Whether the same page will give the same again."""
    return not (isinstance(outcome, ExtractError) and outcome.passing)


def told(outcome: Document | ExtractError) -> Document | str:
    """An outcome as it is kept: the document, or why there is none."""
    return outcome.message if isinstance(outcome, ExtractError) else outcome


def sequels_among(page: Page, pages: PageCache) -> tuple[Page, ...]:
    """The pages here whose text belongs after that of page."""
    found = (pages.get(url) for url in sites.sequels_of(page.url))
    return tuple(one for one in found if one is not None and one.failure is None)


def document_key(page: Page, resource_id: str, sequels: Sequence[Page] = ()) -> str:
    """The key of a document in the cache: what it was made from, and by what."""
    digests = "+".join(one.digest for one in (page, *sequels))
    return f"{_extractor()} {digests} {resource_id}"


@cache
def _extractor() -> str:
    """What made a document: our recipe, and the versions of the libraries."""
    return "2 " + " ".join(f"{name}-{version(name)}" for name in LIBRARIES)

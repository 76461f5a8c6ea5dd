"""What is damaged in a home, and how each of it is mended.

Every byte of the index is hashed, every page read, every row of the other caches compared with its
checksum. What is damaged is noted, so that the next build makes just that again. Must not know how
an index is made.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cache import documents, vectors
from cache.derived import DIGESTS, check_digests
from cache.errors import Damaged, NextreadError, NoIndex
from cache.generation import open_current
from cache.generation import verify as damaged_files
from cache.layout import Layout
from cache.lists_toml import ListBook
from cache.lock import writing
from cache.pages import PageCache
from cache.profile import Profile
from cache.records import Page
from cache.settings import Settings
from cache.soundness import IsWhole, damage_of, leave_out_damaged

INDEX = "nextread build --offline makes the index anew from the pages kept here"
PAGES = "nextread build fetches again each page named above, and only these"
DERIVED = "nothing to do: damaged rows were left out, and a build that needs them makes them again"
BUSY = "nothing could be noted for the next build: run nextread verify again when none runs"


@dataclass(frozen=True, slots=True)
class Damage:
    """What is damaged, and how to mend it."""

    message: str
    mend: str


def damage(settings: Settings) -> list[Damage]:
    """All that is damaged under a home. Raises NoIndex before the first build."""
    layout = settings.layout
    index = list(_of_index(layout))
    pages = list(_of_pages(layout))
    derived = [Damage(said, DERIVED) for said in _of_rows(layout)]
    found = [*index, *(Damage(said, PAGES) for _, said in pages), *derived, *_of_own(layout)]
    if pages or derived:
        try:
            _note(layout, [url for url, _ in pages])
        except NextreadError as error:
            found.append(Damage(error.message, BUSY))
    return found


def _of_index(layout: Layout) -> Iterator[Damage]:
    try:
        with open_current(layout) as generation:
            yield from (Damage(said, INDEX) for said in damaged_files(generation))
    except NoIndex:
        raise
    except NextreadError as error:
        yield Damage(error.message, INDEX)


def _of_pages(layout: Layout) -> Iterator[tuple[str, str]]:
    """The address of each page that cannot be read, and why. A broken record that no page needs
    any more, as it was fetched again since, is none."""
    if not layout.pages.is_dir():
        return
    with PageCache(layout.pages, read_only=True) as cached:
        for page in filter(_has_body, cached.pages()):
            try:
                cached.body(page)
            except Damaged as error:
                yield page.url, f"{page.url}: {error.message.removeprefix(f'{page.url}: ')}"


def _has_body(page: Page) -> bool:
    """Whether anything answered: an address that nobody answered at has only its failure."""
    return bool(page.digest)


def _of_rows(layout: Layout) -> Iterator[str]:
    checks = (damage_of(path, table, is_whole) for path, table, is_whole in _databases(layout))
    yield from filter(None, checks)


def _databases(layout: Layout) -> Iterator[tuple[Path, str, IsWhole]]:
    """Caches that can be made again."""
    yield layout.documents, documents.TABLE, documents.is_whole
    for path in sorted(layout.home.glob("vectors/*/vectors.db")):
        yield path, vectors.TABLE, vectors.is_whole


def _of_own(layout: Layout) -> Iterator[Damage]:
    """What says itself how it is mended: query runtimes, the list of lists, what was marked."""
    folders = [found.parent for found in sorted(layout.home.glob(f"models/**/{DIGESTS}"))]
    checks: Sequence[Callable[[], object]] = (
        partial(ListBook.load, layout.lists),
        Profile(layout.profile).marks,
        *(partial(check_digests, folder) for folder in folders),
    )
    for check in checks:
        try:
            check()
        except NextreadError as error:
            yield Damage(error.message, error.hint)


def _note(layout: Layout, urls: Sequence[str]) -> None:
    """Let the next build mend pages and rows. Raises Locked where another process writes."""
    with writing(layout.lock, "nextread verify"):
        for path, table, is_whole in _databases(layout):
            leave_out_damaged(path, table, is_whole)
        if urls:
            with PageCache(layout.pages) as cached:
                for url in urls:
                    cached.doubt(url)

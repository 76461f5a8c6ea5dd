"""What the reader's own browser saw becomes pages: saved files, and what the extension sends.

A page is kept only where it holds text; it is dated by when it was saved, so that it never takes
the place of a newer one; and it is not asked for again, as the crawler may see less than its
reader did. While another process writes, pages wait in a folder that the next writer empties. Must
not know formats of files, nor how text is found.
"""

import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj
from typing import Any

from cache import disk
from cache.errors import Blocked, ExtractError, Locked, NoIndex, StoreError, UrlError
from cache.generation import open_current
from cache.layout import Layout
from cache.lock import writing
from cache.page_records import Note, Standing, digest_of, response_record, stamp
from cache.pages import MAX_BODY, PageCache
from cache.records import Document, Page, Resource
from cache.settings import Settings
from indexer.crawl.saved_files import SUFFIXES, SavedPage, pages_of
from indexer.crawl.walls import blocked_reason
from indexer.crawl.warc_files import import_pages, take_waiting
from indexer.extract.sandbox import ExtractPool
from indexer.resources.canonical import address_of, canonical_url, resource_id

NEVER = 253_402_214_400.0
"""The last day that a date can name, in seconds since 1970: till then nobody asks again."""

_ARCHIVES = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz")
_MAX_PART = 4 << 30  # bytes of one WARC file in a WACZ
_SECONDS = 60.0  # for one file, which may hold many pages
_POLL = 2.0  # seconds between two looks at a watched folder

Find = Callable[[str], Resource | None]
"""The resource of an address, where one is indexed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that was kept: its document, and the resource of the index that it belongs to."""

    url: str
    document: Document
    resource: Resource | None


@dataclass(slots=True)
class SaveReport:
    """What came of saving: pages kept, how many an archive brought or had brought before, and why
    a file or address gave none."""

    kept: list[Kept] = field(default_factory=list)
    imported: int = 0
    known: int = 0
    failures: dict[str, str] = field(default_factory=dict)


def save(settings: Settings, given: Iterable[Path], url: str = "") -> SaveReport:
    """Keep every page of the files given; of folders, what a browser may have saved there.

    url is where a file is from that does not say. One that cannot be read is reported and does not
    stop the others. Raises StoreError for a name that is not there or a disk that fails, Locked
    where an archive is to be read while another process writes.
    """
    files = [file for path in given for file in _files(path)]
    report = SaveReport()
    find = found_in(settings.layout)
    with ExtractPool(seconds=_SECONDS) as pool:
        for file in files:
            try:
                if _is_archive(file.name):
                    _import(settings, file, report)
                    continue
                for page in pool.run(pages_of, str(file), url):
                    report.kept.append(keep(settings, page, pool, find))
            except (ExtractError, Blocked, UrlError) as error:
                report.failures[str(file)] = error.message
    return report


def keep(settings: Settings, saved: SavedPage, pool: ExtractPool, find: Find) -> Kept:
    """Read a saved page in pool, and keep it where it holds text.

    Raises UrlError for what is no web address, ExtractError for a page without text, Blocked for
    a wall, StoreError where the disk fails.
    """
    address = address_of(saved.url)
    resource = find(address) or find(canonical_url(address))
    url = resource.url if resource else address
    date = stamp(min(saved.saved_at, time.time()))
    page = Page(url, address, 200, saved.media_type, digest_of(saved.body), date)
    if len(saved.body) > MAX_BODY:
        raise ExtractError(f"{address}: {len(saved.body):,} bytes", f"at most {MAX_BODY:,}")
    if wall := blocked_reason(page, saved.body):
        raise Blocked(f"{address}: {wall}", "save it once the page itself is shown")
    name = resource.id if resource else resource_id(canonical_url(address))
    outcome = next(pool.documents([(page, saved.body, name, ())]))
    if isinstance(outcome, ExtractError):
        raise outcome
    _store(settings.layout, page, saved.body)
    return Kept(address, outcome, resource)


def kept_json(kept: Kept) -> dict[str, Any]:
    """One page that was kept, without its text."""
    return {
        "url": kept.url,
        "title": kept.document.title,
        "characters": len(kept.document.text),
        "evidence": kept.document.evidence,
        "complete": kept.document.complete,
        "id": kept.resource.id if kept.resource else None,
    }


def watch(settings: Settings, given: Sequence[Path], heard: Callable[[SaveReport], object]) -> None:
    """Save what is in the folders given and what comes, until interrupted; heard learns of each.

    A file is taken when it did not change between two looks. Raises StoreError as save does.
    """
    seen: dict[Path, tuple[int, int]] = {}
    done: dict[Path, tuple[int, int]] = {}
    while True:
        now = {file: _state(file) for folder in given for file in _files(folder)}
        for file, state in now.items():
            if state == seen.get(file) and state != done.get(file):
                done[file] = state
                heard(save(settings, [file]))
        seen = now
        time.sleep(_POLL)


def found_in(layout: Layout) -> Find:
    """How to find a resource in the generation that is published; nothing is, before the first."""

    def find(address: str) -> Resource | None:
        from search.index.catalog import Catalog

        try:
            with open_current(layout) as generation:
                catalog = Catalog(generation.path)
                ordinal = catalog.find(address)
                return None if ordinal is None else catalog.resource(ordinal)
        except NoIndex:
            return None

    return find


def _store(layout: Layout, page: Page, body: bytes) -> None:
    """Put the page into the cache, or aside for the next writer while another one writes."""
    try:
        with (
            disk.faults(layout.pages, sqlite3.Error),
            writing(layout.lock, "nextread save"),
            PageCache(layout.pages) as pages,
        ):
            take_waiting(layout, pages)
            pages.put(page, body, retry_at=NEVER)
    except Locked:
        checked = min(time.time(), NEVER)
        note = Note(page, Standing(page.url, checked, 0, NEVER))
        name = f"{time.time_ns()}-{page.digest[-16:]}.warc.gz"
        with disk.faults(layout.saved):
            disk.make_private(layout.saved)
            disk.write_atomic(layout.saved / name, response_record(page, body, (), note))


def _files(path: Path) -> Iterator[Path]:
    """path, or what a browser may have saved in that folder, but not the parts of other pages."""
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise StoreError(f"{path}: no such file or folder", "name saved pages, or where they are")
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        if any(part.endswith(("_files", ".files")) or part.startswith(".") for part in parts):
            continue
        if file.suffix.lower() in SUFFIXES and file.is_file():
            yield file


def _is_archive(name: str) -> bool:
    return name.lower().endswith(_ARCHIVES)


def _state(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError:  # gone since it was listed
        return (0, 0)
    return stat.st_size, stat.st_mtime_ns


def _import(settings: Settings, file: Path, report: SaveReport) -> None:
    """Take in a WARC or ARC file, or all those of a WACZ (WACZ 1.1.1: a ZIP with archive/)."""
    if file.suffix.lower() != ".wacz":
        brought = import_pages(settings, file)
        report.imported += brought.pages
        report.known += brought.known
        return
    try:
        with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory() as folder:
            for held in archive.infolist():
                if not (held.filename.startswith("archive/") and _is_archive(held.filename)):
                    continue
                if held.file_size > _MAX_PART:
                    raise ExtractError(f"{file.name}: {held.filename} is too large", "split it")
                part = Path(folder, "part.warc")
                with archive.open(held) as source, part.open("wb") as target:
                    copyfileobj(source, target)
                _import(settings, part, report)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ExtractError(
            f"{file.name}: {error}", "it is no WACZ file, or a broken one"
        ) from error

"""The way of a check: a list read, what is due of its links asked, what came judged.

Links are asked as a build asks them, by the same crawler into the same cache, so that what a build
has fetched is not asked again, and the other way round. Must not know how an address is asked.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cache import disk
from cache.disk import write_atomic
from cache.errors import ListError, UrlError
from cache.lock import writing
from cache.page_records import seconds_of
from cache.pages import PageCache
from cache.records import Entry, Page
from cache.settings import Settings
from cache.urls import plain_url
from indexer.check import patch
from indexer.check.form import slips_in
from indexer.check.report import CheckedLink, CheckReport, Note, Slip, Verdict
from indexer.check.titles import Claims, claims_of, differs
from indexer.check.verdicts import is_told, repository_of, verdict_of
from indexer.check.works import repeated
from indexer.crawl.due import is_due
from indexer.crawl.jobs import Job
from indexer.crawl.warc_files import take_waiting
from indexer.lists import sources
from indexer.lists.parse import check_read
from indexer.lists.sources import Content, ListText
from indexer.resources.canonical import address_of
from indexer.sites import github, wayback
from indexer.stages import LocalStages, Progress

UNTOUCHED_DAYS = 730
"""Days without a push after which a repository counts as untouched."""

_MARKDOWN = frozenset({"text/markdown", "text/plain"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A report, and the patch of each local list that has moved links: by its file, what is in it
    and what would be."""

    report: CheckReport
    patches: Mapping[str, tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _List:
    found: ListText
    content: Content
    entries: Sequence[Entry]


def check(
    source: str, settings: Settings, *, offline: bool = False, progress: Progress | None = None
) -> Checked:
    """Ask after every link of a list (a file, a folder, an address or owner/repo), and judge it.

    offline opens no socket: what was fetched before is told, the rest is unasked. Raises ListError
    for what is no list, Locked where another process writes, StoreError where the disk fails.
    """
    layout = settings.layout
    with disk.faults(layout.pages, sqlite3.Error):
        if offline:
            with PageCache(layout.pages, read_only=True) as pages:
                return _judged(_read(source, pages), pages, offline=True)
        with writing(layout.lock, "nextread check"), PageCache(layout.pages) as pages:
            take_waiting(layout, pages)
            return _asked(source, settings, pages, progress or _silent)


def write(checked: Checked) -> list[str]:
    """Write every patched list; returns their files. Raises StoreError, and ListError for a list
    that is no file here."""
    for file, (_, after) in checked.patches.items():
        if not Path(file).is_file():
            raise ListError(f"{file} is no file here", "print its patch with --fix alone")
        with disk.faults(Path(file)):
            write_atomic(Path(file), after)
    return list(checked.patches)


def patch_of(checked: Checked) -> bytes:
    """The patches as one unified difference, files named as from the folder one is in."""
    return b"".join(
        patch.unified(before, after, _named(file))
        for file, (before, after) in checked.patches.items()
    )


def _is_offline(urls: Sequence[str], settings: Settings) -> bool:
    from indexer.crawl.network import is_missing

    with asyncio.Runner() as loop:
        return loop.run(is_missing(urls, settings))


def _asked(source: str, settings: Settings, pages: PageCache, progress: Progress) -> Checked:
    if sources.is_remote(source):
        anew = replace(settings, refresh_days=0.0)
        origins = [found.origin for found in sources.locate(source)]
        LocalStages().crawl(anew, pages, origins, {}, _silent)
    lists = _read(source, pages)
    urls = _addresses(lists)
    now = time.time()
    for url in urls:
        if not is_told(url, pages.stored(url), pages.standing(url), now):
            pages.doubt(url)
    due = [url for url in urls if is_due(url, pages, settings, now)]
    if due and _is_offline(due, settings):
        return _judged(lists, pages, no_network=True)
    LocalStages().crawl(settings, pages, list(urls), urls, progress)
    _ask_beside(set(urls) - set(due), urls, settings, pages)
    return _judged(lists, pages)


def _ask_beside(
    known: set[str], urls: Mapping[str, Sequence[str]], settings: Settings, pages: PageCache
) -> None:
    """What no build asks: how repositories stand, and the archive for pages that were known to be
    gone."""
    from indexer.crawl.crawler import Fetcher

    now = time.time()
    asked = filter(None, map(github.api_request, urls))
    jobs = [
        Job(request, request, sequel=True)
        for request in dict.fromkeys(map(plain_url, asked))
        if is_due(request, pages, settings, now, listed=False)
    ]
    for url in sorted(known):
        found = verdict_of(url, "", pages, {})
        if found.copy is not None and found.copy.state == "unasked" and found.why:
            walled = found.state == "wall"
            lookup = wayback.lookup(url)
            jobs.append(Job(url, lookup, lost=found.why, walled=walled, recorded=True))
    if jobs:
        asyncio.run(Fetcher(settings, pages).crawl((), jobs=jobs))


def _read(source: str, pages: PageCache) -> list[_List]:
    """The lists that source names. Raises ListError where one is none."""
    lists = []
    for found in sources.locate(source):
        content = sources.content_of(found, pages)
        parsed = sources.parsed(found, content, found.name)
        check_read(parsed, found.origin)
        lists.append(_List(found, content, parsed.entries))
    if not any(one.entries for one in lists):
        raise ListError(f"{source}: no link to check", "name a list with links")
    return lists


def _addresses(lists: Sequence[_List]) -> dict[str, list[str]]:
    """The addresses to ask, each with the links as written."""
    asked: dict[str, list[str]] = {}
    for entry in (entry for one in lists for entry in one.entries):
        asked.setdefault(_address(entry), []).append(entry.url)
    return asked


def _address(entry: Entry) -> str:
    try:
        return plain_url(address_of(entry.url))
    except UrlError:
        return plain_url(entry.url)


def _judged(
    lists: Sequence[_List], pages: PageCache, *, offline: bool = False, no_network: bool = False
) -> Checked:
    urls = _addresses(lists)
    here = [page for url in urls if (page := pages.stored(url)) is not None]
    claims = claims_of(pages, (page for page in here if page.lost is None))
    links = [link for one in lists for link in _links(one, pages, claims)]
    slips = [slip for one in lists for slip in _slips(one)]
    patches: dict[str, tuple[bytes, bytes]] = {}
    unpatched: set[tuple[str, str]] = set()
    for one in lists:
        moves = {
            link.url: patch.with_fragment(link.verdict.to or "", link.url)
            for link in links
            if link.list_id == one.found.name and link.verdict.state == "moved"
        }
        after, missing = patch.changed(one.content.body, moves)
        unpatched |= {(one.found.name, url) for url in missing}
        if after != one.content.body:
            patches[one.found.origin] = one.content.body, after
    told = tuple(
        replace(link, notes=(*link.notes, Note("unpatched")))
        if (link.list_id, link.url) in unpatched
        else link
        for link in links
    )
    names = tuple(one.found.name for one in lists)
    return Checked(CheckReport(names, told, tuple(slips), offline, no_network), patches)


def _links(one: _List, pages: PageCache, claims: Mapping[str, Claims]) -> Iterator[CheckedLink]:
    verdicts = [verdict_of(_address(e), e.title, pages, claims) for e in one.entries]
    led = {
        entry.url: page.final_url
        for entry, verdict in zip(one.entries, verdicts, strict=True)
        if verdict.state in {"ok", "moved"}
        and (page := pages.stored(_address(entry))) is not None
        and _is_plain(page, _address(entry))
    }
    repeats = repeated(one.entries, led)
    for entry, verdict in zip(one.entries, verdicts, strict=True):
        notes = [*repeats.get(entry.position, ()), *_notes(entry, verdict, pages, claims)]
        yield CheckedLink(one.found.name, entry.line, entry.title, entry.url, verdict, tuple(notes))


def _is_plain(page: Page, url: str) -> bool:
    """Whether a page's last address is that of the link, not of what a site was asked instead."""
    return github.api_request(url) is None and "raw.githubusercontent.com" not in page.final_url


def _notes(
    entry: Entry, verdict: Verdict, pages: PageCache, claims: Mapping[str, Claims]
) -> Iterator[Note]:
    url = _address(entry)
    said = claims.get(url)
    if said is not None and verdict.state in {"ok", "moved"} and differs(entry.title, said):
        yield Note("title", said=said.title)
    repository = repository_of(url, pages)
    if repository is None or verdict.state not in {"ok", "moved"}:
        return
    if repository.archived:
        yield Note("repository_archived", said=repository.pushed[:10] or None)
    elif repository.pushed and _days_since(repository.pushed) > UNTOUCHED_DAYS:
        yield Note("repository_untouched", said=repository.pushed[:10])


def _days_since(date: str) -> float:
    return (time.time() - seconds_of(date)) / 86_400


def _slips(one: _List) -> list[Slip]:
    if one.content.media_type.partition(";")[0] not in _MARKDOWN:
        return []
    return slips_in(one.content.body.decode("utf-8", "replace"), one.found.name)


def _named(file: str) -> str:
    if sources.is_remote(file):
        return file.rpartition("/")[2] or "README.md"
    try:
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return Path(file).name


def _silent(stage: str, done: int, of: int) -> None:
    """No progress wanted."""

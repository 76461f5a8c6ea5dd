"""All entries of all lists: those named now and those added before.

An unreadable list is reported and passed over, so that the others are still indexed; a list that
was read before and cannot be read now keeps what it said through its page in the cache. Must not
know what becomes of entries.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cache.errors import ListError, NextreadError
from cache.lists_toml import ListBook, ListRecord
from cache.pages import PageCache
from cache.records import Entry
from indexer import sources
from indexer.lists import Problem
from indexer.sources import ListText

Crawl = Callable[[Sequence[str]], object]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every entry read, the lists they came from, and what could not be read of which list."""

    entries: tuple[Entry, ...]
    book: ListBook
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)


def gather(
    given: Sequence[str], book: ListBook, pages: PageCache, crawl: Crawl | None, progress: Progress
) -> Gathered:
    """Read given sources and those of book; crawl brings remote ones, None leaves them be.

    Raises ListError where a given source cannot be read and nothing else can, or where no list was
    ever added.
    """
    located, failures = _located(given, book)
    if crawl is not None:
        crawl([found.origin for found in located if sources.is_remote(found.source)])
    entries: list[Entry] = []
    problems: dict[str, Sequence[Problem]] = {}
    for done, found in enumerate(located, 1):
        list_id = book.free_id(found.name, found.source)
        try:
            parsed = sources.read(found, list_id, pages)
        except NextreadError as error:
            failures[found.origin] = error.message
            continue
        finally:
            progress(done, len(located))
        entries += parsed.entries
        if parsed.problems:
            problems[list_id] = parsed.problems
        book.add(_record(found, list_id, parsed.entries, book))
    if not entries and failures and not (len(located) > len(failures)):
        raise ListError(*_worst(failures))
    return Gathered(tuple(entries), book, problems, failures)


def _located(given: Sequence[str], book: ListBook) -> tuple[list[ListText], dict[str, str]]:
    """The lists of every source, given ones checked first: they are what the user is looking at."""
    found: list[ListText] = []
    failures: dict[str, str] = {}
    for source in dict.fromkeys([*map(_absolute, given), *book.sources()]):
        try:
            found += sources.locate(source)
        except ListError as error:
            if source in map(_absolute, given):
                raise
            failures[source] = error.message
    if not found and not failures:
        raise ListError("no list was added yet", "nextread build FILE, folder, URL or owner/repo")
    return found, failures


def _absolute(source: str) -> str:
    """A local source by its full path, so that a later build finds it from anywhere."""
    from pathlib import Path

    if sources.is_remote(source):
        return source
    return str(Path(source).expanduser().resolve())


def _record(found: ListText, list_id: str, entries: Sequence[Entry], book: ListBook) -> ListRecord:
    """What lists.toml says; read_at moves only where the list itself changed."""
    digest = "sha256:" + hashlib.sha256(repr(entries).encode("utf-8", "surrogatepass")).hexdigest()
    known = book.get(list_id)
    if known is not None and known.digest == digest:
        return known
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return ListRecord(found.source, list_id, digest, now)


def _worst(failures: Mapping[str, str]) -> tuple[str, str]:
    origin, message = next(iter(failures.items()))
    named = message if origin in message else f"{origin}: {message}"
    return named, "give a Markdown, reStructuredText or HTML list that can be read"

"""All entries of all lists: those named now and those added before.

An unreadable list is reported and passed over, so that the others are still indexed; a list that
was read before and cannot be read now keeps what it said through its page in the cache. Must not
know what becomes of entries.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from cache.errors import ListError, NextreadError
from cache.lists_toml import ListBook, ListRecord
from cache.pages import PageCache
from cache.parsed import ParsedCache
from cache.records import Coverage, Entry
from cache.urls import plain_url
from indexer.lists import sources
from indexer.lists.coverage import ENOUGH, told
from indexer.lists.memo import is_kept, parsed_once
from indexer.lists.parse import HINT, Parsed, Problem, check_read
from indexer.lists.sources import ListText
from indexer.lists.workers import Workers

BATCH = 64 * 2**20
"""Bytes of lists that are held at once."""
Crawl = Callable[[Sequence[str]], object]
Progress = Callable[[int, int], None]


class ReadList(NamedTuple):
    """A list that was read: its entries, made when asked for, and what they are known by."""

    list_id: str
    digest: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every list read, the book of lists, and what could not be read of which list."""

    lists: tuple[ReadList, ...]
    book: ListBook
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def entries(self) -> list[Entry]:
        """All entries of all lists, made now."""
        return [entry for one in self.lists for entry in one.entries]


def read_all(
    given: Sequence[str],
    book: ListBook,
    pages: PageCache,
    kept: ParsedCache,
    crawl: Crawl | None,
    progress: Progress,
) -> Gathered:
    """Read given sources and those of book; crawl brings remote ones, None leaves them be.

    A list that has not changed since it was last read comes from kept.

    Raises ListError where a given source holds no list that can be read, where no list can, or
    where none was ever added.
    """
    given = list(dict.fromkeys(map(_absolute, given)))
    located, errors = _located(given, book)
    if crawl is not None:
        crawl([found.origin for found in located if sources.is_remote(found.source)])
    lists: list[ReadList] = []
    answered: set[str] = set()
    problems: dict[str, Sequence[Problem]] = {}
    for done, (found, list_id, read) in enumerate(_started(located, book, pages, kept), 1):
        try:
            parsed, digest = read()
        except NextreadError as error:
            errors[found.origin] = error
            continue
        finally:
            progress(done, len(located))
        lists.append(ReadList(list_id, digest, parsed.entries))
        answered.add(found.source)
        if told_of := (*_unread(parsed.coverage), *parsed.problems):
            problems[list_id] = told_of
        book.add(_record(found, list_id, digest, parsed.coverage, book))
    _check(given, located, answered, errors)
    kept.keep({record.list_id for record in book})
    failures = {origin: error.message for origin, error in errors.items()}
    return Gathered(tuple(lists), book, problems, failures)


def _located(
    given: Sequence[str], book: ListBook
) -> tuple[list[ListText], dict[str, NextreadError]]:
    """The lists of every source, given ones checked first: they are what the user is looking at."""
    found: list[ListText] = []
    errors: dict[str, NextreadError] = {}
    for source in dict.fromkeys([*given, *book.sources()]):
        try:
            found += sources.locate(source)
        except ListError as error:
            if source in given:
                raise
            errors[source] = error
    if not found and not errors:
        raise ListError("no list was added yet", "nextread build FILE, folder, URL or owner/repo")
    return found, errors


def _started(
    located: Sequence[ListText], book: ListBook, pages: PageCache, kept: ParsedCache
) -> Iterator[tuple[ListText, str, Callable[[], tuple[Parsed, str]]]]:
    """Each list with its id and what reads it, in order, those to parse already begun."""
    names = ListBook(tuple(book))
    batch: list[tuple[ListText, str, _Reading]] = []
    size = 0
    with Workers(sum(map(sources.size_of, located))) as workers:
        for place, found in enumerate(located, 1):
            list_id = names.free_id(found.name, found.source)
            names.add(ListRecord(found.source, list_id))
            reading = _Reading(found, list_id, pages, kept)
            batch.append((found, list_id, reading))
            size += reading.size
            if place < len(located) and size < BATCH:
                continue
            size = 0
            for *_, reading in reversed(
                batch
            ):  # others begin at the end, this process at the start
                reading.hand_in(workers)
            while batch:
                found, list_id, reading = batch.pop(0)
                yield found, list_id, reading.read


class _Reading:
    """One list on its way: its bytes, and what parses them, here or elsewhere."""

    def __init__(self, found: ListText, list_id: str, pages: PageCache, kept: ParsedCache) -> None:
        self._found, self._list_id, self._kept = found, list_id, kept
        self._parse: Callable[[], Parsed] | None = None
        self._error: NextreadError | None = None
        self._body, self._format = b"", ""
        try:
            content = sources.content_of(found, pages)
        except NextreadError as error:
            self._error = error
            return
        place = "web" if sources.is_remote(found.source) else "disk"
        self._body = content.body
        self._format = f"{place} {content.media_type} {content.charset}"
        self._parse = partial(sources.parsed, found, content, list_id)

    @property
    def size(self) -> int:
        """Bytes of the list."""
        return len(self._body)

    def hand_in(self, workers: Workers) -> None:
        """Have it parsed elsewhere where that is worth it."""
        if self._parse is None or not workers.are_there:
            return
        if not is_kept(self._body, self._format, self._list_id, self._kept):
            self._parse = workers.hand_in(self._parse, self._list_id)

    def read(self) -> tuple[Parsed, str]:
        """A list with at least one entry, and the digest of its entries; ListError otherwise."""
        if self._error is not None or self._parse is None:
            raise self._error or ListError(f"{self._found.origin}: not read", HINT)
        parsed, digest = parsed_once(
            self._body, self._format, self._list_id, self._kept, self._parse
        )
        check_read(parsed, self._found.origin)
        if not parsed.entries:
            raise ListError(f"{self._found.origin}: no link to read in it", HINT)
        return parsed, digest


def _check(
    given: Sequence[str],
    located: Sequence[ListText],
    answered: Collection[str],
    errors: Mapping[str, NextreadError],
) -> None:
    """Stop where a source just named gave nothing: its user is looking, and nothing is lost yet."""
    for source in given:
        if source not in answered:
            raise next(errors[found.origin] for found in located if found.source == source)
    if not answered:
        raise next(iter(errors.values()))


def _absolute(source: str) -> str:
    """A local source by its full path, so that a later build finds it from anywhere; a remote one
    without user name and password, which are never sent and must not be kept.

    Raises ListError for an address of another scheme than http and https.
    """
    from pathlib import Path

    if "://" in source:
        source = plain_url(source)
    if sources.is_remote(source):
        return source
    if "://" in source:
        raise ListError(f"{source}: only http and https are read", "or name a file or a folder")
    return str(Path(source).expanduser().resolve())


def _unread(coverage: Coverage) -> tuple[Problem, ...]:
    """What a build warns of first: more than one link in ten neither read nor set aside."""
    if coverage.share >= ENOUGH:
        return ()
    line = coverage.missed[0][0] if coverage.missed else 1
    return (Problem(line, f"only part of it was read: {told(coverage)}"),)


def _record(
    found: ListText, list_id: str, digest: str, coverage: Coverage, book: ListBook
) -> ListRecord:
    """What lists.toml says; read_at moves only where the list itself changed."""
    known = book.get(list_id)
    if known is not None and known.digest == digest:
        return replace(known, coverage=coverage)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return ListRecord(found.source, list_id, digest, now, coverage)

"""A list parsed once: its entries come from the cache while nothing they follow from has changed.

They follow from the bytes of the list, its id and format, and the parser: our own source and the
libraries it reads with. Must not know where lists come from or what becomes of entries.
"""

import hashlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from operator import attrgetter
from typing import Any, overload

from cache.errors import StoreError
from cache.parsed import ParsedCache
from cache.records import Coverage, Entry
from indexer.lists.parse import Parsed, Problem

SOURCES = (
    *("cache.records", "cache.urls", "indexer.charset", "indexer.lists.blocks"),
    *("indexer.lists.bookmark_reader", "indexer.lists.bylines", "indexer.lists.citations"),
    "indexer.lists.coverage",
    *("indexer.lists.described", "indexer.lists.drafts", "indexer.lists.record_reader"),
    *("indexer.lists.effort", "indexer.lists.entries", "indexer.lists.fields"),
    "indexer.lists.finished",
    *("indexer.lists.headings", "indexer.lists.html_reader", "indexer.lists.link_labels"),
    *("indexer.lists.markdown", "indexer.lists.markdown_rules", "indexer.lists.memo"),
    *("indexer.lists.opml_reader", "indexer.lists.org_reader", "indexer.lists.parse"),
    "indexer.lists.pieces",
    *("indexer.lists.rst_reader", "indexer.lists.saved_exports", "indexer.lists.sources"),
    "indexer.lists.tables",
)
"""Every module of ours that entries follow from; a test holds it to what reading a list imports."""

LIBRARIES = ("docutils", "lxml", "markdown-it-py", "mdurl", "pyyaml", "turbohtml")
"""What entries follow from beside our own code."""


class KeptEntries(Sequence[Entry]):
    """The entries of a list as a cache keeps them, made when one is asked for and not held."""

    def __init__(self, list_id: str, key: bytes, count: int, kept: ParsedCache) -> None:
        """count entries that lie in kept under key."""
        self._list_id, self._key, self._count, self._kept = list_id, key, count, kept

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        """Each in turn. Raises StoreError where the cache lost them meanwhile."""
        record = self._kept.get(self._list_id, self._key)
        found = decoded(record, self._list_id) if record is not None else None
        if found is None:
            raise StoreError(f"{self._list_id}: what was read of it is gone", "build again")
        return iter(found.entries)

    def __eq__(self, other: object) -> bool:
        """Whether other holds equal entries in the same order."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, at: int | slice) -> Entry | tuple[Entry, ...]:
        """One, or some; all are made for it."""
        return tuple(self)[at]


def parsed_once(
    content: bytes, format_: str, list_id: str, kept: ParsedCache, parse: Callable[[], Parsed]
) -> tuple[Parsed, str]:
    """What a list holds, and `sha256:<hex>` of its entries; parse is asked where kept lacks it.

    content is the list as found, format_ whatever else decides how it is read. A list without
    entries is not kept; the entries of others stay in the cache until they are asked for. Raises
    whatever parse raises, and StoreError.
    """
    key = _key(content, format_, list_id)
    record = kept.get(list_id, key)
    found = _beside_entries(record) if record is not None else None
    if record is None or found is None:
        parsed = parse()
        record = encoded(parsed)
        if not parsed.entries:
            return parsed, digest_of(record)
        kept.put(list_id, key, record)
        found = len(parsed.entries), parsed.problems, parsed.coverage
    count, problems, coverage = found
    return Parsed(KeptEntries(list_id, key, count, kept), problems, coverage), digest_of(record)


def is_kept(content: bytes, format_: str, list_id: str, kept: ParsedCache) -> bool:
    """Whether parsed_once would answer without parsing."""
    return kept.get(list_id, _key(content, format_, list_id)) is not None


def digest_of(record: bytes) -> str:
    """`sha256:<hex>` of the entries in a record."""
    return "sha256:" + hashlib.sha256(record.partition(b"\n")[0]).hexdigest()


def _key(content: bytes, format_: str, list_id: str) -> bytes:
    key = hashlib.sha256(_parser())
    for part in (list_id.encode("utf-8", "surrogatepass"), format_.encode(), content):
        key.update(len(part).to_bytes(8, "big"))
        key.update(part)
    return key.digest()


@cache
def _parser() -> bytes:
    """What reads lists: a digest of our source, the libraries' versions, and Python's."""
    made = hashlib.sha256(repr(sys.version_info).encode())
    for name in LIBRARIES:
        made.update(f"{name}-{version(name)} ".encode())
    for module in SOURCES:
        package, _, name = module.rpartition(".")
        made.update(pkgutil.get_data(package, f"{name}.py") or b"")
    return made.digest()


# One line of JSON with sections and entries, one with problems, one with how many entries there are
# and the coverage: strings as
# they are, since JSON's own escapes would join two halves of a surrogate pair.


def encoded(parsed: Parsed) -> bytes:
    """The record of a parsed list."""
    sections = {entry.section: None for entry in parsed.entries}
    places = {section: place for place, section in enumerate(sections)}
    entries = [[*_told(entry), places[entry.section]] for entry in parsed.entries]
    problems = [(problem.line, problem.message) for problem in parsed.problems]
    coverage = [getattr(parsed.coverage, name) for name in _COVERAGE]
    known = len(entries), coverage
    lines = (_JSON((list(sections), entries)), _JSON(problems), _JSON(known))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def decoded(record: bytes, list_id: str) -> Parsed | None:
    """The list in a record, None where it is not one."""
    try:
        told, _, _ = record.partition(b"\n")
        named, entries = json.loads(told.decode("utf-8", "surrogatepass"))
        sections = [tuple(section) for section in named]
        made = tuple(_entry(values, list_id, sections) for values in entries)
    except (ValueError, TypeError, LookupError):
        return None
    found = _beside_entries(record)
    return Parsed(made, *found[1:]) if found else None


def _beside_entries(record: bytes) -> tuple[int, tuple[Problem, ...], Coverage] | None:
    """How many entries a record holds, the problems and the coverage; None where it is not one."""
    try:
        lines = record.partition(b"\n")[2].decode("utf-8", "surrogatepass").split("\n")
        problems, (count, coverage) = map(json.loads, lines)
        return int(count), tuple(Problem(*values) for values in problems), _coverage(coverage)
    except (ValueError, TypeError, LookupError):
        return None


def _coverage(values: list[Any]) -> Coverage:
    links, read, entries, set_aside, missed = values
    first = tuple((line, address) for line, address in missed)
    return Coverage(links, read, entries, set_aside, first)


def _entry(values: list[Any], list_id: str, sections: Sequence[tuple[str, ...]]) -> Entry:
    url, title, note, *others, section = values
    return Entry(list_id, url, title, note, sections[section], *others)


_COVERAGE = tuple(f.name for f in fields(Coverage))
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_told = attrgetter(*(f.name for f in fields(Entry) if f.name not in ("list_id", "section")))

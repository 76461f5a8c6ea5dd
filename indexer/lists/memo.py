"""A list parsed once: its entries come from the cache while nothing they follow from has changed.

They follow from the bytes of the list, its id and format, and the parser: our own source and the
libraries it reads with. Must not know where lists come from or what becomes of entries.
"""

import hashlib
import json
import pkgutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from operator import attrgetter
from typing import Any

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


def parsed_once(
    content: bytes, format_: str, list_id: str, kept: ParsedCache, parse: Callable[[], Parsed]
) -> tuple[Parsed, str]:
    """What a list holds, and `sha256:<hex>` of its entries; parse is asked where kept lacks it.

    content is the list as found, format_ whatever else decides how it is read. A list without
    entries is not kept. Raises whatever parse raises, and StoreError.
    """
    key = _key(content, format_, list_id)
    record = kept.get(list_id, key)
    found = decoded(record, list_id) if record is not None else None
    if record is None or found is None:
        found = parse()
        record = encoded(found)
        if found.entries:
            kept.put(list_id, key, record)
    return found, digest_of(record)


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


# One line of JSON with sections and entries, one with problems, one with the coverage: strings as
# they are, since JSON's own escapes would join two halves of a surrogate pair.


def encoded(parsed: Parsed) -> bytes:
    """The record of a parsed list."""
    sections = {entry.section: None for entry in parsed.entries}
    places = {section: place for place, section in enumerate(sections)}
    entries = [[*_told(entry), places[entry.section]] for entry in parsed.entries]
    problems = [(problem.line, problem.message) for problem in parsed.problems]
    coverage = [getattr(parsed.coverage, name) for name in _COVERAGE]
    lines = (_JSON((list(sections), entries)), _JSON(problems), _JSON(coverage))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def decoded(record: bytes, list_id: str) -> Parsed | None:
    """The list in a record, None where it is not one."""
    try:
        lines = record.decode("utf-8", "surrogatepass").split("\n")
        (named, entries), problems, coverage = map(json.loads, lines)
        sections = [tuple(section) for section in named]
        return Parsed(
            tuple(_entry(values, list_id, sections) for values in entries),
            tuple(Problem(*values) for values in problems),
            _coverage(coverage),
        )
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

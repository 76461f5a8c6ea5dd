"""How the catalog's records are laid out in its files, both ways.

Must not know when they are written or asked for; opens nothing.
"""

import json
import re
import zlib
from dataclasses import fields
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from cache.records import EVIDENCE, KINDS, Entry, Facts, Passage, Resource
from search.arrays import Mask

SETTINGS = """
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    BEGIN;
"""
"""A database that is written once, in one transaction, and then only read."""

SCHEMA = """
    CREATE TABLE resources (
        ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL,
        title TEXT NOT NULL, kind TEXT, language TEXT, aliases TEXT NOT NULL,
        mentions TEXT NOT NULL, facts TEXT NOT NULL,
        first INTEGER NOT NULL, passages INTEGER NOT NULL
    );
    CREATE TABLE passages (
        number INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER NOT NULL, text BLOB NOT NULL
    );
    CREATE TABLE addresses (url TEXT PRIMARY KEY, ordinal INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE lists (number INTEGER PRIMARY KEY, list_id TEXT UNIQUE, members BLOB NOT NULL);
    CREATE TABLE sites (site TEXT PRIMARY KEY, members BLOB NOT NULL) WITHOUT ROWID;
"""
"""Its tables."""

RESOURCES = """SELECT ordinal, id, url, title, kind, language, aliases, mentions, facts
    FROM resources"""
NAMES = "SELECT ordinal, title, json_extract(facts, '$[0]') FROM resources"
IDS = "SELECT id, ordinal FROM resources"
ADDRESSES = "SELECT url, ordinal FROM addresses"
SITES = "SELECT members FROM sites WHERE site = ? OR (site >= ? AND site < ?)"
DROP_PASSAGES = """DELETE FROM passages WHERE number IN (
    SELECT p.number FROM resources r
    JOIN passages p ON p.number >= r.first AND p.number < r.first + r.passages
    WHERE r.ordinal = ?)"""
PASSAGES = """SELECT r.id, p.number - r.first, p.start, p.end, p.text
    FROM resources r JOIN passages p ON p.number >= r.first AND p.number < r.first + r.passages
    WHERE r.ordinal = ?"""

FIGURES = np.dtype(
    [
        ("rating", "<f4"),
        ("rating_confidence", "<f4"),
        ("difficulty", "<f4"),
        ("difficulty_confidence", "<f4"),
        ("minutes", "<f4"),
        ("published", "<i4"),
        ("lists", "<u2"),
        ("tier", "u1"),
        ("kind", "u1"),
        ("evidence", "u1"),
        ("language", "S3"),
    ]
)
"""One resource in facts.npy. Unknown: NaN in floats, 0 in tier and published, 0 for kind (which
counts from 1 in KINDS). published is yyyymmdd with 00 for a month or day not given; evidence
counts from 0 in EVIDENCE."""

# dataclasses.astuple copies every value deeply: a fifth of the time a large build writes.
_values_of_entry = attrgetter(*(field.name for field in fields(Entry)))
_values_of_facts = attrgetter(*(field.name for field in fields(Facts)))

_DATE = re.compile(r"(\d{4})(?!\d)(?:\D(\d{1,2})(?!\d))?(?:\D(\d{1,2})(?!\d))?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def row_of(resource: Resource, facts: Facts) -> tuple[object, ...]:
    """The columns id to facts of a resource."""
    return (
        resource.id,
        resource.url,
        _storable(resource.title),
        resource.kind,
        resource.language,
        _json(resource.aliases),
        _json([_values_of_entry(mention) for mention in resource.mentions]),
        _json(_values_of_facts(facts)),
    )


def resource_of(row: Any) -> tuple[Resource, Facts]:
    """The resource in a row of RESOURCES, and its facts."""
    _, id_, url, title, kind, language_, aliases, mentions, facts = row
    entries = tuple(_entry(values) for values in json.loads(mentions))
    resource = Resource(id_, url, tuple(json.loads(aliases)), title, kind, language_, entries)
    return resource, Facts(*json.loads(facts))


def passage_of(row: Any) -> Passage:
    """The passage in a row of PASSAGES."""
    resource_id, ordinal, start, end, text = row
    return Passage(f"{resource_id}:{ordinal}", resource_id, ordinal, start, end, unpack(text))


def figures(resource: Resource, facts: Facts) -> tuple[object, ...]:
    """A resource's element of facts.npy, see FIGURES."""
    return (
        _known(facts.rating),
        facts.rating_confidence,
        _known(facts.difficulty),
        facts.difficulty_confidence,
        _known(facts.minutes),
        date(facts.published),
        min(facts.lists, 65_535),
        facts.tier or 0,
        KINDS.index(resource.kind) + 1 if resource.kind in KINDS else 0,
        EVIDENCE.index(facts.evidence),
        language(resource.language),
    )


def date(text: str | None) -> int:
    """yyyymmdd of a date as lists and pages write it, 00 for what it leaves out; 0 for none."""
    match = text and (_COMPACT_DATE.match(text) or _DATE.match(text))
    if not match:
        return 0
    year, month, day = (int(part or 0) for part in match.groups())
    if not 1 <= month <= 12:
        return year * 10_000
    return year * 10_000 + month * 100 + (day if 1 <= day <= 31 else 0)


def dated(
    days: NDArray[np.int32], after: str | None = None, before: str | None = None
) -> tuple[Mask, Mask]:
    """Which of (n,) dates of date() may lie in a time, and which surely do; 0 does neither.

    after includes its date, before does not. A date of less precision may where any day of it
    does, and surely does where all of them do.
    """
    may = days > 0
    sure = days > 0
    if after:
        may &= _last_day(days) >= date(after)
        sure &= days >= date(after)
    if before:
        may &= days < date(before)
        sure &= _last_day(days) < date(before)
    return may, sure


def _last_day(days: NDArray[np.int32]) -> NDArray[np.int32]:
    """The last day that a date of date() may mean; 0 stays 0."""
    days = np.where((days > 0) & (days % 10_000 == 0), days + 9999, days)
    return np.where((days > 0) & (days % 100 == 0), days + 99, days)


def language(name: str | None) -> bytes:
    """A language as facts.npy has it: `zh` of `zh-Hans`."""
    return (name or "").partition("-")[0].lower().encode("ascii", "replace")[:3]


def site(host: str) -> str:
    """A host as the table of sites names it, from the right, so that what is below a host follows
    it: `org.arxiv.export`; `www.` is nothing of its own."""
    labels = host.lower().rstrip(".").removeprefix("www.").split(".")
    return ".".join(reversed(labels))


def site_of(url: str) -> str | None:
    """The site of an address, None of what is on no host."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return site(host) if host else None


def pack(text: str) -> bytes:
    """A passage's text as it is stored: 56 % of its bytes in English, 65 % in Chinese."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpack(content: bytes) -> str:
    """What pack was given."""
    return zlib.decompress(content).decode("utf-8", "surrogatepass")


def _entry(values: list[Any]) -> Entry:
    given: Any = (tuple(value) if isinstance(value, list) else value for value in values)
    return Entry(*given)


def _known(value: float | None) -> float:
    return np.nan if value is None else value


def _json(value: Any) -> str:
    return _storable(_JSON.encode(value))


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _storable(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair is no character

"""The SQLite index of the page cache: which address is where in which segment.

Nothing in it is the truth; `PageCache.reindex` makes it again, also where opening finds it damaged:
SQLite's own check, and a checksum a capture. It keeps a rollback journal, not a write-ahead log, so
that a reader of a read-only home creates no file. Must not know WARC.
"""

import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path

from cache.errors import StoreError
from cache.page_records import Note, Original, Standing
from cache.records import Page
from cache.urls import plain_url

_FIELDS = 11  # of Page, the first columns of captures
_MARKS = ",".join("?" * (_FIELDS + 2))
_ASKED = 500  # keys in one SELECT, below every build's limit of parameters
_VERSION = 3  # of the schema: another one is made again
_SCHEMA = """
CREATE TABLE IF NOT EXISTS captures (
    url TEXT, final_url TEXT, status INTEGER, media_type TEXT, digest TEXT, fetched_at TEXT,
    etag TEXT, last_modified TEXT, failure TEXT, moved TEXT, lost TEXT, loose TEXT,
    checksum INTEGER,
    PRIMARY KEY (url, fetched_at));
CREATE INDEX IF NOT EXISTS captures_loose ON captures (loose) WHERE failure IS NULL;
CREATE TABLE IF NOT EXISTS bodies (
    digest TEXT PRIMARY KEY, segment TEXT, offset INTEGER, url TEXT, date TEXT);
CREATE TABLE IF NOT EXISTS standings (
    url TEXT PRIMARY KEY, checked_at REAL, attempts INTEGER, retry_at REAL, failure TEXT);
CREATE TABLE IF NOT EXISTS segments (name TEXT PRIMARY KEY, size INTEGER);
"""
_page_row = attrgetter(*(field.name for field in fields(Page)))
_standing_row = attrgetter(*(field.name for field in fields(Standing)))
_LOOSE = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body's record begins."""

    segment: str
    offset: int


class PageIndex:
    """Reads and writes `pages.db`. lost is True where it must be made again from the segments."""

    def __init__(self, database: sqlite3.Connection, lost: bool) -> None:
        """Use open instead."""
        self._database = database
        self.lost = lost

    @classmethod
    def open(cls, path: Path, read_only: bool) -> "PageIndex":
        """The index at path; one in memory where a read-only home has none."""
        existed = path.is_file()
        if not existed and read_only:
            return cls.in_memory()
        mode = "ro" if read_only else "rwc"
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        try:
            if not existed:
                return cls._made(str(path), lost=True)
            database = sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=30)
            if _is_sound(database):
                return cls(database, lost=False)
            database.close()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise StoreError(f"{path}: {error}", "wait for the other process") from error
        if read_only:
            return cls.in_memory()
        path.unlink()
        return cls._made(str(path), lost=True)

    @classmethod
    def in_memory(cls) -> "PageIndex":
        """An empty index without a file."""
        return cls._made(":memory:", lost=True)

    @classmethod
    def _made(cls, path: str, lost: bool) -> "PageIndex":
        database = sqlite3.connect(path, check_same_thread=False, timeout=30)
        database.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")
        return cls(database, lost)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def commit(self) -> None:
        """Make what was added outlast a crash."""
        self._database.commit()

    def clear(self) -> None:
        """Forget everything."""
        for table in ("captures", "bodies", "standings", "segments"):
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - names from here

    def newest(self, url: str) -> Page | None:
        """The newest usable capture of exactly url, else its newest failure."""
        sql = (
            "SELECT * FROM captures WHERE url = ? "
            "ORDER BY failure IS NOT NULL, fetched_at DESC LIMIT 1"
        )
        return self._one(sql, url)

    def at(self, url: str, date: str) -> Page | None:
        """The capture of url at that date."""
        return self._one("SELECT * FROM captures WHERE url = ? AND fetched_at = ?", url, date)

    def similar(self, url: str) -> Page | None:
        """The newest usable capture of url, whatever its scheme, `www.` and last slash."""
        sql = (
            "SELECT * FROM captures WHERE loose = ? AND failure IS NULL "
            "ORDER BY fetched_at DESC LIMIT 1"
        )
        return self._one(sql, loose(url))

    def usable_among(self, urls: Iterable[str]) -> set[str]:
        """Those of urls with a usable capture, whatever its scheme, `www.` and last slash."""
        keys = {url: loose(plain_url(url)) for url in urls}
        asked, usable = list(set(keys.values())), set[str]()
        for start in range(0, len(asked), _ASKED):
            batch = asked[start : start + _ASKED]
            marks = ",".join("?" * len(batch))
            sql = f"SELECT loose FROM captures WHERE failure IS NULL AND loose IN ({marks})"  # noqa: S608 - marks alone
            usable.update(key for (key,) in self._database.execute(sql, batch))
        return {url for url, key in keys.items() if key in usable}

    def usable(self) -> Iterator[str]:
        """The loose key of every usable capture."""
        sql = "SELECT DISTINCT loose FROM captures WHERE failure IS NULL"
        return (key for (key,) in self._database.execute(sql))

    def pages(self) -> Iterator[Page]:
        """The best capture of each address, ordered by address; robots.txt and what the archive
        says that it has left out."""
        sql = (
            "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY url "
            "ORDER BY failure IS NOT NULL, fetched_at DESC) AS place FROM captures) "
            "WHERE place = 1 AND url NOT LIKE '%://%/robots.txt' "
            "AND url NOT LIKE 'https://archive.org/wayback/available?%' ORDER BY url"
        )
        for row in self._database.execute(sql):
            yield Page(*row[:_FIELDS])

    def standing(self, url: str) -> Standing | None:
        """How the last attempt at url went."""
        row = self._database.execute("SELECT * FROM standings WHERE url = ?", (url,)).fetchone()
        return Standing(*row) if row else None

    def place(self, digest: str) -> Place | None:
        """Where the body of that digest is."""
        sql = "SELECT segment, offset FROM bodies WHERE digest = ?"
        row = self._database.execute(sql, (digest,)).fetchone()
        return Place(*row) if row else None

    def original(self, digest: str) -> Original | None:
        """Which record holds the body of that digest."""
        sql = "SELECT url, date FROM bodies WHERE digest = ?"
        row = self._database.execute(sql, (digest,)).fetchone()
        return Original(*row) if row else None

    def segments(self) -> dict[str, int]:
        """Bytes of each segment that are indexed."""
        return dict(self._database.execute("SELECT name, size FROM segments"))

    def add(self, note: Note, place: Place | None) -> None:
        """Take in one record; place is where its body is, None where it holds none."""
        if note.page is not None:
            row = (*_page_row(note.page), loose(note.page.url))
            sql = f"INSERT OR REPLACE INTO captures VALUES ({_MARKS})"  # noqa: S608 - marks alone
            self._database.execute(sql, (*row, _checksum(row)))
            if place is not None:
                body = (note.page.digest, place.segment, place.offset)
                origin = (note.page.final_url, note.page.fetched_at)
                sql = "INSERT OR REPLACE INTO bodies VALUES (?,?,?,?,?)"
                self._database.execute(sql, body + origin)
        if note.standing is not None:
            sql = (
                "INSERT INTO standings VALUES (?,?,?,?,?) ON CONFLICT (url) DO UPDATE SET "
                "checked_at = excluded.checked_at, attempts = excluded.attempts, "
                "retry_at = excluded.retry_at, failure = excluded.failure "
                "WHERE excluded.checked_at >= standings.checked_at"
            )
            self._database.execute(sql, _standing_row(note.standing))

    def doubt(self, url: str) -> None:
        """Make url due."""
        sql = "UPDATE standings SET checked_at = 0, retry_at = 0 WHERE url = ?"
        self._database.execute(sql, (url,))

    def reached(self, segment: str, size: int) -> None:
        """The first size bytes of segment are indexed."""
        self._database.execute("INSERT OR REPLACE INTO segments VALUES (?,?)", (segment, size))

    def _one(self, sql: str, *values: str) -> Page | None:
        row = self._database.execute(sql, values).fetchone()
        return Page(*row[:_FIELDS]) if row else None


def _is_sound(database: sqlite3.Connection) -> bool:
    """Whether the file is of this version and nothing in it is damaged."""
    if database.execute("PRAGMA user_version").fetchone() != (_VERSION,):
        return False
    if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        return False
    rows = database.execute("SELECT * FROM captures")
    return all(_checksum(row[:-1]) == row[-1] for row in rows)


def _checksum(row: tuple[str | int | None, ...]) -> int:
    return zlib.crc32(repr(row).encode("utf-8", "backslashreplace"))


def loose(url: str) -> str:
    """A key that forgives http for https, `www.`, a default port and a last slash."""
    rest = _LOOSE.sub("", url)
    host, slash, path = rest.partition("/")
    return host.lower().removesuffix(":443").removesuffix(":80") + (slash + path).rstrip("/")

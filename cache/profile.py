"""What the reader has begun, read, liked or put off: the one thing nobody can build again.

Kept apart from generations, in SQLite with a write-ahead log, readable by its owner only. Must
not know resources beyond their id and address.
"""

import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cache import disk
from cache.errors import Damaged, QueryError
from cache.records import MARKS

_RESTORE = "restore it from a backup, or remove it"
_ENDS = {
    "like": ("dislike",),
    "dislike": ("like",),
    "read": ("later", "started"),
    "later": ("started",),
    "started": ("later",),
}
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS marks (
        resource_id TEXT NOT NULL, mark TEXT NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL,
        checksum INTEGER NOT NULL, PRIMARY KEY (resource_id, mark)
    ) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on one resource; at is RFC 3339 UTC."""

    resource_id: str
    url: str
    mark: str
    at: str


class Profile:
    """The marks under one home folder; safe between processes, and made only by the first mark."""

    def __init__(self, path: Path) -> None:
        """Use the database at path, which need not exist."""
        self._path = path

    def mark(self, resource_id: str, url: str, mark: str) -> None:
        """Put mark on a resource. Like and dislike end each other; what is read is neither
        for later nor in progress, and of these two one ends the other.

        Raises QueryError for a mark outside MARKS, StoreError where it cannot be written.
        """
        self.mark_all([(resource_id, url, mark)])

    def mark_all(self, marks: Sequence[tuple[str, str, str]]) -> None:
        """Put marks on resources, given as (id, address, mark), all at once or none; see mark."""
        for _, _, mark in marks:
            if mark not in MARKS:
                raise QueryError(f"{mark!r} is not a mark", f"one of {', '.join(MARKS)}, clear")
        if not marks:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._writing() as database:
            for resource_id, url, mark in marks:
                database.executemany(
                    "DELETE FROM marks WHERE resource_id = ? AND mark = ?",
                    [(resource_id, ended) for ended in _ENDS.get(mark, ())],
                )
                database.execute(
                    "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?)",
                    (resource_id, mark, url, now, _checksum(resource_id, mark, url, now)),
                )

    def clear(self, resource_id: str) -> None:
        """Take every mark off a resource. Raises StoreError where it cannot be written."""
        if self._path.exists():
            with self._writing() as database:
                database.execute("DELETE FROM marks WHERE resource_id = ?", (resource_id,))

    def marks(self) -> list[Mark]:
        """Every mark, oldest first."""
        if not self._path.exists():
            return []
        query = "SELECT * FROM marks ORDER BY at, resource_id, mark"
        with self._open() as database:
            return [self._mark(*row) for row in database.execute(query)]

    def _mark(self, resource_id: str, mark: str, url: str, at: str, checksum: int) -> Mark:
        if _checksum(resource_id, mark, url, at) != checksum:
            raise Damaged(f"{self._path}: a mark is not what was written", _RESTORE)
        return Mark(resource_id, url, mark, at)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with disk.faults(self._path):
            disk.make_private(self._path.parent)
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with self._open() as database, database:  # the inner one commits or rolls back
            yield database

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with (
                disk.faults(self._path, sqlite3.OperationalError),
                closing(sqlite3.connect(self._path, timeout=10)) as database,
            ):
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                database.execute(_SCHEMA)
                yield database
        except sqlite3.DatabaseError as error:
            raise Damaged(f"{self._path}: {error}", _RESTORE) from error


def _checksum(*said: str) -> int:
    return zlib.crc32(repr(said).encode("utf-8", "backslashreplace"))

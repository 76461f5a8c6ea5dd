"""Documents kept by what they were extracted from, so that a rebuild extracts nothing twice.

SQLite, one row a page digest, resource and extractor version; failures are kept too. Every row
has its checksum: what is damaged or missing is extracted again. Must not know how a document is
extracted.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Self, TypeVar

from cache import disk
from cache.records import Document

TABLE = "extracted"
_SCHEMA = """CREATE TABLE IF NOT EXISTS extracted (
    key TEXT PRIMARY KEY, document TEXT, failure TEXT, checksum INTEGER) WITHOUT ROWID"""
_BEYOND_REPAIR = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_T = TypeVar("_T")
_FIELDS = tuple(field.name for field in fields(Document))


class DocumentCache:
    """Extracted documents under one home. Use as a context manager, in one thread."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises StoreError where the folder cannot be written."""
        self._path = path
        with disk.faults(path, sqlite3.Error):
            disk.make_private(path.parent)
            self._connection = _connect(path)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._connection.close()

    def get(self, key: str) -> Document | str | None:
        """The document, the reason why there is none, or None where it was never extracted."""
        with disk.faults(self._path, sqlite3.Error):
            row = self._repairing(lambda: self._row(key))
        if row is None:
            return None
        document, failure, checksum = row
        if not is_whole(key, document, failure, checksum):
            return None
        return str(failure) if document is None else _document(document)

    def put(self, kept: Iterable[tuple[str, Document | str]]) -> None:
        """Keep documents, or reasons why there is none, by key, in one commit."""
        rows = list(_rows(kept))
        with disk.faults(self._path, sqlite3.Error):
            self._repairing(lambda: self._store(rows))

    def _row(self, key: str) -> tuple[str | None, str | None, int] | None:
        sql = "SELECT document, failure, checksum FROM extracted WHERE key = ?"
        row: tuple[str | None, str | None, int] | None = self._connection.execute(
            sql, (key,)
        ).fetchone()
        return row

    def _store(self, rows: Sequence[tuple[str, str | None, str | None, int]]) -> None:
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO extracted VALUES (?, ?, ?, ?)", rows
            )

    def _repairing(self, act: Callable[[], _T]) -> _T:
        """What act gives; where the file is beyond repair, it is started again once."""
        try:
            return act()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BEYOND_REPAIR:
                raise
        self._connection.close()
        _remove(self._path)
        self._connection = _opened(self._path)
        return act()


def is_whole(key: str, document: str | None, failure: str | None, checksum: int) -> bool:
    """Whether a row of TABLE is what was put."""
    return checksum == _checksum(key, document, failure)


def _rows(
    kept: Iterable[tuple[str, Document | str]],
) -> Iterator[tuple[str, str | None, str | None, int]]:
    for key, found in kept:
        failure = found if isinstance(found, str) else None
        document = None if isinstance(found, str) else json.dumps(asdict(found), ensure_ascii=False)
        yield key, document, failure, _checksum(key, document, failure)


def _checksum(key: str, document: str | None, failure: str | None) -> int:
    said = json.dumps((key, document, failure), default=repr)
    return zlib.crc32(said.encode("ascii"))


def _document(text: str) -> Document | None:
    try:
        values = json.loads(text)
        return Document(**{name: values[name] for name in _FIELDS})
    except (ValueError, KeyError, TypeError):
        return None


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return _opened(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        _remove(path)  # not a database any more: everything in it can be extracted again
        return _opened(path)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(_SCHEMA)
    return connection

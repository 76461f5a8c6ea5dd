"""Documents kept by what they were extracted from, so that a rebuild extracts nothing twice.

SQLite, one row a page digest, resource and extractor version; failures are kept too. What is
damaged or missing is extracted again. Must not know how a document is extracted.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Self

from cache import disk
from cache.records import Document

_SCHEMA = """CREATE TABLE IF NOT EXISTS documents (
    key TEXT PRIMARY KEY, document TEXT, failure TEXT) WITHOUT ROWID"""
_FIELDS = tuple(field.name for field in fields(Document))


class DocumentCache:
    """Extracted documents under one home. Use as a context manager, in one thread."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises StoreError where the folder cannot be written."""
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
        row = self._connection.execute(
            "SELECT document, failure FROM documents WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        return str(row[1]) if row[0] is None else _document(row[0])

    def put(self, kept: Iterable[tuple[str, Document | str]]) -> None:
        """Keep documents, or reasons why there is none, by key, in one commit."""
        with disk.faults(Path("documents.db"), sqlite3.Error), self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", _rows(kept)
            )


def _rows(
    kept: Iterable[tuple[str, Document | str]],
) -> Iterator[tuple[str, str | None, str | None]]:
    for key, found in kept:
        if isinstance(found, str):
            yield key, None, found
        else:
            yield key, json.dumps(asdict(found), ensure_ascii=False), None


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
        path.unlink()  # not a database any more: everything in it can be extracted again
        return _opened(path)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(_SCHEMA)
    return connection

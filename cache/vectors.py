"""Embeddings kept by (model, role, text), so that a rebuild embeds only what is new.

One SQLite file for each model: commits are atomic whatever is killed, readers do not wait, and a
million vectors open without being read. Every record has its checksum; a damaged one counts as
missing. All of it can be made again, so a file beyond repair is dropped. Must not know models.
"""

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cache.errors import StoreError

FloatArray = NDArray[np.float32]
Rows = NDArray[np.int64]

PAGE_SIZE = 16_384  # ten vectors of 384 dimensions; 4096 would waste a fifth
ASKED = 500  # keys in one SELECT, below every build's limit of parameters
KEY_BYTES = 16
TABLE = "vectors"
BEYOND_REPAIR = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    key BLOB NOT NULL UNIQUE, checksum INTEGER NOT NULL, vector BLOB NOT NULL
)
"""


class VectorCache:
    """The vectors of one model. Use as a context manager, in the thread that opened it."""

    def __init__(self, folder: Path, dim: int) -> None:
        """Open or make the file. Raises StoreError where the folder cannot be written."""
        self.path = folder / "vectors.db"
        self.dim = dim
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = self._connect()
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError(
                f"{self.path}: {error}", "check the folder's owner and free space"
            ) from error

    @classmethod
    def open(cls, folder: Path, dim: int) -> Self:
        """The cache in folder, for vectors of dim dimensions."""
        return cls(folder, dim)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __len__(self) -> int:
        count: int = self._connection.execute("SELECT count(*) FROM vectors").fetchone()[0]
        return count

    def lookup(self, texts: Sequence[str], role: str = "passage") -> tuple[FloatArray, Rows]:
        """(n, dim) vectors, and the rows that are missing or damaged; those are zero."""
        found = np.zeros((len(texts), self.dim), np.float32)
        missing: list[int] = []
        for start in range(0, len(texts), ASKED):
            keys = [text_key(text, role) for text in texts[start : start + ASKED]]
            records = dict(self._records(keys))
            for row, key in enumerate(keys, start):
                if key in records:
                    found[row] = records[key]
                else:
                    missing.append(row)
        return found, np.array(missing, np.int64)

    def append(self, texts: Sequence[str], vectors: FloatArray, role: str = "passage") -> None:
        """Keep one vector a text, in one commit. Raises StoreError where the disk refuses."""
        plain = np.ascontiguousarray(vectors, "<f4")
        if plain.shape != (len(texts), self.dim):
            raise ValueError(
                f"{plain.shape} vectors for {len(texts)} texts of {self.dim} dimensions"
            )
        self.take([text_key(text, role) for text in texts], plain)

    def take(self, keys: Sequence[bytes], vectors: FloatArray) -> None:
        """Keep one vector a key (see text_key), in one commit. Raises as append does."""
        blobs = [row.tobytes() for row in np.ascontiguousarray(vectors, "<f4")]
        records = [(key, zlib.crc32(blob), blob) for key, blob in zip(keys, blobs, strict=True)]
        try:
            self._store(records)
        except sqlite3.DatabaseError as error:
            self._start_again(error)
            self._store(records)

    def _store(self, records: list[tuple[bytes, int, bytes]]) -> None:
        with self._connection:
            self._connection.executemany("REPLACE INTO vectors VALUES (?, ?, ?)", records)

    def _records(self, keys: list[bytes]) -> Iterator[tuple[bytes, FloatArray]]:
        marks = ",".join("?" * len(keys))
        asked = f"SELECT key, checksum, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
        try:
            rows = self._connection.execute(asked, keys).fetchall()
        except sqlite3.DatabaseError as error:
            self._start_again(error)
            return
        for key, checksum, blob in rows:
            if len(blob) == 4 * self.dim and zlib.crc32(blob) == checksum:
                yield key, np.frombuffer(blob, "<f4")

    def _connect(self) -> sqlite3.Connection:
        try:
            return _open_file(self.path)
        except sqlite3.DatabaseError as error:
            if _primary(error) not in BEYOND_REPAIR:
                raise
        _remove(self.path)
        return _open_file(self.path)

    def _start_again(self, error: sqlite3.DatabaseError) -> None:
        """Drop a file beyond repair; anything else is the caller's to know."""
        if _primary(error) not in BEYOND_REPAIR:
            raise StoreError(
                f"{self.path}: {error}",
                "free some space, or end the other program that writes here",
            ) from error
        self._connection.close()
        _remove(self.path)
        self._connection = _open_file(self.path)


def is_whole(key: bytes, checksum: int, blob: bytes) -> bool:
    """Whether a row of TABLE is what was appended."""
    return len(key) == KEY_BYTES and isinstance(blob, bytes) and zlib.crc32(blob) == checksum


def text_key(text: str, role: str) -> bytes:
    """128 bits of a text in a role: no two texts met by chance share them."""
    encoded = f"{role}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=KEY_BYTES).digest()


def _open_file(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    try:
        connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode=WAL")  # readers go on while a build writes
        connection.execute("PRAGMA synchronous=NORMAL")  # a kill loses nothing, a power cut a chunk
        connection.execute(SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _primary(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

"""Rows of numbers that are too many for memory: in a file, written and read a stretch at a time.

Not a memory map: what a process maps counts as its memory, and a build reads all of it. The file is
scratch, gone when it is closed. Must not know what the rows are.
"""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cache.errors import Damaged

FloatArray = NDArray[np.float32]


class FloatRows(Protocol):
    """(n, dim) float32, in memory or read when asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, dim)."""

    def __len__(self) -> int:
        """How many rows there are."""

    def __getitem__(self, rows: slice | NDArray[np.int64], /) -> FloatArray:
        """A stretch of rows, or those of the numbers given."""


class RowFile:
    """Rows in a file at path, zero until they are written; a context that removes the file."""

    def __init__(self, path: Path, count: int, dim: int) -> None:
        """Make the file. Raises OSError, as writing does."""
        self.shape = (count, dim)
        self._path = path
        self._size = 4 * dim
        self._file = path.open("w+b")
        self._file.truncate(count * self._size)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)
        self._file.close()

    def __len__(self) -> int:
        """How many rows there are."""
        return self.shape[0]

    def __getitem__(self, rows: slice | NDArray[np.int64], /) -> FloatArray:
        """A stretch of rows, or those of the numbers given, in that order."""
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        found = np.empty((len(rows), self.shape[1]), np.float32)
        ends = np.flatnonzero(np.diff(rows) != 1) + 1  # where a run of neighbours ends
        for run in np.split(np.arange(len(rows)), ends) if len(rows) else ():
            self._read(int(rows[run[0]]), found[run[0] : run[-1] + 1])
        return found

    def __setitem__(self, rows: slice, values: FloatArray) -> None:
        """Write a stretch of rows."""
        start, stop, _ = rows.indices(len(self))
        plain = np.ascontiguousarray(values, np.float32)
        if plain.shape != (stop - start, self.shape[1]):
            raise ValueError(f"{plain.shape} values for rows {start} to {stop}")
        self._file.seek(start * self._size)
        self._file.write(plain.data)

    def _read(self, start: int, into: FloatArray) -> None:
        self._file.seek(start * self._size)
        if self._file.readinto(into.reshape(-1).view(np.uint8).data) != into.nbytes:
            raise Damaged(f"{self._path}: cut short", "build again")

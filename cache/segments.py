"""The WARC segments of a page cache: files that grow at the end and are never rewritten.

A segment that is full is closed for good and the next one begun. Must not know what records say or
where the index thinks they are.
"""

import errno
import os
from io import FileIO
from pathlib import Path

from cache.errors import Locked, StoreError

SEGMENT_BYTES = 256 << 20


class Segments:
    """The segments in one folder, oldest first. Writing begins with the first append."""

    def __init__(self, folder: Path) -> None:
        """Look at folder, which need not be there."""
        self.folder = folder
        self._file: FileIO | None = None
        self._end = 0  # bytes of the last segment, as this writer left it
        self.seen()

    def paths(self) -> list[Path]:
        """Every segment, oldest first."""
        return sorted(self.folder.glob("nextread-*.warc.gz"))

    def seen(self) -> None:
        """Take the last segment as it lies now for its end: what is appended comes after."""
        self._end = next((path.stat().st_size for path in reversed(self.paths())), 0)

    def next_paths(self, count: int) -> list[Path]:
        """Where the next count segments belong."""
        first = len(self.paths()) + 1
        return [self.folder / f"nextread-{first + n:08}.warc.gz" for n in range(count)]

    @property
    def full(self) -> bool:
        """Whether the next record begins another segment."""
        return self._end >= SEGMENT_BYTES

    @property
    def open_end(self) -> tuple[str, int] | None:
        """Name and bytes of the segment being written; None where none is."""
        return None if self._file is None else (Path(self._file.name).name, self._end)

    def append(self, record: bytes) -> tuple[str, int]:
        """Write record at the end; returns the segment's name and where in it the record begins.

        Raises Locked where somebody else wrote there, StoreError where the disk takes no more.
        """
        file = self._opened()
        begins = self._end
        if os.fstat(file.fileno()).st_size != begins:
            raise Locked(f"{file.name}: another process is writing", "wait, then try again")
        try:
            _write_all(file, record)
        except OSError as error:
            file.truncate(begins)
            raise StoreError(f"{file.name}: {error.strerror}", "make room on the disk") from error
        self._end += len(record)
        return Path(file.name).name, begins

    def sync(self) -> None:
        """Wait until the disk has what was appended."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def end(self) -> Path | None:
        """Let the next record begin another segment; returns the one being written, closed for
        good, or None where none was."""
        written = Path(os.fsdecode(self._file.name)) if self._file is not None else None
        self.close()
        self._end = SEGMENT_BYTES
        return written

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def copy_to(self, path: Path) -> int:
        """Write every segment into one file, whole or not at all; returns its bytes. A row of gzip
        members is one gzip stream (RFC 1952, 2.2). Raises StoreError."""
        partial = path.with_name(path.name + ".part")
        try:
            with partial.open("wb") as out:
                for segment in self.paths():
                    with segment.open("rb") as file:
                        while piece := file.read(1 << 20):
                            out.write(piece)
                size = out.tell()
                os.fsync(out.fileno())
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise StoreError(
                f"{path}: {error.strerror}", "name a file that can be written"
            ) from error
        return size

    def _opened(self) -> FileIO:
        if self._file is None or self.full:
            self.close()
            segments = self.paths()
            if not segments or self.full:
                segments = self.next_paths(1)
            self._file = FileIO(segments[-1], "ab")
            self._end = self._file.seek(0, os.SEEK_END)
        return self._file


def _write_all(file: FileIO, record: bytes) -> None:
    if file.write(record) < len(record):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

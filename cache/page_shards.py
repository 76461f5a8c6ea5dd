"""A page cache that other machines fill: whole segments come and go instead of single pages.

A worker keeps what it fetched in a cache of its own and hands over each segment when it is full;
the driver takes such a segment into its cache as it is, without reading a page. What the driver
knows already goes along as seeds, so that a worker asks conditionally and counts failures on. Must
not know stores or who works where.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from cache import disk
from cache.page_records import Note, Standing
from cache.pages import SEGMENT_BYTES, PageCache
from cache.records import Page


class ShardPages(PageCache):
    """A page cache whose segments can be handed over and taken in."""

    def __init__(self, folder: Path) -> None:
        """Open folder for writing. Raises StoreError."""
        self._elsewhere: set[str] = set()  # digests of bodies that only the giver of seeds has
        super().__init__(folder)

    def seed(self, page: Page | None, standing: Standing | None) -> None:
        """Know how the last attempt at an address went, and what is stored of it elsewhere.

        Seeds are in the index alone: no segment holds them.
        """
        self._index.add(Note(page, standing), None)
        if page is not None:
            self._elsewhere.add(page.digest)

    def body(self, page: Page) -> bytes:
        """See PageCache; empty for a seed, whose giver has looked at the body."""
        if page.digest in self._elsewhere and self._index.place(page.digest) is None:
            return b""
        return super().body(page)

    def roll(self) -> Path | None:
        """End the open segment and return it; None where nothing was written since the last."""
        if self._file is None:
            return None
        self._mark()
        self.flush()
        path = Path(os.fsdecode(self._file.name))
        self._file.close()
        self._file = None
        self._end = SEGMENT_BYTES  # full, so that the next record begins another
        return path

    def adopt(self, files: Sequence[Path]) -> list[str]:
        """Take in whole segments, moving the files here; returns their names in this cache.

        Raises OSError where they are on another file system.
        """
        self.roll()
        first = len(self._segments()) + 1
        names = [f"nextread-{first + place:08}.warc.gz" for place in range(len(files))]
        for file, name in zip(files, names, strict=True):
            disk.rename(file, self._folder / name)
        self._scan(self._index.segments())
        self._end = SEGMENT_BYTES
        return names

    def segment_of(self, page: Page) -> str | None:
        """The name of the segment that holds page's body, None where none does."""
        place = self._index.place(page.digest)
        return place.segment if place else None

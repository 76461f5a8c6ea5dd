"""A page cache that other machines fill: whole segments come and go instead of single pages.

A worker keeps what it fetched in a cache of its own and hands over each segment when it is full;
the driver takes such a segment into its cache as it is, without reading a page. What the driver
knows already goes along as seeds, so that a worker asks conditionally and counts failures on. Must
not know stores or who works where.
"""

from collections.abc import Sequence
from pathlib import Path

from cache import disk
from cache.page_records import Note, Standing
from cache.pages import PageCache
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
        self._mark()
        self.flush()
        return self._segments.end()

    def adopt(self, files: Sequence[Path]) -> list[str]:
        """Take in whole segments, moving the files here; returns their names in this cache.

        Raises OSError where they are on another file system.
        """
        self.roll()
        places = self._segments.next_paths(len(files))
        for file, place in zip(files, places, strict=True):
            disk.rename(file, place)
        self._scan(self._index.segments())
        self._segments.end()
        return [place.name for place in places]

    def segment_of(self, page: Page) -> str | None:
        """The name of the segment that holds page's body, None where none does."""
        place = self._index.place(page.digest)
        return place.segment if place else None

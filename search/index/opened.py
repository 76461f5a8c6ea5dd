"""Where a collection's parts come from: the files of a home, or a database that many readers share.

Must not know what is asked of them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cache.layout import Layout
from cache.manifest import Manifest
from search.index.catalog import Catalog
from search.index.centre import Centres

if TYPE_CHECKING:
    from search.index.dense import VectorIndex
    from search.index.lexical import LexicalIndex
    from search.index.map import CollectionMap
    from search.index.sections import Sections


class PublishedGeneration(Protocol):
    """A published generation that stays readable until close."""

    @property
    def number(self) -> int:
        """Which generation this is."""

    @property
    def manifest(self) -> Manifest:
        """What it is made of."""

    def close(self) -> None:
        """Let go of it."""


class Storage(Protocol):
    """What one generation holds; each part is opened when it is asked for."""

    def catalog(self) -> Catalog:
        """Resources, facts and passages."""

    def dense(self) -> "VectorIndex":
        """Vectors of cards and passages."""

    def lexical(self) -> "LexicalIndex":
        """Words of every resource."""

    def centres(self) -> Centres:
        """What was taken out of the vectors."""

    def sections(self) -> "Sections":
        """Who stands in one section with whom."""

    def map(self) -> "CollectionMap":
        """Where every resource lies on a plane."""

    def added(self) -> Sequence[str]:
        """The ids of the resources that were new in it."""

    def arrivals(self) -> Sequence[tuple[str, Sequence[str]]]:
        """When (RFC 3339) which ids came, see cache.news.arrivals."""


class Files:
    """The parts of a generation in a home folder, each opened as a memory map."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        """Read folder, a generation of the home that layout describes."""
        self._folder = folder
        self._layout = layout

    def catalog(self) -> Catalog:
        """See Storage."""
        return Catalog(self._folder)

    def dense(self) -> "VectorIndex":
        """See Storage."""
        from search.index.dense import open_index

        return open_index(self._folder / "dense.faiss")

    def lexical(self) -> "LexicalIndex":
        """See Storage."""
        from search.index.lexical import open_index

        return open_index(self._folder / "lexical")

    def centres(self) -> Centres:
        """See Storage."""
        return Centres.load(self._folder / "centres.npz")

    def sections(self) -> "Sections":
        """See Storage."""
        from search.index.sections import FILE, Sections

        return Sections(self._folder / FILE)

    def map(self) -> "CollectionMap":
        """See Storage."""
        from search.index.map import FILE, CollectionMap

        return CollectionMap.load(self._folder / FILE)

    def added(self) -> Sequence[str]:
        """See Storage."""
        from cache.news import latest

        return latest(self._layout.news)

    def arrivals(self) -> Sequence[tuple[str, Sequence[str]]]:
        """See Storage."""
        from cache.news import arrivals

        return arrivals(self._layout.news)

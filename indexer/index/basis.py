"""What a build found out about its collection as a whole, and later builds hold on to.

Language means, the cells of the inverted file and the places of a map belong to all works at once:
each new text would move them a little, and every vector, posting and point with them. So they are
held while what is indexed is nearly what they were found in, and found anew when it is not, or when
a full build is asked for, whose bytes follow from works alone. What a build that holds them answers
follows from works and basis, whatever was published in between, but for what lexical.MOST_DROPPED
bounds. Must not know how any of it is found.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache import disk, npy
from cache.errors import NextreadError
from cache.generation import Manifest, open_current
from cache.layout import Layout
from indexer.estimate.difficulty import Taught
from indexer.index.keys import NAME
from indexer.index.ledger import found
from indexer.index.map_layout import Drawn
from search.index import dense
from search.index.centre import Census, Centres
from search.index.map import Region

FILE = "basis.npz"
CENTRES = "centres.npz"

SETTING = "basis"
"""The manifest's setting that names the content in which the basis was found, by its digest."""

WORK = np.dtype([("id", NAME), ("place", np.float32, (2,)), ("region", np.int32)])
"""What is held of a work: its place on the map, NaN where it had none."""

FEWEST = 1000
"""Works below which all is found anew: that takes a moment."""

MOST_NEW = 0.05
"""Share of works, or of vectors, that may come or go while a basis is held."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Found in works, sorted by id, whose vectors census counted: centres as searches take them,
    what ratings taught, regions of the map, and of each work what WORK names. folder is where it
    lies and digest names the content of the works: both are known of what was published."""

    census: Census
    centres: Centres
    taught: Taught
    works: NDArray[np.void]
    regions: tuple[Region, ...]
    folder: Path | None = None
    digest: str = ""

    @classmethod
    def found(
        cls,
        census: Census,
        centres: Centres,
        taught: Taught,
        ids: NDArray[np.bytes_],
        drawn: Drawn,
    ) -> "Basis":
        """The basis found in works, in any order: of each its id and its place."""
        works = np.empty(len(ids), WORK)
        works["id"], works["place"], works["region"] = ids, drawn.places, drawn.region_of
        order = np.argsort(works["id"], kind="stable")
        return cls(census, centres, taught, works[order], drawn.regions)

    def save(self, folder: Path) -> None:
        """Write to folder; what was read from another is shared with it. Raises OSError."""
        if self.folder is not None:
            for name in (FILE, CENTRES):
                disk.share(self.folder / name, folder / name)
            return
        self.centres.save(folder / CENTRES)
        regions = npy.packed([asdict(region) for region in self.regions])
        told = {**self.census.arrays(), **self.taught.arrays()}
        npy.write_all(folder / FILE, {"works": self.works, "regions": regions, **told})

    @classmethod
    def load(cls, folder: Path, digest: str) -> "Basis":
        """What lies in the folder of a generation. Raises OSError, ValueError, TypeError or
        KeyError."""
        held, centres = npy.read_all(folder / FILE), Centres.load(folder / CENTRES)
        works = held["works"]
        if works.dtype != WORK:
            raise ValueError(f"{folder / FILE}: {works.dtype}")
        regions = tuple(Region(**region) for region in npy.unpacked(held["regions"]))
        census, taught = Census.of(held), Taught.of(held)
        return cls(census, centres, taught, works, regions, folder, digest)

    def is_near(self, ids: NDArray[np.bytes_], vectors: int) -> bool:
        """Whether works of these ids, with so many vectors, are nearly those it was found in, and
        their vectors are kept in the same way."""
        if min(len(ids), len(self.works)) < FEWEST:
            return False
        other = max(len(ids), len(self.works)) - np.count_nonzero(self._rows(ids) >= 0)
        before = self.census.count
        if dense.is_exact(vectors) != dense.is_exact(before):
            return False
        moved = abs(vectors - before)
        return bool(other <= MOST_NEW * len(self.works) and moved <= MOST_NEW * before)

    def drawn(self, ids: NDArray[np.bytes_]) -> Drawn:
        """Where works of ids lie on its map."""
        everyone = Drawn(self.works["place"], self.works["region"], self.regions)
        return everyone.of(self._rows(ids))

    def _rows(self, ids: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """The row of each id, -1 where it is none of its works."""
        return found(self.works["id"], ids)


@contextmanager
def current(layout: Layout, recipe: str, model_id: str) -> Iterator[Basis | None]:
    """The basis of the current generation, which is whole and stays on disk meanwhile; None where
    there is none that works of that recipe and model could be indexed by."""
    try:
        generation = open_current(layout, model_id)
    except NextreadError:
        yield None
        return
    with generation:
        yield _of(generation.path, generation.manifest, recipe)


def _of(folder: Path, manifest: Manifest, recipe: str) -> Basis | None:
    digest = manifest.settings.get(SETTING)
    if not isinstance(digest, str) or manifest.settings.get("recipe") != recipe:
        return None
    try:
        return Basis.load(folder, digest)
    except (OSError, ValueError, TypeError, KeyError):  # of a version that kept something else
        return None

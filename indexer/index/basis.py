"""What a build found out about its collection as a whole, and later builds hold on to.

Language means, the cells of the inverted file and the places of a map belong to all works at once:
each new text would move them a little, and every vector, posting and point with them. So they are
held while what is indexed is nearly what they were found in, and found anew when it is not, or when
a full build is asked for. What is written follows from works and basis alone: equal ones give equal
bytes, whatever was published in between. Must not know how any of it is found.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.errors import NextreadError
from cache.generation import Manifest, open_current
from cache.layout import Layout
from indexer.estimate.difficulty import TOLD
from indexer.index.map_layout import Drawn
from search.index.centre import Centres
from search.index.map import Region

FILE = "basis.npz"
CENTRES, CELLS = "centres.npz", "dense.faiss"

SETTING = "basis"
"""The manifest's setting that names the content in which the basis was found, by its digest."""

KEY = np.dtype("S16")
"""What tells a work from any other, or from itself before it changed."""

WORK = np.dtype(
    [
        ("id", "S16"),
        ("key", KEY),
        ("place", np.float32, (2,)),
        ("region", np.int32),
        ("told", np.float64, (TOLD,)),
    ]
)
"""What is held of a work: its place on the map, NaN where it had none, and what was told of it for
its estimates."""

FEWEST = 1000
"""Works below which all is found anew: that takes a moment."""

MOST_NEW = 0.05
"""Share of works, or of vectors, that may come or go while a basis is held."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Found in works, sorted by id, which had so many vectors: centres as searches take them,
    regions of the map, and of each work what WORK names. cells is the index of vectors whose cells
    are held, digest names the content of the works: both are known of what was published."""

    vectors: int
    centres: Centres
    works: NDArray[np.void]
    regions: tuple[Region, ...]
    cells: Path | None = None
    digest: str = ""

    @classmethod
    def found(
        cls,
        vectors: int,
        centres: Centres,
        ids: Sequence[str],
        keys: NDArray[np.bytes_],
        drawn: Drawn,
        told: NDArray[np.float64],
    ) -> "Basis":
        """The basis found in works, in any order: of each its key, its place and what was told."""
        works = np.empty(len(ids), WORK)
        works["id"], works["key"], works["told"] = _ids(ids), keys, told
        works["place"], works["region"] = drawn.places, drawn.region_of
        order = np.argsort(works["id"], kind="stable")
        return cls(vectors, centres, works[order], drawn.regions)

    def save(self, folder: Path) -> None:
        """Write to folder, where centres and cells lie already. Raises OSError."""
        with (folder / FILE).open("wb") as out:
            regions = npy.packed([asdict(region) for region in self.regions])
            np.savez(out, vectors=self.vectors, works=self.works, regions=regions)

    @classmethod
    def load(cls, folder: Path, digest: str) -> "Basis":
        """What lies in the folder of a generation. Raises OSError, ValueError, TypeError or
        KeyError."""
        held, centres = npy.read_all(folder / FILE), Centres.load(folder / CENTRES)
        works = held["works"]
        if works.dtype != WORK:
            raise ValueError(f"{folder / FILE}: {works.dtype}")
        regions = tuple(Region(**region) for region in npy.unpacked(held["regions"]))
        return cls(int(held["vectors"]), centres, works, regions, folder / CELLS, digest)

    def is_near(self, ids: Sequence[str], vectors: int) -> bool:
        """Whether works of these ids, with so many vectors, are nearly those it was found in."""
        if min(len(ids), len(self.works)) < FEWEST:
            return False
        other = max(len(ids), len(self.works)) - np.count_nonzero(self._rows(ids) >= 0)
        moved = abs(vectors - self.vectors)
        return bool(other <= MOST_NEW * len(self.works) and moved <= MOST_NEW * self.vectors)

    def drawn(self, ids: Sequence[str]) -> Drawn:
        """Where works of ids lie on its map."""
        everyone = Drawn(self.works["place"], self.works["region"], self.regions)
        return everyone.of(self._rows(ids))

    def told_of(self, ids: Sequence[str], keys: NDArray[np.bytes_]) -> NDArray[np.float64]:
        """What was told of works, (n, TOLD), NaN where it was found in none with that key."""
        rows = self._rows(ids)
        same = (rows >= 0) & (self.works["key"][rows] == keys)
        found = np.full((len(ids), TOLD), np.nan)
        found[same] = self.works["told"][rows[same]]
        return found

    def _rows(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each id, -1 where it is none of its works."""
        sought, own = _ids(ids), self.works["id"]
        if not len(own):
            return np.full(len(sought), -1)
        rows = np.minimum(np.searchsorted(own, sought), len(own) - 1)
        return np.where(own[rows] == sought, rows, -1)


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


def _ids(ids: Iterable[str]) -> NDArray[np.bytes_]:
    """Ids of resources as numpy compares them."""
    return np.array([name.encode() for name in ids], WORK["id"])

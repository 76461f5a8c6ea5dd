"""The map of a collection as its build laid it out: points, and regions within regions.

One file of a generation. Must not know how it was laid out, nor how it is drawn.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.errors import Damaged

FILE = "map.npz"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the plane: its names by language (`en`, `zh`), its middle in [0, 1], how many
    points it holds, how deep it lies (1: a part of the whole) and the region around it, or -1."""

    names: Mapping[str, str]
    x: float
    y: float
    count: int
    depth: int
    parent: int


@dataclass(frozen=True, slots=True)
class CollectionMap:
    """Points (n,): ordinals of resources; places (n, 2), 0 to 65535 from the lower left; the
    innermost region of each, a row of regions; and the list it stands for, a row of lists."""

    ordinals: NDArray[np.int32]
    places: NDArray[np.uint16]
    region_of: NDArray[np.int32]
    list_of: NDArray[np.uint8]
    regions: tuple[Region, ...]
    lists: tuple[str, ...]

    def outermost(self) -> list[int]:
        """For each region the one of the first depth that holds it, a row of regions."""
        rows: list[int] = []
        for row, region in enumerate(self.regions):
            rows.append(row if region.parent < 0 else rows[region.parent])
        return rows

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError where the disk fails."""
        regions = [asdict(region) for region in self.regions]
        names = {"regions": regions, "lists": self.lists}
        with path.open("wb") as file:
            np.savez(
                file,
                ordinals=self.ordinals,
                places=self.places,
                region_of=self.region_of,
                list_of=self.list_of,
                names=npy.packed(names),
            )

    @classmethod
    def load(cls, file: Path | BinaryIO) -> "CollectionMap":
        """Read the file. Raises Damaged where it is not what save wrote, or of an older build."""
        try:
            held = npy.read_all(file)
            names = npy.unpacked(held["names"])
            return cls(
                ordinals=held["ordinals"],
                places=held["places"],
                region_of=held["region_of"],
                list_of=held["list_of"],
                regions=tuple(Region(**region) for region in names["regions"]),
                lists=tuple(names["lists"]),
            )
        except (OSError, ValueError, KeyError, TypeError, BadZipFile) as fault:
            raise Damaged(f"{FILE}: {fault}", "nextread build draws the map anew") from fault

"""Which resources curators put side by side: the sections of lists, and who is in them.

Must not know how sections were found, nor what company is worth.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cache import disk, npy
from cache.errors import Damaged
from cache.records import Entry
from search.arrays import Floats, Ordinals

FILE = "company.npz"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of one list: group counts independent lists, members are ordinals."""

    key: int
    group: int
    members: Sequence[int]


def section_key(entry: Entry) -> int:
    """A number of 63 bits that names the section of an entry within its list."""
    name = "\0".join((entry.list_id, *entry.section)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) >> 1


def write(folder: Path, sections: Iterable[Section]) -> None:
    """Store sections. Raises StoreError where the disk fails."""
    ordered = sorted(sections, key=lambda section: section.key)
    lengths = [len(section.members) for section in ordered]
    flat = [member for section in ordered for member in section.members]
    with disk.faults(folder / FILE), (folder / FILE).open("wb") as out:
        np.savez(
            out,
            keys=np.array([section.key for section in ordered], np.int64),
            groups=np.array([section.group for section in ordered], np.int32),
            starts=np.cumsum([0, *lengths]).astype(np.int64),
            members=np.array(flat, np.int32),
        )


class Sections:
    """The sections of one generation."""

    def __init__(self, file: Path | BinaryIO) -> None:
        """Read what write stored. Raises Damaged."""
        try:
            held = npy.read_all(file)
            self._keys, self._groups = held["keys"], held["groups"]
            self._starts, self._members = held["starts"], held["members"]
        except (OSError, ValueError, KeyError) as error:
            hint = "run `nextread verify`, then build again"
            raise Damaged(f"{file}: {error}", hint) from error

    def of(self, mentions: Iterable[Entry]) -> list[Section]:
        """The sections that mentions stand in, each once; those not kept are left out."""
        keys = sorted({section_key(entry) for entry in mentions if entry.section})
        places = np.searchsorted(self._keys, keys)
        return [
            self._section(place)
            for place, key in zip(places.tolist(), keys, strict=True)
            if place < len(self._keys) and self._keys[place] == key
        ]

    def _section(self, place: int) -> Section:
        members = self._members[self._starts[place] : self._starts[place + 1]]
        return Section(int(self._keys[place]), int(self._groups[place]), members.tolist())

    def tally(self, codes: NDArray[Any]) -> "Tally":
        """How many members of each section, and of each list, have each of a few codes.

        codes are small whole numbers of all resources, by ordinal; 0 is counted for nothing.
        """
        return Tally(codes, self._starts, self._members, self._groups)


class Beside(NamedTuple):
    """(n, codes) how many have each code among those that stand with n resources in a section, and
    in the lists that these sections are of."""

    section: Floats
    list: Floats


class Tally:
    """Codes counted by section and by list. Safe to share between threads."""

    def __init__(
        self,
        codes: NDArray[Any],
        starts: NDArray[np.int64],
        members: NDArray[np.int32],
        groups: NDArray[np.int32],
    ) -> None:
        """Count codes of all resources; starts, members and groups as Sections holds them."""
        width = int(codes.max(initial=0)) + 1
        sections = np.repeat(np.arange(len(groups)), np.diff(starts))
        by_member = np.argsort(members, kind="stable")
        self._members, self._of = members[by_member], sections[by_member]
        cells = np.bincount(sections * width + codes[members], minlength=len(groups) * width)
        self._sections = cells.reshape(len(groups), width).astype(np.float32)
        self._sections[:, 0] = 0
        lists = np.zeros((int(groups.max(initial=-1)) + 1, width), np.float32)
        np.add.at(lists, groups, self._sections)
        self._lists = lists[groups]

    def beside(self, ordinals: Ordinals) -> Beside:
        """What is counted beside resources; nothing beside one that is in no section."""
        sought = ordinals.astype(self._members.dtype)  # else all members would be converted
        first, end = (np.searchsorted(self._members, sought, side) for side in ("left", "right"))
        many = end - first
        found = np.repeat(np.arange(len(ordinals)), many)
        sections = self._of[np.arange(many.sum()) + np.repeat(end - many.cumsum(), many)]
        counted = Beside(
            *(np.zeros((len(ordinals), self._sections.shape[1]), np.float32) for _ in "12")
        )
        np.add.at(counted.section, found, self._sections[sections])
        np.add.at(counted.list, found, self._lists[sections])
        return counted

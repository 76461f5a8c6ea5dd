"""What a build must know of the last one to write only what changed.

One file of a generation: of every work, by its ordinal, what tells it from any other and from
itself before it changed, and where lists put it. Must not know how works are found or written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.records import Entry
from indexer.index.keys import NAME
from indexer.lazy import LazySequence
from search.index.centre import Census
from search.index.edited import Edit
from search.index.sections import section_key

FILE = "ledger.npz"

WORK = np.dtype(
    [("id", NAME), ("key", NAME), ("texts", "<i4"), ("passages", "<i4"), ("document", "?")]
)
"""key tells a work from itself before it changed; texts are those embedded of it."""

STANDS = np.dtype([("section", "<i8"), ("list", "<i4"), ("ordinal", "<i4")])
"""A work in a section of a list, by its key (see search.index.sections), -1 for none."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Works (n,) of WORK by ordinal; where lists, of which stands has the rows, put them; and the
    vectors that came since the basis was found in which works were written."""

    works: NDArray[np.void]
    stands: NDArray[np.void]
    lists: tuple[str, ...]
    came: Census

    @classmethod
    def nothing(cls, dim: int) -> "Ledger":
        """Of no works."""
        return cls(np.empty(0, WORK), np.empty(0, STANDS), (), Census(dim))

    def save(self, folder: Path) -> None:
        """Write to folder. Raises OSError."""
        told = {"works": self.works, "stands": self.stands, "lists": npy.packed(self.lists)}
        npy.write_all(folder / FILE, {**told, **self.came.arrays()})

    @classmethod
    def load(cls, folder: Path) -> "Ledger":
        """What lies in the folder of a generation. Raises OSError, ValueError or KeyError."""
        held = npy.read_all(folder / FILE)
        works, stands = held["works"], held["stands"]
        if works.dtype != WORK or stands.dtype != STANDS:
            raise ValueError(f"{folder / FILE}: {works.dtype}, {stands.dtype}")
        return cls(works, stands, tuple(npy.unpacked(held["lists"])), Census.of(held))

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n + 1,) the first row of each work's vectors, and how many there are."""
        return np.concatenate([[0], np.cumsum(self.works["texts"], dtype=np.int64)])

    def counts(self) -> Mapping[str, int]:
        """What the manifest counts."""
        return {
            "resources": len(self.works),
            "documents": int(np.count_nonzero(self.works["document"])),
            "passages": int(self.works["passages"].sum(dtype=np.int64)),
            "vectors": int(self.works["texts"].sum(dtype=np.int64)),
            "lists": int(np.count_nonzero(np.bincount(self.stands["list"]))),
        }

    def lists_of(self) -> NDArray[np.int64]:
        """(n,) how many lists name each work."""
        named = self.stands["ordinal"].astype(np.int64) << 32 | self.stands["list"]
        named.sort()  # a set of numbers takes ten times as long
        once = np.diff(named, prepend=-1) != 0
        return np.bincount(named[once] >> 32, minlength=len(self.works))

    def named(self) -> Sequence[Collection[str]]:
        """The lists that name each work."""
        ordinals = self.stands["ordinal"]
        order = np.argsort(ordinals, kind="stable")
        lists = self.stands["list"][order]
        ends = np.searchsorted(ordinals[order], np.arange(len(self.works) + 1)).tolist()

        def of(row: int) -> Collection[str]:
            return {self.lists[number] for number in lists[ends[row] : ends[row + 1]].tolist()}

        return LazySequence(len(self.works), of)

    def edited(
        self,
        edit: Edit | None,
        works: NDArray[np.void],
        mentions: Sequence[Sequence[Entry]],
        came: Census,
    ) -> "Ledger":
        """That of the works that an edit of this one gives, works (m,) being those written and
        mentions theirs; without an edit they are all there is."""
        ordinals = np.arange(len(works)) if edit is None else edit.written
        count = len(works) if edit is None else len(edit.kept)
        numbers = {name: number for number, name in enumerate(self.lists)}
        new = [
            (
                section_key(entry) if entry.section else -1,
                numbers.setdefault(entry.list_id, len(numbers)),
                ordinal,
            )
            for ordinal, entries in zip(ordinals.tolist(), mentions, strict=True)
            for entry in entries
        ]
        stands, every = np.array(new, STANDS), np.zeros(count, WORK)
        if edit is not None:
            ordinal = self.stands["ordinal"]
            kept = np.zeros(max(edit.before, count), np.bool_)
            kept[:count] = edit.kept
            every[edit.kept] = self.works[: len(edit.kept)][edit.kept[: edit.before]]
            stands = np.concatenate([self.stands[kept[ordinal]], stands])
        every[ordinals] = works
        return Ledger(every, stands, tuple(numbers), came)


def placed(before: NDArray[np.bytes_], ids: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """(n,) the ordinal of each work of ids, before being those of the earlier generation by theirs.

    Who was there stays where it was, unless there are fewer works by now; others fill what is free,
    in their order.
    """
    count = len(ids)
    ordinals = np.full(count, -1, np.int64)
    rows = found(ids, before[:count])
    here = np.flatnonzero(rows >= 0)
    ordinals[rows[here]] = here
    free = np.ones(count, np.bool_)
    free[here] = False
    ordinals[ordinals < 0] = np.flatnonzero(free)
    return ordinals


def found(ids: NDArray[np.bytes_], sought: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """The row of each sought id among ids, -1 where it is none of them."""
    if not len(ids):
        return np.full(len(sought), -1, np.int64)
    order, asked = np.argsort(ids, kind="stable"), np.argsort(sought, kind="stable")
    places = np.searchsorted(ids[order], sought[asked])  # in order: each is near the one before
    rows = np.empty(len(sought), np.int64)
    rows[asked] = order[np.minimum(places, len(ids) - 1)]
    return np.where(ids[rows] == sought, rows, -1)

"""All works of all lists, made when asked for.

Most works stand alone: one list names them, once. What merging says of such a one follows from its
entry, so it is kept beside the list as a few numbers: its id, its key, where its pages would be.
Works that meet others are merged as ever. So a build passes over a million works as columns, and
makes those that are to be written. Must not know what is in a page, nor how works are indexed.
"""

import hashlib
import json
import pkgutil
import sys
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from cache.page_index import loose
from cache.parsed import ParsedCache
from cache.records import Entry, Resource
from cache.urls import plain_url
from indexer.index.keys import NAME, key_of
from indexer.lazy import LazySequence
from indexer.lists.read_all import ReadList
from indexer.resources.canonical import resource_id
from indexer.resources.facts import independent_by
from indexer.resources.merge import alone, merge, name_of
from indexer.resources.same_work import may_be_elsewhere, stated_authors

SOURCES = (
    *("cache.page_index", "cache.records", "cache.urls", "indexer.index.keys", "indexer.works"),
    *("indexer.resources.canonical", "indexer.resources.canonical_sites", "search.text"),
    *("indexer.resources.kinds", "indexer.resources.merge", "indexer.resources.parts"),
    *("indexer.resources.same_work", "indexer.resources.url_parts"),
)
"""Every module of ours that merging follows from."""

LISTS_HELD = 16
"""Lists whose entries are held: works are mostly asked for in the order of lists."""

_ALONE = np.dtype([("id", "<u8"), ("key", NAME), ("position", "<i4"), ("meets", "?")])
_PLACE = np.dtype([("place", "<u8"), ("row", "<i4")])
_ORDER = np.dtype([("list", "<i4"), ("position", "<i4"), ("id", "<u8")])


@dataclass(frozen=True, slots=True)
class _Columns:
    """What merging says of each entry of a list as if it stood alone: its id and key, whether it
    may be another's part or the same work elsewhere; the ids of works that entries are parts of,
    the authors they state, and where their pages would be."""

    alone: NDArray[np.void]
    wholes: NDArray[np.uint64]
    authors: tuple[str, ...]
    places: NDArray[np.void]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "_Columns":
        rows, wholes, places = [], [], []
        authors: dict[str, None] = {}
        for row, entry in enumerate(entries):
            work, resource = alone(entry)
            meets = entry.part_of is not None or may_be_elsewhere(work)
            key = key_of(resource, 1, None, ())
            rows.append((int(resource.id, 16), key, entry.position, meets))
            if entry.part_of is not None:
                wholes.append(int(resource_id(name_of(entry.part_of)), 16))
            authors.update(dict.fromkeys(stated_authors([entry])))
            places += [(place_of(url), row) for url in (resource.url, *resource.aliases)]
        return cls(
            np.array(rows, _ALONE),
            np.array(wholes, np.uint64),
            tuple(authors),
            np.array(places, _PLACE),
        )

    def packed(self) -> bytes:
        arrays = [array.tobytes() for array in (self.alone, self.wholes, self.places)]
        head = json.dumps([self.authors, [len(array) for array in arrays]])
        return b"\n".join([head.encode("ascii"), b"".join(arrays)])

    @classmethod
    def unpacked(cls, record: bytes) -> "_Columns":
        head, _, arrays = record.partition(b"\n")
        authors, sizes = json.loads(head)
        ends = list(accumulate(sizes, initial=0))
        rows, wholes, places = (arrays[start:end] for start, end in pairwise(ends))
        return cls(
            np.frombuffer(rows, _ALONE),
            np.frombuffer(wholes, np.uint64),
            tuple(authors),
            np.frombuffer(places, _PLACE),
        )


class Works:
    """The works of lists, in the order of their first mentions."""

    def __init__(self, lists: Sequence[ReadList], kept: ParsedCache) -> None:
        """Merge lists; kept holds what is known of the entries of each."""
        self._lists = lists
        columns = [_columns(one, kept) for one in lists]
        kept.keep({one.list_id for one in lists})
        sizes = [len(one.alone) for one in columns]
        self._starts = np.cumsum([0, *sizes])
        self._alone = np.concatenate([np.empty(0, _ALONE), *(one.alone for one in columns)])
        self._list_of = np.repeat(np.arange(len(lists), dtype=np.int32), sizes)
        self._places = [one.places for one in columns]
        meets = self._alone["meets"] | _shared(self._alone["id"])
        wholes = np.concatenate([np.empty(0, np.uint64), *(one.wholes for one in columns)])
        meets |= np.isin(self._alone["id"], wholes)
        authors = dict.fromkeys(name for one in columns for name in one.authors)
        self._merged = merge(self._entries(np.flatnonzero(meets)), authors)
        self._all: list[Resource] | None = None
        self._opened: OrderedDict[int, tuple[Entry, ...]] = OrderedDict()
        self._order(np.flatnonzero(~meets))

    def _order(self, lone: NDArray[np.intp]) -> None:
        """Say which work is where: rows has the entry of one that stands alone, and -1 less the
        place among the merged of another."""
        by_name = np.argsort(np.array([one.list_id for one in self._lists], object))
        rank = np.empty(len(by_name), np.int32)
        rank[by_name] = np.arange(len(by_name))
        number = {one.list_id: int(rank[row]) for row, one in enumerate(self._lists)}
        first = np.empty(len(lone) + len(self._merged), _ORDER)
        known = self._alone[lone]
        first["list"][: len(lone)] = rank[self._list_of[lone]]
        for name in ("position", "id"):
            first[name][: len(lone)] = known[name]
        first[len(lone) :] = [
            (number[one.mentions[0].list_id], one.mentions[0].position, int(one.id, 16))
            for one in self._merged
        ]
        rows = np.concatenate([lone, -1 - np.arange(len(self._merged))])
        keys = np.concatenate([known["key"], np.zeros(len(self._merged), NAME)])
        order = np.lexsort((first["id"], first["position"], first["list"]))
        self._rows, self._keys = rows[order], keys[order]
        spelled = first["id"][order].astype(">u8").tobytes().hex().encode()
        self.ids: NDArray[np.bytes_] = np.frombuffer(spelled, NAME)

    def __len__(self) -> int:
        """How many works there are."""
        return len(self._rows)

    @property
    def resources(self) -> Sequence[Resource]:
        """Every work, made when it is asked for unless all are held."""
        return self._all if self._all is not None else LazySequence(len(self), self._made)

    def hold(self) -> None:
        """Make all works once: for who is going to ask for all of them, and more than once."""
        if self._all is None:
            self._all = list(self.resources)

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """What indexer.resources.facts.independent_lists says of all entries."""
        names = [one.list_id for one in self._lists]
        order = np.lexsort((self._list_of, self._alone["id"]))
        ids, lists = self._alone["id"][order], self._list_of[order]
        first = np.ones(len(ids), np.bool_)
        first[1:] = (ids[1:] != ids[:-1]) | (lists[1:] != lists[:-1])
        ids, lists = ids[first], lists[first]
        sizes = np.bincount(lists, minlength=len(names)).tolist()
        shared = _shared_sorted(ids)
        pairs = zip(ids[shared].tolist(), lists[shared].tolist(), strict=True)
        by_work = groupby(pairs, key=lambda pair: pair[0])
        named = ([names[row] for _, row in group] for _, group in by_work)
        known = {name: size for name, size in zip(names, sizes, strict=True) if size}
        return independent_by(known, named)

    def keys(self, changed: Mapping[int, bytes]) -> NDArray[np.bytes_]:
        """The key of each work: of changed rows the ones given, else what it has standing alone."""
        keys = self._keys.copy()
        for row, key in changed.items():
            keys[row] = key
        return keys

    def to_tell(self, usable: Iterable[str]) -> list[int]:
        """The rows of works that do not stand alone, or may have a page: usable are the loose
        addresses of all there are."""
        pages = np.array([_number(address) for address in usable], np.uint64)
        told = self._rows < 0
        if len(pages):
            entries = [
                start + places["row"][np.isin(places["place"], pages)]
                for start, places in zip(self._starts.tolist(), self._places, strict=False)
            ]
            read = np.zeros(len(self._alone), np.bool_)
            read[np.concatenate(entries)] = True
            told |= (self._rows >= 0) & read[self._rows]
        return np.flatnonzero(told).tolist()

    def _made(self, row: int) -> Resource:
        place = int(self._rows[row])
        if place < 0:
            return self._merged[-1 - place]
        number = int(self._list_of[place])
        return alone(self._read(number)[place - int(self._starts[number])])[1]

    def _read(self, number: int) -> tuple[Entry, ...]:
        """The entries of a list."""
        found = self._opened.pop(number, None) or tuple(self._lists[number].entries)
        self._opened[number] = found
        while len(self._opened) > LISTS_HELD:
            self._opened.popitem(last=False)
        return found

    def _entries(self, places: NDArray[np.intp]) -> Iterable[Entry]:
        """The entries at places, a list at a time."""
        ends = np.searchsorted(places, self._starts).tolist()
        for number, (start, end) in enumerate(pairwise(ends)):
            if start < end:
                entries = tuple(self._lists[number].entries)
                first = int(self._starts[number])
                yield from (entries[place - first] for place in places[start:end].tolist())


def place_of(url: str) -> int:
    """64 bits of where a page of url would be, whatever its scheme, `www.` and last slash."""
    return _number(loose(plain_url(url)))


def _number(address: str) -> int:
    encoded = address.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest())


def _columns(one: ReadList, kept: ParsedCache) -> _Columns:
    key = hashlib.sha256(_merger())
    for part in (one.list_id, one.digest):
        key.update(f"{len(part)} {part}".encode("utf-8", "surrogatepass"))
    record = kept.get(one.list_id, key.digest())
    if record is not None:
        return _Columns.unpacked(record)
    columns = _Columns.of(one.entries)
    kept.put(one.list_id, key.digest(), columns.packed())
    return columns


@cache
def _merger() -> bytes:
    """What merges: a digest of our source and Python's version."""
    made = hashlib.sha256(repr(sys.version_info).encode())
    for module in SOURCES:
        package, _, name = module.rpartition(".")
        made.update(pkgutil.get_data(package, f"{name}.py") or b"")
    return made.digest()


def _shared(ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of ids are there more than once."""
    order = np.argsort(ids, kind="stable")
    shared = np.empty(len(ids), np.bool_)
    shared[order] = _shared_sorted(ids[order])
    return shared


def _shared_sorted(ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
    same = np.zeros(len(ids) + 1, np.bool_)
    same[1:-1] = ids[1:] == ids[:-1]
    return same[1:] | same[:-1]

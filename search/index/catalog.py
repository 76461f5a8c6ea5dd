"""The resources of a generation: what they are, what is known of them, what they say.

Three files. resources.db (SQLite) is asked for the few resources of an answer. facts.npy holds
the figures that filters and priors need for all of them, as one memory-mapped array by ordinal.
rows.npy says which resource and passage each row of the indexes stands for. Must not know
ranking, models or how resources were found.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cache import disk, npy
from cache.errors import Damaged, NextreadError, QueryError, UnknownResource
from cache.records import Facts, Passage, Resource
from cache.urls import spellings
from search.arrays import Mask
from search.index import catalog_rows as stored
from search.index.recent import Recent
from search.index.selection import Selection, Selector

if TYPE_CHECKING:
    from search.index import catalog_tables as tables
    from search.index.edited import Edit

CARD = -1
"""The passage number of a row that stands for a resource's card: title, notes, sections."""

DATABASE, FACTS, ROWS = "resources.db", "facts.npy", "rows.npy"

KEPT = 2048
"""Records kept, some 4 kB each: a question looks at the best fifty, and the next one at many of
them again. Reading one takes 50 µs."""

_SHORTEST_PREFIX = 6  # characters of an id that may stand for it
_BATCH = 500  # rows of one statement


def write(folder: Path, resources: "tables.Written", edit: "Edit | None" = None) -> int:
    """Store resources in order, and say how many. Equal input gives equal bytes.

    Ordinals count from 0; of an edit they are those that it writes, beside what it keeps. Rows are
    stored apart, see write_rows. Raises StoreError where the disk fails.
    """
    import shutil

    from search.index import catalog_tables as tables  # who searches fills none

    path = folder / DATABASE
    with disk.faults(path, sqlite3.OperationalError):
        known = np.empty(0, stored.FIGURES)
        if edit is not None:
            shutil.copyfile(edit.folder / DATABASE, path)
            known = npy.read(edit.folder / FACTS)
        with closing(sqlite3.connect(path)) as database:
            database.executescript(stored.SETTINGS if edit else stored.SETTINGS + stored.SCHEMA)
            if edit is not None:
                tables.drop(database, edit.dropped)
            figures = tables.fill(database, resources, edit.written if edit else None)
            database.commit()
        if edit is not None:
            all_figures = np.zeros(len(edit.kept), stored.FIGURES)
            all_figures[edit.kept] = known[: len(edit.kept)][edit.kept[: len(known)]]
            all_figures[edit.written] = figures
            figures = all_figures
        np.save(folder / FACTS, figures)
        return len(figures)


def write_rows(folder: Path, ordinals: NDArray[np.int32], passages: NDArray[np.int32]) -> None:
    """Store, for each row of the indexes, its resource's ordinal and its passage's number or CARD.

    Both (n,). Raises StoreError where the disk fails.
    """
    with disk.faults(folder / ROWS):
        np.save(folder / ROWS, np.stack([ordinals, passages]).astype(np.int32, copy=False))


class Catalog:
    """The catalog of one generation, read-only; safe to share between threads."""

    _names = stored.NAMES

    def __init__(self, folder: Path) -> None:
        """Map the arrays in folder. Raises Damaged where files are missing or do not agree."""
        self._folder = folder
        self._local = threading.local()
        try:
            self.figures: NDArray[Any] = npy.mapped(folder / FACTS)
            rows: NDArray[np.int32] = npy.mapped(folder / ROWS)
            self.row_resources, self.row_passages = rows
            self._check()
        except (OSError, ValueError, TypeError, sqlite3.Error) as error:
            hint = "run `nextread verify`, then build again"
            raise Damaged(f"{folder}: {error}", hint) from error

    @cached_property
    def _known(self) -> Recent[int, tuple[Resource, Facts]]:
        return Recent(KEPT)

    @property
    def count(self) -> int:
        """How many resources there are; ordinals are 0 … count - 1."""
        return len(self.figures)

    def resource(self, ordinal: int) -> Resource:
        """The resource at ordinal. Raises UnknownResource."""
        return self.resources([ordinal])[0]

    def facts(self, ordinal: int) -> Facts:
        """What is known of the resource at ordinal, exact. Raises UnknownResource."""
        return self.records([ordinal])[0][1]

    def resources(self, ordinals: Sequence[int]) -> list[Resource]:
        """The resources at ordinals, in that order. Raises UnknownResource."""
        return [resource for resource, _ in self.records(ordinals)]

    def records(self, ordinals: Sequence[int]) -> list[tuple[Resource, Facts]]:
        """The resources at ordinals with what is known of them, in that order.

        Raises UnknownResource.
        """
        numbers = [int(ordinal) for ordinal in ordinals]
        by_ordinal = self._known.held(numbers)
        missing = [number for number in numbers if number not in by_ordinal]
        wanted = iter(missing)
        while batch := list(islice(wanted, _BATCH)):
            marks = ",".join("?" * len(batch))
            for row in self._ask(f"{stored.RESOURCES} WHERE ordinal IN ({marks})", *batch):
                by_ordinal[row[0]] = stored.resource_of(row)
        try:
            found = [by_ordinal[number] for number in numbers]
        except KeyError as error:
            raise UnknownResource(f"no resource has the ordinal {error}") from error
        if len(missing) <= _BATCH:  # no pass over all of them
            self._known.keep({number: by_ordinal[number] for number in missing})
        return found

    def passage(self, ordinal: int, number: int) -> Passage:
        """One passage of the resource at ordinal. Raises UnknownResource."""
        rows = self._ask(f"{stored.PASSAGES} AND p.number = r.first + ?", int(ordinal), int(number))
        if not rows:
            raise UnknownResource(f"the resource at {ordinal} has no passage {number}")
        return stored.passage_of(rows[0])

    def passages(self, ordinal: int) -> list[Passage]:
        """Every passage of the resource at ordinal, in order; none where only its card is known."""
        rows = self._ask(f"{stored.PASSAGES} ORDER BY p.number", int(ordinal))
        return [stored.passage_of(row) for row in rows]

    def find(self, url_or_id: str) -> int | None:
        """The ordinal of a resource by id, by the start of one (6 characters), or by any address.

        An address is taken as written first; then with its host in lower case and without the
        usual port, with the other of http and https or with either where it has none, without its
        fragment, with and without a closing slash. None where nothing, or more than one, fits.
        """
        name = url_or_id.strip()
        rows = self._with_id(name) if name.isascii() else []
        return int(rows[0][0]) if len(rows) == 1 else self.at([name])[0]

    def at(self, addresses: Sequence[str]) -> list[int | None]:
        """The ordinal of the resource at each address, see find; None where there is none."""
        tried = [list(spellings(address)) for address in addresses]
        wanted = iter(dict.fromkeys(url for spellings in tried for url in spellings))
        by_url: dict[str, int] = {}
        while batch := list(islice(wanted, _BATCH)):
            marks = ",".join("?" * len(batch))
            by_url |= self._ask(f"{stored.ADDRESSES} WHERE url IN ({marks})", *batch)
        return [
            next((by_url[url] for url in spellings if url in by_url), None) for spellings in tried
        ]

    def ids(self) -> list[str]:
        """The id of every resource, by ordinal."""
        return [row[0] for row in self._ask("SELECT id FROM resources ORDER BY ordinal")]

    def urls(self) -> list[str]:
        """The address of every resource, by ordinal."""
        return [row[0] for row in self._ask("SELECT url FROM resources ORDER BY ordinal")]

    def ordinals(self, ids: Sequence[str]) -> list[int | None]:
        """The ordinal of each exact id, None where there is none."""
        by_id: dict[str, int] = {}
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            marks = ",".join("?" * len(batch))
            by_id |= self._ask(f"{stored.IDS} WHERE id IN ({marks})", *batch)
        return [by_id.get(name) for name in ids]

    def names(self, ordinals: Sequence[int]) -> list[tuple[str, str | None]]:
        """Title and author at ordinals, in that order, at a tenth of the cost of records."""
        by_ordinal: dict[int, tuple[str, str | None]] = {}
        for start in range(0, len(ordinals), _BATCH):
            batch = [int(ordinal) for ordinal in ordinals[start : start + _BATCH]]
            marks = ",".join("?" * len(batch))
            for ordinal, title, author in self._ask(
                f"{self._names} WHERE ordinal IN ({marks})", *batch
            ):
                by_ordinal[ordinal] = (title, author)
        return [by_ordinal[int(ordinal)] for ordinal in ordinals]

    def stored(self, table: str) -> Iterator[Any]:
        """Every row of a table of catalog_rows.SCHEMA as it is stored, for copying elsewhere."""
        yield from self._database().execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608

    def list_ids(self) -> list[str]:
        """The ids of the lists, in the order they were first met."""
        return [row[0] for row in self._ask("SELECT list_id FROM lists ORDER BY number")]

    def members(self, list_id: str) -> NDArray[np.int32]:
        """The ordinals that a list names, (n,)."""
        return _joined(self._ask("SELECT members FROM lists WHERE list_id = ?", list_id))

    def list_counts(self, within: Selection | None = None) -> dict[str, int]:
        """How many resources (of within) each list names."""
        counted = {}
        for name in self.list_ids():
            members = self.members(name)
            counted[name] = int(len(members) if within is None else within.mask[members].sum())
        return counted

    def ordinals_on(self, host: str) -> NDArray[np.int32]:
        """The ordinals of what opens on a host or one below it, (n,).

        Raises QueryError where the index was built before sites were kept.
        """
        name = stored.site(host)
        try:
            return _joined(self._ask(stored.SITES, name, f"{name}.", f"{name}/"))
        except NextreadError as error:
            if "no such table" not in error.message:
                raise
            hint = "nextread build --offline makes it anew"
            raise QueryError("this index does not know the sites of its resources", hint) from error

    def selection(
        self,
        *,
        kinds: Collection[str] = (),
        languages: Collection[str] = (),
        after: str | None = None,
        before: str | None = None,
        lists: Collection[str] = (),
        sites: Collection[str] = (),
        max_minutes: float | None = None,
        min_stars: float | None = None,
    ) -> Selection | None:
        """The resources that pass every filter given; None where none is given.

        after includes its date, before does not; a date of less precision passes where any day of
        it would. A resource of unknown kind, language, date or length passes no filter on it, nor
        one without a curator's stars one on these: an estimate is nobody's word.
        """
        plain = (tuple(kinds), tuple(languages), after or None, before or None, tuple(lists))
        return self._selector.selected(*plain, tuple(sites), max_minutes, min_stars)

    def came(self, day: str, ids: Sequence[str]) -> Selection:
        """The resources surely published on day (ISO 8601) or later, and those with these ids."""
        here = [ordinal for ordinal in self.ordinals(ids) if ordinal is not None]
        return self._selector.came(day, tuple(sorted(here)))

    def kept(self, key: Hashable, find: Callable[[], Mask]) -> Selection:
        """The resources that find gives, (count,); the same key is found once."""
        return self._selector.kept(key, find)

    def everything(self) -> Selection:
        """All resources."""
        return self._selector.all()

    def sides(self, language: str | None) -> tuple[Selection, Selection]:
        """The resources that are, or may be, in language, and those known to be in another one;
        none of these where language is None."""
        return self._selector.sides(language)

    def counts(self, within: Selection | None = None) -> dict[str, dict[str, int]]:
        """How many resources (of within) have each kind, language and level, most first; of the
        levels also how many a curator gave, the rest being estimated."""
        return self._selector.counts(within)

    @cached_property
    def _selector(self) -> Selector:
        return Selector(self.figures, self.row_resources, self.members, self.ordinals_on)

    def _with_id(self, name: str) -> list[Any]:
        """The rows of the resource with that id, or of two whose ids begin with it."""
        rows = self._ask("SELECT ordinal FROM resources WHERE id = ?", name)
        if rows or len(name) < _SHORTEST_PREFIX:
            return rows
        following = name[:-1] + chr(ord(name[-1]) + 1)
        return self._ask(
            "SELECT ordinal FROM resources WHERE id >= ? AND id < ? LIMIT 2", name, following
        )

    def _check(self) -> None:
        [(count,)] = self._ask("SELECT coalesce(max(ordinal) + 1, 0) FROM resources")
        if self.figures.dtype != stored.FIGURES or count != len(self.figures):
            raise ValueError(f"{FACTS} does not belong to {DATABASE}")
        if len(self.row_resources) and self.row_resources.max() >= count:
            raise ValueError(f"{ROWS} does not belong to {DATABASE}")

    def _database(self) -> sqlite3.Connection:
        if not hasattr(self._local, "database"):
            # A generation never changes, so SQLite need not lock it nor look for a journal.
            address = (self._folder / DATABASE).resolve().as_uri() + "?mode=ro&immutable=1"
            self._local.database = sqlite3.connect(address, uri=True, check_same_thread=False)
        opened: sqlite3.Connection = self._local.database
        return opened

    def _ask(self, query: str, *values: object) -> list[Any]:
        try:
            return list(self._database().execute(query, values))
        except sqlite3.DatabaseError as error:
            hint = "run `nextread verify`, then build again"
            raise Damaged(f"{self._folder / DATABASE}: {error}", hint) from error


def _joined(members: Iterable[tuple[bytes]]) -> NDArray[np.int32]:
    """Ordinals as the catalog stores them, by list or by site."""
    return np.frombuffer(b"".join(some for (some,) in members), "<i4")

"""The tables of a catalog's database, filled, and edited where little has changed.

Must not know the other files of a catalog, nor who asks it.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, count, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache.records import Facts, Passage, Resource
from search.index import catalog_rows as rows

Written = Iterable[tuple[Resource, Facts, Sequence[Passage]]]
"""Resources to store, with what is known of them and their passages, numbered from 0."""


def fill(
    database: sqlite3.Connection, resources: Written, ordinals: NDArray[np.int64] | None
) -> NDArray[Any]:
    """Add resources at ordinals, from 0 on where there are none; their figures."""
    figures = [np.empty(0, rows.FIGURES)]
    members: dict[str, array[int]] = {}
    sites: dict[str, array[int]] = {}
    remaining = iter(resources)
    numbers = count() if ordinals is None else iter(ordinals.tolist())
    [(first,)] = database.execute("SELECT coalesce(max(number) + 1, 0) FROM passages")
    while batch := list(islice(remaining, 4096)):
        here = list(islice(numbers, len(batch)))
        figures.append(np.array([rows.figures(*item[:2]) for item in batch], rows.FIGURES))
        _insert(database, here, first, batch)
        for ordinal, (resource, _, passages) in zip(here, batch, strict=True):
            for list_id in {mention.list_id: None for mention in resource.mentions}:
                members.setdefault(list_id, array("i")).append(ordinal)
            if site := rows.site_of(resource.url):
                sites.setdefault(site, array("i")).append(ordinal)
            first += len(passages)
    [(number,)] = database.execute("SELECT coalesce(max(number) + 1, 0) FROM lists")
    for list_id, some in members.items():
        if not _enlarge(database, "lists", "list_id", list_id, some):
            values = number, list_id, _packed(some)
            database.execute("INSERT INTO lists VALUES (?, ?, ?)", values)
            number += 1
    for site in sorted(sites):
        if not _enlarge(database, "sites", "site", site, sites[site]):
            database.execute("INSERT INTO sites VALUES (?, ?)", (site, _packed(sites[site])))
    return np.concatenate(figures)


def _packed(ordinals: Iterable[int]) -> bytes:
    return np.array(ordinals, "<i4").tobytes()


def _enlarge(
    database: sqlite3.Connection, table: str, key: str, name: str, some: Iterable[int]
) -> bool:
    """Add ordinals to the members of name; False where it has none yet."""
    held = _members(database, table, key, name)
    if held is not None:
        _change(database, table, key, name, np.sort(np.append(held, np.array(some, "<i4"))))
    return held is not None


def drop(database: sqlite3.Connection, ordinals: NDArray[np.int64]) -> None:
    """Remove the resources at ordinals from every table."""
    lists: set[str] = set()
    sites: set[str] = set()
    for ordinal in ordinals.tolist():
        row = database.execute(f"{rows.RESOURCES} WHERE ordinal = ?", (ordinal,)).fetchone()
        resource, _ = rows.resource_of(row)
        lists |= {mention.list_id for mention in resource.mentions}
        sites |= {site for site in [rows.site_of(resource.url)] if site}
        database.executemany(
            "DELETE FROM addresses WHERE url = ? AND ordinal = ?",
            ((url, ordinal) for url in _addresses(resource)),
        )
        database.execute(rows.DROP_PASSAGES, (ordinal,))
        database.execute("DELETE FROM resources WHERE ordinal = ?", (ordinal,))
    for table, key, names in (("lists", "list_id", lists), ("sites", "site", sites)):
        for name in sorted(names):
            held = _members(database, table, key, name)
            if held is not None:
                _change(database, table, key, name, held[~np.isin(held, ordinals)])


def _members(
    database: sqlite3.Connection, table: str, key: str, name: str
) -> NDArray[np.int32] | None:
    asked = f"SELECT members FROM {table} WHERE {key} = ?"  # noqa: S608 - names from here
    row = database.execute(asked, (name,)).fetchone()
    return None if row is None else np.frombuffer(row[0], "<i4")


def _change(
    database: sqlite3.Connection, table: str, key: str, name: str, members: NDArray[np.int32]
) -> None:
    """Say who the members of name are; nobody leaves none."""
    if len(members):
        told = f"UPDATE {table} SET members = ? WHERE {key} = ?"  # noqa: S608 - names from here
        database.execute(told, (_packed(members), name))
    else:
        database.execute(f"DELETE FROM {table} WHERE {key} = ?", (name,))  # noqa: S608


def _insert(
    database: sqlite3.Connection,
    ordinals: Sequence[int],
    first: int,
    batch: Sequence[tuple[Resource, Facts, Sequence[Passage]]],
) -> None:
    """Add resources at ordinals, whose passages count from first."""
    starts = accumulate((len(passages) for _, _, passages in batch), initial=first)
    database.executemany(
        "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (number, *rows.row_of(resource, facts), start, len(passages))
            for number, start, (resource, facts, passages) in zip(
                ordinals, starts, batch, strict=False
            )
        ),
    )
    database.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?)",
        (
            (number, p.start, p.end, rows.pack(p.text))
            for number, p in enumerate((p for _, _, passages in batch for p in passages), first)
        ),
    )
    database.executemany(
        "INSERT OR IGNORE INTO addresses VALUES (?, ?)",
        (
            (url, number)
            for number, (resource, _, _) in zip(ordinals, batch, strict=True)
            for url in _addresses(resource)
        ),
    )


def _addresses(resource: Resource) -> Iterable[str]:
    written = (mention.url for mention in resource.mentions)
    return dict.fromkeys((resource.url, *resource.aliases, *written))

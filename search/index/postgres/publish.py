"""A home's generation into PostgreSQL: all of it in one transaction, or nothing.

Readers see the generation before or this one. A publish that dies leaves nothing behind; the
generation before stays for those who still read it. Must not know how a generation was built.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cache.errors import Locked, StoreError
from cache.generation import Generation, open_current
from cache.settings import Settings
from search.index.catalog import Catalog
from search.index.opened import Files
from search.index.postgres import binary, schema
from search.index.postgres.address import Address, psycopg
from search.index.postgres.faults import own_errors
from search.index.postgres.rows import rows_of
from search.index.postgres.schema import Published

Progress = Callable[[str, int, int], None]
"""progress(stage, done, of), stage being `copy` or `link`."""

EXACT_BELOW = 20_000
"""Vectors up to which comparing each is quick enough to go without HNSW."""

_LOCK = 0x6E787472  # "nxtr": one publisher at a time
_MEMORY = (64, 4096)  # least and most MiB for building the graph


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publish did; published is False where the database held just this already. size is
    bytes on the server's disk, of tables and indexes."""

    address: str
    schema: str
    number: int
    resources: int
    vectors: int
    size: int
    seconds: float
    published: bool


def publish(
    settings: Settings,
    url: str,
    progress: Progress | None = None,
    *,
    exact_below: int = EXACT_BELOW,
) -> Publication:
    """Copy the home's current generation into the database at url, and make it the current one.

    Raises NoIndex where nothing was built, Locked where another publish runs, StoreError for a
    server that is too old, without pgvector, out of reach or out of room.
    """
    began = time.monotonic()
    address = Address.parse(url)
    parameters = {**address.parameters, "target_session_attrs": "read-write"}
    with (
        open_current(settings.layout) as generation,
        own_errors(address),
        psycopg().connect(**parameters, prepare_threshold=None) as connection,
    ):
        _check(address, connection)
        writer = _Writer(connection, generation, settings, progress or _silent, exact_below)
        published, new = writer.published()
        connection.commit()
        _prune(connection)
        (size,) = connection.execute(schema.SIZE, (published.schema,)).fetchone()
    return Publication(
        str(address),
        published.schema,
        published.number,
        published.resources,
        published.vectors,
        int(size),
        time.monotonic() - began,
        new,
    )


def _silent(stage: str, done: int, of: int) -> None:
    """No progress wanted."""


def _check(address: Address, connection: Any) -> None:
    """Raise StoreError where the server is not what a generation needs."""
    major = connection.info.server_version // 10_000
    if major < schema.OLDEST_SERVER:
        hint = f"nextread needs PostgreSQL {schema.OLDEST_SERVER} or later"
        raise StoreError(f"{address}: the server is PostgreSQL {major}", hint)
    (encoding,) = connection.execute("SELECT current_setting('server_encoding')").fetchone()
    if encoding != "UTF8":
        hint = "createdb --encoding UTF8 --template template0 makes another"
        raise StoreError(f"{address}: the database is in {encoding}, not in UTF8", hint)
    _check_vector(address, connection)


def _check_vector(address: Address, connection: Any) -> None:
    wanted = ".".join(map(str, schema.OLDEST_VECTOR))
    (there,) = connection.execute(
        "SELECT max(default_version) FROM pg_available_extensions WHERE name = 'vector'"
    ).fetchone()
    if there is None:
        hint = f"install pgvector {wanted} or later beside the server: github.com/pgvector/pgvector"
        raise StoreError(f"{address}: the server has no pgvector", hint)
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    (version,) = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
    ).fetchone()
    if tuple(map(int, version.split(".")[:2])) < schema.OLDEST_VECTOR:
        hint = f"install pgvector {wanted} or later, then ALTER EXTENSION vector UPDATE"
        raise StoreError(f"{address}: pgvector is {version}", hint)


class _Writer:
    """One generation on its way into one transaction."""

    def __init__(
        self,
        connection: Any,
        generation: Generation,
        settings: Settings,
        progress: Progress,
        exact_below: int,
    ) -> None:
        self._connection = connection
        self._generation = generation
        self._parts = Files(generation.path, settings.layout)
        self._progress = progress
        self._exact_below = exact_below

    def published(self) -> tuple[Published, bool]:
        """The generation in the database, and whether it was written now."""
        ask = self._connection.execute
        (free,) = ask("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,)).fetchone()
        if not free:
            raise Locked("another publish is running on this database", "wait for it to end")
        ask(schema.BOOK)
        manifest = self._generation.manifest.to_bytes()
        with self._connection.cursor(binary=True) as cursor:
            before = schema.current(cursor)
        if before and (before.manifest, before.format) == (manifest, schema.FORMAT):
            return before, False
        (last,) = ask(schema.LAST).fetchone()
        return self._written(last + 1, manifest), True

    def _written(self, number: int, manifest: bytes) -> Published:
        catalog, vectors = self._parts.catalog(), self._parts.dense().count
        row = Published(
            number, schema.schema_of(number), schema.FORMAT, manifest, catalog.count, vectors
        )
        ask = self._connection.execute
        ask(f"CREATE SCHEMA {row.schema}")
        self._enter(row.schema)
        ask(schema.TABLES.format(dim=self._generation.manifest.dim))
        self._copy(catalog)
        self._link(vectors)
        ask(schema.ADD, row)
        ask(schema.SWAP, (number,))
        return row

    def _enter(self, name: str) -> None:
        """Make name the schema of this transaction, and its end one that no crash takes back."""
        safe = "SELECT set_config('synchronous_commit', 'remote_apply', true), "
        self._connection.execute(safe + schema.ENTER, {"schema": name, "local": True})

    def _copy(self, catalog: Catalog) -> None:
        tables = rows_of(catalog, self._parts, self._generation.path)
        for done, (name, rows) in enumerate(tables.items()):
            self._progress("copy", done, len(tables))
            with self._connection.cursor().copy(
                f"COPY {name} FROM STDIN (FORMAT binary, FREEZE)"
            ) as copy:
                for block in binary.blocks(rows):
                    copy.write(block)
        self._progress("copy", len(tables), len(tables))

    def _link(self, vectors: int) -> None:
        """The indexes, and what the planner needs to know."""
        ask = self._connection.execute
        dim = self._generation.manifest.dim
        self._progress("link", 0, 2)
        ask(schema.KEYS)
        self._progress("link", 1, 2)
        if vectors >= self._exact_below and dim <= schema.LARGEST_INDEXED:
            ask(
                "SELECT set_config('maintenance_work_mem', %s, true)",
                (f"{_graph_memory(vectors, dim)}MB",),
            )
            ask(schema.NEIGHBOURS)
        ask("ANALYZE resources, passages, addresses, lists, vectors, postings, files")
        self._progress("link", 2, 2)


def _graph_memory(vectors: int, dim: int) -> int:
    """MiB in which HNSW's graph is built without touching the disk."""
    least, most = _MEMORY
    return int(np.clip(vectors * (2 * dim + 700) * 1.2 / 2**20, least, most))


def _prune(connection: Any) -> None:
    """Remove generations but the current and the one before. What a reader holds is left for the
    next publish."""
    driver = psycopg()
    old = connection.execute(schema.OLD).fetchall()
    connection.commit()
    for (number,) in old:
        try:
            connection.execute("SET LOCAL lock_timeout = '2s'")
            connection.execute(f"DROP SCHEMA IF EXISTS {schema.schema_of(number)} CASCADE")
            connection.execute(schema.FORGET, (number,))
            connection.commit()
        except driver.errors.LockNotAvailable:
            connection.rollback()

"""One published generation, held for reading: its manifest, and the parts a collection is made of.

The generation is chosen once; what is published later is another Snapshot. Must not know what is
asked of the parts.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from io import BytesIO
from typing import Any

from cache.errors import Damaged, StoreError
from cache.layout import FORMAT_VERSION
from cache.manifest import Manifest
from search.index.centre import Centres
from search.index.lexical import LexicalIndex
from search.index.map import FILE as MAP
from search.index.map import CollectionMap
from search.index.postgres import schema
from search.index.postgres.address import Address, psycopg
from search.index.postgres.catalog import PostgresCatalog
from search.index.postgres.database import Database
from search.index.postgres.dense import PostgresVectors
from search.index.postgres.faults import PUBLISH, is_gone, nothing_published, own_errors
from search.index.postgres.lexical import PostgresWords
from search.index.postgres.schema import Published
from search.index.sections import FILE, Sections

NEWS = "news.json"
ARRIVALS = "arrivals.json"


class Snapshot:
    """A generation in a database. Safe to share between threads; close when done."""

    def __init__(self, address: Address, published: Published) -> None:
        """Read published; open is the usual way here."""
        self.manifest = Manifest.from_bytes(published.manifest, str(address))
        if (published.format, self.manifest.format_version) != (schema.FORMAT, FORMAT_VERSION):
            message = f"{address}: published by another version of nextread"
            raise StoreError(message, f"{PUBLISH} with the version that reads")
        self.address = address
        self.edition = published.number
        self._published = published
        self._database = Database(address, published.schema)

    @classmethod
    def open(cls, url: str) -> "Snapshot":
        """The current generation of the database at url.

        Raises NoIndex where nothing was published, StoreError where it cannot be asked,
        MissingExtra.
        """
        address = Address.parse(url)
        with closing(connect(address)) as connection:
            return cls(address, current(address, connection))

    @property
    def number(self) -> int:
        """The number of the generation in the home that it was built in."""
        return self.manifest.number

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def catalog(self) -> PostgresCatalog:
        """See search.index.opened.Storage."""
        return PostgresCatalog(self._database, self._file("facts.npy"), self._file("rows.npy"))

    def dense(self) -> PostgresVectors:
        """See search.index.opened.Storage."""
        return PostgresVectors(self._database, self._published.vectors, self.manifest.dim)

    def lexical(self) -> LexicalIndex:
        """See search.index.opened.Storage."""
        return PostgresWords(self._database, self._published.resources)

    def centres(self) -> Centres:
        """See search.index.opened.Storage."""
        return Centres.load(BytesIO(self._file("centres.npz")))

    def sections(self) -> Sections:
        """See search.index.opened.Storage."""
        return Sections(BytesIO(self._file(FILE)))

    def map(self) -> CollectionMap:
        """See search.index.opened.Storage."""
        return CollectionMap.load(BytesIO(self._file(MAP)))

    def added(self) -> Sequence[str]:
        """See search.index.opened.Storage."""
        return tuple(json.loads(self._file(NEWS)))

    def arrivals(self) -> Sequence[tuple[str, Sequence[str]]]:
        """See search.index.opened.Storage."""
        return [(at, tuple(ids)) for at, ids in json.loads(self._file(ARRIVALS))]

    def _file(self, name: str) -> bytes:
        """A file of the generation. Raises Damaged where it is not what was published."""
        rows = self._database.ask(
            "SELECT content FROM files WHERE name = %s ORDER BY part", (name,)
        )
        content = b"".join(part for (part,) in rows)
        expected = self.manifest.files.get(name)
        if expected and hashlib.sha256(content).hexdigest() != expected.sha256:
            raise Damaged(f"{self._database.address}: {name} is not what was published", PUBLISH)
        return content


def connect(address: Address) -> Any:
    """A connection of its own, outside of any generation. Raises StoreError, MissingExtra."""
    with own_errors(address):
        return psycopg().connect(**address.parameters, autocommit=True, prepare_threshold=None)


def current(address: Address, connection: Any) -> Published:
    """Which generation readers get now. Raises NoIndex, StoreError."""
    driver = psycopg()
    with own_errors(address), connection.cursor(binary=True) as cursor:
        try:
            published = schema.current(cursor)
        except driver.Error as error:
            if not is_gone(error):
                raise
            published = None
    if published is None:
        raise nothing_published(address)
    return published

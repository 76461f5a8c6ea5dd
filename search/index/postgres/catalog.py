"""The catalog in PostgreSQL: the same tables, asked the same questions.

The arrays that filters and priors read as a whole are fetched once; records come when asked for.
Must not know ranking or how a generation was published.
"""

from io import BytesIO
from typing import Any

from cache import npy
from search.index.catalog import Catalog
from search.index.postgres.database import Database, storable


class PostgresCatalog(Catalog):
    """The catalog of one published generation."""

    _names = "SELECT ordinal, title, author FROM resources"

    def __init__(self, database: Database, figures: bytes, rows: bytes) -> None:
        """Ask database; figures and rows are the generation's facts.npy and rows.npy."""
        self._published = database
        self.figures = npy.read(BytesIO(figures))
        self.row_resources, self.row_passages = npy.read(BytesIO(rows))

    def _ask(self, query: str, *values: object) -> list[Any]:
        if any(isinstance(value, str) and not storable(value) for value in values):
            return []
        return self._published.ask(query.replace("?", "%s"), values)

"""Connections of readers: pooled, read-only, bound to one generation, patient when a host dies.

psycopg's pool and libpq's target_session_attrs choose the host; a connection that broke is given
up and the question asked again, which is safe, since readers change nothing. Must not know what is
asked.
"""

import logging
from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any

from search.index.postgres.address import Address, psycopg
from search.index.postgres.faults import is_passing, own_errors
from search.index.postgres.schema import ENTER

PATIENCE = 15.0
"""Seconds in which a host may be replaced before a question fails."""

BREATH = 0.05
"""Seconds before a question is asked again."""

CONNECTIONS = 8
"""At most, of one reading process: questions beyond wait for one."""

EF_SEARCH = 1000
"""Neighbours that HNSW keeps while it looks, the most it takes. Of 100,000 vectors real questions
find all of the ten nearest and .98 of the 300 nearest (600: .975 and .95), FAISS .989 and .98."""

SCANNED = 100_000
"""Rows that a filtered search may look at before it is done exactly."""

_ENTER = f"""
    SELECT to_regnamespace(%(schema)s) IS NOT NULL,
        {ENTER},
        set_config('hnsw.ef_search', %(ef)s, false),
        set_config('hnsw.iterative_scan', 'relaxed_order', false),
        set_config('hnsw.max_scan_tuples', %(scanned)s, false),
        set_config('enable_seqscan', 'off', false),
        set_config('jit', 'off', false),
        set_config('statement_timeout', '60s', false),
        set_config('default_transaction_read_only', 'on', false)
"""
"""enable_seqscan: everything that is asked has its index, and the planner takes a thousand vectors
for too few to use theirs. jit: compiling a question takes longer than answering it."""


class Database:
    """Asks one generation's schema. Safe to share between threads; close when done."""

    def __init__(self, address: Address, schema: str) -> None:
        """Connect when first asked."""
        psycopg()  # says which extra is missing, where one is
        from psycopg_pool import ConnectionPool

        # Without a handler the pool's warnings would go to stderr; what fails is raised here.
        logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
        self.address = address
        self._schema = schema
        self._pool: Any = ConnectionPool(
            kwargs={**address.parameters, "autocommit": True, "prepare_threshold": None},
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            configure=self._enter,
            timeout=PATIENCE,
            name="nextread",
        )
        self._pool.open()

    def ask(self, query: str, values: Sequence[object] | dict[str, object] = ()) -> list[Any]:
        """The rows that answer query, values as psycopg takes them, results in binary.

        Raises StoreError where no host answers in time.
        """
        until = monotonic() + PATIENCE
        driver = psycopg()
        with own_errors(self.address):
            while True:
                try:
                    return self._asked(query, values)
                except driver.Error as error:
                    if not is_passing(error) or self._pool.closed or monotonic() > until:
                        raise
                    sleep(BREATH)

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.close()

    def _asked(self, query: str, values: Sequence[object] | dict[str, object]) -> list[Any]:
        with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            rows: list[Any] = cursor.execute(query, values).fetchall()
            return rows

    def _enter(self, connection: Any) -> None:
        """Bind a new connection to the generation. A replica that has not got it yet is left."""
        values = {
            "schema": self._schema,
            "local": False,
            "ef": str(EF_SEARCH),
            "scanned": str(SCANNED),
        }
        (here, *_) = connection.execute(_ENTER, values).fetchone()
        if not here:
            raise psycopg().OperationalError(f"{self._schema} is not on this host")


def storable(text: str) -> bool:
    """Whether text can be in a database at all: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)

"""Which generation is the newest, asked at most once a second, for servers that follow it.

Replicas may lag behind one another, so what was seen once is never forgotten. Must not know what
is done about a new one.
"""

import threading
from math import inf
from time import monotonic
from typing import Any

from cache.errors import NextreadError, StoreError
from search.index.opened import PublishedGeneration
from search.index.postgres.address import Address
from search.index.postgres.snapshot import Snapshot, connect, current

EVERY = 1.0
"""Seconds between two looks."""


class Watch:
    """The newest number seen. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Watch the database at url. Raises StoreError for no address, MissingExtra."""
        self._address = Address.parse(url)
        self._looking = threading.Lock()
        self._newest = 0
        self._due = 0.0
        self._connection: Any = None

    def newest(self) -> int:
        """The highest number seen yet, 0 before any; never waits for another thread's look."""
        if monotonic() >= self._due and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._due = max(self._due, monotonic() + EVERY)
                self._looking.release()
        return self._newest

    def check(self, held: PublishedGeneration) -> None:
        """Raise StoreError where a generation comes from a replica that is behind."""
        if isinstance(held, Snapshot) and held.edition < self._newest:
            message = f"{self._address}: generation {self._newest} is not on this host yet"
            raise StoreError(message, "replication will bring it")

    def close(self) -> None:
        """Stop looking."""
        with self._looking:
            self._due = inf
            self._let_go()

    def _look(self) -> None:
        try:
            self._connection = self._connection or connect(self._address)
            published = current(self._address, self._connection)
            self._newest = max(self._newest, published.number)
        except NextreadError:  # whoever opens the index says why
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

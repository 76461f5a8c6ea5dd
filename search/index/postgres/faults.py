"""What a database's errors mean to who asked, and which of them pass by themselves.

Must not know what was asked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cache.errors import Damaged, NextreadError, NoIndex, StoreError
from search.index.postgres.address import PASSWORD_HINT, Address, psycopg

PUBLISH = "nextread publish postgresql://…"

_HINTS: Mapping[str, str] = {
    "28": f"{PASSWORD_HINT}; see docs/scale.md on roles",
    "3D000": "createdb makes a database",
    "42501": "grant this role what docs/scale.md says, or enter as another",
    "53100": "the server's disk is full: make room, then publish again",
    "53300": "the server takes no more connections: raise max_connections, or close some",
    "57014": "the server is too busy: ask again",
}
_GONE = {"42P01", "3F000"}  # no such table, no such schema
_PASSING = ("08", "40001", "57P01", "57P02", "57P03")
"""Connection lost, cancelled by what a replica replays, shut down, crashed, starting."""


@contextmanager
def own_errors(address: Address) -> Iterator[None]:
    """Raise the driver's errors as StoreError, Damaged or NoIndex, without any password."""
    driver = psycopg()
    try:
        yield
    except driver.Error as error:
        raise _meaning(address, error) from None  # its context might show the address in full


def is_passing(error: Any) -> bool:
    """Whether asking again, perhaps another host, may help."""
    code = error.sqlstate
    if code is None:  # libpq's own: no server said it
        return isinstance(error, psycopg().OperationalError)
    return str(code).startswith(_PASSING)


def is_gone(error: Any) -> bool:
    """Whether the schema or table that was asked is not there."""
    return error.sqlstate in _GONE


def nothing_published(address: Address) -> NoIndex:
    """There is a database, and no index in it."""
    return NoIndex(f"{address}: nothing has been published here yet", PUBLISH)


def _meaning(address: Address, error: Any) -> NextreadError:
    code = error.sqlstate or ""
    message = f"{address}: {address.without_password(str(error) or type(error).__name__)}"
    if code in _GONE:
        return StoreError(f"{address}: this generation was removed", "open the index again")
    if code.startswith("XX"):
        return Damaged(message, f"mend the server, then {PUBLISH}")
    hint = next((hint for start, hint in _HINTS.items() if code.startswith(start)), None)
    return StoreError(message, hint or f"is the server there, and may you enter? {PASSWORD_HINT}")

"""Whether an SQLite file that can be made again is whole, row by row, and dropping what is not.

Both caches of this kind have one table, whose first column is `key`. Must not know what rows mean.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cache import disk

IsWhole = Callable[..., bool]

BEYOND_REPAIR = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
"""Primary error codes of a file that is no database any more."""


def damage_of(path: Path, table: str, is_whole: IsWhole) -> str | None:
    """One line on what is damaged at path, None where it is whole, missing or cannot be opened.

    is_whole takes the columns of a row. Changes nothing.
    """
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            said = _unsound(database) or _counted(len(_broken(database, table, is_whole)))
    except sqlite3.DatabaseError as error:
        if not _is_beyond_repair(error):
            return None
        said = str(error)
    return f"{path}: {said}" if said else None


def leave_out_damaged(path: Path, table: str, is_whole: IsWhole) -> None:
    """Remove damaged rows, or a file damaged beyond them. For the one writer of a home.

    Raises StoreError where the disk fails.
    """
    if damage_of(path, table, is_whole) is None:
        return
    with disk.faults(path, sqlite3.Error):
        if not _left_out(path, table, is_whole):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)


def _left_out(path: Path, table: str, is_whole: IsWhole) -> bool:
    try:
        with closing(sqlite3.connect(path)) as database, database:
            if _unsound(database):
                return False
            broken = _broken(database, table, is_whole)
            database.executemany(f"DELETE FROM {table} WHERE key = ?", broken)  # noqa: S608
    except sqlite3.DatabaseError as error:
        if not _is_beyond_repair(error):
            raise
        return False
    return True


def _unsound(database: sqlite3.Connection) -> str:
    (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
    return "" if said == "ok" else str(said).replace("\n", " ")


def _broken(
    database: sqlite3.Connection, table: str, is_whole: IsWhole
) -> list[tuple[str | bytes]]:
    rows = database.execute(f"SELECT * FROM {table}")  # noqa: S608 - names from here
    return [row[:1] for row in rows if not is_whole(*row)]


def _counted(broken: int) -> str:
    return f"{broken} damaged row{'s' if broken > 1 else ''}" if broken else ""


def _is_beyond_repair(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in BEYOND_REPAIR

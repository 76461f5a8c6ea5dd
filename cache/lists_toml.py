"""The record of which lists were added, and when each was last read: `lists.toml`.

Why it exists: a build without arguments reads again what was added before. Kept in TOML so that
a reader can look at it and mend it. Must not know how a list is fetched or parsed.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cache import disk
from cache.errors import StoreError
from cache.layout import FORMAT_VERSION
from cache.records import Coverage


@dataclass(frozen=True, slots=True)
class ListRecord:
    """One list. source is as the user gave it: file, folder, URL or owner/repo.

    A folder gives one record for each list in it, with the same source. digest is
    `sha256:<hex>` of the text as last read, read_at RFC 3339 UTC; None before the first reading.
    coverage is what that reading found; None where a program that did not count wrote the record.
    """

    source: str
    list_id: str
    digest: str | None = None
    read_at: str | None = None
    coverage: Coverage | None = None


class ListBook:
    """All added lists, in the order they were added; list_id is the key."""

    def __init__(self, records: tuple[ListRecord, ...] = ()) -> None:
        """A book of these records; a later record replaces an earlier one of its list_id."""
        self._records = {record.list_id: record for record in records}

    def __iter__(self) -> Iterator[ListRecord]:
        """The records in the order they were added."""
        return iter(tuple(self._records.values()))

    def __len__(self) -> int:
        """How many lists there are."""
        return len(self._records)

    def __contains__(self, list_id: object) -> bool:
        """Whether a list of this list_id was added."""
        return list_id in self._records

    def get(self, list_id: str) -> ListRecord | None:
        """The record of a list, or None."""
        return self._records.get(list_id)

    def sources(self) -> tuple[str, ...]:
        """Every source once, in the order they were added."""
        return tuple(dict.fromkeys(record.source for record in self))

    def add(self, record: ListRecord) -> None:
        """Add a list, or replace what is known of it; it keeps its place.

        Raises StoreError where another source already has this list_id (see free_id).
        """
        known = self._records.get(record.list_id)
        if known is not None and known.source != record.source:
            raise StoreError(
                f"{record.source}: a list named {record.list_id!r} came from {known.source}",
                "give one of the two lists another name",
            )
        self._records[record.list_id] = record

    def remove(self, list_id: str) -> None:
        """Forget a list that was added."""
        del self._records[list_id]

    def free_id(self, wanted: str, source: str) -> str:
        """wanted, or wanted-2, wanted-3 … where another source has it already."""
        number, list_id = 1, wanted
        while (known := self._records.get(list_id)) is not None and known.source != source:
            number += 1
            list_id = f"{wanted}-{number}"
        return list_id

    @classmethod
    def load(cls, path: Path) -> "ListBook":
        """The book at path, empty where there is none.

        Raises StoreError for a file that is not such a book, or of a newer format.
        """
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: {error}", _HINT) from error
        return cls(_records(values, path))

    def save(self, path: Path) -> None:
        """Write the book to path, whole or not at all. Raises StoreError."""
        import tomli_w  # only building writes

        lists = [_table(record) for record in self]
        try:
            disk.make_private(path.parent)
            disk.write_atomic(
                path, tomli_w.dumps({"format": FORMAT_VERSION, "list": lists}).encode()
            )
        except (OSError, UnicodeEncodeError) as error:
            raise StoreError(f"{path}: {error}", "make the home folder writable") from error


def _records(values: dict[str, Any], path: Path) -> tuple[ListRecord, ...]:
    version = values.get("format", FORMAT_VERSION)
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise StoreError(f"{path}: format {version!r} is not known here", "update nextread")
    rows = values.get("list", [])
    if not isinstance(rows, list):
        raise StoreError(f"{path}: list is not a list of tables", _HINT)
    records = tuple(_record(row, path) for row in rows)
    if len({record.list_id for record in records}) < len(records):
        raise StoreError(f"{path}: two lists have one list_id", _HINT)
    return records


def _record(row: Any, path: Path) -> ListRecord:
    names = {field.name for field in fields(ListRecord)}
    if not isinstance(row, dict) or not row.keys() <= names:
        raise StoreError(f"{path}: a list may say only {', '.join(sorted(names))}: {row!r}", _HINT)
    texts = {name: value for name, value in row.items() if name != "coverage"}
    if not {"source", "list_id"} <= texts.keys() or not all(
        isinstance(value, str) for value in texts.values()
    ):
        raise StoreError(f"{path}: a list needs source and list_id, all text: {row!r}", _HINT)
    return ListRecord(**texts, coverage=_coverage(row.get("coverage")))


def _table(record: ListRecord) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if value is not None}


def _coverage(value: Any) -> Coverage | None:
    """The coverage in a record; None where it is not one, since the next reading counts again."""
    try:
        set_aside = {str(reason): int(count) for reason, count in value["set_aside"].items()}
        missed = tuple((int(line), str(address)) for line, address in value["missed"])
        links, read, entries = (int(value[name]) for name in ("links", "read", "entries"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return Coverage(links, read, entries, set_aside, missed)


_HINT = "mend or remove this file, then add the lists again with: nextread build LIST..."

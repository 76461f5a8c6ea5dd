"""The lists that were added, as a reader sees them: shown, and taken out again.

Must not know how a list is read or what an index is made of.
"""

from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cache.errors import ListError, NoIndex
from cache.generation import open_current
from cache.lists_toml import ListBook, ListRecord
from cache.lock import writing
from cache.records import EVIDENCE
from cache.settings import Settings
from indexer.lists.sources import locate
from search.index.catalog import Catalog


@dataclass(frozen=True, slots=True)
class AddedList:
    """One list. read is when its text was last found changed, RFC 3339 UTC; links, entries,
    set_aside and missed are its coverage when it was last read, None where that did not count.
    resources are those of the index; text_share, 0 to 1, is how many of them have more than lists'
    notes. gone says that it is no longer where it was added from."""

    list: str
    source: str
    read: str | None
    links: int | None
    entries: int | None
    set_aside: Mapping[str, int]
    missed: int | None
    resources: int
    text_share: float
    gone: bool


def added_lists(settings: Settings) -> list[AddedList]:
    """Every list in the order it was added. Raises StoreError, Damaged."""
    book = ListBook.load(settings.layout.lists)
    here = {name for source in book.sources() for name in _found(book, source)}
    counts = _counts(settings)
    return [_added(record, counts.get(record.list_id, _Counts()), here) for record in book]


def remove_list(settings: Settings, name: str) -> list[ListRecord]:
    """Forget a list by its name, or all of a source by its source; what was forgotten.

    The next build takes them out of the index. Raises ListError for a name that is no list or one
    that its folder would bring back, Locked where a build runs.
    """
    with writing(settings.layout.lock, "nextread lists remove"):
        book = ListBook.load(settings.layout.lists)
        removed = _named(book, name)
        for record in removed:
            book.remove(record.list_id)
        book.save(settings.layout.lists)
    return removed


def _named(book: ListBook, name: str) -> list[ListRecord]:
    record = book.get(name)
    if record is None:
        sources = {name, str(Path(name).expanduser().resolve())}
        records = [record for record in book if record.source in sources]
        if not records:
            raise ListError(f"{name}: no such list was added", "nextread lists shows what was")
        return records
    if Path(record.source).is_dir() and name in _found(book, record.source):
        hint = f"take the file out of the folder, or: nextread lists remove '{record.source}'"
        raise ListError(f"{name}: every build reads all of {record.source}", hint)
    return [record]


def _found(book: ListBook, source: str) -> set[str]:
    """The names of the lists that a source holds now; a remote one is taken at its word."""
    try:
        return {book.free_id(text.name, source) for text in locate(source)}
    except ListError:
        return set()


def _added(record: ListRecord, counts: "_Counts", here: Collection[str]) -> AddedList:
    coverage = record.coverage
    set_aside = coverage.set_aside if coverage else {}
    return AddedList(
        list=record.list_id,
        source=record.source,
        read=record.read_at,
        links=coverage.links if coverage else None,
        entries=coverage.entries if coverage else None,
        set_aside=set_aside,
        missed=coverage.links - coverage.read - sum(set_aside.values()) if coverage else None,
        resources=counts.resources,
        text_share=round(counts.with_text / max(1, counts.resources), 3),
        gone=record.list_id not in here,
    )


def _counts(settings: Settings) -> dict[str, "_Counts"]:
    """What the index holds of each list; nothing before the first build."""
    try:
        generation = open_current(settings.layout)
    except NoIndex:
        return {}
    with closing(generation):
        catalog = Catalog(generation.path)
        has_text = catalog.figures["evidence"] != EVIDENCE.index("list note")
        of_list = {name: catalog.members(name) for name in catalog.list_ids()}
        return {
            name: _Counts(len(members), int(has_text[members].sum()))
            for name, members in of_list.items()
        }


@dataclass(frozen=True, slots=True)
class _Counts:
    resources: int = 0
    with_text: int = 0

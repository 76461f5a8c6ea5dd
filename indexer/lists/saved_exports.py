"""What programs that keep pages for later export: Readwise (Reader and highlights), Omnivore,
Raindrop, Matter.

Recognised by what their columns and keys are called, as of 2026. What a reader has done with a page
comes as marks; when a page was saved is not when it came out, so only dates of publication are
dates. Must not know blocks, entries or where marks are kept.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MAX_NOTE = 2000
"""Characters of a note that are kept; highlights go first."""
NO_ADDRESSES = "highlights without addresses: export documents, or highlights as JSON"

_BEGUN, _DONE = 0.05, 0.95
"""Shares of a page read from which it is in progress, and read."""
_UNSORTED = frozenset({"", "unsorted", "未分类", "未分類", "未整理"})
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_HIGHLIGHTS = frozenset({"highlight", "book title", "highlighted at"})


@dataclass(frozen=True, slots=True)
class SavedItem:
    """One page kept: what was said of it, the folders it is in, and what it is marked by that.
    published is as written, from a field that holds nothing else."""

    url: str
    title: str
    author: str
    note: str
    section: tuple[str, ...]
    published: str
    marks: tuple[str, ...]


Row = Mapping[str, Any]
Form = Callable[[Row], SavedItem | None]
"""Reads one row, its names plain; None where it is no page that was kept."""


def form_of_table(header: Sequence[str]) -> Form | None:
    """How to read the rows under header; None where no such program names its columns so."""
    return _form(map(plain_name, header), _TABLES)


def is_highlights(header: Sequence[str]) -> bool:
    """Whether a table is an export of Readwise's highlights, which name no address."""
    return frozenset(map(plain_name, header)) >= _HIGHLIGHTS


def exported_records(value: Any) -> tuple[Form, list[Row]] | None:
    """How to read a JSON export, and its records with plain names; None where it is no such one."""
    found = value.get("results") if isinstance(value, Mapping) else value
    if not isinstance(found, list) or not found or not isinstance(found[0], Mapping):
        return None
    form = _form(map(plain_name, found[0]), _RECORDS)
    if form is None:
        return None
    return form, [plain_row(each) for each in found if isinstance(each, Mapping)]


def plain_name(name: str) -> str:
    """A column's or key's name as it is compared: `Highlight_Count` is `highlight count`."""
    return " ".join(str(name).replace("_", " ").split()).casefold()


def plain_row(record: Mapping[str, Any]) -> Row:
    """A record with its names plain."""
    return {plain_name(name): value for name, value in record.items()}


def _form(names: Iterator[str], forms: Sequence[tuple[frozenset[str], Form]]) -> Form | None:
    found = frozenset(names)
    return next((form for wanted, form in forms if wanted <= found), None)


def _reader(row: Row) -> SavedItem | None:
    """Readwise Reader, CSV of the library or JSON of its API. What a feed brought nobody kept, and
    highlights are records of their own there."""
    place = _text(row, "location").casefold()
    if place == "feed" or _text(row, "parent id"):
        return None
    return SavedItem(
        _text(row, "source url") or _text(row, "url"),
        _text(row, "title"),
        _text(row, "author"),
        _note(
            [_text(row, "notes"), _text(row, "summary")],
            [],
            row.get("document tags", row.get("tags")),
        ),
        (),
        _date(row.get("published date")),
        _progress(_number(row, "reading progress"), done=place == "archive"),
    )


def _highlighted(row: Row) -> SavedItem | None:
    """Readwise's export of highlights as JSON, one work a record: who marked passages has read."""
    highlights = row.get("highlights")
    marked = [plain_row(each) for each in highlights or () if isinstance(each, Mapping)]
    said = [part for each in marked for part in (_text(each, "note"), _text(each, "text"))]
    return SavedItem(
        _text(row, "source url") or _text(row, "unique url"),
        _text(row, "readable title") or _text(row, "title"),
        _text(row, "author"),
        _note([_text(row, "document note"), _text(row, "summary")], said, row.get("book tags")),
        (),
        "",
        ("read",),
    )


def _omnivore(row: Row) -> SavedItem | None:
    archived = _text(row, "state").casefold() == "archived"
    return SavedItem(
        _text(row, "url"),
        _text(row, "title"),
        _text(row, "author"),
        _note([_text(row, "description")], [], row.get("labels")),
        (),
        _date(row.get("publishedat")),
        _progress(_number(row, "readingprogress") / 100, done=archived),
    )


def _raindrop(row: Row) -> SavedItem | None:
    folder = _text(row, "folder")
    parts = folder.split(" / " if " / " in folder else "/")
    section = tuple(part.strip() for part in parts if part.strip().casefold() not in _UNSORTED)
    highlights = [re.sub(r"(?m)^(?:Highlight|Note):", "", _text(row, "highlights"))]
    return SavedItem(
        _text(row, "url"),
        _text(row, "title"),
        "",
        _note([_text(row, "note"), _text(row, "excerpt")], highlights, row.get("tags")),
        section,
        "",
        ("like",) if _yes(row, "favorite") else ("later",),
    )


def _matter(row: Row) -> SavedItem | None:
    state: str = "read" if _yes(row, "read") else "later"
    return SavedItem(
        _text(row, "url"),
        _text(row, "title"),
        _text(row, "author") or _text(row, "publisher"),
        _note([], [], row.get("tags")),
        (),
        "",
        (state, "like") if _yes(row, "favorited") else (state,),
    )


_TABLES: tuple[tuple[frozenset[str], Form], ...] = (
    (frozenset({"url", "document tags", "reading progress", "location"}), _reader),
    (frozenset({"url", "title", "excerpt", "folder", "created"}), _raindrop),
    (frozenset({"url", "title", "in queue", "favorited", "read"}), _matter),
)
_RECORDS: tuple[tuple[frozenset[str], Form], ...] = (
    (frozenset({"url", "slug", "state", "readingprogress", "labels"}), _omnivore),
    (frozenset({"url", "source url", "location", "reading progress"}), _reader),
    (frozenset({"user book id", "highlights", "title"}), _highlighted),
)


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _yes(row: Row, name: str) -> bool:
    return _text(row, name).casefold() in {"true", "1", "yes"}


def _number(row: Row, name: str) -> float:
    try:
        return float(_text(row, name) or 0)
    except ValueError:
        return 0.0


def _progress(share: float, *, done: bool) -> tuple[str, ...]:
    """What was read of a page, as a mark; put away counts as read."""
    if done or share >= _DONE:
        return ("read",)
    return ("started",) if share >= _BEGUN else ("later",)


def _date(value: Any) -> str:
    """A date as written; milliseconds since 1970 as the day they are."""
    if not isinstance(value, str | int | float):
        return ""
    if re.fullmatch(r"\d{11,14}(?:\.0)?", str(value)):
        return datetime.fromtimestamp(float(value) / 1000, UTC).date().isoformat()
    return str(value)[:10]


def _note(own: Sequence[str], highlights: Sequence[str], tags: Any) -> str:
    """What a reader wrote, what the page says of itself, passages marked, and tags."""
    named = " ".join(f"#{tag}" for tag in _tags(tags))
    room = max(0, MAX_NOTE - len(named))
    said = " ".join(filter(None, (*own, *highlights)))[:room]
    return f"{said} {named}".strip()


def _tags(value: Any) -> list[str]:
    """Tags however they are written: a list, names to records, `['a', 'b']`, `a, b`, `a; b`."""
    if isinstance(value, Mapping):
        value = list(value)
    if isinstance(value, list):
        names = [
            plain_row(each).get("name") if isinstance(each, Mapping) else each for each in value
        ]
        return [str(name).strip() for name in names if name and str(name).strip()]
    text = str(value or "").strip()
    if text.startswith("["):
        return [one or other for one, other in _QUOTED.findall(text) if one or other]
    return [tag.strip() for tag in re.split("[,;]", text) if tag.strip()]


def everything(row: Row) -> str:
    """All that a row holds, as one text: whatever address stands in it."""
    return json.dumps(row, ensure_ascii=False, default=str)

"""Records into blocks: CSV and TSV with a header, JSON and YAML, one row of a table a record.

Columns and keys say what they hold (title, url, description, date …), and tables.py reads them as
it reads a table of a page. YAML aliases and tags are never followed: they are how a small file
becomes a large one. Must not know what an entry is.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from indexer.lists.blocks import Builder, Problem
from indexer.lists.saved_exports import (
    NO_ADDRESSES,
    Form,
    Row,
    SavedItem,
    everything,
    exported_records,
    form_of_table,
    is_highlights,
    plain_name,
)

MAX_FIELDS = 200
"""Columns of a row that are read."""
MAX_FIELD = 100_000
"""Characters of a field that are read."""
MAX_DEPTH = 64
"""Nesting of JSON and YAML that is read."""
MAX_YAML = 8_000_000
"""Characters of YAML that are read: its scanner takes some seconds a megabyte."""

_URL = re.compile(r"\s*(?:https?://|www\.)\S+\s*", re.IGNORECASE)
_ADDRESS_NAME = re.compile(
    r"(?:^|[_\s-])(?:url|uri|link|href|website|homepage|address)$|^链接$|^网址$", re.IGNORECASE
)
_RECORD_LINE = re.compile(r"\{|\[\s*\{")
_TITLES = frozenset({"title", "name", "text", "标题", "名称"})
_FIRST = ("title", "name", "text", "url", "link", "href", "website", "website_url", "homepage")


def read_csv(source: str, builder: Builder) -> None:
    """Read CSV or TSV whose first row names the columns; the separator is what that row holds most
    of. Without a known name there every row is read as it stands."""
    lines = source.split("\n", 1)[0]
    separator = max(",\t;|", key=lines.count)
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(StringIO(source), delimiter=separator)
    table = _Table(builder)
    try:
        header = next(rows, [])
        if form := form_of_table(header):
            _write_saved(form, _csv_records(header, rows), builder)
            return
        if is_highlights(header):
            builder.problems.append(Problem(1, NO_ADDRESSES))
        table.begin(header[:MAX_FIELDS], 1, named=not any(map(_URL.fullmatch, header)))
        line = rows.line_num + 1
        for row in rows:
            if len(row) > MAX_FIELDS:
                builder.problems.append(Problem(line, f"{len(row)} fields: {MAX_FIELDS} are read"))
            table.row([cell[:MAX_FIELD] for cell in row[:MAX_FIELDS]], line)
            line = rows.line_num + 1
    except csv.Error as error:
        builder.problems.append(Problem(rows.line_num, f"not CSV: {error}"))
    table.end()


def read_json(source: str, builder: Builder) -> None:
    """Read JSON: an array of records, records by name, or one record a line."""
    try:
        value = json.loads(source)
    except (ValueError, RecursionError) as error:
        value = list(_json_lines(source, builder, error))
    if exported := exported_records(value):
        form, records = exported
        _write_saved(form, ((each, 1) for each in records), builder)
        return
    _records(_from_plain(value, 1, 0), builder)


def read_yaml(source: str, builder: Builder) -> None:
    """Read YAML: a sequence of records, records by name, or documents of one record each."""
    import yaml  # type: ignore[import-untyped]

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = _Documents()
    try:
        for event in yaml.parse(source, Loader=loader):
            documents.take(event)
            if documents.hopeless:
                break
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        builder.problems.append(
            Problem(line, f"not YAML: {getattr(error, 'problem', error)}"[:200])
        )
    except (RecursionError, ValueError):
        builder.problems.append(Problem(1, "nested too deep: not read to its end"))
    if documents.too_deep:
        builder.problems.append(Problem(documents.too_deep, "nested too deep: not read"))
    values = documents.values
    _records(values if len(values) != 1 else values[0], builder)


@dataclass(slots=True)
class _Record:
    """A mapping as read: names and values, and the line it starts on."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)


def _json_lines(source: str, builder: Builder, error: Exception) -> Iterator[Any]:
    """The values of text with one a line, or an array of them; the first that is none is
    reported."""
    reported = found = False
    for number, line in enumerate(source.split("\n"), 1):
        text = line.strip().rstrip(",")
        if len(text) < 2 or not _RECORD_LINE.match(text):
            continue
        try:
            value = json.loads(text)
            yield from value if isinstance(value, list) else (value,)
            found = True
        except (ValueError, RecursionError):
            if not reported:
                builder.problems.append(Problem(number, "not JSON: this record is not read"))
            reported = True
    if not reported and not found:
        place = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        builder.problems.append(Problem(place, f"not JSON: {error}"[:200]))


def _from_plain(value: Any, line: int, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        values = {str(name): _from_plain(each, line, depth + 1) for name, each in value.items()}
        return _Record(line, values)
    if isinstance(value, list):
        return [_from_plain(each, line, depth + 1) for each in value]
    return "" if value is None else str(value)


class _Documents:
    """Makes records of a stream of YAML events, without recursion and without following aliases."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.too_deep = 0
        self._open: list[tuple[Any, list[str]]] = []  # container, the key that waits for its value
        self._skipped = 0

    @property
    def hopeless(self) -> bool:
        """Whether nesting is such that the scanner would take minutes over the rest."""
        return self._skipped > 10 * MAX_DEPTH

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind in {"MappingStartEvent", "SequenceStartEvent"}:
            line = event.start_mark.line + 1
            if self._skipped or len(self._open) >= MAX_DEPTH:
                self.too_deep = self.too_deep or line
                self._skipped += 1
                return
            value: Any = _Record(line) if kind == "MappingStartEvent" else []
            self._put(value)
            self._open.append((value, []))
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            if self._skipped:
                self._skipped -= 1
            else:
                self._open.pop()
        elif kind == "ScalarEvent" and not self._skipped:
            self._put("" if event.value in {"null", "~"} else event.value)
        elif kind == "AliasEvent" and not self._skipped:
            self._put("")

    def _put(self, value: Any) -> None:
        if not self._open:
            self.values.append(value)
            return
        container, key = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif key:
            container.values[key.pop()] = value
        else:
            key.append(value if isinstance(value, str) else "")


def _csv_records(header: Sequence[str], rows: Any) -> Iterator[tuple[Row, int]]:
    """Every row under header by its plain names, and the line it starts on."""
    names = [plain_name(name) for name in header]
    line = rows.line_num + 1
    for row in rows:
        yield dict(zip(names, (cell[:MAX_FIELD] for cell in row), strict=False)), line
        line = rows.line_num + 1


def _write_saved(form: Form, records: Iterable[tuple[Row, int]], builder: Builder) -> None:
    """The pages of an export, given by its records and their lines: a table a folder.

    Addresses beside a page's own (covers, the program's pages, what highlights quote) are set
    aside, as are records of what nobody kept.
    """
    folders: dict[tuple[str, ...], list[tuple[SavedItem, int]]] = {(): []}
    for row, line in records:
        item = form(row)
        if item is None or not _URL.fullmatch(item.url):
            builder.pass_over("not kept", everything(row))
            continue
        builder.pass_over("beside", everything(row))
        folders.setdefault(item.section, []).append((item, line))
    outside = builder.depth
    for section, items in folders.items():
        for level, name in enumerate(section, 1):
            builder.open("heading", items[0][1], min(level + 1, 6))
            builder.text(name, items[0][1])
            builder.close_to(outside)
        table = _Table(builder)
        table.begin(("title", "url", "author", "date", "notes"), 1)
        for item, line in items:
            table.row((item.title, item.url, item.author, item.published, item.note), line, 1)
        table.end()


def _records(value: Any, builder: Builder, depth: int = 1) -> None:
    """Write what was read: records side by side as one table, records under a name below it."""
    if isinstance(value, _Record):
        if _is_entry(value):
            value = [value]
        else:
            for name, each in value.values.items():
                if isinstance(each, str) and _URL.fullmatch(each):
                    _entry(name, each, value.line, builder)
                elif isinstance(each, list | _Record):
                    _named(name, each, value.line, builder, depth)
            return
    if isinstance(value, list):
        entries = [each for each in value if isinstance(each, _Record) and _is_entry(each)]
        _write(entries, builder)
        for each in value:
            if isinstance(each, str) and _URL.fullmatch(each):
                _entry("", each, 1, builder)
            elif isinstance(each, list) or (isinstance(each, _Record) and not _is_entry(each)):
                _records(each, builder, depth)


def _named(name: str, value: Any, line: int, builder: Builder, depth: int) -> None:
    if isinstance(value, _Record) and _is_entry(value):
        if not any(key in value.values for key in ("title", "name")):
            value.values = {"name": name, **value.values}
        _write([value], builder)
        return
    outside = builder.depth
    builder.open("heading", line, min(depth + 1, 6))
    builder.text(name.replace("_", " "), line)
    builder.close_to(outside)
    _records(value, builder, depth + 1)


def _is_entry(record: _Record) -> bool:
    """Whether a record is one work: it holds an address, under a name for one or beside a title."""
    named = {name.casefold() for name in record.values}
    return any(
        isinstance(each, str)
        and _URL.fullmatch(each)
        and (_ADDRESS_NAME.search(name) or not named.isdisjoint(_TITLES))
        for name, each in record.values.items()
    )


def _write(records: Sequence[_Record], builder: Builder) -> None:
    """A table of records, its columns what any of them names, titles and addresses first."""
    if not records:
        return
    names = dict.fromkeys(name for record in records for name in record.values)
    first = [name for name in _FIRST for each in names if each.casefold() == name]
    order = list(dict.fromkeys([*(n for n in names if n.casefold() in first), *names]))[:MAX_FIELDS]
    table = _Table(builder)
    table.begin(order, records[0].line)
    for record in records:
        table.row([_text(record.values.get(name, "")) for name in order], record.line)
    table.end()


def _text(value: Any) -> str:
    """A value in words: what it holds, side by side."""
    if isinstance(value, _Record):
        return ", ".join(filter(None, map(_text, value.values.values())))[:MAX_FIELD]
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))[:MAX_FIELD]
    return str(value)[:MAX_FIELD]


def _entry(title: str, url: str, line: int, builder: Builder) -> None:
    """One address with or without a name."""
    outside = builder.depth
    builder.open("list", line)
    builder.open("item", line)
    builder.open_link(url.strip(), line, bare=not title)
    builder.text(title or url.strip(), line)
    builder.close_link()
    builder.close_to(outside)


class _Table:
    """Writes rows of text; a cell that is an address alone is a link."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._outside = builder.depth

    def begin(self, header: Sequence[str], line: int, named: bool = True) -> None:
        builder = self._builder
        builder.open("table", line)
        self._cells(header, line, "head" if named else "cell")

    def row(self, cells: Sequence[str], line: int, linked: int | None = None) -> None:
        """One row; linked is the only cell that may hold links, where one alone may."""
        if any(cell.strip() for cell in cells):
            self._cells(cells, line, "cell", linked)

    def end(self) -> None:
        self._builder.close_to(self._outside)

    def _cells(self, cells: Iterable[str], line: int, kind: str, linked: int | None = None) -> None:
        builder = self._builder
        outside = builder.depth
        builder.open("row", line)
        for column, cell in enumerate(cells):
            depth = builder.depth
            builder.open(kind, line)
            text = cell.replace("_", " ") if kind == "head" else cell
            if linked is None or column == linked:
                self._words(text.strip(), line, kind)
            else:
                builder.text(text.strip(), line)
            builder.close_to(depth)
        builder.close_to(outside)

    def _words(self, text: str, line: int, kind: str) -> None:
        builder = self._builder
        if kind == "cell" and _URL.fullmatch(text):
            builder.open_link(text, line, bare=True)
            builder.text(text, line)
            builder.close_link()
            return
        place = 0
        for match in re.finditer(r"https?://[^\s<>\"'|,;)\]]+", text):
            builder.text(text[place : match.start()], line)
            builder.open_link(match[0], line, bare=True)
            builder.text(match[0], line)
            builder.close_link()
            place = match.end()
        builder.text(text[place:], line)

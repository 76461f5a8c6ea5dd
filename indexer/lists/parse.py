"""A reading list into entries: the way in for files and text of every format.

parse is pure and never raises; what could not be read comes back as problems with line numbers.
Must not know merging, fetching or the index.
"""

import codecs
import gc
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from cache.errors import ListError
from cache.records import Coverage, Entry
from cache.urls import text_without_credentials
from indexer.lists.blocks import Builder, Problem
from indexer.lists.bookmark_reader import looks_like_bookmarks, read_bookmarks
from indexer.lists.coverage import Account, told
from indexer.lists.entries import Walker
from indexer.lists.html_reader import read_html
from indexer.lists.markdown import definitions, read_markdown
from indexer.lists.opml_reader import looks_like_opml, read_opml
from indexer.lists.org_reader import read_org
from indexer.lists.record_reader import MAX_YAML, read_csv, read_json, read_yaml
from indexer.lists.rst_reader import looks_like_rst, read_rst

MAX_LINE = 100_000
"""Characters of a line that are read; the rest is reported."""
MAX_BYTES = 128 * 2**20
"""Size of a list file that is read at all."""
CHUNK = 4000
"""Lines of Markdown held as tokens at once: bounds memory on endless lists."""
MAX_RST = 1_000_000
"""Characters of reStructuredText that are read: docutils holds the whole document at once."""

MEDIA_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".rst": "text/x-rst",
    ".html": "text/html",
    ".htm": "text/html",
    ".org": "text/org",
    ".opml": "text/x-opml",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
RECORDS = frozenset(
    {"text/csv", "text/tab-separated-values", "application/json", "application/yaml"}
)
"""Media types of lists that are records, not prose."""
MANY = 3
"""Files of records side by side that are one list."""
_READERS: dict[str, tuple[int, Callable[[str, Builder], None]]] = {
    "text/html": (MAX_BYTES, read_html),
    "text/org": (MAX_BYTES, read_org),
    "text/x-opml": (MAX_BYTES, read_opml),
    "text/x-bookmarks": (MAX_BYTES, read_bookmarks),
    "text/csv": (MAX_BYTES, read_csv),
    "text/tab-separated-values": (MAX_BYTES, read_csv),
    "application/json": (MAX_BYTES, read_json),
    "application/yaml": (MAX_YAML, read_yaml),
}
_PLAIN = frozenset({"text/markdown", "text/plain"})
HINT = "a list is text with links: Markdown, HTML, reStructuredText, org, OPML, CSV, JSON, YAML"
"""What to try where a list gives nothing."""
_HOUSEKEEPING = re.compile(
    r"(?:package(?:-lock)?\.json|composer|tsconfig|mkdocs|_config|docker-compose|renovate|manifest|pnpm-lock|"
    r"contributing|code[-_]of[-_]conduct|licen[cs]e|changelog|security|(?:pull_request|issue)_template)\b.*",
    re.IGNORECASE,
)
_OMNIVORE = re.compile(r"metadata_\d+_to_\d+\.json")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")
_FRONT_MATTER = re.compile(r"---\n(?:(?!---\n)[^\n]*\n){1,100}?(?:---|\.\.\.)\n")
_CUT_HERE = re.compile(r"#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")

__all__ = [
    "Parsed",
    "Problem",
    "entry_json",
    "find_lists",
    "media_type_of",
    "parse",
    "parse_file",
    "read_bytes",
    "read_list",
    "told",
]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a list holds, in its order, and what could not be read of it."""

    entries: Sequence[Entry]
    problems: tuple[Problem, ...]
    coverage: Coverage = field(default_factory=Coverage)


def parse(source: str, list_id: str, *, media_type: str = "text/markdown") -> Parsed:
    """Read the text of a list. Never raises.

    media_type is one of MEDIA_TYPES' values; text/plain is read as Markdown. Markdown
    that is really reStructuredText, as some hosts name it, is noticed. Time and memory are linear
    in the text, whatever it holds.
    """
    walker, account = Walker(list_id), Account()
    problems: list[Problem] = []
    text = _clean(source, problems)
    if media_type == "text/html" and looks_like_bookmarks(text):
        media_type = "text/x-bookmarks"
    elif looks_like_opml(text):
        media_type = "text/x-opml"
    if media_type == "text/x-rst" or (media_type in _PLAIN and looks_like_rst(text)):
        text = _short_lines(text, problems)
        _take(walker, account, _up_to(text, MAX_RST, problems), read_rst)
    elif media_type in _READERS:
        limit, read = _READERS[media_type]
        _take(walker, account, _up_to(text, limit, problems), read)
    else:
        _markdown(_short_lines(text, problems), walker, account)
    entries = walker.entries()
    found = sorted({*problems, *walker.problems}, key=lambda p: (p.line, p.message))
    coverage = account.coverage("" if media_type == "text/html" else text, entries)
    return Parsed(entries, tuple(found), coverage)


def check_read(parsed: Parsed, origin: str) -> None:
    """Raise ListError where a list with links gave no entry."""
    if parsed.coverage.links and not parsed.entries:
        raise ListError(f"{origin}: no entry from {told(parsed.coverage)}", HINT)


def _up_to(text: str, limit: int, problems: list[Problem]) -> str:
    """Text up to a limit; what is beyond is reported."""
    if len(text) > limit:
        line = text.count("\n", 0, limit) + 1
        problems.append(Problem(line, "too long: the rest is not read"))
    return text[:limit]


def read_list(path: Path, list_id: str | None = None) -> Parsed:
    """Read a list file; list_id defaults to its name. Raises ListError where it cannot be read."""
    return parse_file(read_bytes(path), path, path.name if list_id is None else list_id)


def read_bytes(path: Path) -> bytes:
    """The content of a list file. Raises ListError where it cannot be read or is too large."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        hint = "Give a list as a file: Markdown, reStructuredText, HTML or plain text."
        raise ListError(f"cannot read {path}: {error.strerror or error}", hint) from error
    if size > MAX_BYTES:
        raise ListError(f"{path} is larger than {MAX_BYTES // 2**20} MiB", "Split the list.")
    return raw


def parse_file(content: bytes, path: Path, list_id: str) -> Parsed:
    """Read the content of the list file at path. Raises ListError where it is not text."""
    return parse(_decode(content, path), list_id, media_type=media_type_of(path))


def media_type_of(path: Path) -> str:
    """What a list file is read as, by its name."""
    return MEDIA_TYPES.get(path.suffix.lower(), "text/markdown")


def find_lists(folder: Path) -> list[Path]:
    """The list files under a folder, sorted; hidden folders and files of housekeeping left out.

    Records (CSV, JSON, YAML) beside lists in prose are data about them as often as lists, so of a
    folder that holds both only the prose is read; who names such a file itself has it read.
    Raises ListError where the folder cannot be read.
    """
    if not folder.is_dir():
        raise ListError(f"{folder} is not a folder", "Give a folder that holds list files.")
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
        if any(map(_OMNIVORE.fullmatch, names)):  # beside its texts and highlights
            folders[:] = [name for name in folders if name not in {"content", "highlights"}]
        here = [
            path
            for path in (Path(parent, name) for name in names)
            if path.suffix.lower() in MEDIA_TYPES
            and path.name[0] != "."
            and not _HOUSEKEEPING.match(path.name)
        ]
        prose = [path for path in here if media_type_of(path) not in RECORDS]
        found += prose or here
    return sorted(found)


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as `nextread parse --json` prints it."""
    return {
        "title": entry.title,
        "url": entry.url,
        "section": list(entry.section),
        "note": entry.note,
        "author": entry.author,
        "published": entry.published,
        "rating": entry.rating,
        "difficulty": entry.difficulty,
        "tier": entry.tier,
        "kind": entry.kind,
        "hours": entry.hours,
        "pages": entry.pages,
        "requires": entry.requires,
        "difficulty_said": entry.difficulty_said,
        "position": entry.position,
        "order": entry.order,
        "part_of": entry.part_of,
    }


def _take(
    walker: Walker, account: Account, source: str, read: Callable[[str, Builder], None]
) -> None:
    """Read one text into blocks and these into entries."""
    with _uncollected():
        builder = Builder()
        read(source, builder)
        walker.walk(builder.root)
        walker.problems.extend(builder.problems)
        account.take(builder)
        del builder  # else the collector looks through the whole tree before it goes


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: every token is still in use, and looking costs a quarter."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _markdown(source: str, walker: Walker, account: Account) -> None:
    """Read Markdown chunk by chunk; sections and link definitions hold across chunks."""
    if front := _FRONT_MATTER.match(source):
        source = "\n" * front[0].count("\n") + source[front.end() :]
    lines = source.split("\n")
    if len(lines) <= CHUNK + CHUNK // 2:
        _take(walker, account, source, read_markdown)
        return
    references = definitions(lines)
    for first, text in _chunks(lines):
        read = partial(read_markdown, first_line=first, references=references)
        _take(walker, account, text, read)


def _chunks(lines: list[str]) -> Iterator[tuple[int, str]]:
    """(first line, text) of stretches of about CHUNK lines, cut where nothing is open if possible.

    A table cut in two gets its header again.
    """
    start, fence, table = 0, "", -1
    for number, line in enumerate(lines):
        if not line or (table >= 0 and "|" not in line):
            table = -1
        if "-" in line and "|" in line and number and _TABLE_RULE.fullmatch(line):
            table = number
        if not fence and number - start >= CHUNK:
            safe = _CUT_HERE.match(line) or table >= 0 or number - start >= 4 * CHUNK
            if safe and number > table + 1:
                yield start + 1, "\n".join(lines[start:number])
                start = number
                if table >= 0:  # say the header again, on the two lines before
                    lines[number - 2 : number] = lines[table - 1 : table + 1]
                    start = number - 2
                    table = number - 1
        if match := _FENCE.match(line):
            fence = _fence_after(fence, match[1], line)
        elif number - start >= 8 * CHUNK:
            fence = ""  # a fence nobody closed
    yield start + 1, "\n".join(lines[start:])


def _fence_after(fence: str, mark: str, line: str) -> str:
    """The fence that is open after a line with a fence mark."""
    if not fence:
        return mark
    closes = mark.startswith(fence) and not line.strip().strip(mark[0])
    return "" if closes else fence


def _clean(source: str, problems: list[Problem]) -> str:
    """Text with line ends as `\\n`, without characters no list can mean, and without the
    credentials of addresses, which would travel with titles and notes into results and exports."""
    source = _LINE_ENDS.sub("\n", source.removeprefix("\ufeff"))
    source = text_without_credentials(source)
    if match := _UNREADABLE.search(source):
        line = source.count("\n", 0, match.start()) + 1
        problems.append(Problem(line, "holds control characters: read as spaces"))
        source = _UNREADABLE.sub(" ", source)
    return source


def _short_lines(source: str, problems: list[Problem]) -> str:
    """Text with every line cut at MAX_LINE."""
    if len(source) <= MAX_LINE:
        return source
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if len(line) > MAX_LINE:
            message = f"a line of {len(line)} characters: read up to {MAX_LINE}"
            problems.append(Problem(number + 1, message))
            lines[number] = line[:MAX_LINE]
    return "\n".join(lines)


def _decode(raw: bytes, path: Path) -> str:
    """Bytes as text: UTF-8, UTF-16 with its mark, or GB 18030 as older Chinese lists are."""
    hint = "A list is text: Markdown, reStructuredText, HTML or plain."
    marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in raw and not marked:
        raise ListError(f"{path} is not text", hint)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = len(_UNREADABLE.findall(text[:100_000]))
        if encoding != "gb18030" or strange * 50 <= min(len(text), 100_000):
            return text
    raise ListError(f"{path} is not text in UTF-8, UTF-16 or GB 18030", hint)

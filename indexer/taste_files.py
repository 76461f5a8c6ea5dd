"""A reader's taste from and to the files of other programs.

Bookmarks (Netscape), Pocket and Instapaper (CSV), what indexer/lists/saved_exports.py knows, BibTeX
and CSL-JSON as Zotero writes them, and OPML to hand results on. What cannot be read is an error
that names the file; entries without an address are left out. Must not know ranking.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from cache.errors import ListError, QueryError, UrlError
from cache.profile import Profile
from cache.records import Facts, Resource
from indexer.lists.saved_exports import (
    NO_ADDRESSES,
    SavedItem,
    exported_records,
    form_of_table,
    is_highlights,
    plain_row,
)
from indexer.resources.canonical import canonical_url

if TYPE_CHECKING:
    from search.engine import Engine

Known = Sequence[tuple[Resource, Facts]]

_FOLDERS = {
    "unread": "later",
    "archive": "read",
    "archived": "read",
    "read": "read",
}
_ARXIV = re.compile(r"(?:arxiv:\s*)?(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.IGNORECASE)
_TYPES = {"book": "book", "paper": "article-journal", "dataset": "dataset", "code": "software"}


@dataclass(frozen=True, slots=True)
class Saved:
    """One thing saved elsewhere, and the marks it stands for."""

    url: str
    title: str
    marks: tuple[str, ...] = ("like",)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entries were marked, and those that are not in the index."""

    marked: int
    missing: tuple[Saved, ...]


def import_taste(engine: "Engine", file: Path, mark: str | None = None) -> Imported:
    """Mark what file saved and the index has; mark overrides what the file says.

    Raises ListError where the file cannot be read or is of no known form.
    """
    profile = Profile(engine.collection.settings.layout.profile)
    missing, marked = list[Saved](), 0
    marks: list[tuple[str, str, str]] = []
    for saved in read_saved(file):
        ordinal = _indexed(engine, saved.url)
        if ordinal is None:
            missing.append(saved)
            continue
        resource = engine.collection.catalog.resource(ordinal)
        marks += [(resource.id, resource.url, one) for one in ((mark,) if mark else saved.marks)]
        marked += 1
    profile.mark_all(marks)
    return Imported(marked, tuple(missing))


def export_taste(engine: "Engine", file: Path, mark: str = "like") -> int:
    """Write what carries mark to file, in the form its name asks for; how many.

    Raises QueryError for a form that is not written, StoreError where the disk fails.
    """
    from cache import disk

    marks = engine.collection.marks()
    marked = sorted({ordinal for ordinal, one in marks if one.mark == mark})
    text = written(engine.collection.catalog.records(marked), file.suffix)
    with disk.faults(file):
        file.write_text(text, "utf-8")
    return len(marked)


def read_saved(file: Path) -> list[Saved]:
    """What file saved, in its order; the form is seen from its name and content.

    A folder is an export of Omnivore. Raises ListError.
    """
    try:
        if file.is_dir():
            parts = sorted(file.glob("metadata_*.json"))
            return [saved for part in parts for saved in read_saved(part)]
        text = file.read_text("utf-8-sig")
        return [saved for saved in _reader(file.suffix, text)(text) if saved.url]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        hint = (
            "bookmarks (.html); Pocket, Instapaper, Raindrop, Readwise or Matter (.csv); Readwise, "
            "Omnivore or CSL-JSON (.json); BibTeX (.bib)"
        )
        raise ListError(f"cannot read {file}: {error}", hint) from error


def written(resources: Known, suffix: str) -> str:
    """Resources as bookmarks, CSV, BibTeX, CSL-JSON or OPML. Raises QueryError."""
    writer = _WRITERS.get(suffix.lower())
    if writer is None:
        raise QueryError(f"{suffix or 'no ending'} is no form of export", ", ".join(_WRITERS))
    return writer(resources)


def _reader(suffix: str, text: str) -> Callable[[str], Iterator[Saved]]:
    readers = {
        ".csv": _csv,
        ".bib": _bibtex,
        ".json": _csl,
        ".html": _bookmarks,
        ".htm": _bookmarks,
    }
    reader = readers.get(suffix.lower())
    if reader is None:
        raise ValueError("unknown form")
    return reader


def _indexed(engine: "Engine", url: str) -> int | None:
    found = engine.collection.catalog.find(url)
    try:
        return found if found is not None else engine.collection.catalog.find(canonical_url(url))
    except UrlError:
        return None


def _bookmarks(text: str) -> Iterator[Saved]:
    from lxml import html

    if not text.strip():
        return
    for link in html.fromstring(text).iter("a"):
        url = link.get("href") or ""
        if url.startswith(("http://", "https://")):
            yield Saved(url, link.text_content().strip() or url)


def _kept(items: Iterable[SavedItem | None]) -> Iterator[Saved]:
    for item in items:
        if item is not None and item.url.startswith(("http://", "https://")):
            yield Saved(item.url, item.title or item.url, item.marks)


def _csv(text: str) -> Iterator[Saved]:
    rows = csv.DictReader(io.StringIO(text))
    header = [name or "" for name in rows.fieldnames or ()]
    if form := form_of_table(header):
        yield from _kept(form(plain_row(row)) for row in rows)
        return
    if is_highlights(header):
        raise ValueError(NO_ADDRESSES)
    for row in rows:
        fields = {(name or "").strip().lower(): value or "" for name, value in row.items()}
        if "url" not in fields:
            raise ValueError("no column named URL")
        where = (fields.get("status") or fields.get("folder") or "").strip().lower()
        title = fields.get("title") or fields["url"]
        yield Saved(fields["url"].strip(), title, (_FOLDERS.get(where, "like"),))


def _bibtex(text: str) -> Iterator[Saved]:
    from bibtexparser.entrypoint import parse_string

    for entry in parse_string(text).entries:
        fields = {name.lower(): str(field.value) for name, field in entry.fields_dict.items()}
        title = re.sub(r"[{}]", "", fields.get("title", ""))
        yield Saved(_address(fields), " ".join(title.split()))


def _csl(text: str) -> Iterator[Saved]:
    items = json.loads(text)
    if exported := exported_records(items):
        form, records = exported
        yield from _kept(map(form, records))
        return
    for item in items if isinstance(items, list) else items["items"]:
        fields = {name.lower(): str(value) for name, value in item.items()}
        yield Saved(_address(fields), fields.get("title", ""))


def _address(fields: Mapping[str, str]) -> str:
    if fields.get("url"):
        return fields["url"].strip()
    arxiv = _ARXIV.fullmatch(fields.get("eprint", "").strip())
    if arxiv:
        return f"https://arxiv.org/abs/{arxiv[1]}"
    return f"https://doi.org/{fields['doi'].strip()}" if fields.get("doi") else ""


def _to_bookmarks(resources: Known) -> str:
    head = (
        '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META HTTP-EQUIV="Content-Type" '
        'CONTENT="text/html; charset=UTF-8">\n<TITLE>nextread</TITLE>\n<H1>nextread</H1>\n<DL><p>\n'
    )
    lines = [
        f'<DT><A HREF="{escape(resource.url)}">{escape(resource.title)}</A>\n'
        for resource, _ in resources
    ]
    return head + "".join(lines) + "</DL><p>\n"


def _to_csv(resources: Known) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["title", "url", "author", "published", "kind"])
    for resource, facts in resources:
        row = (resource.title, resource.url, facts.author, facts.published, resource.kind)
        writer.writerow(value or "" for value in row)
    return out.getvalue()


def _to_bibtex(resources: Known) -> str:
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    library = Library()
    for resource, facts in resources:
        said = {
            "title": resource.title,
            "url": resource.url,
            "author": facts.author,
            "year": (facts.published or "")[:4],
        }
        fields = [
            Field(name, re.sub(r"[{}\\]", "", value)) for name, value in said.items() if value
        ]
        library.add(Entry("misc", re.sub(r"\W", "", resource.id) or "x", fields))
    return str(write_string(library))


def _to_csl(resources: Known) -> str:
    return json.dumps([_csl_item(*known) for known in resources], ensure_ascii=False, indent=1)


def _csl_item(resource: Resource, facts: Facts) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": resource.id,
        "type": _TYPES.get(resource.kind or "", "webpage"),
        "title": resource.title,
        "URL": resource.url,
    }
    if facts.author:
        item["author"] = [{"literal": facts.author}]
    digits = re.findall(r"\d+", facts.published or "")[:3]
    if digits:
        item["issued"] = {"date-parts": [[int(part) for part in digits]]}
    return item


def _to_opml(resources: Known) -> str:
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "nextread"
    body = ET.SubElement(root, "body")
    for resource, _ in resources:
        ET.SubElement(body, "outline", type="link", text=_plain(resource.title), url=resource.url)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _plain(text: str) -> str:
    """text without the characters that XML cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


_WRITERS: Mapping[str, Callable[[Known], str]] = {
    ".html": _to_bookmarks,
    ".csv": _to_csv,
    ".bib": _to_bibtex,
    ".json": _to_csl,
    ".opml": _to_opml,
}

"""The little HTML and JSON reading that the sites share. Must not know any site."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from lxml import etree, html

from cache.records import Document

_BLOCKS = {
    *("p", "div", "section", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "pre"),
    *("blockquote", "figcaption", "ul", "ol", "table", "article", "hr"),
}
MAX_JSON = 1 << 20
"""Bytes of JSON parsed outside the sandbox: Python makes up to twenty times as much of it."""

CHINA = timezone(timedelta(hours=8))
"""What a date of a Chinese site is in."""

Element = html.HtmlElement

_UNREAD = {"script", "style", "template", "noscript", "svg"}


def tree(body: bytes | str) -> html.HtmlElement | None:
    """The parsed page, None where there is no element in it."""
    if isinstance(body, str):
        body = body.encode("utf-8", "replace")
    try:
        return html.document_fromstring(body, parser=html.HTMLParser(encoding=_charset(body)))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def text_of(element: html.HtmlElement) -> str:
    """Visible text, one block a line, runs of spaces folded; listings keep their lines, and
    formulas that are images (`<img eeimg alt>`) are read as `$TeX$`."""
    lines = _Lines()
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        named = node.tag if isinstance(node.tag, str) else ""
        hidden = named in _UNREAD or not named
        if hidden and event == "start":
            walk.skip_subtree()
        if named in _BLOCKS:
            lines.end()
        if named == "pre":
            lines.verbatim += 1 if event == "start" else -1
        if event == "start" and not hidden:
            lines.add(_formula(node) if named == "img" else node.text)
        if event != "start" and node is not element:
            lines.add(node.tail)
    return lines.text()


class _Lines:
    """Text as it is met, line by line."""

    def __init__(self) -> None:
        self.verbatim = 0  # how many listings the text is inside of
        self._done: list[str] = []
        self._line = ""

    def add(self, text: str | None) -> None:
        """Go on with the line; in a listing, its own line ends hold."""
        if self.verbatim:
            *whole, last = (text or "").split("\n")
            for line in whole:
                self._line += line
                self.end()
            self._line += last
        elif text:
            self._line += " ".join(f".{text}.".split())[1:-1]

    def end(self) -> None:
        """End the line."""
        line = self._line.rstrip() if self.verbatim else " ".join(self._line.split())
        if line:
            self._done.append(line)
        self._line = ""

    def text(self) -> str:
        """Every line that holds something."""
        self.end()
        return "\n".join(self._done)


def _formula(image: html.HtmlElement) -> str:
    source = " ".join((image.get("alt") or "").split()) if image.get("eeimg") else ""
    return f"${source}$" if source else ""


def metas(page: html.HtmlElement, name: str) -> list[str]:
    """The contents of every meta element of that name or property."""
    found = page.xpath("//meta[@name=$name or @property=$name]/@content", name=name)
    return [" ".join(value.split()) for value in found if value.strip()]


def first(values: list[str]) -> str | None:
    """The first value, or None."""
    return values[0] if values else None


def described(body: bytes, resource_id: str, site: re.Pattern[str]) -> Document | None:
    """What a video's page says of it in its head, for pages saved without their scripts; site is
    what the title ends with. None for what is no video's page."""
    parsed = tree(body)
    if parsed is None or not (first(metas(parsed, "og:type")) or "").startswith("video"):
        return None
    title = site.sub("", first(metas(parsed, "og:title")) or "").strip()
    about = first(metas(parsed, "og:description")) or first(metas(parsed, "description")) or ""
    if not title:
        return None
    return Document(
        resource_id=resource_id,
        title=title,
        author=first(metas(parsed, "author")),
        published=None,
        language=None,
        text=f"{title}\n\n{about}".strip(),
        evidence="abstract" if about else "list note",
        complete=False,
    )


def mapping(body: bytes | str) -> dict[str, Any]:
    """The JSON object in body; an empty one for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def small_mapping(body: bytes) -> dict[str, Any]:
    """mapping of a body read outside the sandbox: longer than MAX_JSON counts as anything else."""
    return mapping(body) if len(body) <= MAX_JSON else {}


def leading_mapping(source: str, start: int) -> dict[str, Any]:
    """The JSON object that begins at start of source, whatever follows it; an empty one for
    anything else."""
    try:
        value, _ = json.JSONDecoder().raw_decode(source, start)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def inside(value: Any, *path: str) -> Any:
    """What lies under path in nested JSON objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def words(value: Any) -> str:
    """value as one line of text; an empty one where it is no string."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def day(seconds: Any, zone: tzinfo = UTC) -> str | None:
    """The date in zone of seconds since 1970, or None."""
    try:
        return datetime.fromtimestamp(int(seconds), zone).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def minutes(seconds: Any) -> float | None:
    """Seconds as minutes; None for what is no length."""
    try:
        length = int(seconds) / 60
    except (TypeError, ValueError, OverflowError):
        return None
    return length if 0 < length < 60 * 1000 else None


def _charset(body: bytes) -> str | None:
    """UTF-8 where the bytes are; None leaves it to the page's own declaration."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"

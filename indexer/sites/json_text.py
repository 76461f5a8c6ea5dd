"""The little HTML and JSON reading that the sites share. Must not know any site."""

import json
from datetime import UTC, datetime
from typing import Any

from lxml import etree, html

_BLOCKS = {
    *("p", "div", "section", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "pre"),
    *("blockquote", "figcaption", "ul", "ol", "table", "article", "hr"),
}
MAX_JSON = 1 << 20
"""Bytes of JSON parsed outside the sandbox: Python makes up to twenty times as much of it."""

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
    """Visible text, one block a line, runs of spaces folded."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        named = node.tag if isinstance(node.tag, str) else ""
        hidden = named in _UNREAD or not named
        if hidden and event == "start":
            walk.skip_subtree()
        if named in _BLOCKS:
            parts.append("\n")
        if event == "start" and node.text and not hidden:
            parts.append(" ".join(f".{node.text}.".split())[1:-1])
        if event != "start" and node.tail and node is not element:
            parts.append(" ".join(f".{node.tail}.".split())[1:-1])
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def metas(page: html.HtmlElement, name: str) -> list[str]:
    """The contents of every meta element of that name or property."""
    found = page.xpath("//meta[@name=$name or @property=$name]/@content", name=name)
    return [" ".join(value.split()) for value in found if value.strip()]


def first(values: list[str]) -> str | None:
    """The first value, or None."""
    return values[0] if values else None


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


def inside(value: Any, *path: str) -> Any:
    """What lies under path in nested JSON objects, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def words(value: Any) -> str:
    """value as one line of text; an empty one where it is no string."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def day(seconds: Any) -> str | None:
    """The UTC date of seconds since 1970, or None."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _charset(body: bytes) -> str | None:
    """UTF-8 where the bytes are; None leaves it to the page's own declaration."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"

"""What a page says of its article in JSON-LD (schema.org): authors, publisher, whether it is free.

Must not know how the page looks or what its text is.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

_MOST_JSON = 2_000_000  # characters of one script
_FALSE = frozenset({"false", "http://schema.org/false", "https://schema.org/false"})
_WRITTEN = ("Article", "Posting", "Report", "Review", "Recipe", "HowTo", "CreativeWork")
_PAGES = ("WebPage", "WebContent")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """Names of the article's writers, names of its publishers, and whether it costs money."""

    writers: tuple[str, ...] = ()
    publishers: frozenset[str] = frozenset()
    paid: bool = False


def said_of(tree: HtmlElement) -> Said:
    """What every JSON-LD script of tree says together; scripts that are broken say nothing.

    Works that the article merely lists (ItemList, mentions) are not it.
    """
    nodes = [node for script in tree.iter("script") for node in _nodes(script)]
    articles = [node for node in nodes if _is(node, _WRITTEN)]
    costing = [node for node in nodes if _is(node, (*_WRITTEN, *_PAGES))]
    writers = [name for node in articles for name in _names(node.get("author"), _is_person)]
    houses = [name for node in nodes for name in _names(node.get("publisher"), _anyone)]
    houses += [name for node in nodes if _is(node, ("Organization",)) for name in _name(node)]
    return Said(tuple(dict.fromkeys(writers)), frozenset(houses), any(map(_costs, costing)))


def _nodes(script: HtmlElement) -> Iterator[Node]:
    """The objects at the top of a script, those of @graph, and what a page is mainly about."""
    if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
        return
    text = script.text or ""
    try:
        top = json.loads(text, strict=False) if len(text) <= _MOST_JSON else None
    except (ValueError, RecursionError):
        return
    for node in _listed(top):
        yield node
        for name in ("@graph", "mainEntity"):
            yield from _listed(node.get(name))


def _listed(value: Any) -> list[Node]:
    return [node for node in (value if isinstance(value, list) else [value]) if _is_node(node)]


def _is_node(value: Any) -> bool:
    return isinstance(value, dict)


def _types(node: Node) -> tuple[str, ...]:
    said = node.get("@type")
    names = said if isinstance(said, list) else [said]
    return tuple(word for name in names for word in _text(name))


def _is(node: Node, endings: tuple[str, ...]) -> bool:
    return any(name.endswith(endings) for name in _types(node))


def _is_person(node: Node) -> bool:
    return not any(name.endswith("Organization") for name in _types(node))


def _anyone(node: Node) -> bool:
    return True


def _names(value: Any, wanted: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if _is_node(one) and wanted(one):
            yield from _name(one)
        elif isinstance(one, str):
            yield from _text(one)


def _name(node: Node) -> Iterator[str]:
    value = node.get("name")
    for one in value if isinstance(value, list) else [value]:
        yield from _text(one)


def _text(value: Any) -> tuple[str, ...]:
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return (words,) if words and not words.startswith(("http://", "https://", "@")) else ()


def _costs(node: Node) -> bool:
    return str(node.get("isAccessibleForFree")).lower() in _FALSE

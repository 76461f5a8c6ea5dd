"""Bookmarks as browsers export them (Netscape format) into blocks: a folder is what its links stand
under.

Nothing in them is ever closed, so tags are taken one by one, in linear time. Must not know what an
entry is.
"""

import html as entities
import re

from indexer.lists.blocks import Builder

_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<name>dl|dt|h3|a|dd)\b(?P<rest>[^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*)>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*\"([^\"]*)\"")


def looks_like_bookmarks(source: str) -> bool:
    """Whether a page is an export of bookmarks."""
    return "NETSCAPE-Bookmark-file" in source[:500]


def read_bookmarks(source: str, builder: Builder) -> None:
    """Read an export of bookmarks; folders nest, a description follows its link."""
    outside: list[int] = []
    tokens = list(_TOKEN.finditer(source))
    line, counted = 1, 0
    for number, token in enumerate(tokens):
        line, counted = line + source.count("\n", counted, token.start()), token.start()
        end = tokens[number + 1].start() if number + 1 < len(tokens) else len(source)
        words = entities.unescape(_TAG.sub("", source[token.end() : end])).strip()
        name = token["name"].lower()
        if name == "dl" and not token["close"]:
            builder.end_paragraph()
            outside.append(builder.depth)
            builder.open("list", line)
        elif name == "dl" and outside:
            builder.close_to(outside.pop())
        elif name == "dt":
            builder.close("item", within="list")
            builder.open("item", line)
        elif name == "h3" and not token["close"]:
            builder.text(words, line)
        elif name == "a" and not token["close"]:
            found = {key.lower(): value for key, value in _ATTRIBUTE.findall(token["rest"])}
            if href := entities.unescape(found.get("href", "")).strip():
                builder.open_link(href, line, bare=not words)
                builder.text(words or href, line)
                builder.close_link()
            builder.pass_over("image", found.get("icon_uri", ""))
        elif name == "dd" and words:
            builder.text(f" - {words}", line)

"""HTML into blocks: whole pages through lxml, and the fragments Markdown leaves lying about.

A fragment may open a table that a later fragment closes, with Markdown in between, so fragments are
cut into tags (linear time, whatever the input) and the builder keeps the structure; a tree parser
would close and drop what it does not see whole. Must not know what an entry is.
"""

import html as entities
import re
from collections.abc import Collection, Iterable, Mapping

from indexer.lists.blocks import Builder, Code, Strong

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*+)((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(r"([A-Za-z_:][\w:.-]*+)\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++)")
_CONTAINERS = {
    "ul": "list",
    "ol": "list",
    "dl": "list",
    "blockquote": "quote",
    "table": "table",
    "details": "details",
    "summary": "summary",
}
# what an opening tag closes first (HTML lets these end tags be left out), and where that stops
_IMPLIED = {
    "li": (("item", "list"),),
    "dt": (("item", "list"),),
    "tr": (("cell", "table"), ("head", "table"), ("row", "table")),
    "td": (("cell", "row"), ("head", "row")),
    "th": (("cell", "row"), ("head", "row")),
}
_PARTS = {"li": "item", "dt": "item", "tr": "row", "td": "cell", "th": "head"}
_PARAGRAPHS = frozenset(
    {
        "p",
        "div",
        "dd",
        "section",
        "article",
        "main",
        "center",
        "hr",
        "header",
        "thead",
        "tbody",
        "tfoot",
        "figure",
        "form",
        "nav",
        "footer",
    }
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BALANCED = frozenset(_HEADINGS) | {"summary", "details", "blockquote", "table", "ul", "ol", "dl"}
_SILENT = frozenset({"script", "style", "pre", "textarea", "template", "head"})


class HtmlReader:
    """Feeds tags and text to a builder; one reader serves all fragments of a document."""

    def __init__(self, builder: Builder) -> None:
        """Write into builder."""
        self._builder = builder
        self._silent: str | None = None
        self._code = 0
        self._strong = 0

    def fragment(self, source: str, line: int, unclosed: Collection[int] = ()) -> None:
        """Read a block of HTML that starts on line; its structure may reach beyond it.

        What the tags at unclosed open is closed with the fragment: nothing else closes it, and it
        would take in all that follows.
        """
        position, depth = 0, None
        while position < len(source):
            if position in unclosed and depth is None:
                depth = self._builder.depth
            position, line = self._step(source, position, line)
        self._silent = None
        self._code = self._strong = 0
        if depth is not None:
            self._builder.close_to(depth)

    def tag(self, source: str, line: int) -> None:
        """Read one inline tag or comment."""
        if match := _TAG.match(source):
            self._tag(match, line)

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        """Take an opening tag."""
        builder = self._builder
        if name == "a":
            if href := attributes.get("href"):
                builder.open_link(href, line)
        elif name == "br":
            builder.line_break(hard=True)
        elif name == "img":
            builder.image(attributes.get("src", ""), attributes.get("alt", ""))
        elif name == "source":
            builder.pass_over("image", attributes.get("srcset", ""))
        elif name == "code":
            self._code += 1
        elif name in {"b", "strong"}:
            self._strong += 1
        elif name in _SILENT:
            self._silent = name
        else:
            self._start_block(name, line)

    def end(self, name: str) -> None:
        """Take a closing tag."""
        if name == "a":
            self._builder.close_link()
        elif name == "code":
            self._code = max(0, self._code - 1)
        elif name in {"b", "strong"}:
            self._strong = max(0, self._strong - 1)
        elif name in _CONTAINERS:
            self._builder.close(_CONTAINERS[name])
        elif name in _PARTS and name != "dt":
            self._builder.close(_PARTS[name], within=_IMPLIED[name][-1][1])
        elif name in _HEADINGS:
            self._builder.close("heading")
        elif name in _PARAGRAPHS:
            self._builder.end_paragraph()

    def text(self, text: str, line: int) -> None:
        """Take text, entities already resolved."""
        if self._silent is not None:
            self._builder.pass_over("code", text)
        elif text:
            kept = Code(text) if self._code else Strong(text) if self._strong else text
            self._builder.text(kept, line)

    def _step(self, source: str, position: int, line: int) -> tuple[int, int]:
        """Take one run of text, comment or tag; return where the next starts."""
        mark = source.find("<", position)
        if mark != position:
            end = len(source) if mark < 0 else mark
            self.text(entities.unescape(source[position:end]), line)
            return end, line + source.count("\n", position, end)
        if source.startswith("<!--", position):
            found = source.find("-->", position)
            end = len(source) if found < 0 else found + 3
            self._builder.pass_over("comment", source[position:end])
        elif match := _TAG.match(source, position):
            self._tag(match, line)
            end = match.end()
        else:
            self.text("<", line)
            end = position + 1
        return end, line + source.count("\n", position, end)

    def _tag(self, match: re.Match[str], line: int) -> None:
        name = match[2].lower()
        if self._silent is not None:
            if match[1] and name == self._silent:
                self._silent = None
        elif match[1]:
            self.end(name)
        else:
            self.start(name, _attributes(match[3]), line)

    def _start_block(self, name: str, line: int) -> None:
        builder = self._builder
        for kind, within in _IMPLIED.get(name, ()):
            builder.close(kind, within)
        if name in _HEADINGS:
            builder.open("heading", line, _HEADINGS[name])
        elif name in _CONTAINERS or name in _PARTS:
            builder.open(_CONTAINERS.get(name) or _PARTS[name], line)
        elif name in _PARAGRAPHS:
            builder.end_paragraph()


def unclosed_tags(fragments: Iterable[str]) -> list[set[int]]:
    """For each fragment of one document where those tags stand that no fragment closes.

    Only tags that take in what follows them count, and an end tag closes the last of its name.
    """
    opened: dict[str, list[tuple[int, int]]] = {}
    found: list[set[int]] = []
    for number, source in enumerate(fragments):
        found.append(set())
        for match in _TAG.finditer(source):
            name = match[2].lower()
            if name not in _BALANCED:
                continue
            if not match[1]:
                opened.setdefault(name, []).append((number, match.start()))
            elif opened.get(name):
                opened[name].pop()
    for places in opened.values():
        for number, start in places:
            found[number].add(start)
    return found


def read_html(source: str, builder: Builder) -> None:
    """Read a whole page with lxml (HTML as found in the wild; nothing is fetched or run)."""
    from lxml import etree, html

    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):  # nothing but space and comments
        return
    reader = HtmlReader(builder)
    line = 1
    silent: object = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        line = element.sourceline or line
        if silent is None and event == "start":
            if name in _SILENT or name == "nav":
                silent = element
            else:
                reader.start(name, dict(element.items()), line)  # [] refuses names like `{`
                reader.text(element.text or "", line)
        elif event == "end":
            if silent is None:
                reader.end(name)
            elif silent is element:
                silent = None
            if silent is None:
                reader.text(element.tail or "", line)


def _attributes(source: str) -> dict[str, str]:
    """The attributes of a tag, names in lower case, entities resolved; the first of a name wins."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(source):
        value = match[2]
        if value[0] in "\"'":
            value = value[1:-1]
        found.setdefault(match[1].lower(), entities.unescape(value))
    return found

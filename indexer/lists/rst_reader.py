"""reStructuredText into blocks, by docutils' own parser.

Nothing is included, fetched or run: file insertion and raw output are off. Must not know what an
entry is.
"""

import re
from typing import Any

from indexer.lists.blocks import Builder, Code, Problem

_CONTAINERS = {
    "bullet_list": "list",
    "enumerated_list": "list",
    "definition_list": "list",
    "list_item": "item",
    "definition_list_item": "item",
    "block_quote": "quote",
    "table": "table",
    "row": "row",
    "entry": "cell",
    "paragraph": "para",
    "term": "para",
    "line": "para",
}
_ERROR = 3
MAX_TANGLE = 1_000_000
"""Opening marks of a paragraph times its characters; a real one stays under 10,000."""
_MARKS = re.compile(r"[`*|_]")
_NEW_PARAGRAPH = re.compile(r"\s*(?:[-*+\u2022]|\d+[.)]|#\.|\.\.)\s")
_SILENT = frozenset(
    {
        "comment",
        "literal_block",
        "doctest_block",
        "raw",
        "substitution_definition",
        "substitution_reference",
        "system_message",
        "topic",
        "target",
        "footnote",
        "docinfo",
        "math_block",
        "problematic",
    }
)


def looks_like_rst(source: str) -> bool:
    """Whether text links as reStructuredText does and not as Markdown does."""
    return source.count(">`_") > 2 and source.count(">`_") > source.count("](")


def read_rst(source: str, builder: Builder) -> None:
    """Read a reStructuredText document; what docutils finds wrong is reported by line."""
    from docutils import frontend, utils
    from docutils.parsers.rst import Parser

    settings = frontend.get_default_settings(Parser)
    settings.halt_level = settings.report_level = 6  # neither stop nor print: we report
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.line_length_limit = len(source) + 1
    source = _untangled(source, builder)
    document = utils.new_document("list", settings)
    document.reporter.attach_observer(lambda message: _report(message, builder))
    try:
        Parser().parse(source, document)
        _Reader(document, builder).children(document, 1)
    except RecursionError:
        builder.problems.append(Problem(1, "nested too deep: not read to its end"))
    except Exception as error:
        builder.problems.append(Problem(1, f"docutils cannot read this: {type(error).__name__}"))


def _untangled(source: str, builder: Builder) -> str:
    """Text without the paragraphs whose markup would cost docutils quadratic time.

    It looks for the end of each opening mark to the end of the paragraph: marks times length.
    """
    lines = source.split("\n")
    spent = start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and lines[end].strip() and not _NEW_PARAGRAPH.match(lines[end]):
            continue
        marks = sum(len(_MARKS.findall(line)) for line in lines[start:end])
        cost = marks * sum(map(len, lines[start:end]))
        if cost > MAX_TANGLE or spent + cost > 50 * MAX_TANGLE:
            builder.problems.append(Problem(start + 1, "too much markup in one place: not read"))
            lines[start:end] = [""] * (end - start)
        else:
            spent += cost
        start = end
    return "\n".join(lines)


def _report(message: Any, builder: Builder) -> None:
    if message["level"] >= _ERROR:
        text = message.astext().split("\n")[0]
        builder.problems.append(Problem(message.get("line") or 1, text[:200]))


class _Reader:
    """Walks docutils' tree into the builder."""

    def __init__(self, document: Any, builder: Builder) -> None:
        from docutils import nodes

        self._nodes = nodes
        self._builder = builder
        self._line = 1
        self._named = {
            name: target["refuri"]
            for target in document.findall(nodes.target)
            if "refuri" in target
            for name in target["names"]
        }
        self._anonymous = iter(
            [
                t["refuri"]
                for t in document.findall(nodes.target)
                if t.get("anonymous") and "refuri" in t
            ]
        )

    def children(self, node: Any, level: int) -> None:
        for child in node.children:
            self._node(child, level)

    def _node(self, node: Any, level: int) -> None:
        name = node.__class__.__name__
        self._line = getattr(node, "line", None) or self._line
        if name == "Text":
            self._text(self._plain(str(node)))
        elif name in _SILENT:
            return
        elif name == "section":
            self.children(node, level + 1)
        elif name in {"title", "subtitle", "rubric"}:
            self._block("heading", node, level)
        elif name == "reference":
            self._reference(node)
        elif name == "image":
            self._image(node)
        elif name == "literal":
            self._builder.text(Code(self._plain(node.astext())), self._line)
        elif name in _CONTAINERS:
            self._block(_CONTAINERS[name], node, level)
        else:
            self.children(node, level)

    def _block(self, kind: str, node: Any, level: int) -> None:
        depth = self._builder.depth
        if kind == "cell" and node.parent.parent.__class__.__name__ == "thead":
            kind = "head"
        self._builder.open(kind, self._line, level)
        self.children(node, level)
        self._builder.close_to(depth)

    def _plain(self, text: str) -> str:
        """text without the NUL that stands for a backslash where docutils gave up on markup."""
        return str(self._nodes.unescape(text)) if "\0" in text else text

    def _text(self, text: str) -> None:
        first, *others = text.split("\n")
        self._builder.text(first, self._line)
        for line in others:
            self._builder.line_break(hard=False)
            self._builder.text(line, self._line)

    def _reference(self, node: Any) -> None:
        url = node.get("refuri") or self._named.get(node.get("refname", ""))
        if not url and node.get("anonymous"):
            url = next(self._anonymous, None)
        if not url:
            self.children(node, 0)
            return
        self._builder.open_link(self._plain(url), self._line, bare=node.astext() == url)
        self.children(node, 0)
        self._builder.close_link()

    def _image(self, node: Any) -> None:
        if "refuri" in node.parent:
            self._builder.image(node.get("uri", ""), node.get("alt", ""))

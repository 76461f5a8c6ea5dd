"""Markdown into blocks, by markdown-it-py tokens.

CommonMark with tables and strikethrough, and four changes that reading lists need: addresses stay
as written; bare addresses are links; an indented block that starts like a list is a list, not code;
and links are matched in linear time, so that a hostile line costs no more than a long one.
Must not know what an entry is.
"""

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from indexer.lists.blocks import Builder, Code, Problem, Strong
from indexer.lists.html_reader import HtmlReader, unclosed_tags
from indexer.lists.markdown_rules import PLAIN_LINK, list_markdown

MAX_INLINE = 20_000
"""Characters of running text parsed at once; longer text is cut at line ends."""

_CONTAINERS = {
    "bullet_list": "list",
    "ordered_list": "list",
    "list_item": "item",
    "blockquote": "quote",
    "table": "table",
    "tr": "row",
    "th": "head",
    "td": "cell",
    "paragraph": "para",
}
_SPECIAL = re.compile(  # whatever might not stand for itself
    r"[\\`*\[\]\n]|~~|://|<[A-Za-z/!?]|&[#A-Za-z]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
)
_LEFT_MARKS = re.compile(r"(__[a-z]+__)|(?<![A-Za-z0-9])(?:\*\*|__)|(?:\*\*|__)(?![A-Za-z0-9])")


def read_markdown(
    source: str, builder: Builder, first_line: int = 1, references: dict[str, Any] | None = None
) -> None:
    """Read Markdown whose first line is first_line of its file.

    references are link definitions found elsewhere in the file, as markdown-it keeps them.
    """
    md = list_markdown()
    env: dict[str, Any] = {"references": dict(references or {})}
    tokens: list[Token] = []
    state = StateBlock(source, md, env, tokens)
    md.block.tokenize(state, 0, state.lineMax)
    _Feeder(builder, md, env, first_line).feed(tokens)
    for reference in env["references"].values():
        builder.pass_over("definition", str(reference["href"]))


def definitions(lines: list[str]) -> dict[str, Any]:
    """The link definitions (`[name]: address`) among lines, as markdown-it keeps them."""
    wanted = [line for line in lines if line.lstrip().startswith("[") and "]:" in line]
    env: dict[str, Any] = {}
    if wanted:
        md = list_markdown()
        state = StateBlock("\n\n".join(wanted), md, env, [])
        md.block.tokenize(state, 0, state.lineMax)
    found: dict[str, Any] = env.get("references", {})
    return found


class _Feeder:
    """Turns block tokens into builder calls, parsing inline text as it comes."""

    def __init__(
        self, builder: Builder, md: MarkdownIt, env: MutableMapping[str, Any], first: int
    ) -> None:
        self._builder = builder
        self._html = HtmlReader(builder)
        self._md = md
        self._env = env
        self._first = first
        self._depths: list[int] = []
        self._line = first
        self._strong = 0
        self._limit = md.options["maxNesting"] - 2

    def feed(self, tokens: list[Token]) -> None:
        builder = self._builder
        fragments = [token.content for token in tokens if token.type == "html_block"]
        unclosed = iter(unclosed_tags(fragments))
        for token in tokens:
            if token.map:
                self._line = self._first + token.map[0]
            if token.type == "inline":
                self._inline(token.content)
            elif token.nesting > 0:
                self._open(token)
            elif token.nesting < 0:
                if token.type in {"thead_close", "tbody_close"}:
                    continue
                builder.close_to(self._depths.pop())
            elif token.type == "html_block":
                self._html.fragment(token.content, self._line, next(unclosed))
            elif token.type in {"fence", "code_block"}:
                builder.pass_over("code", token.content)
            elif token.type == "hr":
                builder.end_paragraph()

    def _open(self, token: Token) -> None:
        name = token.type[:-5]
        if name in {"thead", "tbody"}:
            return
        self._builder.end_paragraph()
        self._depths.append(self._builder.depth)
        if name == "heading":
            self._builder.open("heading", self._line, int(token.tag[1]))
        else:
            number = int(token.info) if name == "list_item" and token.info.isdecimal() else 0
            self._builder.open(_CONTAINERS[name], self._line, number)
        if token.level >= self._limit and name in {"list_item", "blockquote"}:
            self._builder.problems.append(Problem(self._line, "nested too deep: not read"))

    def _inline(self, content: str) -> None:
        if not _SPECIAL.search(PLAIN_LINK.sub("", content)):
            self._simple(content)
            return
        for part in _parts(content):
            children: list[Token] = []
            self._md.inline.parse(part, self._md, self._env, children)
            self._strong = 0
            for child in children:
                self._child(child)
            self._line += part.endswith("\n")

    def _simple(self, content: str) -> None:
        """Text and plain links with nothing else to parse: the same result, far sooner."""
        builder, line, position = self._builder, self._line, 0
        for link in PLAIN_LINK.finditer(content):
            if link.start() > position:
                builder.text(content[position : link.start()], line)
            builder.open_link(link[2], line)
            builder.text(link[1], line)
            builder.close_link()
            position = link.end()
        if position < len(content):
            builder.text(content[position:], line)

    def _child(self, child: Token) -> None:
        builder, kind, line = self._builder, child.type, self._line
        if kind == "text":
            text = child.content
            if "**" in text or "__" in text:
                text = _LEFT_MARKS.sub(r"\1", text)
            builder.text(Strong(text) if self._strong else text, line)
        elif kind == "text_special":
            builder.text(Strong(child.content) if self._strong else child.content, line)
        elif kind == "strong_open":
            self._strong += 1
        elif kind == "strong_close":
            self._strong -= 1
        elif kind == "link_open":
            builder.open_link(str(child.attrs["href"]), line, bare=child.info == "auto")
        elif kind == "link_close":
            builder.close_link()
        elif kind == "softbreak" or kind == "hardbreak":
            builder.line_break(hard=kind == "hardbreak")
            self._line += 1
        elif kind == "code_inline":
            builder.text(Code(child.content), line)
            builder.pass_over("code", child.content)
        elif kind == "image":
            builder.image(str(child.attrs["src"]), child.content)
        elif kind == "html_inline":
            self._html.tag(child.content, line)
            self._line += child.content.count("\n")


def _parts(content: str) -> Iterator[str]:
    """Running text in stretches of at most MAX_INLINE characters, cut at line ends if possible."""
    start = 0
    while len(content) - start > MAX_INLINE:
        end = content.rfind("\n", start, start + MAX_INLINE) + 1 or start + MAX_INLINE
        yield content[start:end]
        start = end
    yield content[start:] if start else content

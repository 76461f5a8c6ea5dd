"""The one shape every list format is read into: a small tree of blocks with inline pieces.

Why: Markdown, HTML and reStructuredText (and HTML inside Markdown) say the same few things, so what
an entry is gets decided once, over this tree. Must not know what an entry is, nor any file format;
readers call Builder, indexer/lists/entries.py walks the tree.
"""

from dataclasses import dataclass, field

MAX_DEPTH = 96
"""Deeper nesting is read flat. Real lists stop near 12; recursion must stay far from its limit."""

_TEXT_KINDS = frozenset({"para", "heading", "summary"})
_ROWS = frozenset({"table", "row"})


class Code(str):
    """Inline code: text, but set apart by its author (`2017`)."""

    __slots__ = ()


class Strong(str):
    """Emphasised text (bold): what an author sets apart, often a title."""

    __slots__ = ()


@dataclass(slots=True)
class Break:
    """A line break; hard where the author asked for it."""

    hard: bool


@dataclass(slots=True)
class Link:
    """One link. bare: its text is its address. images are (source, alternative text). aside is why
    it becomes no entry, where that was decided."""

    url: str
    line: int
    bare: bool = False
    text: str = ""
    images: list[tuple[str, str]] = field(default_factory=list)
    readable: bool | None = None  # whether it leads to something to read, once somebody asked
    aside: str = ""


Piece = str | Break | Link


@dataclass(slots=True)
class Block:
    """kind is root, heading, para, list, item, quote, table, row, head, cell, details or summary.

    line is 1-based; level is a heading's, or the number of an item
    in an ordered list; linked is True where a link is anywhere below.
    """

    kind: str
    line: int
    level: int = 0
    linked: bool = False
    pieces: list[Piece] = field(default_factory=list)
    children: list["Block"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read. line is 1-based."""

    line: int
    message: str


class Builder:
    """Receives what a reader meets, in order, and keeps the tree well formed whatever comes."""

    def __init__(self) -> None:
        """Start an empty tree."""
        self.root = Block("root", 1)
        self.problems: list[Problem] = []
        self.links: list[Link] = []
        self.passed: list[tuple[str, str]] = []  # (reason, text) of what holds no entries
        self._stack = [self.root]
        self._link: Link | None = None
        self._too_deep = 0

    @property
    def depth(self) -> int:
        """How many blocks are open, counting those left flat."""
        return len(self._stack) + self._too_deep

    def open(self, kind: str, line: int, level: int = 0) -> None:
        """Open a block inside the innermost open one."""
        self.end_paragraph()
        if len(self._stack) >= MAX_DEPTH:
            if not self._too_deep:
                self.problems.append(Problem(line, f"nested deeper than {MAX_DEPTH}: read flat"))
            self._too_deep += 1
            return
        block = Block(kind, line, level)
        self._stack[-1].children.append(block)
        self._stack.append(block)

    def close_to(self, depth: int) -> None:
        """Close every block opened since depth was read."""
        self.end_paragraph()
        self._too_deep = max(0, min(self._too_deep, depth - len(self._stack)))
        del self._stack[max(1, depth) :]

    def close(self, kind: str, within: str = "") -> None:
        """Close the innermost open block of a kind, unless one of kind `within` is met first."""
        self.end_paragraph()
        if self._too_deep:
            self._too_deep -= 1
            return
        for depth in range(len(self._stack) - 1, 0, -1):
            if self._stack[depth].kind == kind:
                del self._stack[depth:]
                return
            if self._stack[depth].kind == within:
                return

    def end_paragraph(self) -> None:
        """End the running text, and a link left open in it."""
        if self._link is not None:
            self.close_link()
        if self._stack[-1].kind == "para":
            self._stack.pop()

    def text(self, text: str, line: int) -> None:
        """Add running text; it opens a paragraph where none is open."""
        if self._link is not None:
            self._link.text += text
        elif self._stack[-1].kind in _TEXT_KINDS:
            self._stack[-1].pieces.append(text)
        elif not text.isspace() and text:
            self._holder(line).pieces.append(text)

    def line_break(self, hard: bool) -> None:
        """Add a line break."""
        if self._link is not None:
            self._link.text += " "
        elif self._stack[-1].kind in _TEXT_KINDS:
            self._stack[-1].pieces.append(Break(hard))

    def image(self, source: str, alternative: str) -> None:
        """Add an image: only its link, if it stands in one, can matter."""
        self.pass_over("image", source)
        if self._link is not None:
            self._link.images.append((source, alternative))

    def pass_over(self, reason: str, text: str) -> None:
        """Note a text with addresses that are not read, and why: code, a comment."""
        if "://" in text:
            self.passed.append((reason, text))

    def open_link(self, url: str, line: int, bare: bool = False) -> None:
        """Open a link; one left open before ends here."""
        if self._link is not None:
            self.close_link()
        self._link = Link(url, line, bare)

    def close_link(self) -> None:
        """End the open link, if any."""
        if self._link is None:
            return
        link, self._link = self._link, None
        self.links.append(link)
        self._holder(link.line).pieces.append(link)
        for block in reversed(self._stack):
            if block.linked:
                break
            block.linked = True

    def _holder(self, line: int) -> Block:
        """The block that takes text now, a new paragraph if need be."""
        if self._stack[-1].kind not in _TEXT_KINDS:
            while self._stack[-1].kind in _ROWS:  # text astray between cells belongs outside
                self._stack.pop()
            block = Block("para", line)
            self._stack[-1].children.append(block)
            self._stack.append(block)
        return self._stack[-1]

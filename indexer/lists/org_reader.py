"""Org-mode into blocks: headings, lists, tables, links (Org syntax, orgmode.org/worg/org-syntax).

Line by line and linear in the text; a library was measured and left: a heading of brackets cost it
minutes. Drawers, comments, source blocks and keywords hold no entries. Must not know what an entry
is.
"""

import re

from indexer.lists.blocks import Builder, Code, Strong

MAX_LINE = 20_000
"""Characters of a line that are looked at for markup; the rest is text."""

_HEADING = re.compile(r"(\*+)[ \t]+(.*)")
_STATE = re.compile(
    r"(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED|COMMENT)[ \t]+)?(?:\[#[A-Z0-9]\][ \t]*)?"
)
_TAGS = re.compile(r"[ \t]+:(?:[\w@#%]+:)+[ \t]*$")
_ITEM = re.compile(r"([ \t]*)(?:[-+]|\*(?<!^\*)|(\d{1,9})[.)])[ \t]+(?:\[[ xX-]\][ \t]+)?(.*)")
_BLOCK = re.compile(r"[ \t]*#\+begin_(\w+)", re.IGNORECASE)
_BLOCK_END = re.compile(r"[ \t]*#\+end_(\w+)", re.IGNORECASE)
_CODE_BLOCKS = frozenset({"src", "example", "comment", "export", "html", "latex"})
_DRAWER = re.compile(r"[ \t]*:[\w-]+:[ \t]*$")
_DRAWER_END = re.compile(r"[ \t]*:end:[ \t]*$", re.IGNORECASE)
_NO_TEXT = re.compile(r"[ \t]*(?:#(?:[ \t+]|$)|(?:CLOCK|SCHEDULED|DEADLINE|CLOSED):)")
_RULE = re.compile(r"[ \t]*\|[-+|: \t]+$")
_INLINE = re.compile(
    r"\[\[([^\[\]\n]{1,4000})\](?:\[([^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*)\])?\]"
    r"|<(https?://[^<>\s]+)>|(https?://[^\s<>\"\[\]{}|\\^、。，；：！？（）【】《》「」『』]+)"
    r"|(?<![^\s({'\"-])([*=~/+_])(?=\S)((?:(?!\5)[^\n\[\]]){0,200}\S)\5(?=[\s.,;:!?'\")}\\-]|$)"
)
_IMAGE = re.compile(
    r"(?:https?:|file:|\.|/)\S*\.(?:png|jpe?g|gif|svg|webp|ico)(?:\?\S*)?", re.IGNORECASE
)


def read_org(source: str, builder: Builder) -> None:
    """Read an org document."""
    _Reader(builder).read(source.split("\n"))


class _Reader:
    """Feeds lines to the builder; open lists are kept by their indentation."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._lists: list[tuple[int, int]] = []  # indentation of its items, depth outside the list
        self._table: int | None = None

    def read(self, lines: list[str]) -> None:
        closing = ""  # what ends the block of code or drawer being passed over
        for number, line in enumerate(lines, 1):
            if closing:
                ended = _DRAWER_END.match(line) if closing == ":" else _BLOCK_END.match(line)
                if ended and (closing == ":" or ended[1].lower() == closing):
                    closing = ""
                else:
                    self._builder.pass_over("code", line)
            elif block := _BLOCK.match(line):
                name = block[1].lower()
                closing = name if name in _CODE_BLOCKS else ""
                self._end_text()
            elif _DRAWER.match(line) and not _DRAWER_END.match(line):
                closing = ":" if _ends_soon(lines, number) else ""
            else:
                self._line(line, number)
        self._close_lists(-1)

    def _line(self, line: str, number: int) -> None:
        if heading := _HEADING.match(line):
            self._end_table()
            self._close_lists(-1)
            title = _TAGS.sub("", heading[2][:MAX_LINE])
            title = title[_STATE.match(title).end() :]  # type: ignore[union-attr]
            depth = self._builder.depth
            self._builder.open("heading", number, len(heading[1]))
            self._inline(title, number)
            self._builder.close_to(depth)
        elif _NO_TEXT.match(line) or _BLOCK_END.match(line):
            self._builder.pass_over("code" if line.lstrip().startswith("#+") else "comment", line)
        elif not line.strip():
            self._end_text()
        elif line.lstrip().startswith("|"):
            self._row(line.strip(), number)
        elif item := _ITEM.match(line):
            self._item(item, number)
        else:
            self._text(line, number)

    def _item(self, item: re.Match[str], number: int) -> None:
        self._end_table()
        indent = len(item[1].expandtabs())
        self._close_lists(indent)
        builder = self._builder
        builder.end_paragraph()
        if not self._lists or self._lists[-1][0] < indent:
            self._lists.append((indent, builder.depth))
            builder.open("list", number)
        else:
            builder.close_to(self._lists[-1][1] + 1)
        builder.open("item", number, int(item[2] or 0))
        name, mark, rest = item[3].partition(" :: ")
        if mark and "[[" not in name:
            builder.text(name + ": ", number)
            self._inline(rest, number)
        else:
            self._inline(item[3], number)
        builder.line_break(hard=False)

    def _text(self, line: str, number: int) -> None:
        self._end_table()
        indent = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        self._close_lists(indent - 1 if indent else -1)
        self._inline(line.strip(), number)
        self._builder.line_break(hard=line.rstrip().endswith("\\\\"))

    def _row(self, line: str, number: int) -> None:
        builder = self._builder
        if self._table is None:
            builder.end_paragraph()
            self._table = builder.depth
            builder.open("table", number)
        if _RULE.match(line):
            return
        inside = builder.depth
        builder.open("row", number)
        for cell in _cells(line):
            depth = builder.depth
            builder.open("cell", number)
            self._inline(cell.strip(), number)
            builder.close_to(depth)
        builder.close_to(inside)

    def _end_table(self) -> None:
        if self._table is not None:
            self._builder.close_to(self._table)
            self._table = None

    def _end_text(self) -> None:
        self._end_table()
        self._builder.end_paragraph()

    def _close_lists(self, indent: int) -> None:
        """Close every list whose items stand further right than indent."""
        while self._lists and self._lists[-1][0] > indent:
            self._builder.close_to(self._lists.pop()[1])

    def _inline(self, text: str, number: int) -> None:
        builder, place = self._builder, 0
        for match in _INLINE.finditer(text[:MAX_LINE]):
            builder.text(text[place : match.start()], number)
            place = match.end()
            if match[5]:
                plain = Code(match[6]) if match[5] in "=~" else match[6]
                builder.text(Strong(match[6]) if match[5] == "*" else plain, number)
                continue
            self._link(match, number)
        builder.text(text[place:], number)

    def _link(self, match: re.Match[str], number: int) -> None:
        builder = self._builder
        url, said = match[1] or match[3] or match[4], match[2]
        if match[4]:
            url = url.rstrip("?!.,:*_~'\";)")
        if _IMAGE.fullmatch(url) and said is None:
            builder.image(url, "")
            return
        builder.open_link(url, number, bare=said is None or said == url)
        if said is not None and _IMAGE.fullmatch(said):
            builder.image(said, "")
        else:
            builder.text(said or url, number)
        builder.close_link()
        if match[4]:
            builder.text(match[4][len(url) :], number)


def _cells(line: str) -> list[str]:
    """The cells of a row; a bar within a link divides none."""
    cells, depth, start = [], 0, 1
    for place, mark in enumerate(line[1:], 1):
        if mark in "[]":
            depth = max(0, depth + (1 if mark == "[" else -1))
        elif mark == "|" and depth < 2:
            cells.append(line[start:place])
            start, depth = place + 1, 0
    return cells if start >= len(line) else [*cells, line[start:]]


def _ends_soon(lines: list[str], number: int) -> bool:
    """Whether a drawer that opens on a line is closed before the next heading, within 30 lines."""
    for line in lines[number : number + 30]:
        if _DRAWER_END.match(line):
            return True
        if _HEADING.match(line):
            return False
    return False

"""Our own rules for markdown-it-py: block and inline, each told by its docstring why.

Must not know blocks or entries; only markdown-it's states and tokens.
"""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference, unescapeAll
from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_inline import StateInline

PLAIN_LINK = re.compile(r"(?<!!)\[([^\[\]\\`*_<>!&~\n]*+)\]\(([^\s()\\<>&]++)\)")
"""The commonest link: nothing in it that could mean anything but itself."""

_DESTINATION = re.compile(
    r"\(\s*+(?:<((?:[^<>\n\\]|\\.)*+)>"
    r"|((?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.|\([^\s()]*+\))*+\))(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\([^\s()]*+\))*+\))*+)?+)"
    r"(?:\s++(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?+\s*+\)",
    re.DOTALL,
)
_BRACKETS = re.compile(r"\\.|`++|!?\[|\]", re.DOTALL)
_SCHEME = re.compile(r"(?:^|[^a-z0-9.+-])(https?)$", re.IGNORECASE)
_BARE = re.compile(r"://[^\s<>\"`\[\]{}|\\^、。，；：！？（）【】《》〈〉「」『』“”‘’…\x00-\x1f]+")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_PROSE_AFTER = re.compile(f"(?<![/=#&?_{_CJK}-])[{_CJK}]")
_LIST_START = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")
_BLOCK_START = re.compile(r"[-*+] |\d{1,9}[.)] |#{1,6} |>")
_SIMPLE_ITEM = re.compile(
    r"([-*+]|\d{1,9}[.)]) {1,4}"
    r"(?=[^\s#>+=~<|`\d*_:-]|\*\*?[^\s*]|__?[^\s_]|`[^`\n]|\d+(?![\d.)]))([^\n]+)"
)


class _ListMarkdown(MarkdownIt):
    """markdown-it that leaves addresses as their author wrote them."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - markdown-it's name
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        return True


@cache
def list_markdown() -> MarkdownIt:
    """The parser for lists, made once."""
    md = _ListMarkdown("commonmark", {"maxNesting": 90})
    md.enable(["table", "strikethrough"])
    # with the stock rule off, no other rule takes deep indentation for code
    md.block.ruler.before("code", "indented_code", _indented_code)
    md.disable("code")
    md.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    md.inline.ruler.at("link", _link)
    md.inline.ruler.at("image", _image)
    md.inline.ruler.at("linkify", _bare_address)
    md.enable("linkify")
    return md


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A run of one-line items needs no parser inside each: far sooner than the stock rule.

    Ends before the first item that might hold more than its line; the stock rule takes that one.
    """
    if silent or state.sCount[start] < state.blkIndent:
        return list_block(state, start, end, silent)
    items = list(_simple_items(state, start, end))
    if not items:
        return list_block(state, start, end, silent)
    state.push("bullet_list_open", "ul", 1).map = [start, start + len(items)]
    for line, content in items:
        opened = state.push("list_item_open", "li", 1)
        opened.map = [line, line + 1]
        marker = state.src[state.bMarks[line] + state.tShift[line] :][:10]
        opened.info = marker.partition(".")[0].partition(")")[0] if marker[0].isdigit() else ""
        token = state.push("inline", "", 0)
        token.content, token.map = content, [line, line + 1]
        state.push("list_item_close", "li", -1)
    state.push("bullet_list_close", "ul", -1)
    state.line = items[-1][0] + 1
    return True


def _simple_items(state: StateBlock, start: int, end: int) -> Iterator[tuple[int, str]]:
    """(line, text) of list items that are surely one line long, from start on."""
    indent, line = state.sCount[start], start
    match = _SIMPLE_ITEM.match(state.src, state.bMarks[line] + state.tShift[line])
    kind = match[1][-1] if match else ""
    while match and "]:" not in match[2]:
        after = line + 1
        while after < end and state.isEmpty(after):
            after += 1
        ended = after >= end or _surely_outside(state, line, after)
        following = None
        if not ended and state.sCount[after] == indent:
            following = _SIMPLE_ITEM.match(state.src, state.bMarks[after] + state.tShift[after])
            following = following if following and following[1][-1] == kind else None
        if not (ended or following or (after > line + 1 and state.sCount[after] <= indent)):
            return
        yield line, state.src[match.start(2) : state.eMarks[line]].strip()
        line, match = after, following


def _surely_outside(state: StateBlock, line: int, after: int) -> bool:
    """Whether the next text ends the list: further out, and no lazy continuation of line."""
    if state.sCount[after] >= state.blkIndent:
        return False
    begin = state.bMarks[after] + state.tShift[after]
    return after > line + 1 or _BLOCK_START.match(state.src, begin) is not None


def _indented_code(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Four spaces are code, unless what they indent starts like a list."""
    if silent or state.sCount[start] - state.blkIndent < 4:
        return False
    if _LIST_START.match(state.src, state.bMarks[start] + state.tShift[start]):
        return False
    line = last = start + 1
    while line < end and (state.isEmpty(line) or state.sCount[line] - state.blkIndent >= 4):
        line += 1
        if not state.isEmpty(line - 1):
            last = line
    state.line = last
    token = state.push("code_block", "code", 0)
    token.map = [start, last]
    return True


def _bare_address(state: StateInline, silent: bool) -> bool:
    """`https://…` in running text, up to space, quote, full-width mark or prose that follows."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending)
    match = scheme and _BARE.match(state.src, state.pos, state.posMax)
    if not scheme or not match:
        return False
    rest = match[0]
    if prose := _PROSE_AFTER.search(rest):
        rest = rest[: prose.start()]
    rest = _trimmed(rest)
    if len(rest) <= 3:
        return False
    if not silent:
        name = scheme[1]
        state.pending = state.pending[: -len(name)]
        _push_link(state, name + rest, name + rest, auto=True)
    state.pos += len(rest)
    return True


def _trimmed(address: str) -> str:
    """An address without the punctuation that belongs to the sentence around it (GFM 6.9)."""
    spare = address.count(")") - address.count("(")
    end = len(address)
    while end:
        if address[end - 1] == ")" and spare > 0:
            spare -= 1
        elif address[end - 1] not in "?!.,:*_~'\";":
            break
        end -= 1
    return address[:end]


def _link(state: StateInline, silent: bool) -> bool:
    """`[text](address)`, `[text][name]`, `[name]` (CommonMark 6.3)."""
    start = state.pos
    if state.src[start] != "[":
        return False
    if plain := PLAIN_LINK.match(state.src, start, state.posMax):
        if not silent:
            _push_link(state, plain[2], plain[1])
        state.pos = plain.end()
        return True
    found = _targets(state).get(start)
    if found is None or found[2] > state.posMax:
        return False
    close, url, end = found
    if not silent:
        maximum = state.posMax
        state.pos, state.posMax = start + 1, close
        state.push("link_open", "a", 1).attrs = {"href": url}
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
        state.posMax = maximum
    state.pos = end
    return True


def _image(state: StateInline, silent: bool) -> bool:
    """`![text](address)` (CommonMark 6.4); its text is kept as written."""
    if not state.src.startswith("![", state.pos):
        return False
    found = _targets(state).get(state.pos + 1)
    if found is None or found[2] > state.posMax:
        return False
    close, url, end = found
    if not silent:
        token = state.push("image", "img", 0)
        token.attrs = {"src": url}
        token.content = state.src[state.pos + 2 : close]
    state.pos = end
    return True


def _push_link(state: StateInline, url: str, text: str, auto: bool = False) -> None:
    token = state.push("link_open", "a", 1)
    token.attrs = {"href": url}
    token.info = "auto" if auto else ""
    if text:
        state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)


def _targets(state: StateInline) -> dict[int, tuple[int, str, int]]:
    """Every link and image of a text: where `[` stands → (where `]` stands, address, end).

    One pass over the brackets, inner pairs first; a link that holds a link is text.
    """
    kept = state.env.get("targets")
    if kept is not None and kept[0] is state.src:
        known: dict[int, tuple[int, str, int]] = kept[1]
        return known
    found: dict[int, tuple[int, str, int]] = {}
    innermost = -1  # where the last link that opened furthest right stands
    for start, close, is_image in _pairs(state.src):
        if not is_image and innermost > start:
            continue
        target = _target(state, start, close)
        if target:
            found[start] = (close, *target)
            if not is_image:
                innermost = max(innermost, start)
    state.env["targets"] = (state.src, found)
    return found


def _target(state: StateInline, start: int, close: int) -> tuple[str, int] | None:
    """The address a closed bracket points at and where the whole ends; None where it is text."""
    source = state.src
    match = _DESTINATION.match(source, close + 1)
    if match:
        url = match[1] if match[1] is not None else match[2] or ""
        return (unescapeAll(url) if "\\" in url or "&" in url else url), match.end()
    references = state.env.get("references")
    if not references:
        return None
    label, end = source[start + 1 : close], close + 1
    if source.startswith("[", end):
        second = source.find("]", end)
        if second > end + 1:
            label = source[end + 1 : second]
        end = second + 1 if second > 0 else end
    reference = references.get(normalizeReference(label)) if len(label) < 1000 else None
    return (reference["href"], end) if reference else None


def _pairs(source: str) -> Iterator[tuple[int, int, bool]]:
    """Matching brackets outside code spans, in the order they close: `[`, `]`, is an image."""
    marks = list(_BRACKETS.finditer(source))
    runs: dict[int, list[int]] = {}
    for mark in marks:
        if mark[0][0] == "`":
            runs.setdefault(len(mark[0]), []).append(mark.start())
    opened: list[tuple[int, bool]] = []
    skip_to = 0
    for run in runs.values():
        run.reverse()
    for mark in marks:
        if mark.start() < skip_to or mark[0][0] == "\\":
            continue
        if mark[0][0] == "`":
            skip_to = _span_end(mark, runs[len(mark[0])])
        elif mark[0] == "]":
            if opened:
                start, is_image = opened.pop()
                yield start, mark.start(), is_image
        else:
            opened.append((mark.end() - 1, mark[0][0] == "!"))


def _span_end(mark: re.Match[str], run: list[int]) -> int:
    """Where the code span that mark opens ends; its own end where nothing closes it."""
    while run and run[-1] <= mark.start():
        run.pop()
    return run.pop() + len(mark[0]) if run else mark.end()

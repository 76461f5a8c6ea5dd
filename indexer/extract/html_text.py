"""HTML text to a tree that extraction can trust, and extracted trees back to readable text.

turbohtml builds the tree a browser would (depth capped at 512, no text lost); lxml, which
trafilatura works on, drops everything below 256 levels without a word and cannot be left to parse
the page by itself. Must not know sites, titles or what happens to the text.
"""

import itertools
import re
from collections.abc import Iterator

from lxml import etree, html
from lxml.html import HtmlElement

from indexer.charset import clean

DEPTH = 200  # levels kept; what is deeper is laid out flat. trafilatura and libxml2 take 256
_FURNITURE_TAGS = "script style template nav aside footer form button select svg iframe object"
_FURNITURE = frozenset(_FURNITURE_TAGS.split())
_UNREAD = frozenset({"script", "style", "template", "noscript"})
_BLOCK_TAGS = (
    "address article blockquote body caption center code dd details div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 head header hr item li list main nav ol option p pre "
    "quote row section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_ITEMS = frozenset({"item", "li", "dt", "dd"})
_LISTS = frozenset({"list", "ul", "ol", "dl"})
_ROWS = frozenset({"row", "tr"})
_CELLS = frozenset({"cell", "td", "th"})
_VERBATIM = frozenset({"pre", "code"})
_BREAKS = frozenset({"br", "lb"})
_TEX = "application/x-tex"
_ASIDE = re.compile(
    r"\b(comments?|share|sharing|social|related|newsletter|promo|sidebar|widget|advert\w*|cookies?"
    r"|breadcrumbs?|pagination|subscribe|recommend\w*)\b",
    re.IGNORECASE,
)
_ARTICLES = (
    "//*[@itemprop='articleBody']",
    "//article",
    "//main",
    "//*[@role='main']",
)


def parse(text: str) -> HtmlElement:
    """The page as an lxml tree of at most DEPTH levels, comments and processing notes gone."""
    import turbohtml

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    source = clean(turbohtml.parse(clean(text)).html)  # twice: &#1; is a control character too
    tree = html.document_fromstring(source.encode("utf-8"), parser=parser)
    flatten(tree)
    return tree


def flatten(tree: HtmlElement, depth: int = DEPTH) -> None:
    """Turn every element that nests deeper than depth levels into paragraphs, text in order."""
    for element in tree.xpath("/*" * depth):
        if len(element):
            lines = _lines(element)
            element.text = None
            for child in list(element):
                element.remove(child)
            for line in lines:
                etree.SubElement(element, "p").text = line


def _lines(element: HtmlElement) -> list[str]:
    lines = [""]
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if node.tag in _BLOCKS:
            lines.append("")
        if event == "start" and node.tag not in _FURNITURE:
            lines[-1] += node.text or ""
        elif event == "end" and node is not element:
            lines[-1] += node.tail or ""
    return [line for line in lines if line.strip()]


def write_formulas(tree: HtmlElement) -> None:
    """Replace rendered mathematics (KaTeX, MathJax, MathML, formula images) by its source.

    What scripts draw is a heap of single glyphs, often three times over; TeX reads and matches.
    """
    for node in tree.xpath(
        "//*[contains(concat(' ',@class,' '),' katex ')]|//mjx-container|//math"
    ):
        source = _formula(node)
        if source and node.getparent() is not None:
            _replace(node, source)
    for node in tree.xpath("//script[starts-with(@type,'math/tex')]"):
        _replace(node, f"${_tex(node.text or '')}$")
    for node in tree.xpath(
        "//*[contains(@class,'MathJax_Preview') or contains(@class,'MathJax_Display')"
        " or @class='MathJax' or @class='MathJax_CHTML' or @class='MathJax_SVG']"
    ):
        _replace(node, "")
    for node in tree.xpath(
        "//img[@alt][@eeimg or contains(@class,'math') or contains(@class,'latex')]"
    ):
        _replace(node, f"${_tex(node.get('alt'))}$")


def _tex(source: str) -> str:
    source = " ".join(source.split())
    wrapped = re.fullmatch(r"\{\\displaystyle (.*)\}", source)  # as Wikipedia writes every one
    return wrapped[1] if wrapped else source


def _formula(node: HtmlElement) -> str:
    for annotation in node.iter("annotation"):
        if annotation.get("encoding") == _TEX and annotation.text:
            return f"${_tex(annotation.text)}$"
    spoken = node.xpath(".//mjx-assistive-mml")
    return " ".join("".join((spoken[0] if spoken else node).itertext()).split())


def _replace(node: HtmlElement, text: str) -> None:
    parent, previous = node.getparent(), node.getprevious()
    if parent is None:
        return
    text += node.tail or ""
    if previous is None:
        parent.text = (parent.text or "") + text
    else:
        previous.tail = (previous.tail or "") + text
    node.tail = None
    parent.remove(node)


def drop_line_numbers(tree: HtmlElement) -> None:
    """Leave the code of a listing, without the column of numbers highlighters put beside it."""
    for cell in tree.xpath(
        "//td[.//pre or contains(@class,'gutter') or contains(@class,'lineno')]"
    ):
        for table in itertools.islice(cell.iterancestors("table"), 1):
            code = table.xpath(".//pre")[-1:]
            if code and table.getparent() is not None and _is_count(cell):
                code[0].tail = table.tail
                table.getparent().replace(table, code[0])
    for node in tree.xpath(
        "//*[contains(@class,'line-numbers-wrapper')] | //pre//*[@class='lineno']"
    ):
        _replace(node, "")


def _is_count(node: HtmlElement) -> bool:
    words = "".join(node.itertext()).split()
    return words == [str(number) for number in range(1, len(words) + 1)]


def drop_hidden(tree: HtmlElement) -> None:
    """Remove what a reader would not see, unless it is most of the page (scripts show it later)."""
    hidden = "@hidden or contains(translate(@style,' ',''),'display:none')"
    hidden += " or contains(translate(@style,' ',''),'visibility:hidden')"
    total = _size(tree)
    for node in tree.xpath(f"//body//*[{hidden}]"):
        if 2 * _size(node) < total and node.getparent() is not None:
            node.drop_tree()


def _size(node: HtmlElement) -> int:
    """Characters that a reader could see: a script in a page is often most of it."""
    walk = etree.iterwalk(node, events=("start", "end"))
    size = 0
    for event, one in walk:
        unread = one.tag in _UNREAD
        if event == "start" and unread:
            walk.skip_subtree()
        elif event == "start":
            size += len((one.text or "").strip())
        if event == "end" and one is not node:
            size += len((one.tail or "").strip())
    return size


def marked_text(tree: HtmlElement, thin: int) -> str:
    """Text of what the page declares to be its article; empty where it declares none or many, or
    one of fewer than thin characters."""
    for path in _ARTICLES:
        found = tree.xpath(path)
        text = plain_text(found[0]) if len(found) == 1 else ""
        if len(text) >= thin:
            return text
    return ""


def plain_text(element: HtmlElement) -> str:
    """All text in element but page furniture: menus, forms, footers."""
    copied = html.fromstring(etree.tostring(element, encoding="unicode", with_tail=False))
    for node in copied.xpath("|".join(f".//{tag}" for tag in _FURNITURE_TAGS.split())):
        if node.getparent() is not None:
            node.drop_tree()
    for node in copied.xpath(".//*[@class or @id]"):
        if node.getparent() is not None and _ASIDE.search(f"{node.get('class')} {node.get('id')}"):
            node.drop_tree()
    return render(copied)


def render(tree: etree._Element) -> str:
    """Readable text of an HTML or trafilatura tree: blocks apart by a blank line.

    Headings carry Markdown marks, list items `- ` indented by depth, table rows ` | ` between
    cells; preformatted text keeps its lines. Takes both vocabularies (p, li, tr; p, item, row).
    """
    page = _Layout()
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        if isinstance(node.tag, str):
            page.visit(event, node, inside=node is not tree)
    return page.text()


class _Layout:
    """Collects text into blocks while a tree is walked."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, str]] = []  # what comes before, the block
        self.line: list[str] = []
        self.mark = ""  # what the next block starts with
        self.lists = 0
        self.verbatim = 0
        self.group = ""  # "item" or "row" while such blocks follow each other line by line

    def visit(self, event: str, node: etree._Element, *, inside: bool) -> None:
        """Take one event of iterwalk."""
        if event == "start":
            self._open(node)
            self.line.append(self._plain(node.text))
        else:
            self._close(node)
            if inside:
                self.line.append(self._plain(node.tail))

    def text(self) -> str:
        """Everything seen so far."""
        self._flush()
        return "".join(f"{gap}{block}" for gap, block in self.blocks).strip()

    def _open(self, node: etree._Element) -> None:
        tag = node.tag
        if tag in _BLOCKS and (tag != "code" or _is_block(node)):
            if tag not in _CELLS:
                self._flush()
            if tag in _VERBATIM:
                self.verbatim += 1
        if tag in _LISTS:
            self.lists += 1
        elif tag in _ITEMS:
            self.mark = "  " * max(0, self.lists - 1) + "- "
        elif level := _level(node):
            self.mark = "#" * level + " "
        elif tag in _BREAKS:
            self.line.append("\n")

    def _close(self, node: etree._Element) -> None:
        tag = node.tag
        if tag in _CELLS:
            self.line.append(" | ")
        elif tag in _BLOCKS and (tag != "code" or _is_block(node)):
            self._flush("row" if tag in _ROWS else "")
            if tag in _VERBATIM:
                self.verbatim -= 1
        if tag in _LISTS:
            self.lists -= 1

    def _plain(self, text: str | None) -> str:
        if not text or self.verbatim:
            return text or ""
        return re.sub(r"\s+", " ", text)

    def _flush(self, group: str = "") -> None:
        text = "".join(self.line)
        self.line = []
        text = text.strip("\n").rstrip() if self.verbatim else _tidy(text)
        if not text.strip():
            return
        group = "item" if self.mark.endswith("- ") else group
        gap = "\n" if group and group == self.group else "\n\n"
        self.blocks.append((gap, f"{self.mark}{text}"))
        self.mark, self.group = "", group


def _tidy(text: str) -> str:
    lines = (line.strip().removesuffix(" |") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _is_block(code: etree._Element) -> bool:
    """Whether a code element stands by itself: it has lines, or nothing around it."""
    return any("\n" in text for text in _texts(code)) or code.find("lb") is not None


def _texts(node: etree._Element) -> Iterator[str]:
    return (str(text) for text in node.itertext())


def _level(node: etree._Element) -> int:
    tag = node.get("rend", "h2") if node.tag == "head" else node.tag
    return int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0

"""Headings that are works: their links on the heading itself, or as labels and buttons below it.

`#### Title [[Amazon]](url)`, or `### Title` over `[![arXiv](…)](…) [![Code](…)](…)` or over
`- [paper](…)` and `- [code](…)`: the heading says what it is, the links say where. Must not know
how entries are numbered or sectioned.
"""

import re
from collections.abc import Sequence

from indexer.lists import fields
from indexer.lists import link_labels as labels
from indexer.lists.blocks import Block, Break, Link, Piece
from indexer.lists.drafts import Draft, further, read_pieces, tidy
from indexer.lists.pieces import is_button, label_of, starts_entry, usable

_HOUSEKEEPING = re.compile(
    r"\b(?:contribut|licen[cs]e\b|copyright|acknowledge?ment|credits?$|thanks|sponsor|star history|citation"
    r"|how to cite|cite\b|citing|disclaimer|changelog|contact(?: us)?$|maintainers?$"
    r"|code of conduct|donat|support (?:us|this)|backers)|贡献|貢獻|参与|參與|许可|許可|致谢|致謝|赞助|贊助|版权|版權"
    r"|免责|免責|引用$|联系(?:我|方式)|聯繫|交流群|打赏|捐赠",
    re.IGNORECASE,
)


def is_housekeeping(heading: str) -> bool:
    """Whether a heading is over what manages the list rather than belongs to it."""
    return len(heading) < 60 and _HOUSEKEEPING.search(heading) is not None


def heading_drafts(block: Block) -> list[Draft]:
    """The drafts of the links on a heading, the one it is about first; none without such links."""
    pieces = block.pieces
    links = [piece for piece in pieces if isinstance(piece, Link) and usable(piece)]
    if not links:
        return []
    first = pieces.index(links[0])
    before = tidy(fields.plain("".join(map(_words, pieces[:first]))))
    if starts_entry(pieces) or not _names(before, links[0]):
        return read_pieces(pieces)
    return _drafts(before.rstrip(":： "), links, tidy(_between(pieces[first:])))


def until_heading(blocks: Sequence[Block], start: int) -> Sequence[Block]:
    """The blocks from start up to the next heading."""
    for place in range(start, len(blocks)):
        if blocks[place].kind == "heading":
            return blocks[start:place]
    return blocks[start:]


def work_below(title: str, own: Sequence[Block]) -> tuple[list[Draft], set[int]]:
    """The drafts of the work a heading names, and the blocks (by id) that hold nothing but them.

    Only where every link in paragraphs of links and in lists under the heading is a label or a
    button, one of each sort, and one of them leads to a work.
    """
    title = tidy(title).rstrip(":： ")
    links: list[Link] = []
    taken: set[int] = set()
    if not title or labels.is_label(title) or labels.names_only_kinds(title):
        return [], taken
    rests: list[tuple[Block, list[Piece]]] = []
    for block in own:
        if not block.linked or block.kind == "details":
            continue
        if block.kind == "para":
            found, rest = _leading_links(block)
            if not found:
                continue
            rests.append((block, rest))
        elif found := _labelled_items(block):
            taken.add(id(block))
        else:
            return [], set()
        links += found
    said = [_said(link) for link in links]
    if not links or (len(said) > 1 and len(set(said)) == 1):
        return [], set()
    if not any(
        labels.label_kind(word) or labels.leads_to_work(link.url)
        for word, link in zip(said, links, strict=True)
    ):
        return [], set()
    for block, rest in rests:
        block.pieces[:], block.linked = rest, any(isinstance(piece, Link) for piece in rest)
        if not rest:
            taken.add(id(block))
    return _drafts(title, links, ""), taken


def _drafts(title: str, links: Sequence[Link], note: str) -> list[Draft]:
    first = links[0]
    main = Draft(first.url, title, first.line, note=note, kind=labels.label_kind(_said(first)))
    drafts, seen = [main], {main.url}
    for link in links[1:]:
        if link.url not in seen:
            seen.add(link.url)
            drafts.append(further(main, link))
    return drafts


def _names(before: str, link: Link) -> bool:
    """Whether the words before a link on a heading are the title, and the link's a label."""
    if sum(c.isalpha() for c in before) < 2 or labels.is_label(before):
        return False
    text = link.text.strip()
    return is_button(link) or link.bare or labels.is_label(text) or text[:1] in "[(【（"


def _leading_links(block: Block) -> tuple[list[Link], list[Piece]]:
    """The links of the lines that a paragraph starts with and that hold nothing else, all of them
    labels or buttons; and the pieces after them. No links where the first line holds more."""
    lines: list[list[Piece]] = [[]]
    for piece in block.pieces:
        if isinstance(piece, Break):
            lines.append([])
        else:
            lines[-1].append(piece)
    links: list[Link] = []
    for place, line in enumerate(lines):
        found = [piece for piece in line if isinstance(piece, Link) and usable(piece)]
        if any(map(str.isalpha, _between(line))) or not all(map(_is_labelled, found)):
            rest = [piece for each in lines[place:] for piece in (*each, Break(hard=True))]
            return links, rest[:-1]
        links += found
    return links, []


def _labelled_items(block: Block) -> list[Link]:
    """The links of a list of labels, one of each sort; none where it holds anything else."""
    if block.kind != "list":
        return []
    links: list[Link] = []
    for item in block.children:
        parts = item.children or [item]
        if any(part.kind != "para" for part in parts):
            return []
        for part in parts:
            found = [piece for piece in part.pieces if isinstance(piece, Link) and usable(piece)]
            rest = tidy(_between(part.pieces)).rstrip(":： ")
            if not found or not all(map(_is_labelled, found)):
                return []
            if rest and not labels.is_label(rest):
                return []
            if rest and len(found) == 1 and labels.label_kind(_said(found[0])) is None:
                found[0].text, found[0].bare = rest, False
            links += found
    said = [_said(link) for link in links]
    return links if len(set(said)) == len(said) else []


def _is_labelled(link: Link) -> bool:
    return (
        link.bare
        or labels.is_label(_said(link))
        or (is_button(link) and labels.leads_to_work(link.url))
    )


def _said(link: Link) -> str:
    return label_of(link).strip("[]()（）【】 ").casefold()


def _between(pieces: Sequence[Piece]) -> str:
    return fields.plain("".join(_words(piece) for piece in pieces if not isinstance(piece, Link)))


def _words(piece: Piece) -> str:
    return piece.text if isinstance(piece, Link) else " " if isinstance(piece, Break) else piece

"""Pieces of a list's text: which links may be entries, what a link and a stretch between links say.

Must not know what an entry is made of (drafts.py), nor file formats.
"""

import re
from collections.abc import Iterator, Sequence

from indexer.lists import fields
from indexer.lists import link_labels as labels
from indexer.lists.blocks import Block, Break, Link, Piece, Problem

_SHORTCODE = re.compile(r"^(?::[a-z0-9_+-]+:\s*)+(?=\S)|(?:\s*:[a-z0-9_+-]+:)+$")
_FILLER = re.compile(r"(?:\W|\b(?:and|or|et|und)\b|[和与與及或])*", re.IGNORECASE)
_TAG = re.compile(r"\W*(?:【[^】]*】|\[[^\]]*\]|\d+\s*[、.．)）]|[^\W\d_][^:：]{0,24}[:：])?\W*")
_LINE_LABEL = re.compile(r"[^。！？!?\n]{0,80}?[:：\s(（\-–—]\W*")
_LONGEST_TAG = 200
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def usable(link: Link) -> bool:
    """Whether a link leads to something to read: to the web, no badge. Completes its address."""
    if link.readable is None:
        url = fields.web_address(link.url)
        link.readable = url is not None and (bool(link.text.strip()) or _is_picture(link))
        link.url = url or link.url
        if not link.bare and _ADDRESS.fullmatch(link.text.strip()):
            link.bare = True
    return link.readable


def _is_picture(link: Link) -> bool:
    """Whether a link without words shows something other than badges, or is a button that leads
    to a work: `[![arXiv](https://img.shields.io/…)](https://arxiv.org/…)`."""
    if not link.images:
        return False
    if labels.is_image(link.url):
        return False
    if not any(labels.is_badge(link.url, source) for source, _ in link.images):
        return True
    return labels.leads_to_work(link.url)


def is_button(link: Link) -> bool:
    """Whether a link is an image and no words."""
    return not link.text.strip() and bool(link.images)


def usable_links(block: Block, problems: list[Problem]) -> list[Link]:
    """The links under block that lead to something to read; what looks broken is reported."""
    found = []
    for piece in pieces_under(block):
        if not isinstance(piece, Link):
            continue
        if usable(piece):
            found.append(piece)
        elif fault := _fault(piece):
            problems.append(Problem(piece.line, fault))
    return found


def words_of(block: Block) -> str:
    """Everything a block says, as plain text."""
    return fields.plain("".join(text_of(piece) for piece in pieces_under(block)))


def words_in(pieces: Sequence[Piece]) -> str:
    """Everything some pieces of a paragraph say, as plain text."""
    return words_of(Block("para", 0, pieces=list(pieces)))


def text_pieces(block: Block) -> Iterator[str]:
    """What a block says piece by piece, bold text still marked."""
    for piece in pieces_under(block):
        yield "\n" if isinstance(piece, Break) else said_as_is(piece)


def block_lines(block: Block) -> list[str]:
    """A paragraph as its author broke it into lines."""
    lines = [""]
    for piece in block.pieces:
        if isinstance(piece, Break) and piece.hard:
            lines.append("")
        else:
            lines[-1] += text_of(piece)
    return [line for line in lines if line.strip()]


def segments_under(block: Block) -> list[list[Piece]]:
    """The segments of a block and of all that it holds."""
    if not block.children:
        return segments(block)
    parts = [part for child in block.children for part in segments_under(child)]
    return [*segments(block), *parts] if block.pieces else parts


def segments(block: Block) -> list[list[Piece]]:
    """A paragraph cut where its author starts another entry on a new line."""
    lines: list[tuple[bool, list[Piece]]] = [(True, [])]
    for piece in block.pieces:
        if isinstance(piece, Break):
            lines.append((piece.hard, []))
        else:
            lines[-1][1].append(piece)
    if len(lines) == 1:
        return [lines[0][1]]
    starts = [starts_entry(line) or ends_in_address(line) for _, line in lines]
    every = all(
        start or not _any_words(line) for start, (_, line) in zip(starts, lines, strict=True)
    )
    cut: list[list[Piece]] = [lines[0][1]]
    for start, (hard, line) in zip(starts[1:], lines[1:], strict=True):
        if start and (hard or every):
            cut.append(line)
        else:
            cut[-1] += [Break(hard), *line]
    return cut


def starts_entry(pieces: Sequence[Piece]) -> bool:
    """Whether a line opens with a link, after no more than a date, a number or a tag."""
    before = ""
    for piece in pieces:
        if isinstance(piece, Link) and usable(piece):
            if len(before) > _LONGEST_TAG:
                return False
            return _TAG.fullmatch(before) is not None or fields.only_date(before) is not None
        before += text_of(piece)
    return False


def ends_in_address(pieces: Sequence[Piece]) -> bool:
    """Whether a line is a few words and then a bare address: `Title: https://…`."""
    links = [piece for piece in pieces if isinstance(piece, Link) and usable(piece)]
    if len(links) != 1 or not links[0].bare:
        return False
    place = pieces.index(links[0])
    before = "".join(map(text_of, pieces[:place]))
    after = "".join(map(text_of, pieces[place + 1 :]))
    if len(before) > _LONGEST_TAG or not _FILLER.fullmatch(after):
        return False
    return _LINE_LABEL.fullmatch(before) is not None


def label_of(link: Link) -> str:
    """What a link says: its text, or what its image says."""
    text = fields.plain(link.text)
    if ":" in text and len(text) < 300:
        text = _SHORTCODE.sub("", text)
    if text or not link.images:
        return text
    source, alternative = link.images[0]
    return fields.plain(labels.button_label(source, alternative))


def said_as_is(piece: Piece) -> str:
    """What a piece says, still marked as bold where it is."""
    return piece if isinstance(piece, str) else text_of(piece)


def text_of(piece: Piece) -> str:
    """What a piece says: a link its text, a break a space."""
    if isinstance(piece, Link):
        return piece.text
    return " " if isinstance(piece, Break) else piece


def pieces_under(block: Block) -> Iterator[Piece]:
    """Every piece of a block and of those within it, a space after each."""
    yield from block.pieces
    for child in block.children:
        yield from pieces_under(child)
        yield " "


def _any_words(pieces: Sequence[Piece]) -> bool:
    return any(text_of(piece).strip() for piece in pieces)


def _fault(link: Link) -> str | None:
    """Why a link that looks like an entry is none; None for those nobody would expect."""
    url = link.url.strip()
    if not link.text.strip() or url.startswith(("#", "./#", "/#")):
        return None
    if not url:
        return f"a link without an address: {fields.plain(link.text)[:80]}"
    if url.lower().startswith(("mailto:", "javascript:", "http:", "https:")):
        return f"not a web address: {url[:80]}" if url.lower().startswith("http") else None
    return None if fields.web_address(url) else f"leads to no website: {url[:80]}"


def set_aside(pieces: Sequence[Piece], reason: str, buttons: bool = False) -> None:
    """Note on links that become no entry why not; with buttons on those alone that are buttons."""
    for piece in pieces:
        if isinstance(piece, Link) and (is_button(piece) or not buttons) and not piece.aside:
            piece.aside, piece.readable = reason, usable(piece) and not buttons

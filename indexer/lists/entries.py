"""The block tree into entries: sections, parent bullets, which paragraphs are entries.

Must not know file formats (readers build the tree) nor the wording of fields (fields.py).
"""

import re
from collections.abc import Iterable, Sequence

from cache.records import Entry
from cache.urls import without_credentials
from indexer.lists import fields
from indexer.lists import link_labels as labels
from indexer.lists.blocks import Block, Link, Piece, Problem
from indexer.lists.drafts import (
    Draft,
    ends_in_address,
    read_pieces,
    segments,
    starts_entry,
    tidy,
    usable,
    usable_links,
    words_of,
)
from indexer.lists.tables import read_table

MAX_NOTE = 2000
"""Characters of a note kept from the paragraphs that follow an entry."""

_ABOUT = re.compile(
    r"^(?:简介|簡介|描述|说明|說明|介绍|介紹|about|description|summary)\s*[:：]\s*", re.IGNORECASE
)
_NESTED = frozenset({"list", "table", "quote", "details"})
_NAMES_NEEDED = 5  # notes with the shape of a name before a list counts as one that credits authors


class Walker:
    """Walks trees of one list in order; sections carry over from one tree to the next."""

    def __init__(self, list_id: str) -> None:
        """Start at the top of the list."""
        self.problems: list[Problem] = []
        self._list_id = list_id
        self._found: list[tuple[Draft, tuple[str, ...]]] = []
        self._spared: set[str] = set()
        self._headings: list[tuple[int, str]] = []
        self._parents: list[tuple[str, bool]] = []  # text, whether it is an entry itself
        self._waiting: list[Draft] = []
        self._has_items = False

    def walk(self, root: Block) -> None:
        """Take in one tree."""
        self._blocks(root.children)

    def entries(self) -> tuple[Entry, ...]:
        """Everything found, in the order of the list."""
        self._end_section()
        _credit_authors([draft for draft, _ in self._found])
        found = self._found[::-1]
        self._found = []
        count = len(found)  # each draft goes as its entry comes: a long list is held once
        return tuple(self._entry(*found.pop(), position) for position in range(count))

    def _entry(self, draft: Draft, section: tuple[str, ...], position: int) -> Entry:
        tier = draft.tier if draft.tier is not None else fields.section_tier(section)
        level = draft.difficulty
        return Entry(
            list_id=self._list_id,
            url=without_credentials(draft.url),
            title=draft.title,
            note=draft.note,
            section=section,
            position=position,
            author=draft.author,
            published=draft.published,
            rating=draft.rating,
            difficulty=level if level is not None else fields.section_difficulty(section),
            tier=tier,
            kind=draft.kind or labels.section_kind(section),
            line=draft.line,
        )

    def _blocks(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            if block.kind == "heading":
                self._heading(block)
            elif block.kind == "para":
                self._paragraph(block)
            elif block.kind == "list":
                self._list(block)
            elif block.kind == "item":
                self._item(block)
            elif block.kind == "table":
                self._table(block)
            elif block.kind == "quote":
                self._quote(block)
            elif block.kind == "details":
                self._details(block)
            else:
                self._blocks(block.children)

    @property
    def _section(self) -> tuple[str, ...]:
        return (*(text for _, text in self._headings), *(text for text, _ in self._parents))

    def _add(self, drafts: Iterable[Draft]) -> None:
        section = self._section
        for draft in drafts:
            if not (draft.spare and draft.url in self._spared):
                self._found.append((draft, section))
            if draft.spare:
                self._spared.add(draft.url)

    # headings and what stands under them

    def _heading(self, block: Block) -> None:
        self._end_section()
        text = words_of(block)
        while self._headings and self._headings[-1][0] >= block.level:
            self._headings.pop()
        self._report(block)
        if block.level > 1 and starts_entry(block.pieces):
            self._waiting.extend(read_pieces(block.pieces))
            self._end_section()
            self._waiting = [self._found[-1][0]]
        if text:
            self._headings.append((block.level, text))

    def _end_section(self) -> None:
        """Paragraphs are entries only under a heading that has no items."""
        if not self._has_items:
            known = {id(draft) for draft, _ in self._found[-1:]}
            self._add(draft for draft in self._waiting if id(draft) not in known)
        self._waiting = []
        self._has_items = False

    def _details(self, block: Block) -> None:
        """`<details>`: its summary is a heading over what it holds."""
        kept = list(self._headings)
        for child in block.children:
            if child.kind != "summary":
                self._blocks([child])
                continue
            self._blocks(part for part in child.children if part.kind == "heading")
            parts = (part for part in child.children if part.kind != "heading")
            text = fields.plain(
                " ".join([words_of(Block("", 0, pieces=child.pieces)), *map(words_of, parts)])
            )
            if text:
                self._end_section()
                level = self._headings[-1][0] if self._headings else 0
                self._headings.append((level, text))
        if self._headings != kept:
            self._end_section()
            self._headings = kept

    def _paragraph(self, block: Block) -> None:
        if not block.linked:
            self._append(words_of(block))
            return
        if not any(isinstance(piece, Link) and usable(piece) for piece in block.pieces):
            return
        heading = self._headings[-1][1] if self._headings else ""
        for segment in segments(block):
            if starts_entry(segment) or ends_in_address(segment):
                self._waiting.extend(read_pieces(segment, fallback=heading))
            else:
                self._append(_words(segment))

    def _append(self, text: str) -> None:
        """A paragraph after an entry describes it."""
        if self._waiting and text:
            draft = self._waiting[-1]
            if len(draft.note) + len(text) < MAX_NOTE:
                draft.note = fields.plain(f"{draft.note} {text}")

    # lists, tables, quotes

    def _list(self, block: Block) -> None:
        self._has_items = self._has_items or block.linked
        for child in block.children:
            if child.kind == "para":  # astray between items, or left flat
                child = Block("item", child.line, linked=child.linked, children=[child])
            self._blocks([child])

    def _item(self, block: Block) -> None:
        own = [child for child in block.children if child.kind not in _NESTED]
        nested = [child for child in block.children if child.kind in _NESTED]
        drafts, text = self._own(own)
        self._add(drafts)
        if not nested:
            return
        name = drafts[0].title if drafts else text
        before = len(self._found)
        self._parents.append((name, bool(drafts)))
        if not name:
            self._parents.pop()
        for child in nested:
            if child.linked:
                self._blocks([child])
            elif drafts:
                drafts[0].note = fields.plain(f"{drafts[0].note} {words_of(child)}")
        if name:
            self._parents.pop()
        if not drafts and len(self._found) > before:
            self._explain(name, nested, self._found[before][0])

    def _explain(self, name: str, nested: Sequence[Block], draft: Draft) -> None:
        """`Name` with the sub-bullets `link: …` and `about: …`: the second describes the first."""
        if draft.title.startswith(name) and not draft.note:
            said = (item for part in nested for item in part.children if not item.linked)
            draft.note = _ABOUT.sub("", tidy(" ".join(map(words_of, said))))

    def _own(self, blocks: Sequence[Block]) -> tuple[list[Draft], str]:
        """The drafts of an item's own text, and that text where it holds none."""
        drafts: list[Draft] = []
        text: list[str] = []
        fallback, beside = self._parents[-1] if self._parents else ("", False)
        for block in blocks:
            if not block.linked:
                text.append(words_of(block))
                continue
            self._report(block)
            for segment in _segments_under(block):
                found = read_pieces(segment, fallback or _last(text), beside)
                drafts.extend(found)
                if not found:
                    text.append(_words(segment))
        said = fields.plain(" ".join(text))
        if drafts and said:
            drafts[0].note = fields.plain(f"{drafts[0].note} {said}")
        return _distinct(drafts), said

    def _table(self, block: Block) -> None:
        if not block.linked:
            return
        self._has_items = True
        for drafts in read_table(block, self.problems):
            self._add(drafts)

    def _quote(self, block: Block) -> None:
        """A quote is an entry where it opens with a link; its prose is not."""
        for child in block.children:
            if child.kind != "para":
                self._blocks([child])
                continue
            heading = self._headings[-1][1] if self._headings else ""
            for segment in segments(child):
                if starts_entry(segment) or ends_in_address(segment):
                    self._has_items = True
                    self._add(read_pieces(segment, fallback=heading))

    def _report(self, block: Block) -> None:
        usable_links(block, self.problems)


def _segments_under(block: Block) -> list[list[Piece]]:
    if not block.children:
        return segments(block)
    parts = [part for child in block.children for part in _segments_under(child)]
    return [*segments(block), *parts] if block.pieces else parts


def _words(pieces: Sequence[Piece]) -> str:
    return words_of(Block("para", 0, pieces=list(pieces)))


def _last(text: Sequence[str]) -> str:
    return text[-1] if text else ""


def _distinct(drafts: list[Draft]) -> list[Draft]:
    """Each address once."""
    seen: set[str] = set()
    return [d for d in drafts if not (d.url in seen or seen.add(d.url))]  # type: ignore[func-returns-value]


def _credit_authors(drafts: Sequence[Draft]) -> None:
    """In a list that writes `[Title](…) - Some Name` as a habit, such notes are authors.

    One such note alone could as well be a subtitle; when half of a list's notes have the shape of
    names, they are names.
    """
    noted = [(draft, _split_format(draft.note)) for draft in drafts if draft.note]
    named = [(draft, parts) for draft, parts in noted if fields.is_names(parts[0])]
    if len(named) < _NAMES_NEEDED or len(named) * 2 < len(noted):
        return
    for draft, (names, rest) in named:
        if draft.author is None:
            draft.author, draft.note = names, rest


def _split_format(note: str) -> tuple[str, str]:
    """`Some Name (PDF)` as the name and the rest."""
    names, bracket, rest = note.partition(" (")
    return names, bracket.strip() + rest

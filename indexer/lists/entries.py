"""The block tree into entries: sections, parent bullets, which paragraphs are entries.

Must not know file formats (readers build the tree) nor the wording of fields (fields.py).
"""

import re
from collections.abc import Iterable, Sequence

from cache.records import Entry
from indexer.lists import fields
from indexer.lists.blocks import Block, Piece, Problem
from indexer.lists.citations import are_names
from indexer.lists.described import (
    PARTS,
    Described,
    complete,
    describes_a_work,
    field,
    is_about,
    take_fields,
)
from indexer.lists.drafts import Draft, cites, distinct, read_pieces, read_prose, tidy
from indexer.lists.finished import credit_authors, entry_of
from indexer.lists.headings import (
    heading_drafts,
    is_housekeeping,
    until_heading,
    work_below,
)
from indexer.lists.pieces import (
    block_lines,
    ends_in_address,
    segments,
    segments_under,
    set_aside,
    starts_entry,
    usable_links,
    words_in,
    words_of,
)
from indexer.lists.tables import read_table

MAX_NOTE = 2000
"""Characters of a note kept from the paragraphs that follow an entry."""

_ABOUT = re.compile(
    r"^(?:简介|簡介|描述|说明|說明|介绍|介紹|about|description|summary)\s*[:：]\s*", re.IGNORECASE
)
_NESTED = frozenset({"list", "table", "quote", "details"})


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
        self._urls: set[str] = set()
        self._described: Draft | None = None  # what the next paragraph is about
        self._work: Draft | None = None  # the work that the last heading names
        self._introduction: list[Draft] = []  # links of a list that may hold no others
        self._headings_met = 0
        self._told: Described | None = None  # a work told in fields, whose links come now
        self._roles: dict[int, str] = {}  # by id of a draft the field it stood in

    def walk(self, root: Block) -> None:
        """Take in one tree."""
        self._blocks(root.children)

    def entries(self) -> tuple[Entry, ...]:
        """Everything found, in the order of the list."""
        self._complete()
        if not self._found:
            self._add(self._introduction)
        credit_authors([draft for draft, _ in self._found])
        found = self._found[::-1]
        self._found = []
        count = len(found)  # each draft goes as its entry comes: a long list is held once
        return tuple(entry_of(self._list_id, *found.pop(), position) for position in range(count))

    def _blocks(self, blocks: Sequence[Block]) -> None:
        taken: set[int] = set()
        for place, block in enumerate(blocks):
            if id(block) in taken:
                continue
            if block.kind == "heading":
                taken = self._heading(block, until_heading(blocks, place + 1))
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
                self._urls.add(draft.url)
            if draft.spare:
                self._spared.add(draft.url)

    # headings and what stands under them

    def _heading(self, block: Block, own: Sequence[Block]) -> set[int]:
        """Take in a heading; returns the blocks among its own that were read with it."""
        self._described = self._work = None
        self._headings_met += 1
        if self._told and block.level <= self._told.level:
            self._complete()
        text = words_of(block)
        while self._headings and self._headings[-1][0] >= block.level:
            self._headings.pop()
        self._report(block)
        taken: set[int] = set()
        drafts: list[Draft] = []
        if block.level > 1 or self._found:
            drafts = heading_drafts(block)
            if not drafts and not is_housekeeping(text):
                drafts, taken = work_below(text, own)
        else:
            set_aside(block.pieces, "title")
        self._add(drafts)
        if drafts:
            self._described = self._work = drafts[0]
            text = drafts[0].title if drafts[0].title in text else text
        if text:
            self._headings.append((block.level, text))
        return taken

    def _details(self, block: Block) -> None:
        """`<details>`: its summary is a heading over what it holds."""
        kept, work = list(self._headings), self._work
        rest: list[Block] = []
        for child in block.children:
            if child.kind != "summary":
                rest.append(child)
                continue
            self._blocks([part for part in child.children if part.kind == "heading"])
            parts = (part for part in child.children if part.kind != "heading")
            text = fields.plain(
                " ".join([words_of(Block("", 0, pieces=child.pieces)), *map(words_of, parts)])
            )
            if text:
                level = self._headings[-1][0] if self._headings else 0
                self._headings.append((level, text))
        self._blocks(rest)
        self._headings, self._work = kept, work

    def _tell(self, block: Block) -> bool:
        """Take a list of fields as those of the work that the heading above names."""
        if self._parents or not describes_a_work(block):
            return False
        if self._work is not None:
            take_fields(self._work, block)
            return not block.linked
        place = len(self._headings) - 1
        if place > 0 and is_about(self._headings[place][1]):
            place -= 1
        if place < 0 or is_about(self._headings[place][1]):
            return False
        self._complete()
        level, title = self._headings[place]
        draft = Draft("", title, block.line)
        take_fields(draft, block)
        section = tuple(text for _, text in self._headings[:place])
        self._told = Described(draft, level, section, len(self._found))
        self._described = draft
        return not block.linked

    def _complete(self) -> None:
        """Put the work told in fields before the links that were found for it."""
        told, self._told = self._told, None
        if told is None:
            return
        mine = self._found[told.start :]
        roles = [(draft, self._roles.get(id(draft))) for draft, _ in mine]
        main = complete(told, roles)
        if main is None:
            message = f"a work without a link: {told.draft.title[:80]}"
            self.problems.append(Problem(told.draft.line, message))
            return
        rest = [each for each in mine if each[0] is not main]
        self._found[told.start :] = [(main, told.section), *rest]
        self._roles.clear()

    def _by_role(self, drafts: Sequence[Draft], text: str) -> None:
        """Title links that stand in a field of the work being told by what they are of it."""
        work = self._told
        if work is None or not drafts:
            return
        said = field(text) or (field(self._parents[-1][0]) if self._parents else None)
        if said is None:
            self._roles |= {id(draft): "" for draft in drafts}
            return
        name, role, _ = said
        for draft in drafts:
            self._roles[id(draft)] = role
            draft.note = tidy(draft.note.removeprefix(name))
            own = (
                draft.title.removesuffix(")").rpartition("(")[2]
                if draft.title.endswith(")")
                else ""
            )
            if draft.title.startswith((name, work.draft.title)):
                label = own if own and draft.title.startswith(name) and "." not in own else name
                draft.title = f"{work.draft.title} ({label})"
            elif role in PARTS:
                draft.title = f"{work.draft.title} ({draft.title})"

    def _paragraph(self, block: Block) -> None:
        if not block.linked:
            self._describe(block)
            return
        heading = self._headings[-1][1] if self._headings else ""
        for segment in segments(block):
            if self._is_introduction or self._is_housekeeping:
                set_aside(segment, "badge", buttons=True)
            if starts_entry(segment) or ends_in_address(segment) or cites(segment):
                drafts = read_pieces(segment, fallback=heading)
                self._add(drafts)
                self._described = drafts[0]
            else:
                self._append(words_in(segment))
                self._prose(segment)

    def _prose(self, pieces: Sequence[Piece]) -> None:
        """Links in running text: entries, but not what introduces or manages a list."""
        set_aside(pieces, "image", buttons=True)
        context = self._described.title if self._described else self._context
        drafts = [draft for draft in read_prose(pieces, context) if draft.url not in self._urls]
        if self._is_housekeeping:
            set_aside(pieces, "housekeeping")
        elif self._is_introduction:
            self._introduction.extend(drafts)
            set_aside(pieces, "introduction")
        else:
            self._add(drafts)

    @property
    def _context(self) -> str:
        section = self._section
        return section[-1] if section else ""

    @property
    def _is_housekeeping(self) -> bool:
        return any(is_housekeeping(text) for _, text in self._headings)

    @property
    def _is_introduction(self) -> bool:
        """Whether nothing came yet but the title of the list."""
        return not self._found and self._headings_met < 2

    def _describe(self, block: Block) -> None:
        """A paragraph under a work names its authors and date line by line, or tells of it."""
        work = self._work
        if work is None or work is not self._described:
            self._append(words_of(block))
            return
        for line in block_lines(block):
            words = fields.plain(line)
            if work.author is None and are_names(words):
                work.author = words.rstrip(".,;")
            elif (date := fields.said_date(words)) is not None:
                work.published = work.published or date
            else:
                self._append(words)

    def _append(self, text: str) -> None:
        """A paragraph after an entry describes it."""
        if self._described and text:
            draft = self._described
            if len(draft.note) + len(text) < MAX_NOTE:
                draft.note = fields.plain(f"{draft.note} {text}")

    # lists, tables, quotes

    def _list(self, block: Block) -> None:
        if self._tell(block):
            return
        if block.linked and self._told is None:
            self._described = None
        for child in block.children:
            if child.kind == "para":  # astray between items, or left flat
                child = Block("item", child.line, linked=child.linked, children=[child])
            self._blocks([child])

    def _item(self, block: Block) -> None:
        own = [child for child in block.children if child.kind not in _NESTED]
        nested = [child for child in block.children if child.kind in _NESTED]
        drafts, text = self._own(own)
        if drafts and drafts[0].order is None and block.level:
            drafts[0].order = block.level
        self._by_role(drafts, " ".join(map(words_of, own)))
        self._add(drafts)
        if not nested:
            return
        named = field(text) if self._told else None
        name = drafts[0].title if drafts else named[0] if named else text
        name = name.rstrip(" :：") or name
        before = len(self._found)
        self._parents.append((name, bool(drafts)))
        if not name:
            self._parents.pop()
        for child in nested:
            if child.linked:
                self._blocks([child])
            elif drafts:
                take_fields(drafts[0], child)
                drafts[0].note = fields.plain(f"{drafts[0].note} {words_of(child)}")
        if name:
            self._parents.pop()
        if not drafts and len(self._found) > before:
            self._explain(name, nested, self._found[before][0])
        self._join(name, drafts[0] if drafts else None, before)

    def _join(self, name: str, main: Draft | None, before: int) -> None:
        """What nested items title after the item they stand in is part of it, or of the first."""
        label = f"{name} ("
        for draft, _ in self._found[before:]:
            if (
                not name
                or draft.part_of
                or not (draft.title == name or draft.title.startswith(label))
            ):
                continue
            if main is None:
                main = draft
            elif draft.title != name and draft.url != main.url:
                draft.part_of = main.url

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
            for segment in segments_under(block):
                found = read_pieces(segment, fallback or "".join(text[-1:]), beside)
                drafts.extend(found)
                if not found:
                    text.append(words_in(segment))
        said = fields.plain(" ".join(text))
        if drafts and said:
            drafts[0].note = fields.plain(f"{drafts[0].note} {said}")
        return distinct(drafts), said

    def _table(self, block: Block) -> None:
        if not block.linked:
            return
        self._described = None
        for drafts in read_table(block, self.problems):
            self._add(drafts)

    def _quote(self, block: Block) -> None:
        """A quote is an entry where it opens with a link; otherwise it is prose."""
        for child in block.children:
            if child.kind != "para":
                self._blocks([child])
                continue
            heading = self._headings[-1][1] if self._headings else ""
            for segment in segments(child):
                if starts_entry(segment) or ends_in_address(segment) or cites(segment):
                    self._add(read_pieces(segment, fallback=heading))
                elif child.linked:
                    self._prose(segment)

    def _report(self, block: Block) -> None:
        usable_links(block, self.problems)

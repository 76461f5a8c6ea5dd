"""One stretch of text with links into drafts of entries: which link is meant, what is said of it.

Real lists write `[Title](main) - what it is. [code](x) [video](y)`, `Title: [pdf](x)`,
`2017 [Title](x) by Author` and much else. Every link to the web becomes a draft; the first real
title is the main one and keeps the note. Must not know sections, tables or file formats.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexer.lists import bylines, effort, fields
from indexer.lists import link_labels as labels
from indexer.lists.blocks import Block, Break, Code, Link, Piece
from indexer.lists.citations import Citation, citation, number_of, titled
from indexer.lists.pieces import label_of, pieces_under, said_as_is, text_of, usable

_SEPARATORS = " \t\n-–—―|·•,，;；、~→"
_BEFORE = _SEPARATORS + ":：=>)]）】"
_BY_IN_TITLE = re.compile(r"\((?:by|作者[:：])\s*([^()]{2,60})\)\s*$")
_HOLLOW = re.compile(r"[(\[（【]\s*+(?:(?:and|or)?[,，/|;；、&+\s·-])*+[)\]）】]")
_LEAD_DATE = re.compile(r"^\s*[(\[（【]([^()\[\]（）【】]{4,40})[)\]）】]")
_TAIL_DATE = re.compile(r"[(\[（【]([^()\[\]（）【】]{4,40})[)\]）】]\W*$")
_FILLER = re.compile(r"(?:\W|\b(?:and|or|et|und)\b|[和与與及或])*", re.IGNORECASE)
_CHECKBOX = re.compile(r"^\[[ xX✓]?\]\s*")
_LONGEST_TAG = 200
_LONGEST_SENTENCE = 300
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]|\n")
MAX_CITATION = 600
"""Characters before the links of a line that cites a work."""
_CLAUSE = re.compile(r"\s[-–—]\s|——|[:：]\s|。|\.\s")


@dataclass(slots=True)
class Draft:
    """An entry before its list, section and position are known; fields as in records.Entry."""

    url: str
    title: str
    line: int
    note: str = ""
    author: str | None = None
    published: str | None = None
    rating: int | None = None
    difficulty: int | None = None
    tier: int | None = None
    kind: str | None = None
    hours: float | None = None
    pages: int | None = None
    requires: str | None = None
    difficulty_said: str | None = None
    order: int | None = None
    part_of: str | None = None  # address of the entry that this link belongs to
    bare: bool = False  # titled by its address alone
    spare: bool = False  # a licence named in passing: worth one entry in a list, not one a line


def read_draft(blocks: Iterable[Block], fallback: str = "") -> list[Draft]:
    """The drafts of some blocks taken as one stretch of text, the main one first."""
    pieces: list[Piece] = []
    for block in blocks:
        pieces.extend(pieces_under(block))
        pieces.append(" ")
    return read_pieces(pieces, fallback)


def distinct(drafts: Sequence[Draft]) -> list[Draft]:
    """Those whose address did not come before, in their order."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        first.setdefault(draft.url, draft)
    return list(first.values())


def cites(pieces: Sequence[Piece]) -> bool:
    """Whether a line names a work and then links it by labels alone: `Title. Authors. [[pdf]](…)`.

    A title set apart, a number before it or labels in brackets tell it from a sentence with a link.
    """
    links = [piece for piece in pieces if isinstance(piece, Link) and usable(piece)]
    if not links or not all(link.bare or _is_beside(label_of(link)) for link in links):
        return False
    stretch = _Stretch(pieces)
    words = sum(c.isalpha() for c in stretch.before)
    if words < 4 or len(stretch.before) > MAX_CITATION:
        return False
    cited = citation(stretch.said_before)
    if cited is None:
        tail = "".join(after for after in stretch.after)
        return words > 12 and len(tail) < _LONGEST_TAG and _are_bracketed(pieces)
    return cited.number is not None or len(cited.title.split()) > 2 or _are_bracketed(pieces)


def _is_beside(label: str) -> bool:
    return labels.is_label(label) or labels.is_beside(label)


def _are_bracketed(pieces: Sequence[Piece]) -> bool:
    """Whether every link stands in brackets of its own: `[[pdf]](…)`, `([code](…))`."""
    bracketed = False
    for place, piece in enumerate(pieces):
        if not isinstance(piece, Link) or not usable(piece):
            continue
        text = piece.text.strip()
        before = text_of(pieces[place - 1]).rstrip() if place else ""
        if not (
            text.startswith(("[", "【", "("))
            or before.endswith(("[", "(", "【", "（", "|", "/", ",", "，"))
        ):
            return False
        bracketed = True
    return bracketed


def read_prose(pieces: Sequence[Piece], context: str) -> list[Draft]:
    """A draft for each link in running text, with its sentence as note.

    context names what the text is about, for links whose words say nothing alone.
    """
    text, places = "", []
    for piece in pieces:
        if isinstance(piece, Link) and usable(piece):
            if labels.is_image(piece.url):
                piece.aside, piece.readable = "image", False
            else:
                places.append((piece, len(text)))
        text += text_of(piece)
    drafts: dict[str, Draft] = {}
    for link, place in places:
        label = label_of(link)
        if link.bare or not label or labels.is_label(label):
            said = labels.host(link.url) if link.bare or not label else label.strip("[]()（）【】 ")
            title = f"{context} ({said})" if context else said
        else:
            title = label
        note = _sentence(text, place, place + len(link.text))
        kind = labels.label_kind(label)
        drafts.setdefault(link.url, Draft(link.url, title, link.line, note=note, kind=kind))
    return list(drafts.values())


def _sentence(text: str, start: int, end: int) -> str:
    """The sentence of text around a link, at most _LONGEST_SENTENCE characters each way."""
    low, high = max(0, start - _LONGEST_SENTENCE), min(len(text), end + _LONGEST_SENTENCE)
    before, after = text[low:start], text[end:high]
    ends = [match.end() for match in _SENTENCE_END.finditer(before)]
    stop = _SENTENCE_END.search(after)
    before = before[ends[-1] :] if ends else before
    return tidy(before + text[start:end] + (after[: stop.end()] if stop else after))


def read_pieces(pieces: Sequence[Piece], fallback: str = "", beside: bool = False) -> list[Draft]:
    """The drafts of one stretch: one per distinct link, the main one first; none without links.

    fallback titles a link that says only `pdf` or its own address where nothing before it does;
    beside tells that another entry has that title already.
    """
    stretch = _Stretch(pieces)
    if not stretch.links:
        return []
    main = stretch.main(fallback, beside)
    drafts = [main]
    seen = {main.url}
    for link in stretch.links:
        if link.url not in seen:
            seen.add(link.url)
            drafts.append(further(main, link))
    return drafts


def further(main: Draft, link: Link, name: str = "") -> Draft:
    """A link beside the main one, titled to stand alone; name serves where it has no words."""
    label = label_of(link)
    if link.bare or not any(c.isalpha() for c in label):
        label = name or (labels.host(link.url) if link.bare or not label else label)
    if labels.is_license(label):
        return Draft(link.url, label, link.line, kind="reference", spare=True)
    if link.bare or labels.is_label(label) or labels.is_beside(label) or label == name:
        title, whole = f"{main.title} ({label.strip('[]()（）【】 ')})", main.url
    else:
        title, whole = label, None
    kind = labels.label_kind(label)
    return Draft(link.url, title, link.line, kind=kind, part_of=whole)


class _Stretch:
    """Text before the first link, then each link with the text after it."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.before = ""
        self.links: list[Link] = []
        self.after: list[str] = []
        self._code_date: str | None = None
        self.said_before: list[str] = []
        for piece in pieces:
            if isinstance(piece, Link) and usable(piece):
                self.links.append(piece)
                self.after.append("")
            elif isinstance(piece, Code) and self.links and (found := fields.only_date(piece)):
                self._code_date = found
            elif self.after:
                self.after[-1] += text_of(piece)
            else:
                self.before += text_of(piece)
                self.said_before.append(" " if isinstance(piece, Break) else said_as_is(piece))

    def main(self, fallback: str, beside: bool) -> Draft:
        """The draft of the link the stretch is about, with all that is said of it."""
        place = self._main_place()
        link = self.links[place]
        before = _CHECKBOX.sub("", fields.plain(self.before))
        published = fields.only_date(before)
        if published:
            before = ""
        elif (leading := _LEAD_DATE.match(before)) and (date := fields.only_date(leading[1])):
            published, before = date, before[leading.end() :].lstrip()
        label = label_of(link)
        draft = Draft(link.url, label, link.line, published=published or self._code_date)
        draft.order, draft.bare = number_of(before), link.bare
        rest = self._rest(place)
        cited = self._cited(link, label)
        if cited is not None:
            return _cited_draft(draft, cited, label, rest)
        alone = not fallback and not any(map(str.isalpha, before))
        after = _told_after(rest) if alone and _says_nothing(link, label) else None
        if after is not None:
            return _after_draft(draft, label, *after)
        if link.bare or labels.is_label(label):
            draft.title, lead = _title_before(before, label, link, fallback, beside)
            rest = f"{lead} {rest}"
        elif _is_sentence(before, rest):
            rest = f"{before} {label}{rest}"
        elif any(c.isalpha() for c in before) and not labels.is_label(before):
            rest = f"{before} {rest}"
        draft.kind = labels.label_kind(label)
        _read_rest(draft, rest)
        if draft.author is None and (by := _BY_IN_TITLE.search(draft.title)):
            draft.author = by[1]
        return draft

    def _cited(self, link: Link, label: str) -> Citation | None:
        """The work that the words before a mere label cite."""
        if not (link.bare or _is_beside(label)):
            return None
        return citation(self.said_before)

    def _main_place(self) -> int:
        """Which link is the subject: the first with a title, unless words before name it."""
        if len(self.links) == 1:
            return 0
        if any(c.isalpha() for c in self.before) and not labels.is_label(self.before):
            return 0
        titled = (
            place
            for place, link in enumerate(self.links)
            if not (
                link.bare or labels.is_label(label_of(link)) or labels.is_license(label_of(link))
            )
        )
        return next(titled, 0)

    def _rest(self, place: int) -> str:
        """What is said after the main link: later titles stay words, labels and peers go."""
        rest = self.after[place]
        beside = _FILLER.fullmatch(rest) is not None
        for link, after in zip(self.links[place + 1 :], self.after[place + 1 :], strict=True):
            label = label_of(link)
            if beside:
                rest = after
                beside = _FILLER.fullmatch(after) is not None
                continue
            rest += after if link.bare or labels.is_label(label) else label + after
        return rest


def _says_nothing(link: Link, label: str) -> bool:
    """Whether a link's text is a year, a number or a mere label such as `pdf`."""
    return not link.bare and labels.is_label(label)


def _told_after(rest: str) -> tuple[str | None, str, str] | None:
    """(author, title, rest) where a title follows a link: `[2013](…) - AMPLab - Shark: SQL`."""
    words = tidy(rest)
    if sum(map(str.isalpha, words)) < 8:
        return None
    first, dash, more = words.partition(" - ")
    author = first if dash and len(first) <= 40 and sum(map(str.isalpha, more)) > 8 else None
    title, said, _ = titled([more if author else words])
    return author, title.rstrip("."), said


def _after_draft(draft: Draft, label: str, author: str | None, title: str, rest: str) -> Draft:
    draft.title, draft.kind = title, labels.label_kind(label)
    draft.published = draft.published or fields.only_date(label)
    _read_rest(draft, rest)
    draft.author = draft.author or author
    return draft


def _cited_draft(draft: Draft, cited: Citation, label: str, rest: str) -> Draft:
    """A draft with the parts of a citation; the curator's remark comes first in its note."""
    draft.title, draft.author = cited.title, cited.author
    draft.published = draft.published or cited.year
    draft.order = cited.number
    draft.kind = labels.label_kind(label)
    _read_rest(draft, rest)
    remark = draft.note
    if remark.startswith(("(", "（")) and remark.endswith((")", "）")):
        remark = remark[1:-1].strip()
    draft.note = " — ".join(part for part in (remark, tidy(cited.venue)) if part)
    return draft


def _read_rest(draft: Draft, rest: str) -> None:
    """Take fields out of what is said; what remains is the note."""
    draft.rating = fields.inline_rating(rest)
    draft.difficulty = fields.inline_difficulty(rest)
    draft.difficulty_said = fields.difficulty_said(rest) if draft.difficulty else None
    draft.hours, draft.pages = effort.inline_hours(rest), effort.pages(rest)
    draft.requires = effort.requires(rest)
    rest = _without_hollow(fields.without_marks(rest))
    if draft.published is None:
        draft.published, rest = _take_date(rest)
    if said := bylines.byline(rest):
        draft.author, rest = said
    draft.note = tidy(rest)
    if draft.note.startswith("[") and draft.note.find("]") == len(draft.note) - 1:
        draft.note = draft.note[1:-1].strip()


def _take_date(rest: str) -> tuple[str | None, str]:
    """A date in brackets at either end, or leading: (date, text without it)."""
    if "19" not in rest and "20" not in rest:
        return None, rest
    for pattern in (_LEAD_DATE, _TAIL_DATE):
        match = pattern.search(rest)
        if not match or not (found := fields.date(match[1])):
            continue
        if fields.only_date(match[1]):
            return found, rest[: match.start()] + " " + rest[match.end() :]
        if re.fullmatch(r"[^\d]*\d{4}", match[1]):  # a venue and its year: (ACL 2018)
            return found, rest
    if found := fields.only_date(rest):
        return found, ""
    first, _, others = _leading(rest).partition(" ")
    if (found := fields.only_date(first)) and (not others or others[0] in _BEFORE):
        return found, others
    return None, rest


def _title_before(
    before: str, label: str, link: Link, fallback: str, beside: bool
) -> tuple[str, str]:
    """A title for a link that has none of its own, and what else the words before it say."""
    named = tidy(re.sub(r"[\s(\[（【<]+$", "", before)).rstrip(":： ")
    if any(c.isalpha() for c in named) and not labels.is_label(named):
        clause = _CLAUSE.search(named)
        if clause and clause.start() > 1:
            return named[: clause.start()], named[clause.end() :]
        return (named, "") if len(named) <= 160 else (named[:120].rstrip() + "…", named)
    if fallback:
        said = named if link.bare or not label else label.strip("[]()（）【】 ")
        kinds = {labels.label_kind(named), labels.label_kind(label)} - {None}
        return (f"{fallback} ({said})" if said and (beside or kinds) else fallback), ""
    if link.bare or not label:
        return re.sub(r"^https?://(?:www\.)?|/$", "", link.url)[:120], ""
    return label, ""


def tidy(text: str) -> str:
    """A note as plain text, without the separators and hollow brackets that links leave behind."""
    text = _leading(fields.plain(_without_hollow(text))).rstrip(_SEPARATORS)
    return text if len(text) > 3 or any(map(str.isalnum, text)) else ""


def _leading(text: str) -> str:
    """Text without the separators it starts with; a full stop only where it stands alone."""
    start = 0
    while start < len(text):
        if text[start] in _BEFORE:
            start += 1
        elif text.startswith(". ", start):
            start += 2
        else:
            break
    return text[start:]


def _without_hollow(text: str) -> str:
    return _HOLLOW.sub(" ", text) if any(bracket in text for bracket in "([（【") else text


def _is_sentence(before: str, rest: str) -> bool:
    """Whether a link stands inside a sentence, so that its words belong to the note."""
    if len(before) < 3 or not before[-1].isalnum():
        return False
    return len(before.split()) > 1 or not before[-1].isascii() or bool(rest.strip())

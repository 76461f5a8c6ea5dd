"""A work cited as papers are, and its parts: `[4] Authors. "Title." Venue. 2012.`

Lists of papers set the title in bold or in quotes, with the authors before it and the venue after,
and link it by labels alone (`[pdf]`, `[代码]`). Must not know lists, blocks or tables.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.lists import fields
from indexer.lists.blocks import Strong

_NUMBER = re.compile(r"^\W*(?:\[(\d{1,4})\]|(\d{1,3})[.)、．](?=\s|\D))\W*")
_QUOTED = re.compile(
    r"“([^“”]{4,300})”|\"([^\"]{4,300})\"|《([^《》]{2,100})》|「([^「」]{2,100})」|『([^『』]{2,100})』"
)
_YEAR_SET_APART = re.compile(r"[(\[（]\s*((?:19|20)\d\d)[a-z]?\s*[)\]）]")
_YEAR = re.compile(r"(?<![\d.:/-])((?:19|20)\d\d)(?![\d/-]|\.\d)")
_GLUED_YEAR = re.compile(r"[A-Za-z]['’]?((?:19|20)\d\d)(?!\d)")
_PARTICLES = frozenset(
    [
        "and",
        "et",
        "al",
        "al.",
        "&",
        "de",
        "del",
        "da",
        "di",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "el",
        "bin",
        "ibn",
        "y",
        "und",
        "e",
        "with",
        "others",
    ]
)
LONG_TITLE = 160
"""Characters from which a title is taken to say more than one."""
_GAP = re.compile(r"\s{2,}|\n")
_DASH = re.compile(r"\s[-–—]\s|——|[:：]\s")
_SENTENCE = re.compile(r"[.!?](?=\s)|[。！？]")
_AROUND = " \t\n.,;:，。；：-–—\"'“”‘’*·《》「」『』"


@dataclass(frozen=True, slots=True)
class Citation:
    """What a line says before its links: title, and whatever else it names."""

    title: str
    author: str | None = None
    venue: str = ""
    year: str | None = None
    number: int | None = None


def number_of(text: str) -> int | None:
    """The number a line carries: `[4] …`, `4. …`."""
    match = _NUMBER.match(text)
    return int(match[1] or match[2]) if match else None


def without_number(text: str) -> str:
    """A line without the number it carries."""
    return _NUMBER.sub("", text)


def citation(pieces: Sequence[str]) -> Citation | None:
    """The parts of a line of text before its first link; None where no title is set apart.

    A title is what is bold and has words, otherwise what stands in quotes.
    """
    text = "".join(pieces)
    number = number_of(text)
    span = _strong_span(pieces) or _quoted_span(text)
    if span is None:
        return None
    start, end = span
    title = without_number(fields.plain(text[start:end])).strip(_AROUND).strip()
    if sum(c.isalpha() for c in title) < 2:
        return None
    before = _YEAR_SET_APART.sub(" ", without_number(text[:start])).strip(_AROUND + "([（【")
    after = text[end:].lstrip(_AROUND).rstrip(" \t\n([（【|-–—:：*")
    author = fields.plain(before) if are_names(before) else None
    venue = fields.plain(after if author or not before else f"{before} {after}")
    return Citation(title, author, venue, year_of(text[end:]) or year_of(text[:start]), number)


def titled(pieces: Sequence[str]) -> tuple[str, str, int | None]:
    """(title, what it says, number) of a cell that holds both: `1) **Title** - what it says`.

    The title is what is bold at the start; else what ends at a gap, a dash or a sentence.
    """
    text = "".join(pieces)
    number = number_of(text)
    span = _strong_span(pieces)
    if span is not None and not any(c.isalpha() for c in text[: span[0]]):
        title = without_number(fields.plain(text[span[0] : span[1]])).strip(_AROUND)
        return title, text[span[1] :].lstrip(_AROUND), number
    text = without_number(text).lstrip()
    if len(fields.plain(text)) <= LONG_TITLE:
        return fields.plain(text), "", number
    head = text[:LONG_TITLE]
    for ends in (_GAP, _DASH, _SENTENCE):
        if (match := ends.search(head)) and match.start() > 1:
            return fields.plain(head[: match.start()]), text[match.end() :].lstrip(_AROUND), number
    return fields.plain(head).rsplit(" ", 1)[0] + "…", text, number


def are_names(text: str) -> bool:
    """Whether text has the shape of authors: `Bengio, Yoshua, Ian J. Goodfellow, and A. Courville`."""
    words = text.replace(",", " ").replace(";", " ").split()
    if not 2 <= len(words) <= 60 or any(c.isdigit() for c in text):
        return False
    return all(word[0].isupper() or word.lower() in _PARTICLES for word in words)


def year_of(text: str) -> str | None:
    """The year of a venue: the one set apart in brackets, otherwise the last one."""
    if match := _YEAR_SET_APART.search(text):
        return match[1]
    years = _YEAR.findall(text) or _GLUED_YEAR.findall(text)
    return str(years[-1]) if years else None


def _strong_span(pieces: Sequence[str]) -> tuple[int, int] | None:
    """Where the first bold stretch with a word in it stands."""
    place, start = 0, None
    for piece in (*pieces, ""):
        if isinstance(piece, Strong) and start is None:
            start = place
        elif start is not None and not isinstance(piece, Strong) and not piece.isspace():
            if _is_title("".join(pieces)[start:place]):
                return start, place
            start = None
        place += len(piece)
    return None


def _is_title(text: str) -> bool:
    words = text.strip()
    return sum(c.isalpha() for c in words) >= 2 and not words.endswith((":", "："))


def _quoted_span(text: str) -> tuple[int, int] | None:
    match = _QUOTED.search(text)
    if match is None or match.lastindex is None:
        return None
    return match.span(match.lastindex)

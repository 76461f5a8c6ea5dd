"""Documents to passages: what one vector stands for and one answer quotes.

Passages follow the author's own joints (headings, paragraphs, sentences) and are measured in the
model's tokens, because that is where the model stops reading. Must not know any model: the counter
is passed in.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cache.records import Document, Passage

Counter = Callable[[Sequence[str]], list[int]]
_Span = tuple[int, int]

_BLANK_LINE = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(
    r"[。！？；…]+[”’」』）】》\"')\]]*"  # no space follows these in Chinese and Japanese
    r"|[.!?]+[”’\"')\]]*(?=\s)"
    r"|\n+"
)
_MARKED_HEADING = re.compile(r"#{1,6} \S[^\n]*\Z")
_HEADING_WIDTH = 80  # columns; a longer line without a mark is a paragraph
_NOT_HEADING = re.compile(r"[-*+|>•]|.*[.。,，;；!！?？…|$]\Z|.*\n", re.DOTALL)
_DEEPEST = 3  # headings that follow each other without text: part, chapter, section
_ROOMY = 1.5  # a paragraph of up to so many targets stays whole
_FULL = 0.6  # of target, from which a passage ends where a heading begins
_TINY = 0.25  # of target, under which the last passage joins the one before
_UNSURE = 0.9  # of limit, from which the sum of parts is not trusted and the whole is counted


@dataclass(slots=True)
class _Unit:
    """A stretch that stays in one passage: text[start:end] is tokens long."""

    start: int
    end: int
    tokens: int
    heading: bool = False


def split(
    document: Document, count_tokens: Counter, *, target: int = 360, limit: int = 480
) -> list[Passage]:
    """Cut document.text into passages of about target tokens, never more than limit.

    count_tokens gives the number of tokens of each text of a batch. Every paragraph is counted
    once, every sentence of a long paragraph once more; passages close to limit are counted whole.
    Every character but white space is in exactly one passage, in order, and `text[start:end]` is
    the passage. A heading stays with what follows it; a tiny end joins what precedes it. Sentences
    longer than limit are cut at spaces, then anywhere. limit must leave room for the model's
    prefix and special tokens, unless count_tokens counts them. Linear in the length of the text.
    """
    if not 0 < target <= limit:
        raise ValueError(f"target {target} must be positive and at most limit {limit}")
    text = document.text
    units = _units(text, count_tokens, target, limit)
    groups = _join_tiny_end(_pack(units, target, limit), target, limit)
    return passages_at(document, _within_limit(text, groups, count_tokens, limit))


def passages_at(document: Document, spans: Iterable[_Span]) -> list[Passage]:
    """The passages of document that begin and end at spans."""
    return [
        Passage(
            id=f"{document.resource_id}:{ordinal}",
            resource_id=document.resource_id,
            ordinal=ordinal,
            start=start,
            end=end,
            text=document.text[start:end],
        )
        for ordinal, (start, end) in enumerate(spans)
    ]


def _units(text: str, count: Counter, target: int, limit: int) -> list[_Unit]:
    """Paragraphs where they are short enough, else their sentences, else pieces of those."""
    cuts = [0, *(match.end() for match in _BLANK_LINE.finditer(text)), len(text)]
    paragraphs = _counted(text, _trimmed(text, cuts), count)
    for unit in paragraphs:
        unit.heading = _is_heading(text[unit.start : unit.end])
    roomy = min(limit, int(_ROOMY * target))
    parts = _refine(text, paragraphs, roomy, count, lambda unit: _sentences(text, unit))
    parts = _refine(text, parts, limit, count, lambda unit: _pieces(text, unit, target))
    while any(unit.tokens > limit and unit.end - unit.start > 1 for unit in parts):
        parts = _refine(text, parts, limit, count, lambda unit: _pieces(text, unit, unit.tokens))
    return parts


def _refine(
    text: str, units: list[_Unit], most: int, count: Counter, cut: Callable[[_Unit], list[_Span]]
) -> list[_Unit]:
    """units, with those of more than most tokens replaced by their parts, counted in one batch."""
    cuts = [cut(unit) if unit.tokens > most else [] for unit in units]
    counted = iter(
        _counted(text, [span for spans in cuts if len(spans) > 1 for span in spans], count)
    )
    refined: list[_Unit] = []
    for unit, spans in zip(units, cuts, strict=True):
        refined.extend((next(counted) for _ in spans) if len(spans) > 1 else [unit])
    return refined


def _counted(text: str, spans: list[_Span], count: Counter) -> list[_Unit]:
    sizes = count([text[start:end] for start, end in spans]) if spans else []
    return [_Unit(start, end, size) for (start, end), size in zip(spans, sizes, strict=True)]


def _span(unit: _Unit) -> _Span:
    return unit.start, unit.end


def _sentences(text: str, unit: _Unit) -> list[_Span]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, unit.start, unit.end)]
    return _trimmed(text, [unit.start, *ends, unit.end])


def _pieces(text: str, unit: _Unit, tokens: int) -> list[_Span]:
    """unit in stretches of about tokens tokens, cut at a space in their second half if there is
    one; at least two stretches, so that cutting again and again comes to an end."""
    length = unit.end - unit.start
    size = max(1, min(length * tokens // unit.tokens, length // 2))
    cuts = [unit.start]
    while unit.end - cuts[-1] > size:
        cuts.append(_cut_before(text, cuts[-1], cuts[-1] + size))
    return _trimmed(text, [*cuts, unit.end])


def _cut_before(text: str, start: int, end: int) -> int:
    half = start + (end - start) // 2
    space = next((i for i in range(end, half, -1) if text[i - 1].isspace()), None)
    if space is not None:
        return space
    whole = next((i for i in range(end, half, -1) if not _continues(text, i)), end)
    return max(whole, start + 1)


def _continues(text: str, index: int) -> bool:
    """Whether the character at index belongs to the one before: accents, emoji joined by ZWJ."""
    return (
        text[index] in "\u200d\ufe0e\ufe0f"
        or text[index - 1] == "\u200d"
        or unicodedata.combining(text[index]) > 0
        or "\U0001f3fb" <= text[index] <= "\U0001f3ff"
    )


def _trimmed(text: str, cuts: Sequence[int]) -> list[_Span]:
    """The stretches between cuts without white space at their ends; empty ones left out."""
    spans = []
    for start, end in itertools.pairwise(cuts):
        part = text[start:end]
        left = start + len(part) - len(part.lstrip())
        right = start + len(part.rstrip())
        if left < right:
            spans.append((left, right))
    return spans


def _is_heading(paragraph: str) -> bool:
    if _MARKED_HEADING.match(paragraph):
        return True
    wide = sum(not character.isascii() for character in paragraph[:_HEADING_WIDTH])
    return len(paragraph) + wide <= _HEADING_WIDTH and not _NOT_HEADING.match(paragraph)


def _pack(units: list[_Unit], target: int, limit: int) -> list[list[_Unit]]:
    """Neighbouring units in groups of about target tokens; headings open groups."""
    groups: list[list[_Unit]] = []
    group: list[_Unit] = []
    size = 0
    for unit in units:
        over = size + unit.tokens > target and size >= target * _FULL / 2
        fresh = unit.heading and size >= target * _FULL
        if group and (over or fresh or size + unit.tokens > limit):
            carried = _trailing_headings(group, unit, limit)
            groups.append(group[: len(group) - len(carried)])
            group = carried
            size = sum(one.tokens for one in group)
        group.append(unit)
        size += unit.tokens
    return [*groups, group] if group else groups


def _trailing_headings(group: list[_Unit], following: _Unit, limit: int) -> list[_Unit]:
    """The headings at the end of group that can move to following; never the whole group.

    More than _DEEPEST in a row are no headings but short lines: they stay where they are.
    """
    carried: list[_Unit] = []
    size = following.tokens
    for unit in reversed(group[1:]):
        size += unit.tokens
        if not unit.heading or size > limit:
            return carried
        if len(carried) == _DEEPEST:
            return []
        carried.insert(0, unit)
    return carried


def _join_tiny_end(groups: list[list[_Unit]], target: int, limit: int) -> list[list[_Unit]]:
    if len(groups) < 2:
        return groups
    last, before = (sum(unit.tokens for unit in group) for group in (groups[-1], groups[-2]))
    if last >= _TINY * target or last + before > limit:
        return groups
    return [*groups[:-2], groups[-2] + groups[-1]]


def _within_limit(
    text: str, groups: list[list[_Unit]], count: Counter, limit: int
) -> Iterator[_Span]:
    """Spans of groups; a group whose whole counts more than its parts said is taken apart.

    Parts and their concatenation are tokenized apart, and what joins them (spaces, blank lines)
    counts in some models, so sums are trusted only well below limit.
    """
    spans = [(group[0].start, group[-1].end) for group in groups]
    doubtful = [
        index
        for index, group in enumerate(groups)
        if len(group) > 1 and sum(unit.tokens for unit in group) > _UNSURE * limit
    ]
    sizes = count([text[slice(*spans[index])] for index in doubtful]) if doubtful else []
    broken = {index for index, size in zip(doubtful, sizes, strict=True) if size > limit}
    for index, group in enumerate(groups):
        if index in broken:
            yield from (_span(unit) for unit in group)
        else:
            yield spans[index]

"""Slips of form in a Markdown list, by rules of awesome-lint that need no more than its lines.

The rules are those of https://github.com/sindresorhus/awesome-lint (awesome-list-item,
no-inline-padding) and the order by alphabet that awesome lists ask of contributions. A rule speaks
only where the list itself keeps it elsewhere, four times of five, so that no other style is called
wrong. Must not know what links answer.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from indexer.check.report import Slip, SlipKind

KEPT = 0.8
"""The share of its items that makes a rule a list's own."""

FEWEST = 5
"""Items below which a list has no habit."""

IN_ORDER = 8
"""One item in so many may be out of its section's order; shorter sections may be so by chance."""

_ITEM = re.compile(
    r"(\s*)[-*+]\s+\[((?:[^\[\]\\]|\\.)*)\]\(<?[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*>?\)(.*)"
)
_CONTENTS = re.compile(r"\]\(<?#")
_PADDED = re.compile(r"\[( [^\[\]]*|[^\[\]]* )\]\(")
_SEPARATED = re.compile(r"\s+[-–—]\s+(.+)")
_END = re.compile(r"[.!?…。！？][\"'”’)）]*\s*\Z")
_ASIDE = re.compile(r"\[[^\[\]]*\]\([^\s()]*\)|\((?:[^()]|\([^()]*\))*\)")
_ARTICLE = re.compile(r"^(?:an?|the)\s+")
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Item:
    line: int
    title: str
    rest: str
    section: int
    indent: int


def slips_in(text: str, list_id: str) -> list[Slip]:
    """The slips in a list's Markdown, in order."""
    items = list(_items(text))
    described = [item for item in items if any(map(str.isalnum, _ASIDE.sub("", item.rest)))]
    separated = [(i, after[1]) for i in described if (after := _SEPARATED.fullmatch(i.rest))]
    rules: list[tuple[SlipKind, Iterable[tuple[_Item, bool]]]] = [
        ("separator", [(item, bool(_SEPARATED.fullmatch(item.rest))) for item in described]),
        ("punctuation", [(item, bool(_END.search(said))) for item, said in separated]),
        ("capital", [(i, _is_capital(i, said)) for i, said in separated if said[0].isalpha()]),
    ]
    found = [
        Slip(list_id, item.line, kind, item.title)
        for kind, judged in rules
        for item in _exceptions(list(judged))
    ]
    found += [
        Slip(list_id, number, "spaces", match[1].strip())
        for number, line in _lines(text)
        if (match := _PADDED.search(line)) and match[1].strip() and not _CONTENTS.search(line)
    ]
    found += [Slip(list_id, i.line, "alphabetical", i.title) for i in _out_of_order(items)]
    return sorted(found, key=lambda slip: (slip.line, slip.kind))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, those of fenced code left out."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced:
            yield number, line


def _items(text: str) -> Iterator[_Item]:
    section = 0
    for number, line in _lines(text):
        if line.startswith("#"):
            section += 1
        elif (match := _ITEM.fullmatch(line.rstrip())) and not _CONTENTS.search(line):
            yield _Item(number, match[2], match[3].rstrip(), section, len(match[1]))


def _is_capital(item: _Item, said: str) -> bool:
    """Whether a description begins with a capital, or with a name that is written small."""
    first = said.split()[0].rstrip(",.:;")
    is_name = "." in first or item.title.split()[:1] == [first]
    return is_name or not re.split("[,:;]", first)[0].islower()


def _exceptions(judged: Sequence[tuple[_Item, bool]]) -> list[_Item]:
    """Those that break a rule which the others keep."""
    kept = sum(keeps for _, keeps in judged)
    if len(judged) < FEWEST or kept < KEPT * len(judged):
        return []
    return [item for item, keeps in judged if not keeps]


def _out_of_order(items: Sequence[_Item]) -> Iterator[_Item]:
    """The fewest items of each section without which it is in order, where these are few."""
    groups: dict[tuple[int, int], list[_Item]] = {}
    for item in items:
        groups.setdefault((item.section, item.indent), []).append(item)
    for group in groups.values():
        titles = [item.title.casefold() for item in group]
        whole = [_MARKS.sub("", title) for title in titles]
        bare = [_MARKS.sub("", _ARTICLE.sub("", title)) for title in titles]
        keys = max(whole, bare, key=lambda keys: len(_longest_order(keys)))
        if len(keys) < IN_ORDER or not all(key[:1].isascii() and key for key in keys):
            continue
        ordered = _longest_order(keys)
        if len(keys) - len(ordered) <= len(keys) // IN_ORDER:
            yield from (item for place, item in enumerate(group) if place not in ordered)


def _longest_order(keys: Sequence[str]) -> set[int]:
    """The places of a longest run of keys, not next to each other, that never descends."""
    ends: list[str] = []
    last: list[int] = []
    before: list[int] = []
    for place, key in enumerate(keys):
        length = bisect_right(ends, key)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [key]
        last[length : length + 1] = [place]
    chosen, place = set[int](), last[-1] if last else -1
    while place >= 0:
        chosen.add(place)
        place = before[place]
    return chosen

"""Which works one does not begin with: later parts of a series, and what belongs to another work.

Pure text and mentions in, yes or no out. Must not know who is recommended what.
"""

import re

from cache.records import Resource

_ENGLISH = r"(?:part|pt|lecture|lesson|chapter|episode|ep|week|day|unit|module|session|volume|vol)"
_CHINESE = "部分|章|节|讲|课|集|篇|回|期|周|天|部|卷"
_NUMBER = re.compile(
    rf"\b{_ENGLISH}\.?\s*[-#:]?\s*(\d{{1,3}}|[ivx]{{1,4}})\b"
    rf"|第\s*(\d{{1,3}}|[一二三四五六七八九十百]{{1,4}})\s*(?:{_CHINESE})"
    rf"|[(（]\s*(\d{{1,2}}|[一二三四五六七八九十]{{1,3}}|[上中下])\s*[)）]"
    rf"|(?<![\w])([中下])(?:{_CHINESE})",
    re.IGNORECASE,
)
_FIRST = frozenset({"0", "00", "000", "1", "01", "001", "i", "一", "上"})


def is_later_part(resource: Resource) -> bool:
    """Whether a title says that a work is not the first of its series (`Part 3`, `Lecture 12`,
    `第二部分`, `（下）`), or every list that it is part of another work."""
    if resource.mentions and all(mention.part_of for mention in resource.mentions):
        return True
    numbers = [next(filter(None, found.groups())) for found in _NUMBER.finditer(resource.title)]
    return any(number.lower() not in _FIRST for number in numbers)

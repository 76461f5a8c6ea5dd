"""The analyzer's tables for a browser, made by the analyzer itself so that the two agree.

Stems are not among them: the browser makes them by the same rules. Must not know files or the page.
"""

from collections.abc import Sequence
from typing import Any

from search.text import STOP, fold, simplify, tokens


def tables() -> dict[str, Any]:
    """What the browser's analyzer needs to agree with search.text.

    Which characters are paired, marks or unseen; how characters fold and are simplified: found out
    by asking the analyzer about each, so that no table of its own need be known here.
    """
    every = [chr(code) for code in range(0x80, 0x1_0000) if not 0xD800 <= code < 0xE000]
    unseen = {c for c in every if fold(f"a{c}b") == "ab"}
    seen = [c for c in every if c not in unseen]
    plain = [c for c in seen if fold(c) == c]
    pairs = [(c, simplify(c)) for c in every if "\u3400" <= c <= "\u9fff"]
    changed = [(a, b) for a, b in pairs if a != b and len(b) == 1]
    return {
        "paired": _ranges([c for c in plain if tokens(c * 3) == [c * 2] * 2] + _beyond()),
        "marks": _ranges([c for c in plain if not c.isalnum() and tokens(f"я{c}ж") == [f"я{c}ж"]]),
        "invisible": _ranges(sorted(unseen)),
        "folds": {c: c.casefold() for c in every if c.casefold() != c.lower()},
        "traditional": "".join(a for a, _ in changed),
        "simplified": "".join(b for _, b in changed),
        "stop": sorted(STOP),
    }


def _beyond() -> list[str]:
    """Characters of the planes of rare Chinese characters, where they are paired."""
    first, last = 0x20000, 0x3FFFF
    paired = all(tokens(chr(code) * 3) == [chr(code) * 2] * 2 for code in (first, 0x2A000, 0x31000))
    return [chr(code) for code in range(first, last + 1)] if paired else []


def _ranges(characters: Sequence[str]) -> str:
    """characters, in order, as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in map(ord, characters):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\u{{{a:x}}}-\\u{{{b:x}}}" for a, b in ranges)

"""The analyzer's tables for a browser, made by the analyzer itself so that the two agree.

Stems come from the collection: each of its words, and what a question may make of them, whose stem
is a word of the collection. Other words match nothing there, whatever they stem to. Must not know
files or the page.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from search.text import STOP, fold, simplify, tokens

_LONGEST = 48  # characters of a word; tokens are cut there

SUFFIXES = (
    *("s", "es", "d", "ed", "ing", "er", "ers", "or", "ors", "ly", "ion", "ions", "al", "ive"),
    *("ment", "ments", "ness", "able", "ize", "ized", "izing", "ization", "ise", "ised"),
)
"""Endings a question may give a word of the lists."""


def tables(texts: Iterable[str]) -> dict[str, Any]:
    """What the browser's analyzer needs to agree with search.text on words of texts."""
    surfaces: dict[str, set[str]] = {}
    for word in sorted({word for text in texts for word in _plain_words(text)}):
        for form in (word, *_forms(word)):
            stemmed = tokens(form)
            if len(stemmed) == 1 and stemmed[0] != form:
                surfaces.setdefault(stemmed[0], set()).add(form)
    stems_here = {tokens(word)[0] for text in texts for word in _plain_words(text)}
    stems = {stem: sorted(forms) for stem, forms in sorted(surfaces.items()) if stem in stems_here}
    return {**_characters(), "stop": sorted(STOP), "stems": stems}


def _plain_words(text: str) -> list[str]:
    """Words of letters, and what compounds are without their joints."""
    words = re.findall(r"[a-z]+(?:[-._'&][a-z]+)*", text.lower())
    parts = [part for word in words for part in re.split(r"[-._'&]", word)]
    joined = [re.sub(r"[-._'&]", "", word) for word in words]
    return [word for word in (*parts, *joined) if 2 <= len(word) <= _LONGEST]


def _forms(word: str) -> list[str]:
    bases = {word, *(word.removesuffix(end) for end in ("s", "e", "ing", "ed"))}
    bases |= {base[:-1] + "i" for base in bases if base.endswith("y")}
    return [base + end for base in sorted(bases) if len(base) > 2 for end in ("", *SUFFIXES)]


def _characters() -> dict[str, Any]:
    """Which characters are paired, marks or unseen; how characters fold and are simplified.

    Found out by asking the analyzer about each, so that no table of its own need be known here.
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

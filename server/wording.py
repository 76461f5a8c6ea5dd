"""What nextread says, in the reader's language.

English is written where it is said; `chinese.json` holds the same sentences in Chinese, by the
English ones as templates: `{}` stands for a value. A sentence is known again by what stands between
its values, so whoever raises an error need not know who will read it. The page's own words are in
`page/words.json`. Must not know who speaks, nor how.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from server.bounds import Ui

LANGUAGES: tuple[Ui, ...] = ("en", "zh")

_FOLDER = Path(__file__).parent
_JOINT = "; "
_DEEPEST = 4  # sentences within one another: error: invalid value for: not a number


def said(sentence: str, ui: Ui) -> str:
    """A sentence of nextread in a language; as it is where it is none of nextread's own.

    Time is linear in its length for each template, whatever it holds.
    """
    return sentence if ui == "en" else _in_chinese(sentence) or sentence


@cache
def page_words() -> Mapping[Ui, Mapping[str, str]]:
    """The words of the page by language and name; names of levels, kinds and evidence too."""
    loaded: Mapping[Ui, Mapping[str, str]] = json.loads(
        (_FOLDER / "page" / "words.json").read_text("utf-8")
    )
    return loaded


@cache
def chinese() -> Mapping[str, str]:
    """Sentences in Chinese by their English templates."""
    loaded: Mapping[str, str] = json.loads((_FOLDER / "chinese.json").read_text("utf-8"))
    return loaded


def _in_chinese(sentence: str, deep: int = 0) -> str | None:
    """None where it is no sentence of nextread's; deep counts the sentences around it."""
    if known := chinese().get(sentence):
        return known
    parts = sentence.split(_JOINT)
    told = [_in_chinese(part, deep) for part in parts] if len(parts) > 1 else [None]
    if not all(told):
        for literals, template in _templates():
            values = _values(literals, sentence)
            if values is not None:
                return template.format(*(_value(value, deep + 1) for value in values))
    if not any(told):
        return None
    return "；".join(new or old for new, old in zip(told, parts, strict=True))


def _value(value: str, deep: int) -> str:
    """A value that is a sentence itself, as why a file cannot be read."""
    return (_in_chinese(value, deep) if " " in value and deep < _DEEPEST else None) or value


@cache
def _templates() -> tuple[tuple[tuple[str, ...], str], ...]:
    """What stands between the values, and the Chinese; first those that begin with words, then
    those that say most."""
    cut = [(tuple(english.split("{}")), text) for english, text in chinese().items()]
    held = [(literals, text) for literals, text in cut if len(literals) > 1]
    return tuple(sorted(held, key=lambda each: (not each[0][0], -sum(map(len, each[0])))))


def _values(literals: tuple[str, ...], sentence: str) -> list[str] | None:
    """What stands for each `{}`; each literal is taken where it first occurs."""
    first, *inner, last = literals
    at, end = len(first), len(sentence) - len(last)
    if at > end or not (sentence.startswith(first) and sentence.endswith(last)):
        return None
    values = []
    for literal in inner:
        found = sentence.find(literal, at, end)
        if found < 0:
            return None
        values.append(sentence[at:found])
        at = found + len(literal)
    return [*values, sentence[at:end]] if at <= end else None

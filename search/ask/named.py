"""What a question calls by name: a title that says just what was asked, an author.

Only the foremost candidates are looked at, since a name adds little to what matches otherwise. Must
not know vectors, priors or storage.
"""

import re
from collections.abc import Collection, Sequence

import numpy as np

from search.arrays import Floats
from search.text import STOP, tokens
from search.title_words import TELLING, TitleWords, title_tokens

FOREMOST = 50
"""Candidates whose names are read."""

SURNAME = 0.5
"""What a last name alone is worth: many are words too, or somebody else's."""


_SHORTEST = 4  # letters of a last name that may stand alone: not Li, Lee, Wu
_BETWEEN = re.compile(r"[,;&/|、，；]| and | et al\.?|公众号|官网|[和与與]")


def titled(
    question_tokens: Collection[str], titles: Sequence[str], title_words: TitleWords
) -> Floats:
    """(n,) how far each title says all of the question's tokens and nothing else, 0 to 1.

    The share of the question that the title says times the share of the title that the question
    says, both by inverse document frequency.
    """
    wanted = {token: title_words.rarity(token) for token in set(question_tokens)}
    question = sum(wanted.values())
    return np.array([_shared(wanted, question, title, title_words) for title in titles], np.float32)


def _shared(
    wanted: dict[str, float], question: float, title: str, title_words: TitleWords
) -> float:
    tokens = title_tokens(title)
    if tokens.isdisjoint(wanted):
        return 0.0
    both = sum(wanted.get(token, 0.0) for token in tokens)
    if not both:
        return 0.0
    return both / question * both / sum(title_words.rarity(token) for token in tokens)


def authored(
    question_tokens: Collection[str], authors: Sequence[str | None], title_words: TitleWords
) -> Floats:
    """(n,) how surely the question names the author: 1 by a whole name, SURNAME by a last name."""
    words = frozenset(question_tokens) - STOP
    return np.array(
        [_called(words, author or "", title_words)[1] for author in authors], np.float32
    )


def author_named(
    question_tokens: Collection[str], author: str | None, title_words: TitleWords
) -> str | None:
    """The name in author that the question's tokens say, as it is written; None for none."""
    return _called(frozenset(question_tokens) - STOP, author or "", title_words)[0]


def wrote(name: str, author: str | None) -> bool:
    """Whether name, or a part of one as a last name is, is one of those in author."""
    wanted = frozenset(tokens(name))
    return any(wanted <= frozenset(tokens(one)) for one in _BETWEEN.split(author or "") if one)


def _called(
    words: frozenset[str], author: str, title_words: TitleWords
) -> tuple[str | None, float]:
    for name in filter(None, map(str.strip, _BETWEEN.split(author))):
        if _says(words, name, title_words):
            return name, 1.0
        last = name.rpartition(" ")[2]
        if len(last) >= _SHORTEST and last.isascii() and _says(words, last, title_words):
            return name, SURNAME
    return None, 0.0


def _says(words: frozenset[str], name: str, title_words: TitleWords) -> bool:
    parts = title_tokens(name)
    return bool(parts) and parts <= words and max(map(title_words.rarity, parts)) >= TELLING

"""Whether a text says every word of a question that tells something, and the field it names.

Sums of rarities let a rare word buy off a common one: a package for Go answers "periodic jobs in
Python" that says "periodic" and "jobs". Which language, which place, which field is asked for is
said in common words, and a text that says all of them is seldom wrong. A word that curators use as
a heading of its own (Python, Databases) is such a field, whatever else is asked. Must not know
vectors, scores or storage.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats, Mask
from search.index.dictionary import Phrase
from search.text import tokens
from search.title_words import title_tokens

FOREMOST = 50
"""Candidates that are read."""

MANY = 4
"""Words from which a question asks for something in particular whatever else it says; a topic of
two or three is said by most of what is about it (tutorialbank: -.004 with it)."""


AROUND = frozenset(tokens("awesome resources list"))
"""What the names of lists say beside their field: Awesome Go."""

Texts = Sequence[frozenset[str]]
"""(n,) the tokens of each text."""


@lru_cache(maxsize=2048)
def spoken(text: str) -> frozenset[str]:
    """The distinct tokens of a text, kept: what one question finds the next may find again."""
    return frozenset(tokens(text))


def asks_for_all(words: Collection[str], something: bool) -> bool:
    """Whether it tells anything that a text says all of these words; something: the question says
    what is wanted beside its topic."""
    return bool(words) and (something or len(set(words)) >= MANY)


def fields(words: Collection[str], headings: Iterable[str]) -> list[str]:
    """The words by which curators sort: those that some heading says and nothing else, sorted."""
    alone = [said for heading in set(headings) if len(said := title_tokens(heading) - AROUND) == 1]
    return sorted({word for said in alone for word in said} & set(words))


def named_fields(
    words: Collection[str], headings: Iterable[str], foreign: Mask, said: Texts
) -> Floats:
    """(n,) the share of the fields a question names, by headings, that each text says.

    Texts in other languages, which may call a field otherwise, have at least what the others have
    on average.
    """
    sought = fields(words, headings)
    if not sought:
        return np.zeros(len(said), np.float32)
    shares: Floats = _said([[(word,)] for word in sought], said).mean(1, dtype=np.float32)
    if foreign.any() and not foreign.all():
        shares[foreign] = np.maximum(shares[foreign], shares[~foreign].mean())
    return shares


def says_all(
    words: Collection[str], abroad: Sequence[Sequence[Phrase]] | None, foreign: Mask, said: Texts
) -> Floats:
    """(n,) 1 where a text says each of words, or one in another language some phrase of each group
    of abroad, else 0; none of these where abroad is None."""
    here = _said([[(word,)] for word in words], said)
    there = _said(abroad, said) if abroad is not None else np.zeros((len(said), 1), bool)
    return np.asarray(np.where(foreign, there.all(1), here.all(1)), np.float32)


def _said(groups: Sequence[Sequence[Phrase]], said: Texts) -> NDArray[np.bool_]:
    """(n, groups) whether each text says some phrase of each group."""
    found = [[any(map(text.issuperset, group)) for group in groups] for text in said]
    return np.array(found, bool).reshape(len(said), len(groups))

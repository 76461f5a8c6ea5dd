"""Whether a text says every word of a question that tells something.

Sums of rarities let a rare word buy off a common one: a package for Go answers "periodic jobs in
Python" that says "periodic" and "jobs". Which language, which place, which field is asked for is
said in common words, and a text that says all of them is seldom wrong. Must not know vectors,
scores or storage.
"""

from collections.abc import Collection, Sequence

import numpy as np

from search.arrays import Floats
from search.index.dictionary import Phrase
from search.text import tokens

FOREMOST = 50
"""Candidates that are read."""

MANY = 4
"""Words from which a question asks for something in particular whatever else it says; a topic of
two or three is said by most of what is about it (tutorialbank: -.004 with it)."""


def asks_for_all(words: Collection[str], something: bool) -> bool:
    """Whether it tells anything that a text says all of these words; something: the question says
    what is wanted beside its topic."""
    return bool(words) and (something or len(set(words)) >= MANY)


def says_all(groups: Sequence[Sequence[Phrase]], texts: Sequence[str]) -> Floats:
    """(n,) 1 where a text says some phrase of each group, else 0."""
    said = [set(tokens(text)) for text in texts]
    return np.array([all(any(map(s.issuperset, g)) for g in groups) for s in said], np.float32)

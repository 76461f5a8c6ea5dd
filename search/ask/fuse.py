"""Candidates of both legs into one relevance, each leg weighed by what it knows.

The dense part is how many of the collection's own standard deviations a text stands above
chance; the lexical part is BM25 relative to the best match, weighed by how much of the
question that best match covers. Where words say nothing (a Chinese question over English texts, an
unknown word) coverage falls to nothing and the dense leg decides alone. Must not know resources,
priors or storage.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ordinals = NDArray[np.int64]

SCALE = 0.1
"""One standard deviation of the dense leg in points of score: good answers come near 1."""

LEXICAL = (5.0, 1.5)
"""Standard deviations that a perfect match of many words is worth, and how many words are worth
half of it: two words say less of what is meant than ten. Tried constants from 3 to 6 on eleven
collections; what asks in whole sentences gains up to 5, topics of two words lose from 3 on."""

COVERED = (2.25, 0.2)
"""Share of the ideal BM25 from which the words of a question count in full, where none and where
all of the collection is in the question's language; below it they count by the square of the
share. Tried 1 to 3 and .15 to .5: at (1, .3) drcd loses .007, and zh2en falls .013 below vectors
alone; at (3, .2) the judged lists, English questions over Chinese notes, lose .005."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What retrieval found, one entry a resource, by ordinal.

    dense is the best cosine of its vectors; passages the row within the resource that had it (-1:
    the card); lexical the BM25 over all fields; share how much of the BM25 of a perfect match
    the best match of the question's own words has; words how many of those there are.
    """

    ordinals: Ordinals
    dense: Floats
    lexical: Floats
    passages: Ordinals
    share: float
    words: int


def relevance(found: Candidates, chance: float, spread: float, reach: float) -> dict[str, Floats]:
    """The parts `dense` and `lexical` of each candidate's score.

    chance is the cosine at which similarity begins and spread its unit (search/index/centre.py),
    reach the share of the collection that is in the question's language.
    """
    best, half = LEXICAL
    worth = SCALE * best * found.words / (found.words + half) * knowledge(found, reach)
    return {
        "dense": (SCALE * (found.dense - chance) / spread).astype(np.float32),
        "lexical": (worth * _relative(found.lexical)).astype(np.float32),
    }


def knowledge(found: Candidates, reach: float) -> float:
    """How much the words know: 0 nothing, 1 as much as words can."""
    foreign, native = COVERED
    return min(1.0, found.share / (foreign + (native - foreign) * reach)) ** 2


def _relative(lexical: Floats) -> Floats:
    best = float(lexical.max(initial=0.0))
    return lexical / best if best > 0 else lexical

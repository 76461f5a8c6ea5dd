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

LEXICAL = 4.0
"""Standard deviations that a perfect match of words is worth."""

COVERED = (1.0, 0.3)
"""Share of the ideal BM25 from which the words of a question count in full, where none and where
all of the collection is in the question's language; below it they count by the square of the
share. Tried .2, .3, .5 and powers 1 and 2 on seven collections."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What retrieval found, one entry a resource, by ordinal.

    dense is the best cosine of its vectors; passages the row within the resource that had it (-1:
    the card); lexical the BM25 over all fields; ideal the BM25 of a perfect match.
    """

    ordinals: Ordinals
    dense: Floats
    lexical: Floats
    passages: Ordinals
    ideal: float


def relevance(found: Candidates, chance: float, spread: float, reach: float) -> dict[str, Floats]:
    """The parts `dense` and `lexical` of each candidate's score.

    chance is the cosine at which similarity begins and spread its unit (see search/centre.py),
    reach the share of the collection that is in the question's language.
    """
    return {
        "dense": (SCALE * (found.dense - chance) / spread).astype(np.float32),
        "lexical": (SCALE * LEXICAL * _knowledge(found, reach) * _relative(found.lexical)).astype(
            np.float32
        ),
    }


def _relative(lexical: Floats) -> Floats:
    best = float(lexical.max(initial=0.0))
    return lexical / best if best > 0 else lexical


def _knowledge(found: Candidates, reach: float) -> float:
    """How much the words know: 0 nothing, 1 as much as words can."""
    if found.ideal <= 0 or not len(found.lexical):
        return 0.0
    share = float(found.lexical.max()) / found.ideal
    foreign, native = COVERED
    return min(1.0, share / (foreign + (native - foreign) * reach)) ** 2

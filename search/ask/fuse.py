"""Candidates of both legs into one relevance, each leg weighed by what it knows.

The dense part is how many of the collection's own standard deviations a text stands above
chance; the lexical part is BM25 relative to the best match in texts of its side (the question's
own language, or any other), weighed by how much of the question that best match covers. So a
language in the minority is not drowned by the other, and where words say nothing the dense leg
decides alone. Must not know resources, priors or storage.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from search.arrays import Floats, Mask, Ordinals, Parts

SCALE = 0.1
"""One standard deviation of the dense leg in points of score: good answers come near 1."""

LEXICAL = (5.0, 1.5)
"""Standard deviations that a perfect match of many words is worth, and how many words are worth
half of it: two words say less of what is meant than ten. Tried constants from 3 to 6 on eleven
collections; what asks in whole sentences gains up to 5, topics of two words lose from 3 on."""

COVERED = 0.2
"""Share of the ideal BM25 from which the words of a question count in full; below it by its part of
this. Tried .15 to .8: long Chinese questions, whose pairs of characters no text has all of, gain
.0015 from .3 to .2, questions by dictionary lose below."""

FEW = 250
"""Texts among which rarity tells half of what it can: that one of 80 texts says a word is chance.
Tried 25 to 400 with COVERED, chosen on nine collections and measured on the tenth: judged lists of
80 links .873 to .886, xquad over 240 texts +.003 to +.004, none loses more than .002."""


class Known(NamedTuple):
    """The share of a perfect match that the best match of words has: among texts in the question's
    own language, and among all others."""

    own: float
    foreign: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """What retrieval found, one entry a resource, by ordinal.

    dense is the best cosine of its vectors; passages the row within the resource that had it (-1:
    the card); lexical the BM25 over all fields relative to the best of its side, foreign or not;
    words how many different ones the question has; nearest the best cosines of all rows.
    """

    ordinals: Ordinals
    dense: Floats
    lexical: Floats
    passages: Ordinals
    foreign: Mask
    known: Known
    words: int
    nearest: Floats


def relevance(candidates: Candidates, chance: float, spread: float, count: int) -> Parts:
    """The parts `dense` and `lexical` of each candidate's score.

    chance is the cosine at which similarity begins and spread its unit, see search/index/centre.py;
    count is how many texts rarity was counted in.
    """
    best, half = LEXICAL
    best *= count / (count + FEW)
    worth = SCALE * best * candidates.words / (candidates.words + half)
    own, foreign = map(knowledge, candidates.known)
    side = np.where(candidates.foreign, foreign, own)
    return {
        "dense": (SCALE * (candidates.dense - chance) / spread).astype(np.float32),
        "lexical": (worth * side * candidates.lexical).astype(np.float32),
    }


def knowledge(share: float) -> float:
    """How much words know whose best match has this share: 0 nothing, 1 as much as words can."""
    return min(1.0, share / COVERED)

"""How likely a first answer is good, and when to say that nothing is about a question.

How near a question comes to what there is, in the collection's own spreads above how near everyday
questions come, and how much of it words know. Fitted by logistic regression on 670 questions to
three collections, about two in three of them answered there; with each collection left out in turn
the judged library's questions are told from unanswered ones with AUC .992. Must not know results or
priors.
"""

from math import exp, fsum

from search.ask.fuse import Candidates
from search.index.centre import Centres

ANSWERED = (1.3, 4.5, 1.1)
"""Log odds that a collection answers: at the everyday distance with unknown words, for each spread
nearer than that, for words that know all."""

KNOWN = 0.45
"""Share of a perfect match of words that counts in full here."""

GOOD = (0.1, 0.5)
"""Log odds that the first answer is good where there is one: at the everyday distance, and for each
spread nearer. Fitted on the 70 answered questions of the judged library."""

LITTLE = 0.2
"""Fit below which nothing is about a question. Of answered questions one in seventy falls below it,
of unanswered ones nine in ten."""

NEIGHBOURS = 3
"""What is shown at most where nothing is about a question."""


def fit(candidates: Candidates, centres: Centres, language: str | None) -> float | None:
    """How likely the first of candidates is a good answer, 0 to 1.

    language is the question's. 0 where nothing was found; None where centres were measured without
    everyday questions.
    """
    if not centres.everyday:
        return None
    if not len(candidates.nearest):
        return 0.0
    everyday = centres.everyday
    usual = everyday.get(language or "", fsum(everyday.values()) / len(everyday))
    nearer = (float(candidates.nearest.mean()) - usual) / centres.spread
    words_know = min(1.0, max(candidates.known) / KNOWN)
    base, near, words = ANSWERED
    start, slope = GOOD
    return _odds(base + near * nearer + words * words_know) * _odds(start + slope * nearer)


def is_little(fitting: float | None) -> bool:
    """Whether an answer that fits so well is none; never where it is not known how well it fits."""
    return fitting is not None and fitting < LITTLE


def _odds(log_odds: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, log_odds))))

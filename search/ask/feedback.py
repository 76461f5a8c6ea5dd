"""What the best answers say, fed back into the question, where many answer it about as well.

Pseudo-relevance feedback on both legs: the mean of the best answers moves the vector (Rocchio
1971), their telling words join the words (RM3: Abdul-Jaleel et al. 2004). A question that one text
answers far better than the next is left alone, and so is one whose answers are cards of a few
words. Must not know priors or where texts are kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log1p, sqrt

import numpy as np

from search.arrays import Floats
from search.ask.retrieve import Asked
from search.index.lexical import LexicalIndex
from search.text import STOP, tokens

BEST = 5
"""Answers that are fed back. Tried 3 and 10."""

ALIKE = 0.7
"""BM25 of the fifth match relative to the first above which no answer stands out. Fed back always,
the words lose .012 nDCG@10 on drcd and scifact-train, where one text answers."""

SHORTEST = 30
"""Median tokens of the best answers from which they say more than the question."""

VECTOR = 0.5
"""Weight of the mean answer beside the question's vector. Tried .3."""

WORDS = 0.3
"""Share of the words' weight that fed back words take. Tried .2 and .5."""

TELLING = 20
"""Words fed back."""


def stands_out(lexical: Floats) -> bool:
    """Whether one match of words is far better than the next ones, or there are too few of them."""
    best = np.sort(lexical)[::-1][:BEST]
    return len(best) < BEST or best[0] <= 0 or float(best[-1] / best[0]) <= ALIKE


def enlarged(
    asked: Asked,
    vectors: Floats,
    texts: Sequence[str],
    known: float,
    lexical: LexicalIndex,
) -> Asked | None:
    """The question with what the best answers, (n, dim) vectors and their texts, have in common.

    known is how much the words of the question know (search.ask.fuse.knowledge): nothing is fed
    back from answers found by vectors alone. None where the answers are too short.
    """
    said = [tokens(text) for text in texts]
    if not asked.words or np.median([len(text) for text in said]) < SHORTEST:
        return None
    mean = vectors.mean(0)
    moved = asked.vector + VECTOR * known * mean / max(1e-9, float(np.linalg.norm(mean)))
    kept = (1 - WORDS * known) / sum(asked.words.values())
    weights = {word: kept * weight for word, weight in asked.words.items()}
    for word, share in telling(said, lexical).items():
        weights[word] = weights.get(word, 0.0) + WORDS * known * share
    return replace(
        asked, vector=np.asarray(moved / np.linalg.norm(moved), np.float32), words=weights
    )


def telling(texts: Sequence[Sequence[str]], lexical: LexicalIndex) -> Mapping[str, float]:
    """The words that say most of texts, and their shares, which add up to 1."""
    weights: dict[str, float] = {}
    for text in texts:
        for word, times in Counter(text).items():
            weights[word] = weights.get(word, 0.0) + sqrt(times / len(text))
    told = [word for word in weights if word not in STOP]
    for word, known in zip(told, lexical.document_frequencies(told), strict=True):
        weights[word] *= log1p((lexical.count - known + 0.5) / (known + 0.5))
    best = sorted(told, key=lambda word: (-weights[word], word))[:TELLING]
    total = sum(weights[word] for word in best)
    return {word: weights[word] / total for word in best} if total > 0 else {}

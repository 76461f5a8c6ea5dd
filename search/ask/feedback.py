"""What the best answers say, fed back into the question, where many answer it about as well.

Pseudo-relevance feedback on both legs: the mean of the best answers moves the vector (Rocchio
1971), their telling words join the words (RM3: Abdul-Jaleel et al. 2004). A question that one text
answers far better than the next is left alone, and so is one whose answers are cards of a few
words. Must not know priors or where texts are kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np

from search.arrays import Floats
from search.ask.retrieve import LegQuery
from search.index.lexical import LexicalIndex, rarity
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
    leg_query: LegQuery,
    vectors: Floats,
    texts: Sequence[str],
    knowledge: float,
    lexical: LexicalIndex,
) -> LegQuery | None:
    """The question with what the best answers, (n, dim) vectors and their texts, have in common.

    knowledge is that of the question's words (search.ask.fuse.knowledge): nothing is fed back from
    answers found by vectors alone. None where the answers are too short.
    """
    answer_tokens = [tokens(text) for text in texts]
    if not leg_query.words or np.median([len(text) for text in answer_tokens]) < SHORTEST:
        return None
    mean = vectors.mean(0)
    moved = leg_query.vector() + VECTOR * knowledge * mean / max(1e-9, float(np.linalg.norm(mean)))
    own_share = (1 - WORDS * knowledge) / sum(leg_query.words.values())
    weights = {word: own_share * weight for word, weight in leg_query.words.items()}
    for word, share in telling(answer_tokens, lexical).items():
        weights[word] = weights.get(word, 0.0) + WORDS * knowledge * share
    vector = np.asarray(moved / np.linalg.norm(moved), np.float32)
    return replace(leg_query, vector=lambda: vector, words=weights)


def telling(texts: Sequence[Sequence[str]], lexical: LexicalIndex) -> Mapping[str, float]:
    """The words that say most of texts, and their shares, which add up to 1."""
    weights: dict[str, float] = {}
    for text in texts:
        for word, times in Counter(text).items():
            weights[word] = weights.get(word, 0.0) + sqrt(times / len(text))
    words = [word for word in weights if word not in STOP]
    for word, frequency in zip(words, lexical.document_frequencies(words), strict=True):
        weights[word] *= rarity(frequency, lexical.count)
    best = sorted(words, key=lambda word: (-weights[word], word))[:TELLING]
    total = sum(weights[word] for word in best)
    return {word: weights[word] / total for word in best} if total > 0 else {}

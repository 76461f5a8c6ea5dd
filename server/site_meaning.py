"""What words mean, so that a question has a vector in a browser, where no model runs.

A vector for each word, of which those of a question are summed: fitted by ridge regression so that
the words of a title, and those of all that is said of a work, sum to its card, which is there
already; then moved so that those of a sample of titles sum to what the model makes of the title as
a question. Must not know files or the page.
"""

import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from search.arrays import Floats
from search.index.lexical import rarity
from search.text import query_tokens

SAMPLE = 6000
"""Titles that the model embeds as questions. Over 21,411 works nDCG@10 is .527 with none of them,
.533 with 2,000, .539 with 4,000, .551 with 8,000; 6,000 take a minute of two processors."""

FEWEST = 2
"""Works that have a word, from which it has a vector."""

STRONG = 1.0
"""How strongly words are held to where they were: a word that is all of one title moves half the
way."""

_ROUNDS = 8  # of conjugate gradients
_SEED = 1


class Known(NamedTuple):
    """Words, the place of each, and (words,) how much each tells."""

    words: Sequence[str]
    place_of: Mapping[str, int]
    tells: Floats


def meanings(
    titles: Sequence[str],
    texts: Sequence[str],
    cards: Floats,
    encode: Callable[[Sequence[str]], Floats],
) -> dict[str, Floats]:
    """The (dim,) vector of each word that FEWEST texts have, as much of it as the word tells.

    titles, texts (all that is said of each, its title too) and cards, (n, dim), are those of the
    same works; encode makes questions centred unit vectors.
    """
    from scipy.sparse import vstack

    of_texts = [_words(text) for text in texts]
    of_titles = [_words(title) for title in titles]
    known = _known(of_texts)
    if not known.words:
        return {}
    by_title, by_text = _weights(of_titles, known), _weights(of_texts, known)
    start = np.zeros((len(known.words), cards.shape[1]), np.float32)
    vectors = _moved(vstack([by_title, by_text]).tocsr(), np.concatenate([cards, cards]), start)
    choice = np.random.default_rng(_SEED).permutation(len(titles))[:SAMPLE]
    asked = encode([titles[row] for row in choice.tolist()])
    vectors = _moved(by_title[choice], asked, vectors)
    return dict(zip(known.words, vectors * known.tells[:, None], strict=True))


def packed(vector: Floats) -> list[Any]:
    """A vector in 4 bits a number: the unit, and two numbers a byte, 8 being nothing, as base64."""
    unit = max(1e-9, float(np.abs(vector).max()) / 7)
    small = (np.rint(vector / unit) + 8).astype(np.uint8)
    return [float(f"{unit:.3g}"), base64.b64encode(small[::2] << 4 | small[1::2]).decode("ascii")]


def _words(text: str) -> list[str]:
    return sorted(set(query_tokens(text)))


def _known(said: Sequence[Sequence[str]]) -> Known:
    frequency = Counter(chain.from_iterable(said))
    words = sorted(word for word, times in frequency.items() if times >= FEWEST)
    tells = np.array([rarity(frequency[word], len(said)) for word in words], np.float32)
    return Known(words, {word: place for place, word in enumerate(words)}, tells)


def _weights(said: Sequence[Sequence[str]], known: Known) -> Any:
    """(n, words) how much each known word is of what is said, each row of unit length."""
    from scipy.sparse import csr_matrix

    places = [[known.place_of[word] for word in words if word in known.place_of] for words in said]
    columns = np.fromiter(chain.from_iterable(places), np.int64)
    rows = np.repeat(np.arange(len(said)), [len(own) for own in places])
    lengths = np.sqrt(np.bincount(rows, known.tells[columns] ** 2, len(said)))
    weights = (known.tells[columns] / np.maximum(1e-9, lengths[rows])).astype(np.float32)
    return csr_matrix((weights, (rows, columns)), (len(said), len(known.words)))


def _moved(weights: Any, wanted: Floats, start: Floats) -> Floats:
    """Vectors near start (words, dim) whose sums by weights (n, words) come near wanted (n, dim),
    by conjugate gradients (Hestenes and Stiefel 1952), all dimensions at once."""
    turned = weights.T.tocsr()
    steep = np.asarray(weights.power(2).sum(0)).ravel()[:, None] + STRONG
    moved = np.zeros_like(start)
    left = turned @ (wanted - weights @ start)
    way = left / steep
    size = (left * way).sum(0)
    for _ in range(_ROUNDS):
        pushed = turned @ (weights @ way) + STRONG * way
        step = size / np.maximum(1e-12, (way * pushed).sum(0))
        moved += step * way
        left -= step * pushed
        scaled = left / steep
        after = (left * scaled).sum(0)
        way = scaled + after / np.maximum(1e-12, size) * way
        size = after
    return np.asarray(start + moved, np.float32)

"""A question's candidates: the nearest vectors and the best word matches, as one set.

Texts in the question's language are asked for its words, those in others for what these are called
there, and each side is measured against its own best. Must not know priors, answers or how an index
is built.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import mul

import numpy as np

from search.arrays import Floats, Mask, Ordinals
from search.ask.fuse import Candidates, Known
from search.index.catalog import CARD, Catalog
from search.index.dense import VectorIndex
from search.index.lexical import SATURATED, LexicalIndex, rarity
from search.index.selection import Selection
from search.index.threads import CORES, at_once

DEPTH = 300
"""Rows asked of each leg. Ten answers come from the first hundred; the rest feed the priors."""

TITLE = (4.0, 2.0)
"""A match in a title is worth the first over the words of the question and the second; one in all
there is of a resource 1. A topic of two words is what titles say, a sentence is what notes say:
nDCG@10 at .5 and 1.2 alike for all, tutorialbank .413 and .419, awesome-desc-en .405 and .390."""

NEAREST = 5
"""Nearest rows whose mean tells how near a question comes to what there is."""

MANY = 100_000
"""Rows from which words are looked for beside the vectors: it takes as long as these, and a thread
takes a tenth of a millisecond."""

_NOTHING = (np.empty(0, np.float32), np.empty(0, np.int64), 0.0)


@dataclass(frozen=True, slots=True)
class LegQuery:
    """A question as both legs take it: what waits for its (dim,) unit vector, and weights by token.

    words are for texts in the question's own language, abroad for all others; count is how many
    different words the question has.
    """

    vector: Callable[[], Floats]
    words: Mapping[str, float]
    abroad: Mapping[str, float]
    language: str | None
    count: int


def retrieve(
    leg_query: LegQuery,
    dense: VectorIndex,
    lexical: LexicalIndex,
    catalog: Catalog,
    allowed: Selection | None = None,
    depth: int = DEPTH,
    wanted: int = 1,
) -> Candidates:
    """Candidates of both legs; each has its dense score, also where only its words matched.

    allowed is None for all resources; wanted resources are found where there are so many, however
    many rows each has.
    """
    depth = max(depth, wanted)
    vector = leg_query.vector()
    begin = CORES.beside if dense.count >= MANY else at_once
    words = begin(partial(_both_sides, leg_query, lexical, catalog, allowed, depth))
    row_scores, row_ids = _nearest(vector, dense, catalog, allowed, depth, wanted)
    ordinals, best = _best_rows(row_ids, catalog)
    dense_scores, passages = row_scores[best], catalog.row_passages[row_ids[best]]
    foreign, sides = words()
    word_ids = np.concatenate([ids for _, ids, _ in sides])
    # setdiff1d would load numpy.ma, which takes as long as embedding the question.
    missing = word_ids[~np.isin(word_ids, ordinals, assume_unique=True)]
    ordinals = np.concatenate([ordinals, missing]).astype(np.int64)
    dense_scores = np.concatenate([dense_scores, _cards(missing, vector, dense, catalog)])
    passages = np.concatenate([passages, np.full(len(missing), CARD)])
    return Candidates(
        ordinals=ordinals,
        dense=dense_scores.astype(np.float32),
        lexical=_aligned(ordinals, word_ids, np.concatenate([scores for scores, *_ in sides])),
        passages=passages.astype(np.int64),
        foreign=foreign[ordinals],
        known=Known(*(share for *_, share in sides)),
        words=leg_query.count,
        nearest=row_scores[:NEAREST],
    )


def _both_sides(
    leg_query: LegQuery,
    lexical: LexicalIndex,
    catalog: Catalog,
    allowed: Selection | None,
    depth: int,
) -> tuple[Mask, Sequence[tuple[Floats, Ordinals, float]]]:
    """Which resources are in other languages than the question; what its words find among its own
    and what they find among those."""
    own, foreign = catalog.sides(leg_query.language)
    worth = boosts(leg_query.count)
    if not foreign.mask.any():
        asked = [(leg_query.words, allowed)]
    else:
        sides = (own, foreign) if allowed is None else (allowed & own, allowed & foreign)
        asked = list(zip((leg_query.words, leg_query.abroad), sides, strict=True))
    found = [_side(words, side, lexical, depth, worth) for words, side in asked]
    return foreign.mask, [*found, _NOTHING][:2]


def _side(
    words: Mapping[str, float],
    allowed: Selection | None,
    lexical: LexicalIndex,
    depth: int,
    worth: Mapping[str, float],
) -> tuple[Floats, Ordinals, float]:
    """Scores relative to the best, their resources, and the best's share of a perfect match."""
    if not words:
        return _NOTHING
    mask, facets = (None, ()) if allowed is None else (allowed.mask, allowed.facets)
    scores, ids = lexical.search(words, depth, boosts=worth, allowed_rows=mask, facets=facets)
    best = float(scores.max(initial=0.0))
    return scores / max(best, 1e-9), ids, _share(words, best, lexical)


def boosts(words: int) -> Mapping[str, float]:
    """What a match in each field is worth to a question of so many different words."""
    worth, beside = TITLE
    return {"title": worth / (words + beside), "text": 1.0}


def first_rows(ordinals: Ordinals, catalog: Catalog) -> Ordinals:
    """The dense row of each resource's card."""
    return np.searchsorted(catalog.row_resources, ordinals.astype(np.int32)).astype(np.int64)


def _nearest(
    vector: Floats,
    dense: VectorIndex,
    catalog: Catalog,
    allowed: Selection | None,
    depth: int,
    wanted: int,
) -> tuple[Floats, Ordinals]:
    """Rows best first, deeper where a few long documents take them all."""
    mask = None if allowed is None else allowed.rows
    while True:
        scores, rows = dense.search(vector[None], depth, mask)[0]
        if len(rows) < depth or depth >= dense.count:
            return scores, rows
        if len(np.unique(catalog.row_resources[rows])) >= wanted:
            return scores, rows
        depth *= 4


def _best_rows(row_ids: Ordinals, catalog: Catalog) -> tuple[Ordinals, Ordinals]:
    """Each resource once, with the position of its best row (rows come best first)."""
    ordinals, first = np.unique(catalog.row_resources[row_ids], return_index=True)
    return ordinals.astype(np.int64), first


def _cards(ordinals: Ordinals, vector: Floats, dense: VectorIndex, catalog: Catalog) -> Floats:
    if not len(ordinals):
        return np.empty(0, np.float32)
    return dense.reconstruct(first_rows(ordinals, catalog)) @ vector


def _aligned(ordinals: Ordinals, word_ids: Ordinals, word_scores: Floats) -> Floats:
    """Word scores in the order of ordinals, 0 where the words did not match."""
    scores = np.zeros(len(ordinals), np.float32)
    order = np.argsort(ordinals)
    scores[order[np.searchsorted(ordinals, word_ids, sorter=order)]] = word_scores
    return scores


def _share(words: Mapping[str, float], best: float, lexical: LexicalIndex) -> float:
    """best against a text that says each token as often as it likes, in one field."""
    counts = lexical.document_frequencies(list(words))
    rarities = [rarity(count, lexical.count) for count in counts]
    ideal = SATURATED * sum(map(mul, words.values(), rarities))
    return best / ideal if ideal > 0 else 0.0

"""A question's candidates: the nearest vectors and the best word matches, as one set.

Must not know priors, answers or how an index is built.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search.catalog import CARD, Catalog
from search.dense import VectorIndex
from search.fuse import Candidates
from search.lexical import LexicalIndex

DEPTH = 300
"""Rows asked of each leg. Ten answers come from the first hundred; the rest feed the priors."""

BOOSTS: Mapping[str, float] = {"title": 0.3, "text": 1.0}
"""What a match in each field of a resource is worth. Tried titles at 0, .2, .5."""

Mask = NDArray[np.bool_]
Ordinals = NDArray[np.int64]
Floats = NDArray[np.float32]


def retrieve(
    vector: Floats,
    tokens: Sequence[str],
    dense: VectorIndex,
    lexical: LexicalIndex,
    catalog: Catalog,
    allowed: Mask | None = None,
    depth: int = DEPTH,
    wanted: int = 1,
) -> Candidates:
    """Candidates of both legs; each has its dense score, also where only its words matched.

    allowed is a mask over resources, None for all; wanted resources are found where there are
    so many, however many rows each has.
    """
    depth = max(depth, wanted)
    row_scores, row_ids = _nearest(vector, dense, catalog, allowed, depth, wanted)
    ordinals, best = _best_rows(row_ids, catalog)
    dense_scores, passages = row_scores[best], catalog.row_passages[row_ids[best]]
    word_scores, word_ids = lexical.search(tokens, depth, boosts=BOOSTS, allowed_rows=allowed)
    # setdiff1d would load numpy.ma, which takes as long as embedding the question.
    missing = word_ids[~np.isin(word_ids, ordinals, assume_unique=True)]
    ordinals = np.concatenate([ordinals, missing]).astype(np.int64)
    dense_scores = np.concatenate([dense_scores, _cards(missing, vector, dense, catalog)])
    passages = np.concatenate([passages, np.full(len(missing), CARD)])
    return Candidates(
        ordinals=ordinals,
        dense=dense_scores.astype(np.float32),
        lexical=_aligned(ordinals, word_ids, word_scores),
        passages=passages.astype(np.int64),
        ideal=_ideal(tokens, lexical),
    )


def first_rows(ordinals: Ordinals, catalog: Catalog) -> Ordinals:
    """The dense row of each resource's card."""
    return np.searchsorted(catalog.row_resources, ordinals.astype(np.int32)).astype(np.int64)


def _nearest(
    vector: Floats,
    dense: VectorIndex,
    catalog: Catalog,
    allowed: Mask | None,
    depth: int,
    wanted: int,
) -> tuple[Floats, Ordinals]:
    """Rows best first, deeper where a few long documents take them all."""
    mask = None if allowed is None else allowed[catalog.row_resources]
    while True:
        scores, rows = dense.search(vector[None], depth, mask)[0]
        if len(rows) < depth or depth >= dense.count:
            return scores, rows
        if len(np.unique(catalog.row_resources[rows])) >= wanted:
            return scores, rows
        depth *= 4


def _best_rows(row_ids: Ordinals, catalog: Catalog) -> tuple[Ordinals, Ordinals]:
    """Each resource once, with the position of its best row (rows come best first)."""
    found, first = np.unique(catalog.row_resources[row_ids], return_index=True)
    return found.astype(np.int64), first


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


def _ideal(tokens: Sequence[str], lexical: LexicalIndex) -> float:
    """BM25 of a text that says each word of the question as often as it likes, in one field."""
    count = lexical.count
    known = np.array([lexical.document_frequency(token) for token in set(tokens)], np.float64)
    weights = np.log1p((count - known + 0.5) / (known + 0.5))
    return float(2.2 * weights.sum() * max(BOOSTS.values()))

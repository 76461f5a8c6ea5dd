"""The dense leg in PostgreSQL: pgvector's HNSW over half-precision vectors, scored again exactly.

HNSW (Malkov & Yashunin 2016) proposes; the proposals are scored in single precision against the
stored halves, as search.index.dense does. Few allowed rows, or more rows than HNSW is good for, are
compared one by one. Must not know what a row stands for.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.arrays import Mask, Rows, Scores, Vectors
from search.index.postgres.binary import vectors_of
from search.index.postgres.database import Database

GATHER = 5_000
"""Allowed rows up to which naming them beats HNSW's looking past the others."""

DEEPEST = 2_000
"""Rows up to which HNSW is asked."""

_SLACK = 32  # proposals beyond those asked for: halves of the question may swap neighbours

_SEARCH = """
    WITH near AS MATERIALIZED (
        SELECT number, vector FROM vectors {where}
        ORDER BY {distance} LIMIT %(limit)s
    )
    SELECT number, -(vector::vector <#> %(query)s::vector) FROM near
"""
_NEAREST = "vector <#> %(query)s::halfvec"
_EXACT = f"({_NEAREST}) + 0"  # an expression that no index has
_MASKED = "WHERE get_bit(%(mask)s, number) = 1"
_NAMED = "WHERE number = ANY(%(numbers)s::int[])"
_VECTORS = "SELECT vector FROM vectors WHERE number = ANY(%(numbers)s::int[]) ORDER BY number"


class PostgresVectors:
    """Vectors of one generation; see search.index.dense.VectorIndex."""

    def __init__(self, database: Database, count: int, dim: int) -> None:
        """Ask database, which holds count vectors of dim dimensions."""
        self._database = database
        self.count = count
        self.dim = dim

    def search(
        self, queries: Vectors, k: int, allowed: Mask | None = None
    ) -> list[tuple[Scores, Rows]]:
        """See VectorIndex; the rows are those HNSW finds, the scores within 1e-3."""
        left = self.count if allowed is None else int(np.count_nonzero(allowed))
        k = max(0, min(k, left))
        where, values = _filter(allowed, left)
        exact = where == _NAMED or k > DEEPEST
        return [self._searched(query, k, where, values, exact=exact) for query in queries]

    def reconstruct(self, rows: Rows) -> Vectors:
        """See VectorIndex; within half precision."""
        numbers, places = np.unique(rows, return_inverse=True)
        stored = self._database.ask(_VECTORS, {"numbers": numbers.tolist()})
        return vectors_of([vector for (vector,) in stored], self.dim)[places]

    def _searched(
        self, query: NDArray[np.float32], k: int, where: str, values: dict[str, Any], *, exact: bool
    ) -> tuple[Scores, Rows]:
        if k == 0:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        length = float(np.linalg.norm(query)) or 1.0  # an interest may be longer than halves reach
        parameters = {
            **values,
            "query": str((query / length).astype(np.float32).tolist()),
            "limit": k + _SLACK,
        }
        sql = _SEARCH.format(where=where, distance=_EXACT if exact else _NEAREST)
        nearest = self._database.ask(sql, parameters)
        if len(nearest) < k and not exact:  # HNSW gave up among rows that are not allowed
            return self._searched(query, k, where, values, exact=True)
        scores = np.array([score for _, score in nearest], np.float64) * length
        rows = np.array([number for number, _ in nearest], np.int64)
        best = np.lexsort((rows, -scores.astype(np.float32)))[:k]
        return scores[best].astype(np.float32), rows[best]


def _filter(allowed: Mask | None, left: int) -> tuple[str, dict[str, Any]]:
    if allowed is None or left == len(allowed):
        return "", {}
    if left <= GATHER:
        return _NAMED, {"numbers": np.flatnonzero(allowed).tolist()}
    return _MASKED, {"mask": np.packbits(allowed, bitorder="little").tobytes()}

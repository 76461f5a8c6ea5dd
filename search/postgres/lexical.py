"""The lexical leg in PostgreSQL: BM25 over our own tokens, told beforehand, summed by the server.

A posting carries the score that tantivy gives it, so both say the same to the last bits; a
question is one sum over the postings of its tokens. ts_rank would be another ranking over another
analyzer. Must not know text, resources or what a row stands for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from search.lexical import FIELDS, Mask, Rows, Scores
from search.postgres.database import Database

GATHER = 1024
"""Allowed rows up to which naming them beats a mask over all."""

_SEARCH = """
    SELECT p.ordinal, sum(p.score * p.boost)::real AS score FROM (
        SELECT unnest(t.ordinals) AS ordinal, unnest(t.scores) AS score, a.boost
        FROM unnest(%(tokens)s::text[], %(fields)s::smallint[], %(boosts)s::float8[])
            AS a (token, field, boost)
        JOIN postings t ON t.token = a.token AND t.field = a.field
    ) p {where}
    GROUP BY p.ordinal ORDER BY score DESC, p.ordinal LIMIT %(limit)s
"""
_MASKED = "WHERE get_bit(%(mask)s, p.ordinal) = 1"
_NAMED = "WHERE p.ordinal = ANY(%(ordinals)s::int[])"
_KNOWN = "SELECT token, max(known) FROM postings WHERE token = ANY(%s::text[]) GROUP BY token"


class PostgresWords:
    """Postings of one generation; see search.lexical.LexicalIndex."""

    def __init__(self, database: Database, count: int) -> None:
        """Ask database, which holds the words of count resources."""
        self._database = database
        self.count = count
        self._frequency = lru_cache(maxsize=8192)(self._counted)

    def document_frequency(self, token: str) -> int:
        """See LexicalIndex."""
        return self._frequency(token)

    def document_frequencies(self, tokens: Sequence[str]) -> list[int]:
        """See LexicalIndex; one question for all."""
        asked = [token for token in tokens if _storable(token)]
        known = dict(self._database.ask(_KNOWN, (asked,))) if asked else {}
        return [known.get(token, 0) for token in tokens]

    def search(
        self,
        tokens: Sequence[str],
        k: int,
        *,
        boosts: Mapping[str, float],
        allowed_rows: Mask | None = None,
    ) -> tuple[Scores, Rows]:
        """See LexicalIndex."""
        terms = [
            (token, FIELDS.index(field), boost * times)
            for token, times in Counter(filter(_storable, tokens)).items()
            for field, boost in boosts.items()
            if boost > 0
        ]
        if not terms or k < 1 or (allowed_rows is not None and not allowed_rows.any()):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        where, values = _filter(allowed_rows)
        names, fields, weights = (list(column) for column in zip(*terms, strict=True))
        values |= {"tokens": names, "fields": fields, "boosts": weights, "limit": k}
        found = self._database.ask(_SEARCH.format(where=where), values)
        scores = np.array([score for _, score in found], np.float32)
        return scores, np.array([ordinal for ordinal, _ in found], np.int64)

    def _counted(self, token: str) -> int:
        return self.document_frequencies([token])[0]


def _filter(allowed: Mask | None) -> tuple[str, dict[str, object]]:
    if allowed is None or allowed.all():
        return "", {}
    if np.count_nonzero(allowed) <= GATHER:
        return _NAMED, {"ordinals": np.flatnonzero(allowed).tolist()}
    return _MASKED, {"mask": np.packbits(allowed, bitorder="little").tobytes()}


def _storable(token: str) -> bool:
    """Whether a token can be in the database at all."""
    return "\0" not in token and token.isprintable()

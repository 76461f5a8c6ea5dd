"""The lexical leg in PostgreSQL: BM25 over our own tokens, told beforehand, summed by the server.

A posting carries the score that tantivy gives it, so both say the same to the last bits; a
question is one sum over the postings of its tokens. ts_rank would be another ranking over another
analyzer. Must not know text, resources or what a row stands for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from search.arrays import Facets, Mask, Rows, Scores
from search.index.lexical import EVERYTHING, FIELDS
from search.index.postgres.database import Database, storable

GATHER = 1024
"""Allowed rows up to which naming them beats a mask over all."""

KEPT = 65_536
"""Tokens whose counts are kept."""

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
_HOLDING = """
    SELECT DISTINCT ON (token) token, ordinals FROM postings
    WHERE field = %s AND token = ANY(%s::text[])
"""
_KNOWN = "SELECT token, max(known) FROM postings WHERE token = ANY(%s::text[]) GROUP BY token"


class PostgresWords:
    """Postings of one generation; see search.index.lexical.LexicalIndex."""

    def __init__(self, database: Database, count: int) -> None:
        """Ask database, which holds the words of count resources."""
        self._database = database
        self.count = count
        self._known: dict[str, int] = {}

    def document_frequency(self, token: str) -> int:
        """See LexicalIndex."""
        return self.document_frequencies([token])[0]

    def document_frequencies(self, tokens: Sequence[str]) -> list[int]:
        """See LexicalIndex; one question for all that were not asked before."""
        frequencies = self._known
        new = [token for token in set(tokens) if token not in frequencies and storable(token)]
        if new:
            if len(frequencies) > KEPT:
                frequencies = self._known = {}
            frequencies |= dict.fromkeys(new, 0) | dict(self._database.ask(_KNOWN, (new,)))
        return [frequencies.get(token, 0) for token in tokens]

    def holding(self, tokens: Sequence[str]) -> Mask:
        """See LexicalIndex."""
        wanted = list(dict.fromkeys(tokens))
        mask = np.ones(self.count, np.bool_)
        held = [token for token in wanted if storable(token)]
        found = self._database.ask(_HOLDING, (FIELDS.index(EVERYTHING), held)) if held else []
        if len(found) < len(wanted):
            return np.zeros(self.count, np.bool_)
        for _, ordinals in found:
            one = np.zeros(self.count, np.bool_)
            one[np.array(ordinals, np.int64)] = True
            mask &= one
        return mask

    def search(
        self,
        tokens: Sequence[str] | Mapping[str, float],
        k: int,
        *,
        boosts: Mapping[str, float],
        allowed_rows: Mask | None = None,
        facets: Facets = (),
    ) -> tuple[Scores, Rows]:
        """See LexicalIndex; the mask says all that facets do."""
        counted = Counter(tokens)
        frequencies = self.document_frequencies(list(counted))  # who searches asks for them next
        terms = [
            (token, FIELDS.index(field), boost * times)
            for (token, times), rows in zip(counted.items(), frequencies, strict=True)
            for field, boost in boosts.items()
            if boost > 0 and rows
        ]
        if not terms or k < 1 or (allowed_rows is not None and not allowed_rows.any()):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        where, values = _filter(allowed_rows)
        names, fields, weights = (list(column) for column in zip(*terms, strict=True))
        values |= {"tokens": names, "fields": fields, "boosts": weights, "limit": k}
        matched = self._database.ask(_SEARCH.format(where=where), values)
        scores = np.array([score for _, score in matched], np.float32)
        return scores, np.array([ordinal for ordinal, _ in matched], np.int64)


def _filter(allowed: Mask | None) -> tuple[str, dict[str, object]]:
    if allowed is None or allowed.all():
        return "", {}
    if np.count_nonzero(allowed) <= GATHER:
        return _NAMED, {"ordinals": np.flatnonzero(allowed).tolist()}
    return _MASKED, {"mask": np.packbits(allowed, bitorder="little").tobytes()}

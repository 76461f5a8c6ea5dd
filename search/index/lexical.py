"""The lexical leg: BM25 over the analyzer's own tokens, kept by tantivy.

Fields hold tokens that search/text.py made, joined with spaces, so tantivy analyses nothing and
index and query cannot disagree. Queries are built term by term, never parsed: no character of a
question is an operator. Must not know text, resources or what a row stands for.

BM25 is tantivy's: k1 1.2, b 0.75, Lucene's idf, lengths kept to one byte. Both are too strong for
cards of ten words, and fixed; what is written evens that out (lexical_shapes.py).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from cache import disk
from cache.errors import Damaged
from search.arrays import Facets, Mask, Rows, Said, Scores

if TYPE_CHECKING:
    from search.index.lexical_shapes import Shape

FIELDS = ("title", "text")
"""The fields a term is looked for in: titles, and everything said (titles too). More fields were
tried: BM25 summed over title, notes, section, author and body lost up to .06 nDCG@10."""

EVERYTHING = "text"
"""The field that holds every word."""

SATURATED = 2.2
"""k1 + 1 of tantivy's BM25: the times its inverse document frequency that a token is worth at most
in one field, however often a text says it."""

MOST_DROPPED = 0.05
"""Share of an index's rows that may have been dropped before it is written anew: so far off are
frequencies of tokens at most."""

_MEASURED = 8192  # documents whose mean lengths stand for all
_HEAP = 256_000_000  # bytes; the writer spills a segment when it is full
_FEW = 1024  # allowed rows up to which naming them beats reading past the others; 8 ms at most
_FACET = "known"  # a field, no token of which is split; recipes before 14 call theirs otherwise
_SHARE = 0.5  # of all rows, below which reading postings of facets beats reading past the others


def rarity(frequency: float, count: int) -> float:
    """Lucene's inverse document frequency of a token that frequency of count rows hold."""
    return math.log1p((count - frequency + 0.5) / (frequency + 0.5))


@dataclass(frozen=True, slots=True)
class Fields:
    """One row's tokens by field, each field joined with spaces; and what filters know it by, see
    search.index.selection.facets_of."""

    row: int
    title: str = ""
    text: str = ""
    facets: tuple[str, ...] = ()


def write(folder: Path, documents: Iterable[Fields], like: Path | None = None) -> None:
    """Index documents into folder, which is made and must be empty.

    A field's usual length is that of the first 8192 documents that have it; those without it count
    as average, so that a field few have is not taken for a short one. like is an index of nearly
    the same documents, whose lengths are then the usual ones. One thread adds in order: equal input
    gives equal postings (segment names are random). Raises StoreError where the disk fails.
    """
    import tantivy

    from search.index.lexical_shapes import Wear, shape_of

    with disk.faults(folder, ValueError):  # tantivy reports a full disk so
        folder.mkdir(parents=True, exist_ok=True)
        remaining = iter(documents)
        first = list(islice(remaining, _MEASURED))
        shapes = (
            {name: shape_of(name, [getattr(d, name) for d in first]) for name in FIELDS}
            if like is None
            else Wear.load(like).shapes
        )
        _add(tantivy.Index(_schema(), path=str(folder)), chain(first, remaining), (), shapes)
        Wear(shapes).save(folder)


def edit(folder: Path, like: Path, dropped: Iterable[int], documents: Iterable[Fields]) -> None:
    """Write to folder the index at like, less the rows dropped and with documents.

    The files of like are shared, since postings are never written to; so what is dropped still
    counts in how often a token is found, see is_worn. Raises as write does.
    """
    import tantivy

    from search.index.lexical_shapes import Wear

    with disk.faults(folder, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        for path in like.iterdir():
            if path.suffix != ".lock":
                disk.share(path, folder / path.name)
        wear, gone = Wear.load(like), list(dropped)
        _add(tantivy.Index.open(str(folder)), documents, gone, wear.shapes)
        Wear(wear.shapes, wear.dropped + len(gone)).save(folder)


def is_worn(like: Path, dropped: int, count: int) -> bool:
    """Whether, with so many more rows dropped from the index at like, MOST_DROPPED of its count
    rows would be there no more. Raises Damaged."""
    from search.index.lexical_shapes import Wear

    return Wear.load(like).dropped + dropped > MOST_DROPPED * count


def _add(
    index: Any, documents: Iterable[Fields], dropped: Sequence[int], shapes: Mapping[str, "Shape"]
) -> None:
    from tantivy import Query

    index.register_tokenizer("tokens", _tokenizer())
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    if dropped:
        writer.delete_documents_by_query(Query.term_set_query(index.schema, "row", dropped))
    for document in documents:
        title, text = (shapes[field].of(getattr(document, field)) for field in FIELDS)
        writer.add_document(_document(replace(document, title=title, text=text)))
    writer.commit()
    writer.wait_merging_threads()


class LexicalIndex(Protocol):
    """Postings of one generation, read-only; safe to share between threads."""

    @property
    def count(self) -> int:
        """How many rows are indexed."""

    def document_frequency(self, token: str) -> int:
        """How many rows hold token, counted in the field where most do."""

    def document_frequencies(self, tokens: Sequence[str]) -> list[int]:
        """How many rows hold each token, counted in the field where most do."""

    def holding(self, tokens: Sequence[str]) -> Mask:
        """Which rows hold every one of tokens, anywhere, (count,); all of them for none."""

    def search(
        self,
        tokens: Sequence[str] | Mapping[str, float],
        k: int,
        *,
        boosts: Mapping[str, float],
        allowed_rows: Mask | None = None,
        facets: Facets = (),
    ) -> tuple[Scores, Rows]:
        """The k best rows by the sum of boost × BM25 over every token and every field of boosts.

        A token given twice counts twice, or by its weight where tokens are given with weights; one
        that no row holds counts nothing. allowed_rows is a mask over rows. Equal scores are ordered
        by row. Fewer than k where fewer match. Every allowed row has a facet of each of the groups,
        which may find them sooner.
        """


class Posting(NamedTuple):
    """What one field says of a token: the rows that hold it, and the BM25 of each."""

    field: str
    token: str
    rows: Rows
    scores: Scores


def open_index(folder: Path) -> "TantivyIndex":
    """The index in folder, memory-mapped. Raises Damaged where it cannot be opened."""
    import tantivy

    try:
        index = tantivy.Index.open(str(folder))
        index.config_reader(reload_policy="manual")
        return TantivyIndex(index)
    except (ValueError, OSError) as error:
        raise Damaged(f"{folder}: {error}", "run `nextread verify`, then build again") from error


class TantivyIndex:
    """Postings of one generation, read-only; safe to share between threads."""

    def __init__(self, index: Any) -> None:
        """Read what index holds now; later commits are not seen."""
        self._schema = index.schema
        self._searcher = index.searcher()
        self._frequency = lru_cache(maxsize=8192)(self._counted)

    @cached_property
    def count(self) -> int:
        """How many rows are indexed."""
        return int(self._searcher.num_docs)

    def _counted(self, field: str, token: str) -> int:
        try:
            return int(self._searcher.doc_freq(field, token))
        except ValueError:  # half of a surrogate pair is no character
            return 0

    def document_frequency(self, token: str) -> int:
        """See LexicalIndex."""
        return max(self._frequency(field, token) for field in FIELDS)

    def document_frequencies(self, tokens: Sequence[str]) -> list[int]:
        """See LexicalIndex."""
        return [self.document_frequency(token) for token in tokens]

    def holding(self, tokens: Sequence[str]) -> Mask:
        """See LexicalIndex."""
        from tantivy import Occur, Query

        if not tokens:
            return np.ones(self.count, np.bool_)
        most = min(self._frequency(EVERYTHING, token) for token in tokens)
        mask = np.zeros(self.count, np.bool_)
        if most:
            terms = [self._token(Said(token)) for token in dict.fromkeys(tokens)]
            both = Query.boolean_query([(Occur.Must, term) for term in terms])
            _, rows = self._collect(Query.const_score_query(both, 0.0), most)
            mask[rows] = True
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
        """See LexicalIndex."""
        query = self._query(tokens, boosts)
        if query is None or k < 1 or (allowed_rows is not None and not allowed_rows.any()):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        limit = k + 16
        if allowed_rows is not None:
            many = int(np.count_nonzero(allowed_rows))
            if many <= _FEW:
                query = self._within(query, np.flatnonzero(allowed_rows))
            elif facets and self._has_facets and many < _SHARE * self.count:
                query = self._among(query, facets)
            else:  # as deep as it takes where the filter has nothing to do with the question
                limit = int(1.2 * limit * self.count / many)
        limit = min(limit, self.count)
        while True:
            collected = self._collect(query, limit)
            scores, rows = _best(collected, k, allowed_rows)
            settled = len(rows) == k and collected[0].min() < scores[-1]  # no tie was cut through
            if settled or limit == self.count or len(collected[0]) < limit:
                return scores, rows
            limit = min(limit * 8, self.count)

    def postings(self) -> Iterator[Posting]:
        """Every token of every field, rows rising: scores that add up to those of search.

        A generation never changes, so its BM25 can be told beforehand (Lù 2024, "BM25S").
        """
        from tantivy import Query

        from search.index.lexical_shapes import FILLER

        for field in FIELDS:
            for token, frequency in self._searcher.terms_with_prefix(field, ""):
                if token != FILLER:
                    term = Query.term_query(self._schema, field, token, index_option="freq")
                    scores, rows = self._collect(term, frequency)
                    order = np.argsort(rows)
                    yield Posting(field, token, rows[order], scores[order])

    def _query(
        self, tokens: Sequence[str] | Mapping[str, float], boosts: Mapping[str, float]
    ) -> Any:
        from tantivy import Occur, Query

        terms = [
            Query.boost_query(
                Query.term_query(self._schema, field, token, index_option="freq"), boost * times
            )
            for token, times in Counter(tokens).items()
            for field, boost in boosts.items()
            if boost > 0 and self._frequency(field, token)
        ]
        return Query.boolean_query([(Occur.Should, term) for term in terms]) if terms else None

    def _within(self, query: Any, rows: Rows) -> Any:
        from tantivy import Occur, Query

        named = Query.term_set_query(self._schema, "row", rows.tolist())
        return Query.boolean_query(
            [(Occur.Must, query), (Occur.Must, Query.const_score_query(named, 0.0))]
        )

    def _among(self, query: Any, facets: Facets) -> Any:
        from tantivy import Occur, Query

        groups = [Query.boolean_query(list(self._any_of(group))) for group in facets]
        known = [(Occur.Must, Query.const_score_query(group, 0.0)) for group in groups]
        return Query.boolean_query([(Occur.Must, query), *known])

    def _any_of(self, group: Sequence[str | int]) -> Iterator[tuple[Any, Any]]:
        from tantivy import Occur, Query

        yield from ((Occur.Should, self._token(one)) for one in group if isinstance(one, str))
        if rows := [one for one in group if isinstance(one, int)]:
            yield Occur.Should, Query.term_set_query(self._schema, "row", rows)

    def _token(self, token: str) -> Any:
        from tantivy import Query

        field = EVERYTHING if isinstance(token, Said) else _FACET
        return Query.term_query(self._schema, field, token, index_option="basic")

    @cached_property
    def _has_facets(self) -> bool:
        """Generations of recipe 13 and before have others, or none."""
        try:
            return self._token("") is not None
        except ValueError:
            return False

    def _collect(self, query: Any, limit: int) -> tuple[Scores, Rows]:
        hits = self._searcher.search(query, limit=limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.array([score for score, _ in hits], np.float32), np.array(rows, np.int64)


def _best(collected: tuple[Scores, Rows], k: int, allowed: Mask | None) -> tuple[Scores, Rows]:
    scores, rows = collected
    if allowed is not None:
        scores, rows = scores[allowed[rows]], rows[allowed[rows]]
    order = np.lexsort((rows, -scores))[:k]
    return scores[order], rows[order]


def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="tokens", index_option="freq")
    builder.add_text_field(_FACET, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _tokenizer() -> Any:
    from tantivy import TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).build()


def _document(given: Fields) -> Any:
    from tantivy import Document

    document = Document()
    document.add_unsigned("row", given.row)
    for field in FIELDS:
        text = getattr(given, field)
        if text:
            document.add_text(field, text)
    for facet in given.facets:
        document.add_text(_FACET, facet)
    return document

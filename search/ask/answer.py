"""A question to its answers: both legs, feedback, what speaks for each candidate, one page.

Must not know how words are
understood, nor how answers are shown.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cache.records import Query, Ranked, Result
from search.ask import named as names
from search.ask.crossing import crossed
from search.ask.feedback import BEST, enlarged, stands_out
from search.ask.fit import NEIGHBOURS, fit, is_little
from search.ask.fuse import Candidates, knowledge, relevance
from search.ask.reposts import fold
from search.ask.retrieve import Asked, first_rows, retrieve
from search.collection import Collection
from search.rank.priors import WEIGHTS, prior_parts
from search.rank.rank import rank
from search.text import language_of, query_tokens, simplify

if TYPE_CHECKING:
    from search.ask.rerank import Reranker

SPARE = 20
"""Places ranked beside those asked for, to stand in for reposts."""

TOPIC = 600
"""Characters of a topic that are embedded: more take seconds and say nothing more."""

Floats = NDArray[np.float32]
Parts = dict[str, Floats]


def embedded(query: Query) -> str:
    """What of a question is embedded: traditional Chinese asks what simplified does."""
    return simplify(query.topic)[:TOPIC]


class Answers(NamedTuple):
    """The question with the authors it names, its results, how likely the first is good, and
    whether nothing is about it."""

    query: Query
    results: list[Result]
    fit: float | None
    little: bool


def answer(collection: Collection, query: Query, reranker: "Reranker | None" = None) -> Answers:
    """The k best results of a question, each text once; a few where nothing is about it."""
    wide = replace(query, k=query.k + SPARE)
    found = candidates(collection, wide)
    fitting = fit(found, collection.centres, language_of(query.text))
    # A filter asks what there is of a sort, however near it comes.
    little = is_little(fitting) and not _is_filtered(query)
    ranked = _ranked(collection, wide, found, reranker)
    results = _once(collection, ranked, min(NEIGHBOURS, query.k) if little else query.k)
    return Answers(_with_authors(collection, query, results), results, fitting, little)


def _is_filtered(query: Query) -> bool:
    names = {"kinds", "languages", "after", "before", "lists"} - query.cues.keys()
    return any(getattr(query, name) for name in names)


def places(
    collection: Collection, query: Query, reranker: "Reranker | None" = None
) -> list[Ranked]:
    """The order of a question's answers, reposts and all."""
    return _ranked(collection, query, candidates(collection, query), reranker)


def _ranked(
    collection: Collection, query: Query, found: Candidates, reranker: "Reranker | None"
) -> list[Ranked]:
    told = parts(collection, query, found)
    if reranker is not None and len(found.ordinals):
        told = _reranked(collection, query, found, told, reranker)
    return rank(found.ordinals, found.passages, told, query.k)


def candidates(collection: Collection, query: Query) -> Candidates:
    """What both legs find for a question, and for what its best answers have in common."""
    asked = _asked(collection, query)
    find = partial(
        retrieve,
        dense=collection.dense,
        lexical=collection.lexical,
        catalog=collection.catalog,
        allowed=collection.allowed(query),
        wanted=query.k,
    )
    found = find(asked)
    more = _enlarged(collection, asked, found)
    if more is None:
        return found
    again = find(more)
    # What is shown answers the question, not what was fed back.
    own = dict(zip(found.ordinals.tolist(), found.passages.tolist(), strict=True))
    told = zip(again.ordinals.tolist(), again.passages.tolist(), strict=True)
    passages = np.array([own.get(ordinal, number) for ordinal, number in told], np.int64)
    return replace(again, known=found.known, nearest=found.nearest, passages=passages)


def _asked(collection: Collection, query: Query) -> Asked:
    """The question as both legs take it."""
    raw = collection.embedder.encode_queries([embedded(query)])[0]
    words = query_tokens(query.topic)
    # What is asked for may be named in another language than the question is asked in.
    language = language_of(query.text)
    abroad: Mapping[str, float] = {}
    if collection.catalog.foreign(language).any():
        abroad = crossed(query.topic, language, words, collection.dictionary, collection.lexical)
    vector = collection.centres.centre_query(raw, query.topic)
    return Asked(vector, Counter(words), abroad, language, len(set(words)))


def parts(collection: Collection, query: Query, found: Candidates) -> Parts:
    """What the score of each candidate is made of."""
    told = _relevance(collection, found)
    told |= prior_parts(query, collection.catalog.figures[found.ordinals])
    return told | _name_parts(collection, query, found, sum(told.values()))


def _relevance(collection: Collection, found: Candidates) -> Parts:
    return relevance(found, collection.centres.chance, collection.centres.spread)


def _enlarged(collection: Collection, asked: Asked, found: Candidates) -> Asked | None:
    if stands_out(found.lexical[~found.foreign]):
        return None
    best = _foremost(_relevance(collection, found), BEST)
    ordinals, passages = found.ordinals[best], found.passages[best]
    rows = first_rows(ordinals, collection.catalog) + passages + 1  # the card is -1
    texts = _texts(collection, ordinals.tolist(), passages.tolist())
    vectors = collection.dense.reconstruct(rows)
    return enlarged(asked, vectors, texts, knowledge(found.known.own), collection.lexical)


def _foremost(told: Parts, count: int) -> NDArray[np.int64]:
    """Positions of the best by the sum of parts, best first."""
    return np.argsort(-np.sum(list(told.values()), axis=0), kind="stable")[:count]


def _name_parts(collection: Collection, query: Query, found: Candidates, scores: Any) -> Parts:
    """What the titles and authors of the foremost candidates add."""
    if not len(found.ordinals):
        return {}
    best = _foremost({"so far": scores}, names.FOREMOST)
    titles, authors = zip(*collection.catalog.names(found.ordinals[best].tolist()), strict=True)
    collection.title_words.prepare([query.topic, *titles, *filter(None, authors)])
    asked = query_tokens(query.topic)
    said = {
        "title": names.titled(asked, titles, collection.title_words),
        "author": names.authored(asked, authors, collection.title_words),
    }
    told = {name: np.zeros(len(found.ordinals), np.float32) for name in said}
    for name, part in told.items():
        part[best] = WEIGHTS[name] * said[name]
    return {name: part for name, part in told.items() if part.any()}


def _reranked(
    collection: Collection, query: Query, found: Candidates, told: Parts, reranker: "Reranker"
) -> Parts:
    from search.ask.rerank import DEPTH, judged

    best = _foremost(told, DEPTH)
    texts = _texts(collection, found.ordinals[best].tolist(), found.passages[best].tolist())
    return judged(told, best, reranker.scores(query.text, texts))


def _texts(collection: Collection, ordinals: Sequence[int], passages: Sequence[int]) -> list[str]:
    """What is said of each resource, with the passage that answers best."""
    texts = []
    records = collection.catalog.records(ordinals)
    for ordinal, number, (resource, facts) in zip(ordinals, passages, records, strict=True):
        said = [resource.title, *(mention.note for mention in resource.mentions)]
        if facts.evidence != "list note":
            said.append(collection.catalog.passage(ordinal, max(0, number)).text)
        texts.append(" ".join(said))
    return texts


def _once(collection: Collection, ranked: Sequence[Ranked], k: int) -> list[Result]:
    """The k best results, reposts of one text with the best of them."""
    ordinals = np.array([place.ordinal for place in ranked], np.int64)
    said = collection.catalog.names(ordinals.tolist())
    groups = fold(said, collection.catalog.figures[ordinals])[:k]
    results = collection.results([ranked[first] for first, *_ in groups])
    others = [ranked[place].ordinal for _, *more in groups for place in more]
    found = iter(collection.catalog.resources(others))
    return [
        replace(result, reposts=tuple(next(found).url for _ in more)) if more else result
        for result, (_, *more) in zip(results, groups, strict=True)
    ]


def _with_authors(collection: Collection, query: Query, results: Sequence[Result]) -> Query:
    """The question with the authors it names, as they are written in what answers it."""
    asked = query_tokens(query.topic)
    named = [
        names.author_named(asked, found.facts.author, collection.title_words)
        for found in results
        if "author" in found.parts
    ]
    authors = tuple(dict.fromkeys(filter(None, named)))
    if not authors:
        return query
    return replace(query, authors=authors, cues={**query.cues, "authors": ", ".join(authors)})

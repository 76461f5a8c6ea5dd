"""A question to its answers: both legs, feedback, what speaks for each candidate, one page.

Reads one generation through an Engine, as similar, taste and path do. Must not know how words are
understood, nor how answers are shown.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cache.records import Query, Result
from search.ask import named as names
from search.ask.feedback import BEST, Asked, enlarged, stands_out
from search.ask.fuse import Candidates, knowledge, relevance
from search.ask.reposts import fold
from search.ask.retrieve import first_rows, retrieve
from search.rank.priors import WEIGHTS, prior_parts
from search.rank.rank import Ranked, rank
from search.text import language_of, query_tokens, simplify

if TYPE_CHECKING:
    from search.ask.rerank import Reranker
    from search.engine import Engine

SPARE = 20
"""Places ranked beside those asked for, to stand in for reposts."""

TOPIC = 600
"""Characters of a topic that are embedded: more take seconds and say nothing more."""

Floats = NDArray[np.float32]
Parts = dict[str, Floats]


def embedded(query: Query) -> str:
    """What of a question is embedded: traditional Chinese asks what simplified does."""
    return simplify(query.topic)[:TOPIC]


def answer(
    engine: "Engine", query: Query, reranker: "Reranker | None" = None
) -> tuple[Query, list[Result]]:
    """The question with the authors it names, and its k best results, each text once."""
    ranked = places(engine, replace(query, k=query.k + SPARE), reranker)
    results = _once(engine, ranked, query.k)
    return _with_authors(engine, query, results), results


def places(engine: "Engine", query: Query, reranker: "Reranker | None" = None) -> list[Ranked]:
    """The order of a question's answers, reposts and all."""
    found = candidates(engine, query)
    told = parts(engine, query, found)
    if reranker is not None and len(found.ordinals):
        told = _reranked(engine, query, found, told, reranker)
    return rank(found.ordinals, found.passages, told, query.k)


def candidates(engine: "Engine", query: Query) -> Candidates:
    """What both legs find for a question, and for what its best answers have in common."""
    raw = engine.embedder.encode_queries([embedded(query)])[0]
    vector = engine.centres.centre_query(raw, query.topic)
    tokens = query_tokens(query.topic)
    find = partial(
        retrieve,
        dense=engine.dense,
        lexical=engine.lexical,
        catalog=engine.catalog,
        allowed=engine.allowed(query),
        wanted=query.k,
    )
    found = find(vector, tokens)
    more = _enlarged(engine, query, vector, tokens, found)
    if more is None:
        return found
    again = find(more.vector, more.words, words=found.words)
    # What is shown answers the question, not what was fed back.
    own = dict(zip(found.ordinals.tolist(), found.passages.tolist(), strict=True))
    told = zip(again.ordinals.tolist(), again.passages.tolist(), strict=True)
    passages = np.array([own.get(ordinal, number) for ordinal, number in told], np.int64)
    return replace(again, share=found.share, passages=passages)


def parts(engine: "Engine", query: Query, found: Candidates) -> Parts:
    """What the score of each candidate is made of."""
    told = _relevance(engine, query, found)
    told |= prior_parts(query, engine.catalog.figures[found.ordinals])
    return told | _name_parts(engine, query, found, sum(told.values()))


def _relevance(engine: "Engine", query: Query, found: Candidates) -> Parts:
    centres = engine.centres
    return relevance(found, centres.chance, centres.spread, _reach(engine, query))


def _reach(engine: "Engine", query: Query) -> float:
    """The share of this collection that is in the question's language."""
    return engine.centres.shares.get(language_of(query.topic) or "", 0.0)


def _enlarged(
    engine: "Engine", query: Query, vector: Floats, tokens: Sequence[str], found: Candidates
) -> Asked | None:
    if stands_out(found.lexical):
        return None
    best = _foremost(_relevance(engine, query, found), BEST)
    ordinals, passages = found.ordinals[best], found.passages[best]
    rows = first_rows(ordinals, engine.catalog) + passages + 1  # the card is -1
    known = knowledge(found, _reach(engine, query))
    texts = _texts(engine, ordinals.tolist(), passages.tolist())
    vectors = engine.dense.reconstruct(rows)
    return enlarged(vector, tokens, vectors, texts, known, engine.lexical)


def _foremost(told: Parts, count: int) -> NDArray[np.int64]:
    """Positions of the best by the sum of parts, best first."""
    return np.argsort(-np.sum(list(told.values()), axis=0), kind="stable")[:count]


def _name_parts(engine: "Engine", query: Query, found: Candidates, scores: Any) -> Parts:
    """What the titles and authors of the foremost candidates add."""
    if not len(found.ordinals):
        return {}
    best = _foremost({"so far": scores}, names.FOREMOST)
    titles, authors = zip(*engine.catalog.names(found.ordinals[best].tolist()), strict=True)
    engine.wording.prepare([query.topic, *titles, *filter(None, authors)])
    asked = query_tokens(query.topic)
    said = {
        "title": names.titled(asked, titles, engine.wording),
        "author": names.authored(asked, authors, engine.wording),
    }
    told = {name: np.zeros(len(found.ordinals), np.float32) for name in said}
    for name, part in told.items():
        part[best] = WEIGHTS[name] * said[name]
    return {name: part for name, part in told.items() if part.any()}


def _reranked(
    engine: "Engine", query: Query, found: Candidates, told: Parts, reranker: "Reranker"
) -> Parts:
    from search.ask.rerank import DEPTH, judged

    best = _foremost(told, DEPTH)
    texts = _texts(engine, found.ordinals[best].tolist(), found.passages[best].tolist())
    return judged(told, best, reranker.scores(query.text, texts))


def _texts(engine: "Engine", ordinals: Sequence[int], passages: Sequence[int]) -> list[str]:
    """What is said of each resource, with the passage that answers best."""
    texts = []
    records = engine.catalog.records(ordinals)
    for ordinal, number, (resource, facts) in zip(ordinals, passages, records, strict=True):
        said = [resource.title, *(mention.note for mention in resource.mentions)]
        if facts.evidence != "list note":
            said.append(engine.catalog.passage(ordinal, max(0, number)).text)
        texts.append(" ".join(said))
    return texts


def _once(engine: "Engine", ranked: Sequence[Ranked], k: int) -> list[Result]:
    """The k best results, reposts of one text with the best of them."""
    ordinals = np.array([place.ordinal for place in ranked], np.int64)
    said = engine.catalog.names(ordinals.tolist())
    groups = fold(said, engine.catalog.figures[ordinals])[:k]
    results = engine.results([ranked[first] for first, *_ in groups])
    others = [ranked[place].ordinal for _, *more in groups for place in more]
    found = iter(engine.catalog.resources(others))
    return [
        replace(result, reposts=tuple(next(found).url for _ in more)) if more else result
        for result, (_, *more) in zip(results, groups, strict=True)
    ]


def _with_authors(engine: "Engine", query: Query, results: Sequence[Result]) -> Query:
    """The question with the authors it names, as they are written in what answers it."""
    asked = query_tokens(query.topic)
    named = [
        names.author_named(asked, found.facts.author, engine.wording)
        for found in results
        if "author" in found.parts
    ]
    authors = tuple(dict.fromkeys(filter(None, named)))
    if not authors:
        return query
    return replace(query, authors=authors, cues={**query.cues, "authors": ", ".join(authors)})

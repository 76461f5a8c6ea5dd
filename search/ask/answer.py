"""A question to its answers: both legs, feedback, what speaks for each candidate, one page.

Must not know how words are understood, nor how answers are shown.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cache.records import Facts, Query, Ranked, Resource, Result
from search.arrays import Floats, Mask, Ordinals, Parts
from search.ask import named as names
from search.ask import said, whole
from search.ask.crossing import crossed, each_called
from search.ask.feedback import BEST, enlarged, stands_out
from search.ask.fit import NEIGHBOURS, fit, is_little
from search.ask.fuse import Candidates, knowledge, relevance
from search.ask.reposts import repost_groups
from search.ask.retrieve import LegQuery, first_rows, retrieve
from search.ask.understand import telling
from search.collection import FLAGS, Collection
from search.index.threads import CORES
from search.rank.likely_kinds import with_likely_kinds
from search.rank.priors import WEIGHTS, prior_parts
from search.rank.rank import rank
from search.text import language_of, query_tokens, simplify
from search.title_words import title_tokens

if TYPE_CHECKING:
    from search.ask.rerank import Reranker

SPARE = 20
"""Places ranked beside those asked for, to stand in for reposts."""

TOPIC = 600
"""Characters of a topic that are embedded: more take seconds and say nothing more."""


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
    with CORES.busy():
        return _answer(collection, query, reranker)


def _answer(collection: Collection, query: Query, reranker: "Reranker | None") -> Answers:
    wide, retrieved = found(collection, replace(query, k=query.k + SPARE))
    query = replace(wide, k=query.k)
    fitting = fit(retrieved, collection.centres, language_of(query.text))
    # A filter asks what there is of a sort, however near it comes.
    little = is_little(fitting) and not _is_filtered(query)
    ranked = _ranked(collection, wide, retrieved, reranker)
    results = _once(collection, ranked, min(NEIGHBOURS, query.k) if little else query.k)
    return Answers(_with_authors(collection, query, results), results, fitting, little)


def found(collection: Collection, query: Query) -> tuple[Query, Candidates]:
    """The candidates of a question, and the question as it could be asked: where no work says its
    quoted words to the letter they are words like any others.

    Running text quotes too ("what is “dark matter”"), and a text in another language never says
    what is quoted.
    """
    retrieved = candidates(collection, query)
    if len(retrieved.ordinals) or not query.exact:
        return query, retrieved
    others = tuple(one for one in query.operators if one.field != "exact")
    loose = replace(query, exact=(), unsaid=query.exact, operators=others)
    more = candidates(collection, loose)
    return (loose, more) if len(more.ordinals) else (query, retrieved)


def _is_filtered(query: Query) -> bool:
    return any(
        getattr(query, name)
        for name in (*FLAGS, "authors", "since", "exact")
        if name not in query.cues
    )


def places(
    collection: Collection, query: Query, reranker: "Reranker | None" = None
) -> list[Ranked]:
    """The order of a question's answers, reposts and all."""
    return _ranked(collection, *found(collection, query), reranker)


def _ranked(
    collection: Collection, query: Query, retrieved: Candidates, reranker: "Reranker | None"
) -> list[Ranked]:
    points = parts(collection, query, retrieved)
    if reranker is not None and len(retrieved.ordinals):
        points = _reranked(collection, query, retrieved, points, reranker)
    return rank(retrieved.ordinals, retrieved.passages, points, query.k)


def candidates(collection: Collection, query: Query) -> Candidates:
    """What both legs find for a question, and for what its best answers have in common."""
    leg_query = _leg_query(collection, query)
    find = partial(
        retrieve,
        dense=collection.dense,
        lexical=collection.lexical,
        catalog=collection.catalog,
        allowed=collection.allowed(query),
        wanted=query.k,
    )
    if said.is_narrow(query):
        among = find.keywords["allowed"] or collection.catalog.everything()
        words = said.facets(query)

        def nearest(mask: Mask) -> Ordinals:
            left = among.within(mask, words)
            return find(leg_query, allowed=left, depth=said.READ // 2).ordinals

        left = said.narrowed(collection, query, among.mask, nearest)
        find = partial(find, allowed=among.within(left, words))
    first_pass = find(leg_query)
    more = _enlarged(collection, leg_query, first_pass)
    if more is None:
        return first_pass
    second_pass = find(more)
    # What is shown answers the question, not what was fed back.
    own = dict(zip(first_pass.ordinals.tolist(), first_pass.passages.tolist(), strict=True))
    pairs = zip(second_pass.ordinals.tolist(), second_pass.passages.tolist(), strict=True)
    passages = np.array([own.get(ordinal, number) for ordinal, number in pairs], np.int64)
    return replace(
        second_pass, known=first_pass.known, nearest=first_pass.nearest, passages=passages
    )


def _leg_query(collection: Collection, query: Query) -> LegQuery:
    """The question as both legs take it; it is embedded meanwhile."""
    vector = CORES.beside(partial(_vector, collection, query))
    words = query_tokens(query.topic)
    # What is asked for may be named in another language than the question is asked in.
    language = language_of(query.text)
    abroad: Mapping[str, float] = {}
    if collection.catalog.sides(language)[1].mask.any():
        abroad = crossed(query.topic, language, words, collection.dictionary, collection.lexical)
    return LegQuery(vector, Counter(words), abroad, language, len(set(words)))


def _vector(collection: Collection, query: Query) -> Floats:
    raw = collection.embedder.encode_queries([embedded(query)])[0]
    return collection.centres.centre_query(raw, query.topic)


def parts(collection: Collection, query: Query, retrieved: Candidates) -> Parts:
    """What the score of each candidate is made of."""
    points = _relevance(collection, retrieved)
    ordinals = retrieved.ordinals
    figures = collection.catalog.figures[ordinals]
    figures, sure = with_likely_kinds(figures, ordinals, collection.kinds_beside)
    points |= prior_parts(query, figures, sure=sure)
    points |= _word_parts(collection, query, retrieved, sum(points.values()))
    return points | _name_parts(collection, query, retrieved, sum(points.values()))


def _relevance(collection: Collection, retrieved: Candidates) -> Parts:
    centres = collection.centres
    return relevance(retrieved, centres.chance, centres.spread, collection.lexical.count)


def _enlarged(
    collection: Collection, leg_query: LegQuery, retrieved: Candidates
) -> LegQuery | None:
    if stands_out(retrieved.lexical[~retrieved.foreign]):
        return None
    best = _foremost(_relevance(collection, retrieved), BEST)
    ordinals, passages = retrieved.ordinals[best], retrieved.passages[best]
    rows = first_rows(ordinals, collection.catalog) + passages + 1  # the card is -1
    texts = _texts(collection, ordinals.tolist(), passages.tolist())
    vectors = collection.dense.reconstruct(rows)
    return enlarged(leg_query, vectors, texts, knowledge(retrieved.known.own), collection.lexical)


def _foremost(points: Parts, count: int) -> Ordinals:
    """Positions of the best by the sum of parts, best first."""
    return np.argsort(-np.sum(list(points.values()), axis=0), kind="stable")[:count]


def _name_parts(collection: Collection, query: Query, retrieved: Candidates, scores: Any) -> Parts:
    """What the titles and authors of the foremost candidates add."""
    if not len(retrieved.ordinals):
        return {}
    best = _foremost({"so far": scores}, names.FOREMOST)
    ordinals = retrieved.ordinals[best].tolist()
    titles, authors = zip(*collection.catalog.names(ordinals), strict=True)
    collection.title_words.prepare([query.topic, *titles, *filter(None, authors)])
    tokens = query_tokens(query.topic)
    strengths = {
        "title": names.titled(tokens, titles, collection.title_words),
        "author": names.authored(tokens, authors, collection.title_words),
    }
    return _spread(strengths, best, len(retrieved.ordinals))


def _word_parts(collection: Collection, query: Query, retrieved: Candidates, scores: Any) -> Parts:
    """What the foremost candidates add that say all of the question, or the field it names."""
    topic = telling(query)
    words = query_tokens(topic)
    if not words or not len(retrieved.ordinals):
        return {}
    best = _foremost({"so far": scores}, whole.FOREMOST)
    ordinals, passages = retrieved.ordinals[best].tolist(), retrieved.passages[best].tolist()
    records = collection.catalog.records(ordinals)
    headings = [
        [heading for mention in resource.mentions for heading in mention.section]
        for resource, _ in records
    ]
    texts = zip(_texts(collection, ordinals, passages, records), headings, strict=True)
    spoken = [whole.spoken(text).union(*map(title_tokens, own)) for text, own in texts]
    foreign = retrieved.foreign[best]
    every = chain.from_iterable(headings)
    strengths = {"field": whole.named_fields(words, every, foreign, spoken)}
    if whole.asks_for_all(words, bool(query.intent or query.cues)):
        language = language_of(query.text)
        abroad = each_called(topic, language, collection.dictionary) if foreign.any() else None
        strengths["whole"] = whole.says_all(words, abroad, foreign, spoken)
    return _spread(strengths, best, len(retrieved.ordinals))


def _spread(strengths: Parts, best: Ordinals, count: int) -> Parts:
    """Strengths of the best of count candidates as points of all, where there are any."""
    points = {name: np.zeros(count, np.float32) for name in strengths}
    for name, part in points.items():
        part[best] = WEIGHTS[name] * strengths[name]
    return {name: part for name, part in points.items() if part.any()}


def _reranked(
    collection: Collection, query: Query, retrieved: Candidates, points: Parts, reranker: "Reranker"
) -> Parts:
    from search.ask.rerank import DEPTH, judged

    best = _foremost(points, DEPTH)
    ordinals, passages = retrieved.ordinals[best], retrieved.passages[best]
    texts = _texts(collection, ordinals.tolist(), passages.tolist())
    return judged(points, best, reranker.scores(query.text, texts))


def _texts(
    collection: Collection,
    ordinals: Sequence[int],
    passages: Sequence[int],
    records: Sequence[tuple[Resource, Facts]] | None = None,
) -> list[str]:
    """What is said of each resource, with the passage that answers best; records where at hand."""
    texts = []
    if records is None:
        records = collection.catalog.records(ordinals)
    for ordinal, number, (resource, facts) in zip(ordinals, passages, records, strict=True):
        stretches = [resource.title, *(mention.note for mention in resource.mentions)]
        if facts.evidence != "list note":
            stretches.append(collection.catalog.passage(ordinal, max(0, number)).text)
        texts.append(" ".join(stretches))
    return texts


def _once(collection: Collection, ranked: Sequence[Ranked], k: int) -> list[Result]:
    """The k best results, reposts of one text with the best of them."""
    ordinals = np.array([place.ordinal for place in ranked], np.int64)
    titles = collection.catalog.names(ordinals.tolist())
    groups = repost_groups(titles, collection.catalog.figures[ordinals])[:k]
    results = collection.results([ranked[first] for first, *_ in groups])
    others = [ranked[place].ordinal for _, *more in groups for place in more]
    reposted = iter(collection.catalog.resources(others))
    return [
        replace(result, reposts=tuple(next(reposted).url for _ in more)) if more else result
        for result, (_, *more) in zip(results, groups, strict=True)
    ]


def _with_authors(collection: Collection, query: Query, results: Sequence[Result]) -> Query:
    """The question with the authors it names, as they are written in what answers it; those that
    narrow it stay what they are."""
    if query.authors:
        return query
    tokens = query_tokens(query.topic)
    named = [
        names.author_named(tokens, result.facts.author, collection.title_words)
        for result in results
        if "author" in result.parts
    ]
    authors = tuple(dict.fromkeys(filter(None, named)))
    if not authors:
        return query
    return replace(query, authors=authors, cues={**query.cues, "authors": ", ".join(authors)})

"""What a path on a topic may be made of: works on it that teach, each with what it is worth.

On the topic first, however easy a work is: its title names the topic and little else, and it stands
in a section of which more was found. Where none does, what names the topic loosely, or what comes
about as near as the nearest and is said to be about it; of that no research and no company's own
story. Must not know how steps are chosen or ordered, or how answers are shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cache.records import Facts, Query, Ranked, Resource
from search.arrays import Floats
from search.ask.answer import parts
from search.ask.crossing import crossed
from search.ask.fuse import SCALE, Candidates
from search.ask.retrieve import first_rows
from search.collection import Collection
from search.rank.rank import rank
from search.recommend.scope import Wordings, names, scope, short_forms
from search.text import language_of, query_tokens, tokens
from search.title_words import title_tokens

LOOKED_AT = 200
"""Answers that are looked through for steps."""

ON, LOOSE = 0.6, 0.1
"""How far a title and the company it keeps have to be on the topic (scope by half and the share of
its section); the share of a section alone from which one that names it loosely will do. Of works on
24 topics that were judged, those with a scope of 1 were good in 70 of 100, below .45 in 35."""

NEAR, FAR = 0.3, 3.0
"""How many spreads behind the nearest a step may lie: one that does not name the topic, one that
does."""

NAMED, NAMED_ABROAD = 0.9, 0.6
"""Share of the weight of the topic's words from which it is named; the same for what it is called
in another language, which may be several things."""

NAMED_IN_PAIRS = 0.4
"""The same where a text merely has to tell of a topic that is written without spaces."""

TEACHES = {
    "course": 0.3,
    "tutorial": 0.3,
    "book": 0.3,
    "video": 0.2,
    "survey": 0.1,
    "talk": -0.1,
    "article": -0.1,
    "paper": -0.3,
}
"""What a kind is worth beside the best answer's fit, to somebody who learns."""

SCOPE, HOME = 0.5, 0.25
"""What being wholly on the topic is worth, and standing where all else is."""

NATIVE = 0.3
"""What it is worth to be in the language that the topic is asked in."""

OLD, AGED = 0.5, 20
"""What is lost by a work that is more years older than the newest there is."""

UNTAUGHT = frozenset({"tool", "code", "dataset", "reference"})
DEEP = frozenset({"paper", "survey"})

AGREED = 2
"""Lists that have to name research for it to be a step where there is something else."""

_YEAR = re.compile(r"[(（]((?:19|20)\d\d)[)）]")
_COMPANY = re.compile(
    r"^https?://(?:[\w.-]*\.)?(?:eng|engineering\w*|tech|technology|[\w-]*techblog|multithreaded)\."
    r"|^https?://(?:[\w.-]*\.)?medium\.com/[\w.-]*(?:engineering|tech|technology|techblog)[\w-]*/"
)
"""Addresses at which companies tell of their own work."""

_BESIDE = re.compile(
    r"\b(?:communit(?:y|ies)|forums?|podcasts?|newsletters?|news|people|jobs|events?|conferences?|"
    r"references?|infographics?|fun|bloggers?)\b|社区|论坛|播客|新闻|资讯|市场|行业|人物",
    re.IGNORECASE,
)
"""Headings under which nothing stands that one learns a topic from."""


@dataclass(frozen=True)
class Work:
    """One work on the topic: how much it is worth (1: the best answer), how hard, what like."""

    place: Ranked
    resource: Resource
    facts: Facts
    worth: float
    card: Floats

    @cached_property
    def level(self) -> int:
        """1 to 3; 2 where unknown."""
        return min(3, max(1, round(self.facts.difficulty or 2)))


class _Found(NamedTuple):
    """One answer, and how far its titles and its company are on the topic."""

    place: Ranked
    resource: Resource
    facts: Facts
    scope: float
    home: float


def works(
    collection: Collection, query: Query, found: Candidates, *, named_only: bool
) -> list[Work]:
    """What is on the topic and teaches, best first, each title once; a bare word may be too little
    of a question to fit, but not for what it names."""
    taught, wordings = _taught(collection, query, found)
    if not taught:
        return []
    near = np.array([each.place.parts.get("dense", 0.0) for each in taught])
    behind = (near.max() - near) / SCALE
    chosen, sure = _on_topic(taught, behind <= NEAR, wordings, named_only=named_only)
    middle = float(np.median([each.place.score for each in taught]))
    span = max(1e-6, taught[0].place.score - middle)
    language = language_of(query.text)
    newest = int(collection.catalog.figures["published"].max()) // 10_000
    cards = cards_of(collection, np.array([each.place.ordinal for each in taught], np.int64))
    once: dict[frozenset[str] | int, Work] = {}
    for row, each in enumerate(taught):
        if chosen[row] and behind[row] <= FAR and (sure or not _is_aside(each, query)):
            worth = (each.place.score - middle) / span + _worth(each, newest)
            worth += NATIVE * (language is not None and each.resource.language == language)
            work = Work(each.place, each.resource, each.facts, worth, cards[row])
            once.setdefault(title_tokens(each.resource.title) or row, work)
    pool = list(once.values())
    return [work for work in pool if not _is_aside(work, query)] or pool


def cards_of(collection: Collection, ordinals: NDArray[np.int64]) -> Floats:
    """(n, dim) unit vectors of cards without what all of the collection has in common: in a few
    works on one subject any two are alike, and none would add to another."""
    cards = collection.dense.reconstruct(first_rows(ordinals, collection.catalog))
    apart = cards - collection.covariance.sample.mean(0)
    return np.asarray(apart / np.maximum(1e-9, np.linalg.norm(apart, axis=1, keepdims=True)))


def _wordings(collection: Collection, query: Query, titles: Sequence[str]) -> Wordings:
    """The words of the topic with their weights, what titles call it for short, and what it is
    called elsewhere."""
    rarity = collection.title_words.rarity
    own = query_tokens(query.topic)
    short = [query_tokens(one) for one in sorted(short_forms(query.topic, titles))]
    called = [(NAMED, {token: max(0.1, rarity(token)) for token in one}) for one in (own, *short)]
    language = language_of(query.topic)
    abroad = crossed(query.topic, language, own, collection.dictionary, collection.lexical)
    return [*called, (NAMED_ABROAD, abroad)] if abroad else called


def _titles(resource: Resource) -> list[str]:
    return list(dict.fromkeys([resource.title, *(mention.title for mention in resource.mentions)]))


def _taught(
    collection: Collection, query: Query, found: Candidates
) -> tuple[list[_Found], Wordings]:
    """The answers one learns from, best first, and what the topic is called."""
    points = parts(collection, replace(query, level=None), found)
    ranked = rank(found.ordinals, found.passages, points, LOOKED_AT)
    among = {place.ordinal for place in ranked}
    records = collection.catalog.records([place.ordinal for place in ranked])
    titles = [title for resource, _ in records for title in _titles(resource)]
    wordings = _wordings(collection, query, titles)
    taught = [
        _Found(
            place,
            resource,
            facts,
            _scope(collection, resource, wordings),
            _home(collection, resource, place.ordinal, among),
        )
        for place, (resource, facts) in zip(ranked, records, strict=True)
        if _teaches(resource, facts, query)
    ]
    return taught, wordings


def _teaches(resource: Resource, facts: Facts, query: Query) -> bool:
    if resource.kind in query.kinds:
        return True
    beside = all(_BESIDE.search(" ".join(m.section[-1:])) for m in resource.mentions)
    return facts.difficulty is not None and resource.kind not in UNTAUGHT and not beside


def _scope(collection: Collection, resource: Resource, wordings: Wordings) -> float:
    """How far a work is on the topic by its titles."""
    rarity = collection.title_words.rarity
    titled = dict.fromkeys(
        (title, " ".join(mention.section))
        for mention in resource.mentions
        for title in (resource.title, mention.title)
    )
    return max((scope(title, above, wordings, rarity) for title, above in titled), default=0.0)


def _home(collection: Collection, resource: Resource, ordinal: int, among: set[int]) -> float:
    """The share of the best section a work stands in that was found for the topic too; of small
    ones and of none, about what is usual."""
    shares = [
        (len((set(section.members) - {ordinal}) & among) + 1) / (len(section.members) + 2)
        for section in collection.sections.of(resource.mentions)
    ]
    return max(shares, default=1 / 3)


def _on_topic(
    taught: Sequence[_Found], near: NDArray[np.bool_], wordings: Wordings, *, named_only: bool
) -> tuple[list[bool], bool]:
    """Which works are on the topic, and whether surely so."""
    on = [each.scope * (0.5 + each.home) >= ON for each in taught]
    if any(on):
        return on, True
    loosely = [each.scope > 0 and each.home >= LOOSE for each in taught]
    if any(loosely) or named_only:
        return loosely, False
    pairs = zip(taught, near.tolist(), strict=True)
    return [close and _is_told(each.resource, wordings) for each, close in pairs], False


def _is_told(resource: Resource, wordings: Wordings) -> bool:
    """Whether what lists say of a work names the topic in full."""
    said = [resource.title]
    said += [text for m in resource.mentions for text in (m.title, m.note, " ".join(m.section))]
    had = frozenset(tokens(" ".join(said)))
    (_, own), *abroad = wordings
    # Of pairs of Chinese signs half are accidents of where two words meet.
    share = NAMED if all(token.isascii() for token in own) else NAMED_IN_PAIRS
    return names(had, [(share, own), *((NAMED, weights) for _, weights in abroad)])


def _worth(each: _Found, newest: int) -> float:
    """What a work is worth beside its fit."""
    kind = TEACHES.get(each.resource.kind or "", 0.0)
    return kind + SCOPE * each.scope + HOME * each.home - OLD * _is_old(each, newest)


def _is_old(each: _Found, newest: int) -> bool:
    """Whether a work is dated, in its title or by its facts, long before the newest there is."""
    told = _YEAR.search(each.resource.title)
    dated = told[1] if told else (each.facts.published or "")[:4]
    return dated.isdigit() and int(dated) < newest - AGED


def _is_aside(each: _Found | Work, query: Query) -> bool:
    """Research that one list alone names, or what a company tells of itself, unasked."""
    if each.resource.kind in query.kinds:
        return False
    single = each.resource.kind in DEEP and each.facts.lists < AGREED
    return single or _COMPANY.search(each.resource.url) is not None

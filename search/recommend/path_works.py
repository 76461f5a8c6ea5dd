"""What a path on a topic may be made of: works on it that teach, each with what it is worth.

On the topic first, however easy a work is: its title names the topic and little else, and it stands
in a section of which more was found. Where few do, what names the topic loosely, then research and
companies' own stories that are on it; where none does, what is said to be about it. Must not know
how steps are chosen or ordered, or how answers are shown.
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
from search.ask.crossing import each_called
from search.ask.fuse import SCALE, Candidates
from search.ask.retrieve import first_rows
from search.collection import Collection
from search.index.dictionary import Phrase
from search.rank.rank import rank
from search.recommend.scope import Wording, Wordings, besides, names, scope
from search.recommend.series import is_later_part
from search.text import language_of, query_tokens, tokens
from search.title_words import title_tokens

LOOKED_AT = 200
"""Answers that are looked through for steps."""

ON, LOOSE = 0.6, 0.25
"""How far a title and the company it keeps have to be on the topic (scope by half and the share of
its section), and from where one will do that is CLOSE. Of works on 24 topics that were judged,
those with a scope of 1 were good in 70 of 100, below .45 in 35."""

AT_HOME = 0.1
"""Share of its section from which a title that names the topic at all will do, where none is ON."""

FEW = 3
"""Works on the topic up to which others are looked for."""

NEAR, CLOSE, FAR = 0.3, 1.0, 3.0
"""How many spreads behind the nearest a step may lie: one that does not name the topic, one that
names it loosely, one that is on it."""

FOREMOST = 20
"""Answers of which a course or tutorial will do whose note names the topic, where no title does."""

NAMED = 0.9
"""Share of the weight of the topic's words from which it is named."""

CLEAR = 4
"""What a dictionary may call a word of the topic in another language for texts there to name it:
what may be said in ten ways says ten things."""

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

AGREED = 3
"""Lists that have to name research for it to be a step where there is something else."""

_YEAR = re.compile(r"[(（]((?:19|20)\d\d)[)）]")
_COMPANY = re.compile(
    r"^https?://(?:[\w.-]*\.)?(?:eng|engineering\w*|tech|technology|[\w-]*techblog|multithreaded)\."
    r"|^https?://(?:[\w.-]*\.)?medium\.com/[\w.-]*(?:engineering|tech|technology|techblog)[\w-]*/"
)
"""Addresses at which companies tell of their own work."""

_FRONT = re.compile(r"https?://[^/?#]+/?(?:blog/?)?$")
_AROUND = re.compile(
    r"\bsolutions? (?:manual|to)\b|\banswers to\b|\bbooks (?:for|on|about)\b|\blist of\b"
    r"|习题|答案|书单",
    re.IGNORECASE,
)
_SOFTWARE = re.compile(
    r"(?:库|框架|工具|工具包|平台)$|\b(?:library|framework|toolkit) (?:for|in)\b", re.IGNORECASE
)
"""Addresses of front pages, titles of what only helps with other texts, and what software is."""

_INTRODUCES = re.compile(
    r"\b(?:introduction|intro|tutorials?|beginners?|getting started|basics|101|crash course)\b"
    r"|入门|教程|指南|初学|零基础",
    re.IGNORECASE,
)

STORIES = frozenset({None, "article", "talk"})
_AT_COMPANY = re.compile(r"\bat (?!Scale\b|The\b|Work\b)[A-Z][\w.]*")
"""Kinds and words of what is told of a company (`Scaling MySQL at Wix`)."""

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
    general: bool
    """Whether its title names the topic and nothing else, or says that it introduces it."""
    foreign: bool
    """Whether it is in another language than the topic is asked in."""

    @cached_property
    def level(self) -> int:
        """1 to 3; 2 where unknown."""
        return min(3, max(1, round(self.facts.difficulty or 2)))


class Found(NamedTuple):
    """One answer, how far its titles and its company are on the topic, and how many spreads it lies
    behind the nearest."""

    place: Ranked
    resource: Resource
    facts: Facts
    scope: float
    home: float
    behind: float

    @property
    def on(self) -> float:
        """How far it is on the topic: 0 where no title names it, at most 1.5."""
        return self.scope * (0.5 + self.home)


def works(
    collection: Collection, query: Query, found: Candidates, *, named_only: bool
) -> list[Work]:
    """What is on the topic and teaches, best first, each title once; a bare word may be too little
    of a question to fit, but not for what it names."""
    taught, wordings = _taught(collection, query, found)
    if not taught:
        return []
    middle = float(np.median([each.place.score for each in taught]))
    span = max(1e-6, taught[0].place.score - middle)
    language = language_of(query.text)
    newest = int(collection.catalog.figures["published"].max()) // 10_000
    chosen = on_topic(taught, query, wordings, named_only=named_only)
    cards = cards_of(collection, np.array([each.place.ordinal for each in chosen], np.int64))
    once: dict[frozenset[str] | int, Work] = {}
    for row, (each, card) in enumerate(zip(chosen, cards, strict=True)):
        worth = (each.place.score - middle) / span + _worth(each, query, newest)
        worth += NATIVE * (language is not None and each.resource.language == language)
        foreign = language is not None and each.resource.language not in (language, None)
        general = each.scope > 0.99 or _INTRODUCES.search(each.resource.title) is not None
        work = Work(each.place, each.resource, each.facts, worth, card, general, foreign)
        once.setdefault(title_tokens(each.resource.title) or row, work)
    return list(once.values())


def cards_of(collection: Collection, ordinals: NDArray[np.int64]) -> Floats:
    """(n, dim) unit vectors of cards without what all of the collection has in common: in a few
    works on one subject any two are alike, and none would add to another."""
    cards = collection.dense.reconstruct(first_rows(ordinals, collection.catalog))
    apart = cards - collection.covariance.sample.mean(0)
    return np.asarray(apart / np.maximum(1e-9, np.linalg.norm(apart, axis=1, keepdims=True)))


def _wordings(collection: Collection, query: Query, said: Sequence[str]) -> Wordings:
    """The words of the topic by rarity, what lists call it besides, and what it is called in
    another language."""
    rarity = collection.title_words.rarity
    called = [query.topic, *sorted(besides(query.topic, said))]
    here: list[Sequence[tuple[float, Sequence[Phrase]]]] = [
        [(max(0.1, rarity(token)), [(token,)]) for token in query_tokens(one)] for one in called
    ]
    abroad = each_called(query.topic, language_of(query.topic), collection.dictionary) or []
    clear = all(len(group) <= CLEAR for group in abroad)
    if abroad and clear:
        here.append([(1.0, group) for group in abroad])
    return [Wording(NAMED, groups) for groups in here]


def _taught(
    collection: Collection, query: Query, found: Candidates
) -> tuple[list[Found], Wordings]:
    """The answers one learns from, best first, and what the topic is called."""
    points = parts(collection, replace(query, level=None), found)
    ranked = rank(found.ordinals, found.passages, points, LOOKED_AT)
    among = {place.ordinal for place in ranked}
    records = collection.catalog.records([place.ordinal for place in ranked])
    said = [
        text for resource, _ in records for m in resource.mentions for text in (m.title, m.note)
    ]
    wordings = _wordings(collection, query, said)
    taught = [
        (place, resource, facts)
        for place, (resource, facts) in zip(ranked, records, strict=True)
        if _teaches(resource, facts, query)
    ]
    nearest = max((place.parts.get("dense", 0.0) for place, _, _ in taught), default=0.0)
    told = [
        Found(
            place,
            resource,
            facts,
            _scope(collection, resource, wordings),
            _home(collection, resource, place.ordinal, among),
            (nearest - place.parts.get("dense", 0.0)) / SCALE,
        )
        for place, resource, facts in taught
    ]
    return told, wordings


def _teaches(resource: Resource, facts: Facts, query: Query) -> bool:
    """Whether one learns from a work: not from software, a blog's front page, answers to a
    book's exercises, lists of books or later parts of something."""
    if is_later_part(resource) or _AROUND.search(resource.title):
        return False
    if resource.kind in query.kinds:
        return True
    if resource.kind == "article" and _FRONT.match(resource.url):
        return False
    if resource.kind is None and _SOFTWARE.search(resource.title):
        return False
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


def on_topic(
    taught: Sequence[Found], query: Query, wordings: Wordings, *, named_only: bool
) -> list[Found]:
    """What may be steps: what is surely on the topic, others up to FEW; what is merely said to be
    about it only where there is nothing else."""
    straight = [each for each in taught if not _is_aside(each, query)]
    aside = [each for each in taught if _is_aside(each, query)]
    sure = [
        each
        for each in straight
        if each.on >= (LOOSE if each.resource.kind in query.kinds else ON) and each.behind <= FAR
    ]
    told = [each for each in aside if each.on >= ON and each.behind <= FAR]
    loose = _loose(straight, alone=not sure)
    stories = _loose([each for each in aside if each.resource.kind not in DEEP], alone=False)
    if sure or told or loose or named_only:
        more = [*loose, *told] if sure else [*told, *loose, *stories]
        return [*sure, *more[: max(0, FEW - len(sure))]]
    first = taught[:FOREMOST]
    return [
        each for each in straight if _is_about(each, wordings, foremost=each in first)
    ] or stories


def _loose(straight: Sequence[Found], *, alone: bool) -> list[Found]:
    """What names the topic among other things: near the nearest and of a known kind, or, where it
    is alone, wherever more was found."""
    named = [each for each in straight if 0 < each.on < ON]
    if alone:
        return [each for each in named if each.home >= AT_HOME and each.behind <= FAR]
    close = [each for each in named if each.on >= LOOSE and each.behind <= CLOSE]
    return [each for each in close if each.resource.kind]


def _is_about(each: Found, wordings: Wordings, *, foremost: bool) -> bool:
    """Whether lists say that a work is about the topic: anywhere where it is as near as the
    nearest, in a note where it is a course or the like."""
    mentions = each.resource.mentions
    if foremost and TEACHES.get(each.resource.kind or "", 0.0) > 0:
        noted = [frozenset(tokens(f"{mention.title} {mention.note}")) for mention in mentions]
        if any(names(had, wordings) for had in noted):
            return True
    return each.behind <= NEAR and _is_told(each.resource, wordings)


def _is_told(resource: Resource, wordings: Wordings) -> bool:
    """Whether what lists say of a work names the topic in full."""
    said = [resource.title]
    said += [text for m in resource.mentions for text in (m.title, m.note, " ".join(m.section))]
    own, *others = wordings
    if not all(token.isascii() for _, phrases in own.groups for (token,) in phrases):
        # Of pairs of Chinese signs half are accidents of where two words meet.
        own = own._replace(share=NAMED_IN_PAIRS)
    return names(frozenset(tokens(" ".join(said))), [own, *others])


def _worth(each: Found, query: Query, newest: int) -> float:
    """What a work is worth beside its fit."""
    asked = each.resource.kind in query.kinds
    kind = max(TEACHES.values()) if asked else TEACHES.get(each.resource.kind or "", 0.0)
    return kind + SCOPE * each.scope + HOME * each.home - OLD * _is_old(each, newest)


def _is_old(each: Found, newest: int) -> bool:
    """Whether a work is dated, in its title or by its facts, long before the newest there is."""
    told = _YEAR.search(each.resource.title)
    dated = told[1] if told else (each.facts.published or "")[:4]
    return dated.isdigit() and int(dated) < newest - AGED


def _is_aside(each: Found, query: Query) -> bool:
    """Research that one list alone names, or what a company tells of itself, unasked."""
    if each.resource.kind in query.kinds:
        return False
    if each.resource.kind in DEEP and each.facts.lists < AGREED:
        return True
    story = each.resource.kind in STORIES and _AT_COMPANY.search(each.resource.title)
    return bool(story or _COMPANY.search(each.resource.url))

"""A learning path: what to take in on a topic, in which order.

On the topic first: a step names the topic or comes about as near to it as the nearest, and is
something to learn from; however easy it is, it is not taken otherwise. Then as a teacher would:
something short to begin with, one main course or book, then depth, each adding to those before
(facility location, which is submodular: Lin & Bilmes 2011). Easy before hard; on one level in the
order of curators who number both. Few good steps rather than many: a path ends where the
lists do. What was read is skipped and counts as covered. Must not know words for reasons or how
answers are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cache.errors import QueryError
from cache.records import Facts, Query, Ranked, Resource, Result
from search.arrays import Floats
from search.ask.answer import candidates, parts
from search.ask.crossing import crossed
from search.ask.fit import fit, is_little
from search.ask.fuse import SCALE, Candidates
from search.ask.retrieve import first_rows
from search.ask.understand import understand
from search.collection import Collection
from search.rank.rank import rank
from search.recommend.path_reasons import Step, reasons
from search.text import language_of, query_tokens
from search.title_words import title_tokens

LOOKED_AT = 120
"""Answers that are looked through for steps."""

MOST_STEPS = 50

NEAR, FAR = 0.3, 3.0
"""How many spreads behind the nearest a step may lie: one that does not name the topic, one that
does."""

NAMED = 0.9
"""Share of the weight of the topic's words from which a title or a heading names it."""

NAMED_ABROAD = 0.6
"""The same for what the topic is called in another language."""

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

UNTAUGHT = frozenset({"tool", "code", "dataset", "reference"})
LONG = frozenset({"course", "book"})
DEEP = frozenset({"paper", "survey"})

MOST_LONG, MOST_DEEP, MOST_EASY = 2, 2, 2
SAME = 0.8
"""Cosine from which two works say the same."""

WORTH = 0.5
"""Share of the best step's worth that every step must have."""

NEW = 0.3
"""What a level that the path has not had is worth."""

REACH = {None: (1, 3), "beginner": (1, 2), "intermediate": (2, 3), "advanced": (2, 3)}
"""Levels a path may have for a reader of each level."""

USUAL_HOURS = {"course": 40.0, "book": 30.0, "paper": 2.0, "survey": 3.0, "tutorial": 2.0}
SHORT_HOURS = 0.5
"""Hours of a kind where nobody says, and of any other kind."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One work on the topic: how much it is worth (1: the best answer), how hard, what like."""

    place: Ranked
    resource: Resource
    facts: Facts
    worth: float
    card: Floats

    @property
    def level(self) -> int:
        """1 to 3; 2 where unknown."""
        return min(3, max(1, round(self.facts.difficulty or 2)))

    @property
    def hours(self) -> float:
        """As curators or pages say, else what is usual of its kind."""
        if self.facts.hours:
            return self.facts.hours
        usual = USUAL_HOURS.get(self.resource.kind or "", SHORT_HOURS)
        return self.facts.minutes / 60 if self.facts.minutes else usual


def path(
    collection: Collection, topic: str, steps: int, level: str | None, hours: float | None = None
) -> list[Result]:
    """At most steps results in the order to take them, each with its step and why; fewer where the
    lists end or hours are spent, none where nothing is about the topic.

    Raises QueryError for an empty topic, an unknown level, or steps or hours out of range.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise QueryError(f"--steps {steps} is out of range", f"1 to {MOST_STEPS}")
    if hours is not None and not hours > 0:
        raise QueryError(f"--hours {hours} is no time", "a number above 0")
    query = understand(topic, level=level, unread=True)
    found = candidates(collection, query)
    little = is_little(fit(found, collection.centres, language_of(query.text)))
    pool = _pool(collection, query, found, named_only=little)
    chosen = _chosen(collection, pool, query.level, steps, hours)
    order = _ordered(chosen)
    results = collection.results([each.place for each in order])
    told = [Step(each.resource, each.facts, each.level, each.hours) for each in order]
    ended = len(order) < steps and hours is None
    why = reasons(told, chinese=language_of(query.text) == "zh", ended=ended)
    return [
        replace(result, step=step, why=said)
        for step, (result, said) in enumerate(zip(results, why, strict=True), 1)
    ]


def _pool(
    collection: Collection, query: Query, found: Candidates, *, named_only: bool
) -> list[_Candidate]:
    """What is on the topic and teaches, best first, each title once; a bare word may be too little
    of a question to fit, but not for what it names."""
    points = parts(collection, replace(query, level=None), found)
    ranked = rank(found.ordinals, found.passages, points, LOOKED_AT)
    records = collection.catalog.records([place.ordinal for place in ranked])
    taught = [
        (place, resource, facts)
        for place, (resource, facts) in zip(ranked, records, strict=True)
        if _teaches(resource, facts, query)
    ]
    if not taught:
        return []
    near = [place.parts.get("dense", 0.0) for place, _, _ in taught]
    top, middle = taught[0][0].score, float(np.median([place.score for place, _, _ in taught]))
    ordinals = np.array([place.ordinal for place, _, _ in taught], np.int64)
    cards = _cards(collection, ordinals)
    wordings = _wordings(collection, query)
    once: dict[frozenset[str] | int, _Candidate] = {}
    for row, (place, resource, facts) in enumerate(taught):
        behind = (max(near) - near[row]) / SCALE
        named = _names(resource, wordings)
        if behind > (FAR if named else NEAR) or (named_only and not named):
            continue
        worth = (place.score - middle) / max(1e-6, top - middle)
        worth += TEACHES.get(resource.kind or "", 0.0)
        candidate = _Candidate(place, resource, facts, worth, cards[row])
        once.setdefault(title_tokens(resource.title) or row, candidate)
    return list(once.values())


def _cards(collection: Collection, ordinals: NDArray[np.int64]) -> Floats:
    """(n, dim) unit vectors of cards without what all of the collection has in common: in a few
    works on one subject any two are alike, and none would add to another."""
    cards = collection.dense.reconstruct(first_rows(ordinals, collection.catalog))
    apart = cards - collection.covariance.sample.mean(0)
    return np.asarray(apart / np.maximum(1e-9, np.linalg.norm(apart, axis=1, keepdims=True)))


def _wordings(collection: Collection, query: Query) -> list[tuple[float, dict[str, float]]]:
    """The words of the topic with their weights, and what it is called elsewhere, each with the
    share of the weight from which it is named: of what may be called in several ways, less."""
    own = query_tokens(query.topic)
    weights = {token: max(0.1, collection.title_words.rarity(token)) for token in own}
    language = language_of(query.topic)
    abroad = crossed(query.topic, language, own, collection.dictionary, collection.lexical)
    return [(NAMED, weights), (NAMED_ABROAD, abroad)] if abroad else [(NAMED, weights)]


def _names(resource: Resource, wordings: Sequence[tuple[float, dict[str, float]]]) -> bool:
    """Whether a title or a heading has most of what the topic's words weigh."""
    texts = [resource.title, *(m.title for m in resource.mentions)]
    texts += [" ".join(mention.section[-1:]) for mention in resource.mentions]
    had = frozenset[str]().union(*map(title_tokens, texts))
    return any(
        sum(weight for token, weight in weights.items() if token in had)
        >= share * sum(weights.values())
        for share, weights in wordings
        if weights
    )


def _teaches(resource: Resource, facts: Facts, query: Query) -> bool:
    if resource.kind in query.kinds:
        return True
    return facts.difficulty is not None and resource.kind not in UNTAUGHT


def _chosen(
    collection: Collection,
    pool: Sequence[_Candidate],
    level: str | None,
    steps: int,
    hours: float | None,
) -> list[_Candidate]:
    """Something easy and short to begin with, the main work, then whatever adds most."""
    low, high = REACH[level]
    suiting = [each for each in pool if low <= each.level <= high]
    left = float("inf") if hours is None else hours
    chosen: list[_Candidate] = []
    if not suiting:
        return chosen
    least = WORTH * max(each.worth for each in suiting)
    covered = _known(collection, suiting)
    while len(chosen) < steps:
        open_to = [
            row
            for row, each in enumerate(suiting)
            if each.worth >= least and each.hours <= left and _fits(each, chosen)
        ]
        if not open_to:
            break
        best = max(open_to, key=lambda row: _gain(suiting, row, chosen, covered))
        chosen.append(suiting[best])
        left -= suiting[best].hours
        covered = np.maximum(covered, _likeness(suiting, suiting[best]))
    return chosen


def _fits(candidate: _Candidate, chosen: Sequence[_Candidate]) -> bool:
    """Whether it is not there yet, nor one too many of its sort, nor the same as another."""
    if any(candidate is other or float(candidate.card @ other.card) > SAME for other in chosen):
        return False
    easy = [each for each in chosen if each.level == 1 and each.resource.kind not in LONG]
    kinds = [each.resource.kind for each in chosen]
    if candidate.resource.kind in LONG:
        return sum(kind in LONG for kind in kinds) < MOST_LONG
    if candidate.resource.kind in DEEP:
        return sum(kind in DEEP for kind in kinds) < MOST_DEEP
    return candidate.level > 1 or len(easy) < MOST_EASY


def _gain(
    pool: Sequence[_Candidate], row: int, chosen: Sequence[_Candidate], covered: Floats
) -> float:
    """What a candidate would bring: itself, what it covers anew, and what the path lacks."""
    each = pool[row]
    fresh = np.maximum(0, _likeness(pool, each) - covered)
    worths = np.array([max(0.0, other.worth) for other in pool], np.float32)
    gain = each.worth * (1 - 0.5 * float(covered[row]))
    gain += float(fresh @ worths) / max(1e-6, float(worths.sum()))
    gain += NEW * (each.level not in {other.level for other in chosen})
    long = each.resource.kind in LONG
    if not chosen:  # a beginning: short, and as easy as there is
        return gain - 0.5 * (each.level - 1) - 0.2 * long - 0.5 * (each.resource.kind in DEEP)
    return gain + NEW * (long and not any(other.resource.kind in LONG for other in chosen))


def _likeness(pool: Sequence[_Candidate], candidate: _Candidate) -> Floats:
    cards = np.stack([each.card for each in pool])
    return np.asarray(np.maximum(0, cards @ candidate.card), np.float32)


def _known(collection: Collection, pool: Sequence[_Candidate]) -> Floats:
    """How much of each candidate is covered by what was read."""
    read = collection.read()
    if not read:
        return np.zeros(len(pool), np.float32)
    known = _cards(collection, np.array(read, np.int64))
    nearest = (np.stack([each.card for each in pool]) @ known.T).max(1)
    return np.asarray(np.maximum(0, nearest), np.float32)


def _ordered(chosen: Sequence[_Candidate]) -> list[_Candidate]:
    """Easy before hard; on one level what was chosen to begin with first, then as curators number
    both, else the short before the long and the long before papers."""
    order: list[_Candidate] = []
    for each in sorted(chosen, key=lambda each: (each.level, each is not chosen[0], _depth(each))):
        at = len(order)
        while at and order[at - 1].level == each.level and _before(each, order[at - 1]):
            at -= 1
        order.insert(at, each)
    return order


def _depth(each: _Candidate) -> int:
    kind = each.resource.kind
    return 2 if kind in DEEP else int(kind in LONG)


def _before(one: _Candidate, other: _Candidate) -> bool:
    """Whether more curators who number both under one heading put one first."""
    signs = [
        (b > a) - (b < a)
        for mine in one.resource.mentions
        for theirs in other.resource.mentions
        if (mine.list_id, mine.section) == (theirs.list_id, theirs.section)
        and (a := mine.order) is not None
        and (b := theirs.order) is not None
    ]
    return sum(signs) > 0

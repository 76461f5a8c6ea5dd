"""A learning path: what to take in on a topic, in which order.

Of what is on the topic and teaches (path_works.py), as a teacher would: something short to begin
with, one main course or book, then depth, each adding to those before (facility location, which is
submodular: Lin & Bilmes 2011). Easy before hard; on one level as curators say: what one work
requires or is part of before it, and what they number in that order. Few good steps rather than
many: a path ends where the lists do. What was read is skipped and counts as covered. Must not know
what is on a topic, words for reasons or how answers are shown.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cache.errors import QueryError
from cache.records import Result
from search.arrays import Floats
from search.ask.answer import candidates
from search.ask.fit import fit, is_little
from search.ask.understand import understand
from search.collection import Collection
from search.recommend.path_reasons import AGREED, Step, reasons
from search.recommend.path_works import DEEP, Work, cards_of, works
from search.text import language_of
from search.title_words import title_tokens

MOST_STEPS = 50

LONG = frozenset({"course", "book"})

MOST_LONG, MOST_DEEP, MOST_EASY = 3, 2, 3
SAME = 0.85
"""Cosine from which two works say the same."""

FEW = 3
"""Steps up to which a path has several that say much the same, or some in another language."""

WORTH = 0.5
"""Share of the best step's worth that every step must have."""

NEW = 0.3
"""What a level that the path has not had is worth, a main work where it has none, and lists that
agree on one."""

REACH = {None: (1, 3), "beginner": (1, 2), "intermediate": (2, 3), "advanced": (2, 3)}
"""Levels a path may have for a reader of each level."""

USUAL_HOURS = {"course": 40.0, "book": 30.0, "paper": 2.0, "survey": 3.0, "tutorial": 2.0}
SHORT_HOURS = 0.5
"""Hours of a kind where nobody says, and of any other kind."""


def path(
    collection: Collection,
    topic: str,
    steps: int,
    level: str | None,
    hours: float | None = None,
    ui: str | None = None,
) -> list[Result]:
    """At most steps results in the order to take them, each with its step and why, in the language
    ui or else the topic's; fewer where the lists end or hours are spent, none where nothing is
    about the topic.

    Raises QueryError for an empty topic, an unknown level, or steps or hours out of range.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise QueryError(f"--steps {steps} is out of range", f"1 to {MOST_STEPS}")
    if hours is not None and not hours > 0:
        raise QueryError(f"--hours {hours} is no time", "a number above 0")
    query = understand(topic, level=level, unread=True)
    found = candidates(collection, query)
    little = is_little(fit(found, collection.centres, language_of(query.text)))
    pool = works(collection, query, found, named_only=little)
    chosen = _chosen(collection, pool, query.level, steps, hours)
    order = _ordered(chosen)
    results = collection.results([each.place for each in order])
    told = [
        Step(each.resource, each.facts, each.level, _after(order, at))
        for at, each in enumerate(order)
    ]
    ended = len(order) < steps and hours is None
    why = reasons(told, query.topic, chinese=(ui or language_of(query.text)) == "zh", ended=ended)
    return [
        replace(result, step=step, why=said)
        for step, (result, said) in enumerate(zip(results, why, strict=True), 1)
    ]


def _chosen(
    collection: Collection,
    pool: Sequence[Work],
    level: str | None,
    steps: int,
    hours: float | None,
) -> list[Work]:
    """Something easy and short to begin with, the main work, then whatever adds most."""
    low, high = REACH[level]
    suiting = [each for each in pool if low <= each.level <= high]
    left = float("inf") if hours is None else hours
    chosen: list[Work] = []
    if not suiting:
        return chosen
    best = max(each.worth for each in suiting)
    least = min(best, WORTH * best)
    covered = _known(collection, suiting)
    while len(chosen) < steps:
        open_to = [
            row
            for row, each in enumerate(suiting)
            if each.worth >= least and hours_of(each) <= left and _fits(each, chosen)
        ]
        open_to = _preferred(suiting, open_to, chosen)
        if not open_to:
            break
        row = max(open_to, key=lambda at: _gain(suiting, at, chosen, covered))
        chosen.append(suiting[row])
        left -= hours_of(suiting[row])
        covered = np.maximum(covered, _likeness(suiting, suiting[row]))
    return chosen


def _preferred(pool: Sequence[Work], rows: Sequence[int], chosen: Sequence[Work]) -> list[int]:
    """Of rows those in the language asked in that say what no step says yet; while steps are FEW,
    others in it, then foreign ones; these throughout where nothing else is."""
    own = [row for row in rows if not pool[row].foreign]
    apart = [row for row in own if not any(_alike(pool[row], one) for one in chosen)]
    if apart or (own and len(chosen) < FEW):
        return apart or own
    others = [row for row in rows if not any(_alike(pool[row], one) for one in chosen)]
    return others if len(chosen) < FEW or all(each.foreign for each in pool) else []


def _fits(candidate: Work, chosen: Sequence[Work]) -> bool:
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


def _alike(one: Work, other: Work) -> bool:
    """Whether two steps would say much the same: on one level two courses or books, or two short
    texts about the topic and nothing in particular."""
    if one.level != other.level or _depth(one) != _depth(other):
        return False
    known = one.resource.kind and other.resource.kind
    return _depth(one) == 1 or bool(known and one.general and other.general)


def _gain(pool: Sequence[Work], row: int, chosen: Sequence[Work], covered: Floats) -> float:
    """What a candidate would bring: itself, what it covers anew, and what the path lacks."""
    each = pool[row]
    fresh = np.maximum(0, _likeness(pool, each) - covered)
    worths = np.array([max(0.0, other.worth) for other in pool], np.float32)
    gain = each.worth * (1 - 0.5 * float(covered[row]))
    gain += float(fresh @ worths) / max(1e-6, float(worths.sum()))
    gain += NEW * (each.level not in {other.level for other in chosen})
    long = each.resource.kind in LONG
    if not chosen:  # a beginning: short, and as easy as there is
        return gain - 0.5 * (each.level - 1) - 0.5 * long - 0.5 * (each.resource.kind in DEEP)
    gain += NEW * (each.facts.lists >= AGREED)
    return gain + NEW * (long and not any(other.resource.kind in LONG for other in chosen))


def _likeness(pool: Sequence[Work], candidate: Work) -> Floats:
    cards = np.stack([each.card for each in pool])
    return np.asarray(np.maximum(0, cards @ candidate.card), np.float32)


def _known(collection: Collection, pool: Sequence[Work]) -> Floats:
    """How much of each candidate is covered by what was read."""
    read = collection.read()
    if not read:
        return np.zeros(len(pool), np.float32)
    known = cards_of(collection, np.array(read, np.int64))
    nearest = (np.stack([each.card for each in pool]) @ known.T).max(1)
    return np.asarray(np.maximum(0, nearest), np.float32)


def _ordered(chosen: Sequence[Work]) -> list[Work]:
    """Easy before hard; on one level what was chosen to begin with first where it is short, then as
    curators say, else the short before the long and the long before papers."""
    order: list[Work] = []
    begins = [each for each in chosen[:1] if each.resource.kind not in LONG]
    for each in sorted(chosen, key=lambda each: (each.level, each not in begins, _depth(each))):
        at = len(order)
        while at and order[at - 1].level == each.level and _before(each, order[at - 1]):
            at -= 1
        order.insert(at, each)
    return order


def hours_of(work: Work) -> float:
    """As curators or pages say, else what is usual of its kind."""
    if work.facts.hours:
        return work.facts.hours
    usual = USUAL_HOURS.get(work.resource.kind or "", SHORT_HOURS)
    return work.facts.minutes / 60 if work.facts.minutes else usual


def _depth(each: Work) -> int:
    kind = each.resource.kind
    return 2 if kind in DEEP else int(kind in LONG)


def _before(one: Work, other: Work) -> bool:
    """Whether curators put one first: the other requires it or is part of it, or more of those who
    number both under one heading count it before."""
    needs, needed = _leans(other, one), _leans(one, other)
    if needs != needed:
        return needs
    return _numbered(one, other) > 0


def _numbered(one: Work, other: Work) -> int:
    """How many more of those who number both under one heading count one first than other."""
    return sum(
        (b > a) - (b < a)
        for *mine, a in _numbers(one)
        for *theirs, b in _numbers(other)
        if mine == theirs
    )


def _after(order: Sequence[Work], at: int) -> int | None:
    """The step, from 1, that some curator puts right before one."""
    places = _numbers(order[at])
    for number, each in enumerate(order[:at], 1):
        if any((*section, place + 1) in places for *section, place in _numbers(each)):
            return number
    return None


def _numbers(work: Work) -> set[tuple[str, tuple[str, ...], int]]:
    """The numbers curators give a work: list, section, number."""
    return {(m.list_id, m.section, m.order) for m in work.resource.mentions if m.order is not None}


def _leans(work: Work, on: Work) -> bool:
    """Whether a curator says that work requires what on teaches, or is part of it."""
    taught = title_tokens(on.resource.title)
    addresses = {on.resource.url, *(mention.url for mention in on.resource.mentions)}
    return any(
        mention.part_of in addresses
        or (taught and mention.requires and taught <= title_tokens(mention.requires))
        for mention in work.resource.mentions
    )

"""What a browser needs to understand and weigh a question as search.ask and search.rank do.

The tables of cues and operators are the same; their patterns are written as a browser reads them.
Must not know files or the page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cache.records import KINDS, LEVELS
from search.arrays import Ordinals
from search.ask import cues, fuse, operators
from search.ask.operators import host_of
from search.collection import Collection
from search.index.lexical import SATURATED
from search.rank import priors
from search.rank.likely_kinds import with_likely_kinds

LITTLE = {"zh": 0.2, "other": 0.4}
"""Share of a perfect match of words below which nothing is about a question in a browser, which has
no vector good enough to tell; in Chinese words are pairs of characters, which fewer texts share. Of
the judged library's 70 answered questions one falls below it, of 30 unanswered ones 19; nearest to
it are answered ones at .25 and .49."""

_LETTER = r"[\p{L}\p{N}_]"
_EDGE = f"(?:(?<={_LETTER})(?!{_LETTER})|(?<!{_LETTER})(?={_LETTER}))"
"""Where a word begins or ends, of any script, as Python has it."""


def asking_piece(collection: Collection) -> dict[str, Any]:
    """Tables and numbers by what they mean to static_site/understanding.js and asking.js."""
    return {
        "operators": browser_pattern(operators.pattern().pattern),
        "fields": operators.FIELDS,
        "typed": operators.TYPED,
        "shortest": operators.SHORTEST,
        "frames": list(map(browser_pattern, cues.FRAMES)),
        "cues": {
            "level": _patterns(cues.LEVELS),
            "kinds": _patterns(cues.KINDS),
            "languages": _patterns(cues.LANGUAGES),
        },
        "kept": browser_pattern(cues.KEPT),
        "dates": _patterns(cues.DATES),
        "fresh": browser_pattern(cues.FRESH),
        "intents": _patterns(cues.INTENTS),
        "levels": LEVELS,
        "kinds": KINDS,
        "weights": priors.WEIGHTS,
        "akin": priors.AKIN,
        "usual": {intent or "any": worth for intent, worth in priors.USUAL.items()},
        "meanStars": priors.MEAN_STARS,
        "little": LITTLE,
        "saturated": SATURATED,
        "worth": fuse.SCALE / collection.centres.spread,
        "chance": collection.centres.chance,
        "lexical": [fuse.SCALE * fuse.LEXICAL[0] * _told(collection), fuse.LEXICAL[1]],
    }


def weighed_columns(collection: Collection, ordinals: Ordinals) -> dict[str, list[int]]:
    """What priors read of resources beside what is shown of them, a whole number each.

    difficulty in tenths, 0 unknown; in hundredths sure, how much better than by chance it is known,
    beside, how sure the likely kind is, and rated, how sure stars are; likely, from 1, its place in
    KINDS where no kind is known, 0 elsewhere.
    """
    figures = collection.catalog.figures[ordinals]
    filled, sure = with_likely_kinds(figures, ordinals, collection.kinds_beside)
    chance = 1 / len(LEVELS)
    known = (figures["difficulty_confidence"] - chance) / (1 - chance)
    guessed = figures["kind"] == 0
    columns = {
        "difficulty": np.nan_to_num(figures["difficulty"]) * 10,
        "sure": np.nan_to_num(np.maximum(0, known)) * 100,
        "likely": np.where(guessed, filled["kind"], 0),
        "beside": np.where(guessed, sure, 0) * 100,
        "rated": np.nan_to_num(figures["rating_confidence"]) * 100,
    }
    return {name: np.rint(values).astype(int).tolist() for name, values in columns.items()}


def narrow_columns(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What filters read that few questions ask of: hosts, as numbers of names, 0 for none; minutes,
    0 unknown; and whether stars are a curator's."""
    hosts = [host_of(record["url"]) or "" for record in records]
    names = sorted(set(hosts) - {""})
    number_of = {name: number for number, name in enumerate(names, 1)}
    return {
        "hosts": names,
        "host": [number_of.get(host, 0) for host in hosts],
        "minutes": [round(record["minutes"] or 0) for record in records],
        "given": [int(record["rating_confidence"] == 1) for record in records],
    }


def browser_pattern(pattern: str) -> str:
    """A pattern of Python's re as JavaScript takes it with the flags `iu`."""
    for ours, theirs in ((r"\b", _EDGE), ("(?P<", "(?<"), ("(?i:", "(?:"), (r"\"", '"')):
        pattern = pattern.replace(ours, theirs)
    return pattern


def _patterns(table: Mapping[Any, Sequence[str]]) -> dict[str, list[str]]:
    return {value: list(map(browser_pattern, patterns)) for value, patterns in table.items()}


def _told(collection: Collection) -> float:
    """How far rarity tells among so many texts, see search.ask.fuse.FEW."""
    count = collection.lexical.count
    return count / (count + fuse.FEW)

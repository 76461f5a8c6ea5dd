"""What the page shows beside an answer: counts for its filters, matched words, the reader's marks.

Must not know HTTP, nor how an answer was found.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cache.profile import Profile
from cache.records import Query, Result
from cache.settings import Settings
from search.answers import answer_json, results_json
from search.engine import Engine
from search.index.selection import Selection
from search.text import query_tokens, spans

AMONG = 100
"""Results whose kinds, levels and lists are counted beside an answer."""


def search_json(engine: Engine, settings: Settings, text: str, flags: Mapping[str, Any]) -> Any:
    """An answer as search.answers gives it, with `facets`, `among` (the same of its first AMONG
    results), and `matches` and `marks` by result."""
    asked = flags.get("k", 10)
    found = engine.search(text, **{**flags, "k": max(asked, AMONG)})
    query = replace(found.query, k=asked)
    answer = replace(found, query=query, results=found.results[:asked])
    shown = answer_json(answer)
    add_matches(shown["results"], answer.query.topic)
    add_marks(shown["results"], settings)
    return shown | {"facets": facets(engine, answer.query), "among": among(found.results[:AMONG])}


def among(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """How many of some results have each value of a filter, most first."""
    levels = [(one.facts.level, one.facts.difficulty_confidence) for one in results]
    return {
        "levels": _ranked(level for level, _ in levels),
        "levels_given": _ranked(level for level, sure in levels if sure == 1),
        "kinds": _ranked(one.resource.kind for one in results),
        "languages": _ranked((one.resource.language or "").partition("-")[0] for one in results),
        "lists": _ranked(
            name for one in results for name in {m.list_id: 0 for m in one.resource.mentions}
        ),
    }


def _ranked(values: Iterable[str | None]) -> dict[str, int]:
    return dict(Counter(value for value in values if value).most_common())


def listed_json(settings: Settings, results: Sequence[Any]) -> list[dict[str, Any]]:
    """Results without a question, with the reader's marks."""
    shown = results_json(results)
    add_marks(shown, settings)
    return shown


def add_matches(results: Sequence[dict[str, Any]], topic: str) -> None:
    """Say where the words of topic stand in titles and snippets: [start, end] in characters."""
    wanted = frozenset(query_tokens(topic))
    for result in results:
        result["matches"] = {name: spans(result[name], wanted) for name in ("title", "snippet")}


def add_marks(results: Sequence[dict[str, Any]], settings: Settings) -> None:
    """Say what the reader marked each result."""
    marks = marks_of(settings)
    for result in results:
        result["marks"] = marks.get(result["id"], [])


def marks_of(settings: Settings) -> dict[str, list[str]]:
    """The reader's marks by resource id."""
    marks: dict[str, list[str]] = {}
    for mark in Profile(settings.layout.profile).marks():
        marks.setdefault(mark.resource_id, []).append(mark.mark)
    return marks


def facets(engine: Engine, query: Query | None = None) -> dict[str, dict[str, int]]:
    """How many resources each value of a filter would leave, given the other filters of query.

    Levels are preferred, not filtered, so their counts are of what all filters leave;
    levels_given counts those a curator gave, the rest of levels being estimated.
    """

    def left(but: str = "") -> Selection | None:
        return None if query is None else engine.collection.allowed(query, but)

    catalog = engine.collection.catalog
    all_left = catalog.counts(left())
    return {
        "levels": all_left["levels"],
        "levels_given": all_left["levels_given"],
        "kinds": catalog.counts(left("kinds"))["kinds"],
        "languages": catalog.counts(left("languages"))["languages"],
        "lists": catalog.list_counts(left("lists")),
    }

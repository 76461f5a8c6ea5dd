"""Answers as plain data: the one JSON that the command line, the HTTP API and MCP share.

Must not know how an answer was found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cache.records import Entry, Query, Result

SNIPPET = 240
"""Characters of text shown with a result."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question as understood, its results best first, and how long they took (milliseconds).

    fit says how likely the first result is good, 0 to 1, None where an older build cannot tell;
    little, that nothing is about the question and results are but its neighbours.
    """

    query: Query
    results: tuple[Result, ...]
    took_ms: float
    fit: float | None = None
    little: bool = False

    def _repr_html_(self) -> str:
        """A table, for notebooks; titles and notes are escaped and only web links are links."""
        from html import escape

        rows = "".join(
            f"<tr><td>{rank}</td><td>{_linked(one)}</td><td>{escape(one.facts.level or '')}</td>"
            f"<td>{escape(one.resource.kind or '')}</td><td>{one.score:.3f}</td>"
            f"<td>{escape(snippet(one))}</td></tr>"
            for rank, one in enumerate(self.results, 1)
        )
        head = "".join(f"<th>{name}</th>" for name in ("", "title", "level", "kind", "score", ""))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def answer_json(answer: Answer) -> dict[str, Any]:
    """`{"query", "took_ms", "fit", "little", "results"}` as docs/json.md describes."""
    return {
        "query": query_json(answer.query),
        "took_ms": round(answer.took_ms, 2),
        "fit": None if answer.fit is None else round(answer.fit, 4),
        "little": answer.little,
        "results": results_json(answer.results),
    }


def query_json(query: Query) -> dict[str, Any]:
    """Every field of a question as understood."""
    return {
        "text": query.text,
        "topic": query.topic,
        "level": query.level,
        "kinds": list(query.kinds),
        "languages": list(query.languages),
        "after": query.after,
        "before": query.before,
        "lists": list(query.lists),
        "authors": list(query.authors),
        "unread": query.unread,
        "k": query.k,
        "cues": dict(query.cues),
        "shortened": query.shortened,
        "intent": query.intent,
        "sites": list(query.sites),
        "max_minutes": query.max_minutes,
        "min_stars": query.min_stars,
        "since": query.since,
        "exact": list(query.exact),
        "without": list(query.without),
        "operators": [one._asdict() for one in query.operators],
        "unsaid": list(query.unsaid),
    }


def results_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Results with their ranks from 1."""
    return [result_json(rank, result) for rank, result in enumerate(results, 1)]


def result_json(rank: int, result: Result) -> dict[str, Any]:
    """One result; step and why only where it has them."""
    resource, facts = result.resource, result.facts
    shown: dict[str, Any] = {
        "rank": rank,
        "id": resource.id,
        "url": resource.url,
        "title": resource.title,
        "score": result.score,
        "parts": dict(result.parts),
        "kind": resource.kind,
        "level": facts.level,
        "level_confidence": facts.difficulty_confidence,
        "rating": facts.rating,
        "rating_confidence": facts.rating_confidence,
        "language": resource.language,
        "published": facts.published,
        "author": facts.author,
        "snippet": snippet(result),
        "evidence": result.evidence,
        "minutes": facts.minutes,
        "minutes_from": facts.minutes_from,
        "hours": facts.hours,
        "requires": facts.requires,
        "also_at": [url for url in (*resource.aliases, *result.reposts) if url != resource.url],
        "lists": [mention_json(mention) for mention in resource.mentions],
    }
    extra: Mapping[str, Any] = {"step": result.step, "why": result.why}
    return shown | {name: value for name, value in extra.items() if value is not None}


def mention_json(mention: Entry) -> dict[str, Any]:
    """What one list says of a resource."""
    return {
        "list": mention.list_id,
        "title": mention.title,
        "url": mention.url,
        "section": list(mention.section),
        "note": mention.note,
        "rating": mention.rating,
        "difficulty": mention.difficulty,
    }


def snippet(result: Result, length: int = SNIPPET) -> str:
    """The stretch that answers best, else what the lists say; one line, cut at a word."""
    notes = [mention.note for mention in result.resource.mentions if mention.note]
    stretch = result.passage.text if result.passage else max(notes, key=len, default="")
    text = " ".join(stretch.split())
    if len(text) <= length:
        return text
    cut = text[:length]
    space = cut.rfind(" ")
    return (cut[:space] if space > length * 0.7 else cut).rstrip(" ,，、;；") + "…"


def _linked(result: Result) -> str:
    from html import escape

    url, title = result.resource.url, escape(result.resource.title)
    if not url.lower().startswith(("http://", "https://")):
        return title
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'

"""Results as Markdown that nextread reads back.

Titles and notes are other people's text: what could break out of the form is escaped. Must not
know how results were found.
"""

import re
from collections.abc import Sequence

from cache.records import Result

_MARKS = re.compile(r"([\\`*_\[\]<>|~])")
_SCHEME = re.compile(r"\s*:\s*//+")
"""What makes an address of a word: a reason must not become an entry."""

_CONTROL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile(r"[\x85\u2028\u2029]")


def markdown(title: str, results: Sequence[Result]) -> str:
    """A numbered reading list under a heading: title, address, level (`~` before what no curator
    gave), minutes, why."""
    lines = [f"# {escaped(title)}", ""]
    lines += [_line(number, result) for number, result in enumerate(results, 1)]
    return "\n".join(lines) + "\n"


def reading_list(title: str, results: Sequence[Result]) -> str:
    """Results as a list of their own, a table that nextread reads back: title and address, the
    curators' stars and level, date, author and the first of their notes. What was only estimated is
    left out: read back it would be a curator's word."""
    head = ["Title", "Stars", "Difficulty", "Date", "Author", "Notes"]
    rows = [head, ["---"] * len(head), *map(_row, results)]
    lines = [f"# {escaped(title)}", "", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def _row(result: Result) -> list[str]:
    resource, facts = result.resource, result.facts
    stars = round(facts.rating) if facts.rating and facts.rating_confidence == 1 else 0
    note = next((entry.note for entry in resource.mentions if entry.note), "")
    return [
        f"[{escaped(resource.title) or escaped(resource.url)}](<{target(resource.url)}>)",
        "★" * stars + "☆" * (5 - stars) if stars else "",
        facts.level or "" if facts.difficulty_confidence == 1 else "",
        facts.published or "",
        escaped(facts.author or ""),
        escaped(_SCHEME.sub(": ", note)),
    ]


def digest_markdown(title: str, chapters: Sequence[tuple[str, Sequence[Result]]]) -> str:
    """Results by chapter, each under its heading."""
    lines = [f"# {escaped(title)}", ""]
    for heading, results in chapters:
        lines += [f"## {escaped(heading)}", ""]
        lines += [*(_line(number, result) for number, result in enumerate(results, 1)), ""]
    return "\n".join(lines)


def minutes(result: Result) -> str:
    """The time a result takes, as people say it; empty where unknown."""
    length = result.facts.minutes
    return "" if length is None else f"{max(1, round(length))} min"


def _line(number: int, result: Result) -> str:
    resource, level = result.resource, result.facts.level
    guess = "~" if result.facts.difficulty_confidence < 1 else ""
    link = (
        f"{number}. [{escaped(resource.title) or escaped(resource.url)}](<{target(resource.url)}>)"
    )
    parts = [minutes(result), escaped(_SCHEME.sub(": ", result.why or ""))]
    about = " · ".join(part for part in parts if part)
    return link + (f" ({guess}{level})" if level else "") + (f" - {about}" if about else "")


def escaped(text: str) -> str:
    """Other people's text on one line, so that nothing in it is Markdown."""
    return " ".join(_MARKS.sub(r"\\\1", _plain(text)).split())


def target(url: str) -> str:
    """An address as it stands between `<` and `>`."""
    spelled = _plain(url).replace("<", "%3C").replace(">", "%3E")
    return re.sub(r"\s", "%20", spelled)


def _plain(text: str) -> str:
    """text without control characters and half surrogates, which Markdown cannot hold."""
    return _CONTROL.sub("", _LINE_ENDS.sub(" ", text))

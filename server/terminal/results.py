"""Answers for people at a terminal, and the same as JSON for their scripts.

Results go to stdout, everything else to stderr. Must not know how anything was found.
"""

import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cache import disk
from cache.records import Resource, Result
from search.answers import Answer, answer_json, results_json, snippet
from server.terminal.output import (
    bold,
    clean,
    columns_of,
    dim,
    in_its_language,
    print_json,
    print_line,
    styled,
    tell,
    terminal_language,
    write,
)
from server.wording import page_words

_LEVEL_COLOURS = {"beginner": "32", "intermediate": "33", "advanced": "31"}
_EVIDENCE = {"list note": "the list's note only"}


def print_answer(answer: Answer, *, json: bool, explain: bool) -> None:
    """An answer, as JSON or to read; explain adds how the question was understood and the parts."""
    if json:
        print_json(answer_json(answer))
        return
    if explain:
        write(dim(in_its_language(f"understood: {_understood(answer)}")))
    if answer.query.unsaid:
        quoted = ", ".join(f'"{words}"' for words in answer.query.unsaid)
        tell(f"nothing says {quoted} to the letter; asked without quotes")
    if answer.little:
        tell("nothing in the lists is about this; nearest:")
    for rank, result in enumerate(answer.results, 1):
        _print_result(rank, result, explain=explain)
    if not answer.results:
        tell("nothing found: ask in other words, or take a filter away")


def print_results(results: Sequence[Result], *, json: bool, explain: bool = False) -> None:
    """Results without a question."""
    if json:
        print_json({"results": results_json(results)})
        return
    for rank, result in enumerate(results, 1):
        _print_result(rank, result, explain=explain)


def print_results_as(
    form: str, results: Sequence[Result], title: str, came: Mapping[str, str] | None = None
) -> None:
    """Results as text, json, md or rss under a title; came is when each id came."""
    if form == "md":
        from server.formats import markdown

        sys.stdout.write(markdown(title, results))
    elif form == "rss":
        from server.feeds import rss

        sys.stdout.write(rss(title, results, came=came).decode() + "\n")
    else:
        print_results(results, json=form == "json")


def print_list(text: str, answer: Answer, output: Path | None) -> None:
    """A list made of an answer: to output, or to stdout where that is None. Raises StoreError."""
    if answer.little:
        tell("nothing in the lists is about this; nearest:")
    if output is None:
        sys.stdout.write(text)
        return
    with disk.faults(output):
        disk.write_atomic(output, text.encode("utf-8"))
    tell(f"{len(answer.results)} resources in {output}")


def print_marked(how: str, marked: Resource) -> None:
    """What was remembered."""
    tell(f"{how}: {marked.title}")


def _print_result(rank: int, result: Result, *, explain: bool) -> None:
    resource, facts = result.resource, result.facts
    write(f"{rank:>2}. {bold(resource.title)}")
    print_line(f"    {resource.url}")
    plain = [_word(resource.kind), resource.language, facts.author, facts.published]
    facets = [
        _level(facts.level, "" if facts.difficulty_confidence == 1 else "~"),
        _stars(facts.rating, "" if facts.rating_confidence == 1 else "~"),
    ]
    facets += [clean(fact or "") for fact in plain]
    facets.append(in_its_language(_EVIDENCE.get(result.evidence, result.evidence)))
    write("    " + dim(" · ").join(facet for facet in facets if facet))
    if result.why:
        print_line(f"    {in_its_language(result.why)}")
    elif text := snippet(result):
        print_line(_wrapped(text))
    if explain:
        parts = " ".join(f"{name} {points:+.3f}" for name, points in result.parts.items())
        write(dim(f"    {result.score:.3f} = {parts}"))


def _understood(answer: Answer) -> str:
    query = answer.query
    parts = [f"topic {query.topic!r}"]
    for name in (
        *("level", "kinds", "languages", "authors", "after", "before", "lists", "sites"),
        *("max_minutes", "min_stars", "since", "exact", "without"),
    ):
        value = getattr(query, name)
        if value:
            shown = ", ".join(value) if isinstance(value, tuple) else str(value)
            words = query.cues.get(name)
            parts.append(f"{name} {shown}" + (f" (“{words}”)" if words else ""))
    if query.intent:
        parts.append(f"wants {query.intent}")
    if query.shortened:
        parts.append("longer than what is read: its first part")
    return "; ".join(parts)


def _wrapped(text: str) -> str:
    """Indented lines no wider than the terminal, a Chinese character taking two columns."""
    width = min(100, _width()) - 4
    lines, line, used = [], "", 0
    for word in _words(text):
        size = columns_of(word)
        if used + size > width and line:
            lines.append(line.rstrip())
            line, used = "", 0
            word = word.lstrip()
        line, used = line + word, used + size
    return "\n".join("    " + part for part in [*lines, line.rstrip()])


def _words(text: str) -> Iterator[str]:
    word = ""
    for c in text:
        if c == " " or unicodedata.east_asian_width(c) in "WF":
            yield word
            word = c
        else:
            word += c
    yield word


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _stars(rating: float | None, guessed: str) -> str:
    """Stars, ~ before them where no curator gave any."""
    return "" if rating is None else guessed + "★" * round(rating) + "☆" * (5 - round(rating))


def _level(level: str | None, guessed: str) -> str:
    """A level, ~ before it where no curator said so."""
    return styled(guessed + _word(level), _LEVEL_COLOURS[level]) if level else ""


def _word(name: str | None) -> str:
    """A level or kind in the language of the terminal."""
    ui = terminal_language()
    return page_words()[ui].get(name or "", name or "") if ui != "en" else name or ""

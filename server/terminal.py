"""Answers for people at a terminal, and the same as JSON for their scripts.

Results go to stdout, everything else to stderr. Titles, notes and addresses are other people's
text: control characters never reach the terminal. Must not know how anything was found.
"""

import json as json_module
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cache.errors import ModelError, NextreadError
from cache.records import Resource, Result
from search.answers import Answer, answer_json, result_json, results_json, snippet

if TYPE_CHECKING:
    from pathlib import Path

    from cache.pages import ImportReport
    from indexer.build import BuildReport
    from indexer.lists.parse import Parsed
    from indexer.taste_files import Imported
    from indexer.verify import Damage
    from search.ask.rerank import Reranker
    from search.index.postgres.publish import Publication

STAGE_NAMES = {
    "read": "Reading lists",
    "fetch": "Fetching pages",
    "extract": "Extracting text",
    "split": "Splitting",
    "embed": "Embedding",
    "index": "Writing the index",
    "copy": "Copying",
    "link": "Linking neighbours",
}
_HARMLESS = "\n\t\u200c\u200d"
_LEVEL_COLOURS = {"beginner": "32", "intermediate": "33", "advanced": "31"}
_EVIDENCE = {"list note": "the list's note only"}


def print_answer(answer: Answer, *, json: bool, explain: bool) -> None:
    """An answer, as JSON or to read; explain adds how the question was understood and the parts."""
    if json:
        _print_json(answer_json(answer))
        return
    if explain:
        _write(_dim(f"understood: {_understood(answer)}"))
    for rank, result in enumerate(answer.results, 1):
        _print_result(rank, result, explain=explain)
    if not answer.results:
        sys.stderr.write("nothing found: ask in other words, or take a filter away\n")


def print_results(results: Sequence[Result], *, json: bool, explain: bool = False) -> None:
    """Results without a question."""
    if json:
        _print_json({"results": results_json(results)})
        return
    for rank, result in enumerate(results, 1):
        _print_result(rank, result, explain=explain)


def print_results_as(form: str, results: Sequence[Result], title: str) -> None:
    """Results as text, json, md or rss under a title."""
    from server.formats import markdown, rss

    if form in ("text", "json"):
        print_results(results, json=form == "json")
    else:
        sys.stdout.write(markdown(title, results) if form == "md" else rss(title, results))


def print_imported(imported: "Imported") -> None:
    """How much of an imported taste is in the index; a few of what is not."""
    sys.stderr.write(f"{imported.marked} marked, {len(imported.missing)} not in the index\n")
    for saved in imported.missing[:5]:
        sys.stderr.write(clean(f"not in the index: {saved.title} {saved.url}") + "\n")


def print_parsed(parsed: "Parsed", *, json: bool) -> None:
    """The entries of a list, one a line; problems on stderr."""
    from indexer.lists.parse import entry_json

    for entry in parsed.entries:
        if json:
            _print_json(entry_json(entry))
        else:
            _print(entry.title)
            _write("    " + _dim(entry.url))
    for problem in parsed.problems:
        sys.stderr.write(clean(f"line {problem.line}: {problem.message}") + "\n")


def print_report(report: "BuildReport", *, json: bool) -> None:
    """What a build did."""
    if json:
        _print_json(report_json(report))
        return
    counts = report.manifest.counts
    done = "published generation" if report.published else "nothing has changed since generation"
    lists = "1 list" if counts["lists"] == 1 else f"{counts['lists']} lists"
    summary = (
        f"{done} {report.manifest.number}: {counts['resources']} resources of {lists}, "
        f"{counts['documents']} with text, in {report.seconds:.1f} s"
    )
    sys.stderr.write(summary + "\n")
    new = len(report.added)
    if report.published and (new or report.removed):
        sys.stderr.write(f"{new} new, {len(report.removed)} gone\n")
    for list_id, problems in report.problems.items():
        for problem in problems[:5]:
            sys.stderr.write(clean(f"{list_id} line {problem.line}: {problem.message}") + "\n")
    for name, reason in list(report.failures.items())[:5]:
        sys.stderr.write(clean(f"could not read {_named(name, reason)}") + "\n")
    if len(report.failures) > 5:
        sys.stderr.write(f"and {len(report.failures) - 5} more: see nextread status\n")


def print_publication(publication: "Publication", *, json: bool) -> None:
    """What a publish did."""
    if json:
        _print_json(asdict(publication))
        return
    done = "published" if publication.published else "nothing has changed since"
    summary = (
        f"{done} {publication.schema} in {publication.address}: {publication.resources} resources, "
        f"{publication.vectors} vectors, {publication.size / 1e6:.0f} MB, "
        f"in {publication.seconds:.1f} s"
    )
    sys.stderr.write(clean(summary) + "\n")


def _named(name: str, reason: str) -> str:
    return reason if name in reason else f"{name}: {reason}"


def report_json(report: "BuildReport") -> dict[str, Any]:
    """A build's report as plain data."""
    return {
        "generation": report.manifest.number,
        "digest": report.manifest.digest,
        "published": report.published,
        "model": report.manifest.model_id,
        **report.manifest.counts,
        "fetched": report.fetched,
        "unchanged": report.unchanged,
        "embedded": report.embedded,
        "added": list(report.added),
        "removed": list(report.removed),
        "problems": {
            name: [{"line": p.line, "message": p.message} for p in problems]
            for name, problems in report.problems.items()
        },
        "failures": dict(report.failures),
        "seconds": round(report.seconds, 3),
    }


def print_status(status: Mapping[str, Any], *, json: bool) -> None:
    """What is indexed, how fresh it is, and what failed."""
    if json:
        _print_json(status)
        return
    for name, value in status.items():
        if not isinstance(value, Mapping):
            _print(f"{name}: {value}")
        elif value:
            _print(f"{name}:")
            for key, inner in value.items():
                _print(f"  {key}: {inner}")


def print_figures(figures: Mapping[str, Any], *, json: bool) -> None:
    """The figures of an evaluation, or a table of them by ablation."""
    if json:
        _print_json(figures)
        return
    for name, value in figures.items():
        if isinstance(value, Mapping):
            shown = "  ".join(f"{measure} {figure:.4f}" for measure, figure in value.items())
            _print(f"{name:<20} {shown}")
        else:
            _print(f"{name:<12} {value:.4f}" if isinstance(value, float) else f"{name:<12} {value}")


def print_marked(how: str, marked: Resource) -> None:
    """What was remembered."""
    sys.stderr.write(clean(f"{how}: {marked.title}") + "\n")


def print_error(error: NextreadError, called: str = "error") -> int:
    """What went wrong and the way out, one line each; the exit code."""
    for name, said in ((called, error.message), ("hint", error.hint)):
        if said:
            sys.stderr.write(f"{name}: {clean(' '.join(said.split()))}\n")
    return 1


def reranker(model: str | None) -> "Reranker | None":
    """The cross-encoder asked for; None where none was, or it cannot be had, which is told."""
    if model is None:
        return None
    from search.ask.rerank import Reranker

    try:
        return Reranker(model)
    except ModelError as error:
        print_error(error, "note")
        return None


def print_damage(damage: "Sequence[Damage]") -> int:
    """What is damaged, then each way to mend it; the exit code."""
    for found in damage:
        sys.stderr.write(clean(f"error: {' '.join(found.message.split())}") + "\n")
    for mend in dict.fromkeys(found.mend for found in damage):
        sys.stderr.write(clean(f"hint: {mend}") + "\n")
    if damage:
        return 1
    sys.stderr.write("every file is as it was published\n")
    return 0


def print_exposure(home: "Path") -> None:
    """Say so where other users of this machine may look into home."""
    from cache.disk import exposure

    said = exposure(home)
    if said:
        sys.stderr.write(clean(f"note: {said}; to close it: chmod 700 {home}") + "\n")


def print_import(report: "ImportReport") -> None:
    """What came in from a WARC file."""
    sys.stderr.write(f"{report.pages} pages imported, {report.known} known before\n")
    for problem in report.problems:
        sys.stderr.write(clean(f"at byte {problem.offset}: {problem.message}") + "\n")


@contextmanager
def build_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a stage on stderr, with counts and time left; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda stage, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGE_NAMES[stage], total=of)
            bars.update(tasks[stage], completed=done, total=of)

        yield progress


def clean(text: str) -> str:
    """text without control, format and private characters, which could steer a terminal.

    Joiners stay: they make one emoji of several, and Persian and Indic words.
    """
    return "".join(
        c if c in _HARMLESS or unicodedata.category(c)[0] != "C" else "\ufffd" for c in text
    )


def _print_result(rank: int, result: Result, *, explain: bool) -> None:
    resource, facts = result.resource, result.facts
    _write(f"{rank:>2}. {_bold(resource.title)}")
    _print(f"    {resource.url}")
    known = [resource.kind, resource.language, facts.author, facts.published]
    facets = [
        _level(facts.level, "" if facts.difficulty_confidence == 1 else "~"),
        _stars(facts.rating, "" if facts.rating_confidence == 1 else "~"),
    ]
    facets += [clean(fact or "") for fact in known]
    facets.append(_EVIDENCE.get(result.evidence, result.evidence))
    _write("    " + _dim(" · ").join(facet for facet in facets if facet))
    if result.why:
        _print(f"    {result.why}")
    elif text := snippet(result):
        _print(_wrapped(text))
    if explain:
        parts = " ".join(f"{name} {points:+.3f}" for name, points in result.parts.items())
        _write(_dim(f"    {result.score:.3f} = {parts}"))


def _understood(answer: Answer) -> str:
    query = answer.query
    said = [f"topic {query.topic!r}"]
    for name in ("level", "kinds", "languages", "authors", "after", "before"):
        value = getattr(query, name)
        if value:
            shown = value if isinstance(value, str) else ", ".join(value)
            words = query.cues.get(name)
            said.append(f"{name} {shown}" + (f" (“{words}”)" if words else ""))
    return "; ".join(said)


def _wrapped(text: str) -> str:
    """Indented lines no wider than the terminal, a Chinese character taking two columns."""
    width = min(100, _width()) - 4
    lines, line, used = [], "", 0
    for word in _words(text):
        size = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in word)
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
    return _styled(guessed + level, _LEVEL_COLOURS[level]) if level else ""


def _bold(text: str) -> str:
    return _styled(text, "1")


def _dim(text: str) -> str:
    return _styled(text, "2")


def _styled(text: str, code: str) -> str:
    plain = clean(text)
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return plain
    return f"\x1b[{code}m{plain}\x1b[0m"


def _print(text: str) -> None:
    _write(clean(text))


def _write(line: str) -> None:
    """Write a line of which every part is clean; what its reader's encoding lacks is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


# JSON leaves DEL and the C1 controls as they are; some terminals obey them.
_ESCAPED = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def _print_json(value: Any) -> None:
    """One line of JSON, all in ASCII where stdout takes no UTF-8 or a text is none."""
    line = json_module.dumps(value, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        line = json_module.dumps(value)
    sys.stdout.write(line.translate(_ESCAPED) + "\n")


__all__ = [
    "build_progress",
    "clean",
    "print_answer",
    "print_damage",
    "print_error",
    "print_exposure",
    "print_import",
    "print_marked",
    "print_parsed",
    "print_publication",
    "print_report",
    "print_results",
    "print_status",
    "report_json",
    "result_json",
]

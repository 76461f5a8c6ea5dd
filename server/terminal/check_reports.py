"""The health of a list, for people, for an issue, for scripts.

Results go to stdout, everything else to stderr. Must not know how anything was found.
"""

import sys
from collections.abc import Callable, Iterator, Sequence

from indexer.check.report import (
    STATES,
    CheckedLink,
    CheckReport,
    Slip,
    report_json,
)
from server.bounds import Ui
from server.formats import escaped, target
from server.terminal.check_words import WORDS
from server.terminal.output import print_json, print_table, tell, terminal_language

_ORDER = (*STATES[1:], "ok")
"""Findings first, and of these what is worst."""


def print_check(report: CheckReport, form: str, ui: Ui | None) -> int:
    """A report as text, md or json; the exit code: 1 where a link is dead."""
    if form == "json":
        print_json(report_json(report))
    elif form == "md":
        sys.stdout.write(check_markdown(report, ui or terminal_language()))
    else:
        _print_text(report, WORDS[ui or terminal_language()])
    return int(report.is_dead)


def print_patch(report: CheckReport, patch: bytes, files: Sequence[str], ui: Ui | None) -> int:
    """A patch, and what it changes; files are those that were written instead. The exit code is
    that of print_check."""
    say = WORDS[ui or terminal_language()]
    sys.stdout.write(patch.decode("utf-8", "surrogateescape"))
    moved = [link for link in report.links if link.verdict.state == "moved"]
    stays = [link for link in moved if any(note.kind == "unpatched" for note in link.notes)]
    changed = len({link.url for link in moved} - {link.url for link in stays})
    if files:
        tell(say["patched"].format(n=changed, file=", ".join(files)))
    else:
        tell(say["to_patch"].format(n=changed))
    for link in stays:
        tell(f"{say['line_n'].format(n=link.line)}: {link.url}: {say['unpatched']}")
    return int(report.is_dead)


def check_markdown(report: CheckReport, ui: Ui) -> str:
    """A report as the text of an issue: what is to be done as a list of tasks, by finding."""
    say = WORDS[ui]
    lists = ", ".join(report.lists)
    lines = [f"# {escaped(say['head'].format(lists=lists))}", "", _summary(report, say), ""]
    for heading, found in _sections(report, say):
        lines += [f"## {heading} ({len(found)})", "", *found, ""]
    return "\n".join(lines)


def _print_text(report: CheckReport, say: dict[str, str]) -> None:
    rows = [
        (_place(report, link), say[link.verdict.state], link.title, link.url, _detail(link, say))
        for link in _worst_first(report)
    ]
    rows += [
        (_place(report, slip), say["form"], slip.said, "", say[slip.kind]) for slip in report.slips
    ]
    if rows:
        print_table((say["line"], say["finding"], say["link"], "", say["detail"]), rows)
    for unusual in ("offline", "no_network"):
        if getattr(report, unusual):
            tell(say[unusual])
    tell(_summary(report, say) + ("" if rows else f"; {say['all_well']}"))


def _sections(report: CheckReport, say: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    links = _worst_first(report)
    for state in _ORDER:
        found = [_task(report, link, say) for link in links if link.verdict.state == state]
        if found:
            yield say[state], found
    if report.slips:
        yield (
            say["form"],
            [
                f"- [ ] {_where(report, slip, say)}: {escaped(slip.said)}: {say[slip.kind]}"
                for slip in report.slips
            ],
        )


def _task(report: CheckReport, link: CheckedLink, say: dict[str, str]) -> str:
    shown = f"[{escaped(link.title) or escaped(link.url)}](<{target(link.url)}>)"
    detail = _detail(link, say, lambda url: f"<{target(url)}>", escaped)
    return f"- [ ] {_where(report, link, say)}: {shown}" + (f": {detail}" if detail else "")


def _summary(report: CheckReport, say: dict[str, str]) -> str:
    counts = [f"{say[state]} {number}" for state, number in report.counts.items()]
    return f"{say['links'].format(n=len(report.links))}: {', '.join(counts)}"


def _worst_first(report: CheckReport) -> list[CheckedLink]:
    """Links of which there is something to say."""
    told = [link for link in report.links if link.verdict.state != "ok" or link.notes]
    return sorted(told, key=lambda link: _ORDER.index(link.verdict.state))


def _detail(
    link: CheckedLink,
    say: dict[str, str],
    as_url: Callable[[str], str] = str,
    as_words: Callable[[str], str] = str,
) -> str:
    """Why, where to, what the archive has, and notes; addresses and other people's words as the
    form writes them."""
    verdict = link.verdict
    parts = [as_words(verdict.why)] if verdict.why else []
    if verdict.to:
        name = "sent" if verdict.state == "soft_404" else "to"
        parts.append(say[name].format(to=as_url(verdict.to)))
    if verdict.copy is not None:
        copy = verdict.copy
        name = "archive_unasked" if copy.state == "unasked" else copy.state
        parts.append(say[name].format(date=copy.date, url=as_url(copy.url or "")))
    parts += [
        say[note.kind].format(line=note.line, said=as_words(note.said or "?"))
        for note in link.notes
    ]
    return "; ".join(parts)


def _place(report: CheckReport, told: CheckedLink | Slip) -> str:
    return str(told.line) if len(report.lists) == 1 else f"{told.list_id}:{told.line}"


def _where(report: CheckReport, told: CheckedLink | Slip, say: dict[str, str]) -> str:
    line = say["line_n"].format(n=told.line)
    return line if len(report.lists) == 1 else f"{escaped(told.list_id)}, {line}"

"""What a check found, link by link. Must not know how it was found."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

State = Literal[
    "ok",
    "dead",
    "moved",
    "soft_404",
    "wall",
    "certificate",
    "refused",
    "failing",
    "unasked",
]
STATES: tuple[State, ...] = get_args(State)
"""ok: a page answered. dead: there is no such page or host. moved: for good, with the new address.
soft_404: sent to a home page, or to a page that says there is none. wall: a login, a captcha or a
refusal; it may be there for readers. certificate: not valid. refused: robots.txt says no, so nobody
asked. failing: no page now, which may pass. unasked: nobody could ask."""

NoteKind = Literal[
    "duplicate", "same_work", "title", "repository_archived", "repository_untouched", "unpatched"
]
SlipKind = Literal["alphabetical", "separator", "punctuation", "capital", "spaces"]


@dataclass(frozen=True, slots=True)
class Copy:
    """What the web archive has of a page that is gone or walled: a `copy` with its address and
    date (YYYY-MM-DD), `none`, or `unasked` where it was not or could not be asked."""

    state: Literal["copy", "none", "unasked"]
    url: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one address stands. why is the reason as it came, to where it leads now, checked when it
    was last asked (RFC 3339)."""

    state: State
    why: str | None = None
    to: str | None = None
    checked: str | None = None
    copy: Copy | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something else about a link: line is that of the entry it repeats, said the page's own title,
    or the date of the last push (YYYY-MM-DD)."""

    kind: NoteKind
    line: int | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedLink:
    """One link of one list; line is 1-based, url as written."""

    list_id: str
    line: int
    title: str
    url: str
    verdict: Verdict
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Slip:
    """A line that is not in the form that the rest of its list keeps."""

    list_id: str
    line: int
    kind: SlipKind
    said: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All of a check. no_network: nothing could be asked, and what was fetched before is told."""

    lists: tuple[str, ...]
    links: tuple[CheckedLink, ...]
    slips: tuple[Slip, ...] = ()
    offline: bool = False
    no_network: bool = False

    @property
    def counts(self) -> Mapping[State, int]:
        """How many links are in each state, in the order of STATES; states of none left out."""
        found = Counter(link.verdict.state for link in self.links)
        return {state: found[state] for state in STATES if found[state]}

    @property
    def is_dead(self) -> bool:
        """Whether a link is dead."""
        return any(link.verdict.state == "dead" for link in self.links)


def report_json(report: CheckReport) -> dict[str, Any]:
    """A report as plain data: server.schemas.Check."""
    return {
        "lists": list(report.lists),
        "offline": report.offline,
        "no_network": report.no_network,
        "counts": dict(report.counts),
        "links": [_link_json(link) for link in report.links],
        "slips": [
            {"list": slip.list_id, "line": slip.line, "kind": slip.kind, "said": slip.said}
            for slip in report.slips
        ],
    }


def _link_json(link: CheckedLink) -> dict[str, Any]:
    verdict, copy = link.verdict, link.verdict.copy
    return {
        "list": link.list_id,
        "line": link.line,
        "title": link.title,
        "url": link.url,
        "state": verdict.state,
        "why": verdict.why,
        "to": verdict.to,
        "checked": verdict.checked,
        "archive": copy and {"state": copy.state, "url": copy.url, "date": copy.date},
        "notes": [{"kind": n.kind, "line": n.line, "said": n.said} for n in link.notes],
    }

"""The records that flow through nextread, in the order they arise.

Plain data: frozen, slotted, no behaviour beyond derived figures. Values are validated where they
enter (parsers, fetchers, the command line), not here. Must not know any other module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

Level = Literal["beginner", "intermediate", "advanced"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Difficulty in words: 1 beginner, 2 intermediate, 3 advanced."""

Intent = Literal["learning", "tool", "dataset"]
INTENTS: tuple[Intent, ...] = get_args(Intent)
"""What a question can want that is not a kind."""

Evidence = Literal["full text", "abstract", "transcript", "list note"]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)
"""What an answer rests on, strongest first."""

Kind = Literal[
    "paper",
    "survey",
    "course",
    "tutorial",
    "video",
    "talk",
    "book",
    "article",
    "code",
    "dataset",
    "tool",
    "reference",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What a resource is. None where nothing says."""

MarkName = Literal["read", "like", "dislike", "later", "started"]
MARKS: tuple[MarkName, ...] = get_args(MarkName)
"""What a resource can be marked, `started` while in progress; `clear` takes all marks away."""

UNREAD_MARKS: frozenset[str] = frozenset({"later", "started"})
"""Marks of what was not read to its end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of one list, as its curator wrote it.

    url is as written. section runs from the outermost heading to the innermost parent bullet.
    published keeps the precision it was written with (`2017`, `2022-03-04`). rating is 1-5 stars,
    difficulty 1-3, tier 1-3 (first-, second-, third-hand); None where the list does not say.
    position counts entries of the list from 0; line is the 1-based line in its source.
    difficulty_said is how the list put the difficulty (`🌟🌟🌟🌟`, `medium`). hours are those of
    work, pages those to read, requires what comes first, in the list's words. order is the number
    the list itself gives: step 3, week 3, `[3]`. part_of is the url of the entry this link belongs
    to: the code of a paper, the video of a course.
    """

    list_id: str
    url: str
    title: str
    note: str = ""
    section: tuple[str, ...] = ()
    position: int = 0
    author: str | None = None
    published: str | None = None
    rating: int | None = None
    difficulty: int | None = None
    tier: int | None = None
    kind: str | None = None
    line: int = 0
    hours: float | None = None
    pages: int | None = None
    requires: str | None = None
    difficulty_said: str | None = None
    order: int | None = None
    part_of: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a list was read: distinct addresses in its text, and what became of them.

    links counts them all, read those that became entries, set_aside the others by reason
    (`contents`, `badge`, `image`, `housekeeping`, `anchor` …). missed holds (1-based line, address)
    of the first few that are neither.
    """

    links: int = 0
    read: int = 0
    entries: int = 0
    set_aside: Mapping[str, int] = field(default_factory=dict)
    missed: tuple[tuple[int, str], ...] = ()

    @property
    def share(self) -> float:
        """The part of the links that was read or set aside with a reason, 1 where there is none."""
        return (self.read + sum(self.set_aside.values())) / self.links if self.links else 1.0


@dataclass(frozen=True, slots=True)
class Resource:
    """One work. id is a stable hash of the canonical URL; aliases are its other addresses."""

    id: str
    url: str
    aliases: tuple[str, ...]
    title: str
    kind: str | None
    language: str | None
    mentions: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One response, without its body (the body is in the page cache under digest).

    url is what was asked for, final_url what answered after redirects. digest is `sha256:<hex>` of
    the decoded body. fetched_at is RFC 3339 UTC. failure is None for a usable page, otherwise one
    line that says why it is not. moved is where redirects for good (301, 308) lead before others,
    url where there are none; None where nobody kept that. lost is why the address itself gave no
    page, where this is the archive's copy of it.
    """

    url: str
    final_url: str
    status: int
    media_type: str
    digest: str
    fetched_at: str
    etag: str | None = None
    last_modified: str | None = None
    failure: str | None = None
    moved: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The readable text of a resource. evidence is one of EVIDENCE; complete is False where the
    text is known to be cut (size cap, paywall teaser, nesting). minutes is the length of a video,
    None where there is none or the page does not say it."""

    resource_id: str
    title: str
    author: str | None
    published: str | None
    language: str | None
    text: str
    evidence: str
    complete: bool = True
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `document.text[start:end] == text`.

    id is `<resource_id>:<ordinal>`.
    """

    id: str
    resource_id: str
    ordinal: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a resource beside its text, gathered from every mention and its page.

    rating (1-5) and difficulty (1-3) come with a confidence in [0, 1]: 1 where curators said it,
    less where it was estimated. lists counts independent lists that name it. minutes is the time
    to read or watch, None where unknown; minutes_from says what tells it: `hours` or `pages` as
    curators gave them, `length` of a video, `text`. hours and requires are what curators say of
    the effort and of what comes first.
    """

    author: str | None = None
    published: str | None = None
    rating: float | None = None
    rating_confidence: float = 0.0
    difficulty: float | None = None
    difficulty_confidence: float = 0.0
    tier: int | None = None
    lists: int = 1
    evidence: str = "list note"
    minutes: float | None = None
    minutes_from: str | None = None
    hours: float | None = None
    requires: str | None = None

    @property
    def level(self) -> str | None:
        """Difficulty in words, or None where nothing is known."""
        if self.difficulty is None:
            return None
        return LEVELS[min(2, max(0, round(self.difficulty) - 1))]


class Operator(NamedTuple):
    """A stretch of a question that narrows it, as it is written: `site:arxiv.org`, `-video`,
    `"exact words"`. field is the one of Query that value went into."""

    field: str
    value: str
    said: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood. text is as asked; topic is what is left to match; level, kinds,
    languages, after, before and authors were asked for by flag or understood from the words.
    cues maps each understood field to the words that said it. shortened: more was asked than is
    read. intent is one of INTENTS, None where no word says what is wanted.

    What is in no cue narrows: authors too. sites are hosts, those below them counted in;
    max_minutes the longest a work may take; min_stars the fewest that curators gave; since the day
    (ISO 8601) from which on it came into the lists or was published. exact are words that a work
    must say as they are written, without those it must not say; unsaid are words written so that no
    work says, which are asked for as any others are. operators are the stretches of text that said
    what narrows."""

    text: str
    topic: str
    level: str | None = None
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    lists: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    unread: bool = False
    k: int = 10
    cues: Mapping[str, str] = field(default_factory=dict)
    shortened: bool = False
    intent: Intent | None = None
    sites: tuple[str, ...] = ()
    max_minutes: float | None = None
    min_stars: float | None = None
    since: str | None = None
    exact: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    operators: tuple[Operator, ...] = ()
    unsaid: tuple[str, ...] = ()


class Ranked(NamedTuple):
    """One place in an order: which resource, its passage that answers best (-1: its card).

    score is exactly sum(parts.values()).
    """

    ordinal: int
    passage: int
    score: float
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Result:
    """One answer. `sum(parts.values()) == score`: the explanation is the arithmetic.

    passage is the stretch that answers best, None where only the card matched. why is one line in
    words, for answers that give one (similar, recommend, path). reposts are addresses of the same
    text that were left out of the answer.
    """

    resource: Resource
    score: float
    parts: Mapping[str, float]
    passage: Passage | None
    evidence: str
    facts: Facts
    why: str | None = None
    step: int | None = None
    reposts: tuple[str, ...] = ()

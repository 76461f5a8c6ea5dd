"""What answers hold: the one place that says so, for HTTP, its OpenAPI document and MCP.

Answers are made as plain data; tests hold them to these shapes, which forbid what they do not
name, so that neither can change alone. Must not know how an answer is found or sent.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from cache.records import Evidence, Intent, Kind, Level, MarkName
from indexer.check.report import NoteKind, SlipKind, State

Span = Annotated[tuple[NonNegativeInt, NonNegativeInt], Field(description="Start and end.")]
Share = Annotated[float, Field(ge=0, le=1)]
Counts = dict[str, NonNegativeInt]


class Shape(BaseModel):
    """An object of an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class Mention(Shape):
    """What one list says of a resource."""

    list_id: str = Field(alias="list")
    title: str
    url: str
    section: list[str]
    note: str
    rating: Annotated[int, Field(ge=1, le=5)] | None
    difficulty: Annotated[int, Field(ge=1, le=3)] | None


class Matches(Shape):
    """Where the words of a question stand, in characters."""

    title: list[Span]
    snippet: list[Span]


class Result(Shape):
    """One resource; parts sum to score. A confidence is 1 where a curator said so, less where it
    is estimated, 0 where nothing is known."""

    rank: PositiveInt
    id: str
    url: str
    title: str
    score: float
    parts: dict[str, float]
    kind: Kind | None
    level: Level | None
    level_confidence: Share
    rating: float | None
    rating_confidence: Share
    language: str | None
    published: str | None
    author: str | None
    snippet: str
    evidence: Evidence
    minutes: float | None
    minutes_from: Literal["hours", "length", "pages", "text"] | None
    hours: float | None
    requires: str | None
    also_at: list[str]
    lists: list[Mention]
    step: PositiveInt | None = None
    why: str | None = None
    marks: list[MarkName] | None = None
    matches: Matches | None = None


class Operator(Shape):
    """A stretch of a question that narrows it, as it is written there."""

    field: str
    value: str
    said: str


class Query(Shape):
    """A question as it was understood."""

    text: str
    topic: str
    level: Level | None
    kinds: list[Kind]
    languages: list[str]
    after: str | None
    before: str | None
    lists: list[str]
    authors: list[str]
    unread: bool
    k: PositiveInt
    cues: dict[str, str]
    shortened: bool
    intent: Intent | None
    sites: list[str]
    max_minutes: float | None
    min_stars: float | None
    since: str | None
    exact: list[str]
    without: list[str]
    operators: list[Operator]
    unsaid: list[str]


class Facets(Shape):
    """How many resources each value of a filter would leave. levels_given: of levels, how many a
    curator gave; the rest are estimates."""

    levels: Counts
    levels_given: Counts
    kinds: Counts
    languages: Counts
    lists: Counts


class Answer(Shape):
    """A question's results, best first; facets count the collection, among the first hundred
    results. fit is how likely the first is good; where little, the
    lists hold nothing about it and the results are what comes nearest."""

    query: Query
    took_ms: float
    fit: Share | None
    little: bool
    results: list[Result]
    facets: Facets | None = None
    among: Facets | None = None


class Results(Shape):
    """Results without a question."""

    results: list[Result]


class Resource(Shape):
    """One resource with the sections that lists put it in and how many passages its text has."""

    resource: Result
    sections: list[list[str]]
    passages: NonNegativeInt


class Point(Shape):
    """A resource on the map."""

    id: str
    url: str
    title: str
    x: Share
    y: Share
    topic: NonNegativeInt
    level: Level | None
    kind: Kind | None


class MapTopic(Shape):
    """A region of the map."""

    name: str
    x: Share
    y: Share
    count: NonNegativeInt


class Map(Shape):
    """The collection in two dimensions."""

    points: list[Point]
    topics: list[MapTopic]


class Region(Shape):
    """A region of the map; parent is its number among all, -1 of the first depth."""

    names: dict[str, str]
    x: float
    y: float
    count: NonNegativeInt
    depth: NonNegativeInt
    parent: Annotated[int, Field(ge=-1)]


class MapPoints(Shape):
    """The map in little: see server.collection_map.packed."""

    count: NonNegativeInt
    points: str
    regions: list[Region]
    lists: list[str]


class Lit(Shape):
    """Points of the map."""

    points: list[NonNegativeInt]


class Mark(Shape):
    """One mark on one resource."""

    id: str
    url: str
    mark: MarkName


class Marks(Shape):
    """Every mark, oldest first."""

    marks: list[Mark]


class Marked(Shape):
    """A resource that was marked, and the marks it then has."""

    id: str
    title: str
    marks: list[MarkName]


class Host(Shape):
    """How many links to a host are here, refused by robots.txt, failed and to come, and the seconds
    that those to come will take."""

    pages: NonNegativeInt
    refused: NonNegativeInt
    failed: NonNegativeInt
    left: NonNegativeInt
    seconds: NonNegativeFloat


class Status(Shape):
    """What is indexed; of an index in a database, its address and generation alone."""

    generation: NonNegativeInt
    published: str
    digest: str
    model: str
    resources: NonNegativeInt
    documents: NonNegativeInt
    passages: NonNegativeInt
    vectors: NonNegativeInt
    lists: NonNegativeInt
    index: str | None = None
    read: dict[str, str | None] | None = None
    pages: NonNegativeInt | None = None
    failed: NonNegativeInt | None = None
    reasons: Counts | None = None
    failures: dict[str, str] | None = None
    left: NonNegativeInt | None = None
    left_seconds: NonNegativeInt | None = None
    refused: Counts | None = None
    refused_hint: str | None = None
    hosts: dict[str, Host] | None = None


class Health(Shape):
    """Whether there is a generation to answer from."""

    status: Literal["ok", "empty"]
    generation: NonNegativeInt


class Started(Shape):
    """Whether a build was begun, and what is going on."""

    started: bool
    state: str


class Kept(Shape):
    """What was kept of a page, and the resource it is a page of, where a list names it."""

    url: str
    title: str
    characters: NonNegativeInt
    evidence: Evidence
    complete: bool
    id: str | None


class Token(Shape):
    """What the browser extension must know."""

    token: str


class Archived(Shape):
    """What the web archive has of a page that is gone or walled."""

    state: Literal["copy", "none", "unasked"]
    url: str | None
    date: str | None


class CheckNote(Shape):
    """Something about a link beside its state."""

    kind: NoteKind
    line: PositiveInt | None
    said: str | None


class CheckedLink(Shape):
    """One link of a list, and how it stands."""

    list_id: str = Field(alias="list")
    line: NonNegativeInt
    title: str
    url: str
    state: State
    why: str | None
    to: str | None
    checked: str | None
    archive: Archived | None
    notes: list[CheckNote]


class CheckSlip(Shape):
    """A line that is not in the form its list keeps."""

    list_id: str = Field(alias="list")
    line: PositiveInt
    kind: SlipKind
    said: str


class Check(Shape):
    """The health of a list."""

    lists: list[str]
    offline: bool
    no_network: bool
    counts: dict[State, PositiveInt]
    links: list[CheckedLink]
    slips: list[CheckSlip]


class Problem(Shape):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: PositiveInt
    detail: str
    hint: str | None = None

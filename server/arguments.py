"""What each operation takes: the one place that says so, for HTTP, its OpenAPI document and MCP.

A field is named as the engine names it; its alias is the parameter's name in a query. Nothing
else may be given. Must not know HTTP, nor what an operation does.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cache.records import Kind, Level, MarkName
from search.ask.understand import MAX_LENGTH
from server.bounds import FEWEST_STEPS, MAX_PAGE, MOST_NAMED, MOST_SENT, MOST_STEPS, Ui

Question = Annotated[
    str, Field(min_length=1, max_length=MAX_LENGTH, description="A question, in any language.")
]
Topic = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH, description="What to learn.")]
Key = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4000,
        description="An id, the start of one (6 characters), or any address.",
    ),
]
Keys = Annotated[tuple[Key, ...], Field(min_length=1, max_length=MOST_NAMED)]
Date = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?$",
        examples=["2023", "2023-06", "2023-06-30"],
    ),
]
Language = Annotated[str, Field(pattern="^[A-Za-z]{2,3}$", examples=["en", "zh"])]
Kinds = Annotated[tuple[Kind, ...], Field(max_length=MOST_NAMED, description="Only these kinds.")]
Languages = Annotated[
    tuple[Language, ...],
    Field(max_length=MOST_NAMED, description="Only these languages, ISO 639-1."),
]
ListName = Annotated[str, Field(min_length=1, max_length=400)]
Sites = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=253)], ...],
    Field(max_length=MOST_NAMED, description="Only what opens on these hosts or below them."),
]
Authors = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=400)], ...],
    Field(max_length=MOST_NAMED, description="Only what these people wrote; last names do."),
]
Lists = Annotated[
    tuple[ListName, ...],
    Field(max_length=MOST_NAMED, description="Only these lists, or those whose names hold this."),
]
Minutes = Annotated[float, Field(gt=0, le=1e6)]
Stars = Annotated[float, Field(ge=1, le=5)]
Since = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{1,4}[dwmy]|[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?)$",
        examples=["7d", "3m", "2023-06-30"],
    ),
]
Count = Annotated[int, Field(ge=1, le=MOST_SENT, description="How many results.")]
Steps = Annotated[int, Field(ge=FEWEST_STEPS, le=MOST_STEPS, description="How many.")]
Hours = Annotated[float, Field(gt=0)]
MarkOrClear = Literal[MarkName, "clear"]


class Arguments(BaseModel):
    """What an operation takes; of these subclasses each takes what it names and no more."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Filters(Arguments):
    """What a question may be narrowed to."""

    k: Count = 10
    level: Level | None = Field(None, description="The level to prefer.")
    kinds: Kinds = Field((), alias="kind")
    languages: Languages = Field((), alias="lang")
    after: Date | None = Field(None, description="Published then or later.")
    before: Date | None = Field(None, description="Published before then.")
    lists: Lists = Field((), alias="list")
    authors: Authors = Field((), alias="author")
    sites: Sites = Field((), alias="site")
    max_minutes: Minutes | None = Field(None, description="Known to take no longer.")
    min_stars: Stars | None = Field(None, description="With so many stars of curators.")
    since: Since | None = Field(
        None, description="Came into the lists or was published then or later: 7d, 2w, a date."
    )
    unread: bool = Field(False, description="Only what is not marked read.")

    def flags(self) -> dict[str, Any]:
        """The same as the engine takes it."""
        return {name: getattr(self, name) for name in Filters.model_fields}


class SearchArguments(Filters):
    """A question."""

    question: Question = Field(alias="q")
    detail: bool = Field(False, description="Add facets, matched words and marks.")


class SimilarArguments(Arguments):
    """Examples and counterexamples."""

    resources: Keys = Field(alias="resource", description="Like these.")
    without: tuple[Key, ...] = Field(
        (), alias="not", max_length=MOST_NAMED, description="Unlike these."
    )
    k: Count = 10


class CountArguments(Arguments):
    """How many."""

    k: Count = 10


class PathArguments(Arguments):
    """A topic and how far to go."""

    topic: Topic
    steps: Steps = 7
    level: Level | None = Field(None, description="Where to start.")
    hours: Hours | None = Field(None, description="The hours there are, for all steps.")
    ui: Ui | None = Field(None, description="The language of reasons; else the reader's.")


class ResourceArguments(Arguments):
    """One resource."""

    resource: Key


class MarkArguments(ResourceArguments):
    """A resource and its mark."""

    mark: MarkOrClear = Field(description="How.")


class PointsArguments(Arguments):
    """Points of the map."""

    at: str = Field(
        pattern=r"^[0-9]{1,5}(,[0-9]{1,5}){0,199}$",
        examples=["3", "3,14"],
        description="Numbers of points, 200 at most, by commas.",
    )

    def numbers(self) -> list[int]:
        """The same as numbers."""
        return [int(number) for number in self.at.split(",")]


class LightArguments(Arguments):
    """A question to the map."""

    question: Question = Field(alias="q")


class PageArguments(Arguments):
    """A page as a browser has it."""

    url: Key = Field(description="Where it is from.")
    html: str = Field(min_length=1, max_length=MAX_PAGE, description="All of it.")


class AddArguments(Arguments):
    """A link for the reader's own list."""

    url: Key = Field(description="What to add.")
    title: str = Field("", max_length=400, description="Its title.")
    note: str = Field("", max_length=1000, description="Why.")


class BuildArguments(Arguments):
    """How to build."""

    offline: bool = Field(True, description="Use what is cached.")

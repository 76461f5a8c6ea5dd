"""The one table of the HTTP API: what each address takes, gives and does.

Routing, validation and the OpenAPI document are all made from it, so that they cannot disagree.
Must not know HTTP headers, nor how an answer is found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cache.profile import MARKS
from cache.records import KINDS, LEVELS
from search.ask.understand import MAX_LENGTH
from search.engine import Engine
from server import api
from server.api import Desk
from server.saving import MAX_PAGE
from server.schemas import Schema

MOST = 100
"""Results of one answer."""

KEYS = 20
"""Resources that one question about similar ones may name."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of the query, or one member of a JSON body; repeated ones arrive as tuples."""

    name: str
    schema: Schema
    about: str
    required: bool = False
    repeated: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. asks: run(engine, desk, arguments); else run(desk, arguments)."""

    method: str
    path: str
    name: str
    about: str
    answer: str
    run: Callable[..., Any]
    params: tuple[Param, ...] = ()
    asks: bool = True


_KEY: Schema = {"type": "string", "minLength": 1, "maxLength": 4000}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 400}
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}
_DATE: Schema = {"type": "string", "pattern": r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?$"}
_FLAG: Schema = {"type": "boolean"}
_POINTS: Schema = {"type": "string", "pattern": r"^[0-9]{1,5}(,[0-9]{1,5}){0,199}$"}
_LEVEL: Schema = {"type": "string", "enum": list(LEVELS)}

_K = Param("k", {"type": "integer", "minimum": 1, "maximum": MOST}, "How many results.", default=10)
_RESOURCE = Param(
    "resource", _KEY, "An id, the start of one (6 characters), or any address.", required=True
)
_DETAIL = Param("detail", _FLAG, "Add facets, matched words and marks.", default=False)

_SEARCH = (
    Param("q", _TEXT, "A question, in any language.", required=True),
    _K,
    Param("level", _LEVEL, "The level to prefer."),
    Param("kind", {"type": "string", "enum": list(KINDS)}, "Only these kinds.", repeated=True),
    Param(
        "lang",
        {"type": "string", "pattern": "^[A-Za-z]{2,3}$"},
        "Only these languages, ISO 639-1.",
        repeated=True,
    ),
    Param("after", _DATE, "Published then or later."),
    Param("before", _DATE, "Published before then."),
    Param("list", _NAME, "Only these lists.", repeated=True),
    Param("unread", _FLAG, "Only what is not marked read.", default=False),
    _DETAIL,
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/search",
        "search",
        "Answer a question, best first.",
        "Answer",
        api.search,
        _SEARCH,
    ),
    Operation(
        "GET",
        "/api/similar",
        "similar",
        "What is like these resources and unlike those.",
        "Results",
        api.similar,
        (
            Param("resource", _KEY, "Like these.", required=True, repeated=True),
            Param("not", _KEY, "Unlike these.", repeated=True),
            _K,
        ),
    ),
    Operation(
        "GET",
        "/api/recommend",
        "recommend",
        "What to read next, by what was marked.",
        "Results",
        api.recommend,
        (_K,),
    ),
    Operation(
        "GET",
        "/api/path",
        "path",
        "A topic in steps, easy to hard.",
        "Results",
        api.path,
        (
            Param("topic", _TEXT, "What to learn.", required=True),
            Param(
                "steps", {"type": "integer", "minimum": 2, "maximum": 20}, "How many.", default=7
            ),
            Param("level", _LEVEL, "Where to start."),
        ),
    ),
    Operation(
        "GET",
        "/api/resource",
        "resource",
        "All that is known of one resource.",
        "Resource",
        api.resource,
        (_RESOURCE,),
    ),
    Operation("GET", "/api/new", "new", "What came last.", "Results", api.new, (_K,)),
    Operation("GET", "/api/map", "map", "The collection in two dimensions.", "Map", api.map),
    Operation(
        "GET",
        "/api/map/points",
        "mapPoints",
        "The same in little: columns of points in base64, regions within regions.",
        "MapPoints",
        api.map_points,
    ),
    Operation(
        "GET",
        "/api/map/resources",
        "mapResources",
        "What some points of mapPoints stand for.",
        "Results",
        api.map_resources,
        (Param("at", _POINTS, "Numbers of points, 200 at most, by commas.", required=True),),
    ),
    Operation(
        "GET",
        "/api/map/find",
        "mapFind",
        "Which points a question lights up, best first.",
        "Lit",
        api.map_find,
        (Param("q", _TEXT, "A question, in any language.", required=True),),
    ),
    Operation(
        "GET", "/api/facets", "facets", "How many resources of each sort.", "Facets", api.facets
    ),
    Operation(
        "GET", "/api/marks", "marks", "The reader's marks.", "Marks", api.marks, (), asks=False
    ),
    Operation(
        "POST",
        "/api/marks",
        "mark",
        "Mark a resource, or clear its marks.",
        "Marked",
        api.mark,
        (
            _RESOURCE,
            Param("mark", {"type": "string", "enum": [*MARKS, "clear"]}, "How.", required=True),
        ),
    ),
    Operation(
        "POST",
        "/api/added",
        "add",
        "Write an address on the reader's own list, and index it.",
        "Started",
        api.add,
        (
            Param("url", _KEY, "What to add.", required=True),
            Param("title", {"type": "string", "maxLength": 400}, "Its title.", default=""),
            Param("note", {"type": "string", "maxLength": 1000}, "Why.", default=""),
        ),
        asks=False,
    ),
    Operation(
        "POST",
        "/api/pages",
        "keepPage",
        "Keep a page as the browser has it; always with a token.",
        "Kept",
        api.keep_page,
        (
            Param("url", _KEY, "Where it is from.", required=True),
            Param(
                "html",
                {"type": "string", "minLength": 1, "maxLength": MAX_PAGE},
                "All of it.",
                required=True,
            ),
        ),
        asks=False,
    ),
    Operation(
        "GET",
        "/api/token",
        "token",
        "What the browser extension must know.",
        "Token",
        api.token,
        (),
        asks=False,
    ),
    Operation(
        "POST",
        "/api/build",
        "build",
        "Index all lists anew, in the background.",
        "Started",
        api.build,
        (Param("offline", _FLAG, "Use what is cached.", default=True),),
        asks=False,
    ),
    Operation(
        "GET", "/api/status", "status", "What is indexed.", "Status", api.status, (), asks=False
    ),
    Operation(
        "GET",
        "/health",
        "health",
        "Whether this server can answer.",
        "Health",
        api.health,
        (),
        asks=False,
    ),
)

Arguments = Mapping[str, Any]
Asking = Callable[[Engine, Desk, Arguments], Any]

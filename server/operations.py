"""The one table of the HTTP API: what each address takes, gives and does.

Routing, validation and the OpenAPI document are all made from it, so that they cannot disagree.
Must not know HTTP headers, nor how an answer is found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server import api, arguments, schemas
from server.arguments import Arguments
from server.schemas import Shape


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. run takes the engine where it asks, the state, the arguments."""

    method: str
    path: str
    name: str
    about: str
    run: Callable[..., Any]
    answer: type[Shape]
    takes: type[Arguments] = Arguments
    asks: bool = True


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/api/search",
        "search",
        "Answer a question, best first.",
        api.search,
        schemas.Answer,
        arguments.SearchArguments,
    ),
    Operation(
        "GET",
        "/api/similar",
        "similar",
        "What is like these resources and unlike those.",
        api.similar,
        schemas.Results,
        arguments.SimilarArguments,
    ),
    Operation(
        "GET",
        "/api/recommend",
        "recommend",
        "What to read next, by what was marked.",
        api.recommend,
        schemas.Results,
        arguments.CountArguments,
    ),
    Operation(
        "GET",
        "/api/path",
        "path",
        "A topic in steps, easy to hard.",
        api.path,
        schemas.Results,
        arguments.PathArguments,
    ),
    Operation(
        "GET",
        "/api/resource",
        "resource",
        "All that is known of one resource.",
        api.resource,
        schemas.Resource,
        arguments.ResourceArguments,
    ),
    Operation(
        "GET",
        "/api/new",
        "new",
        "What came last.",
        api.new,
        schemas.Results,
        arguments.CountArguments,
    ),
    Operation("GET", "/api/map", "map", "The collection in two dimensions.", api.map, schemas.Map),
    Operation(
        "GET",
        "/api/map/points",
        "mapPoints",
        "The same in little: columns of points in base64, regions within regions.",
        api.map_points,
        schemas.MapPoints,
    ),
    Operation(
        "GET",
        "/api/map/resources",
        "mapResources",
        "What some points of mapPoints stand for.",
        api.map_resources,
        schemas.Results,
        arguments.PointsArguments,
    ),
    Operation(
        "GET",
        "/api/map/find",
        "mapFind",
        "Which points a question lights up, best first.",
        api.map_find,
        schemas.Lit,
        arguments.LightArguments,
    ),
    Operation(
        "GET",
        "/api/facets",
        "facets",
        "How many resources of each sort.",
        api.facets,
        schemas.Facets,
    ),
    Operation(
        "GET", "/api/marks", "marks", "The reader's marks.", api.marks, schemas.Marks, asks=False
    ),
    Operation(
        "POST",
        "/api/marks",
        "mark",
        "Mark a resource, or clear its marks.",
        api.mark,
        schemas.Marked,
        arguments.MarkArguments,
    ),
    Operation(
        "POST",
        "/api/added",
        "add",
        "Write an address on the reader's own list, and index it.",
        api.add,
        schemas.Started,
        arguments.AddArguments,
        asks=False,
    ),
    Operation(
        "POST",
        "/api/pages",
        "keepPage",
        "Keep a page as the browser has it; always with a token.",
        api.keep_page,
        schemas.Kept,
        arguments.PageArguments,
        asks=False,
    ),
    Operation(
        "GET",
        "/api/token",
        "token",
        "What the browser extension must know.",
        api.token,
        schemas.Token,
        asks=False,
    ),
    Operation(
        "POST",
        "/api/build",
        "build",
        "Index all lists anew, in the background.",
        api.build,
        schemas.Started,
        arguments.BuildArguments,
        asks=False,
    ),
    Operation(
        "GET", "/api/status", "status", "What is indexed.", api.status, schemas.Status, asks=False
    ),
    Operation(
        "GET",
        "/health",
        "health",
        "Whether this server can answer.",
        api.health,
        schemas.Health,
        asks=False,
    ),
)

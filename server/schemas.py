"""JSON Schemas (2020-12) of what the API takes and gives, shared by OpenAPI and its tests.

Must not know routes or how an answer is found.
"""

from collections.abc import Mapping
from typing import Any

from cache.profile import MARKS
from cache.records import EVIDENCE, KINDS, LEVELS

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}


def maybe(schema: Schema) -> Schema:
    """schema or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """A list of schema."""
    return {"type": "array", "items": schema}


def named(schema: Schema) -> Schema:
    """A map from names to schema."""
    return {"type": "object", "additionalProperties": schema}


def record(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with all of fields and perhaps some of optional."""
    properties = {**fields, **(optional or {})}
    return {"type": "object", "required": list(fields), "properties": properties}


def ref(name: str) -> Schema:
    """One of COMPONENTS."""
    return {"$ref": f"#/components/schemas/{name}"}


_SPANS = listed({"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2})

_MENTION = record(
    {
        "list": TEXT,
        "title": TEXT,
        "url": TEXT,
        "section": listed(TEXT),
        "note": TEXT,
        "rating": maybe({"type": "integer", "minimum": 1, "maximum": 5}),
        "difficulty": maybe({"type": "integer", "minimum": 1, "maximum": 3}),
    }
)

_RESULT = record(
    {
        "rank": {"type": "integer", "minimum": 1},
        "id": TEXT,
        "url": TEXT,
        "title": TEXT,
        "score": NUMBER,
        "parts": named(NUMBER),
        "kind": maybe({"enum": list(KINDS)}),
        "level": maybe({"enum": list(LEVELS)}),
        "rating": maybe(NUMBER),
        "language": maybe(TEXT),
        "published": maybe(TEXT),
        "author": maybe(TEXT),
        "snippet": TEXT,
        "evidence": {"enum": list(EVIDENCE)},
        "minutes": maybe(NUMBER),
        "minutes_from": maybe({"enum": ["hours", "length", "pages", "text"]}),
        "hours": maybe(NUMBER),
        "requires": maybe(TEXT),
        "also_at": listed(TEXT),
        "lists": listed(ref("Mention")),
    },
    {
        "step": {"type": "integer", "minimum": 1},
        "why": TEXT,
        "marks": listed({"enum": list(MARKS)}),
        "matches": record({"title": _SPANS, "snippet": _SPANS}),
    },
)

_QUERY = record(
    {
        "text": TEXT,
        "topic": TEXT,
        "level": maybe({"enum": list(LEVELS)}),
        "kinds": listed({"enum": list(KINDS)}),
        "languages": listed(TEXT),
        "after": maybe(TEXT),
        "before": maybe(TEXT),
        "lists": listed(TEXT),
        "authors": listed(TEXT),
        "unread": {"type": "boolean"},
        "k": COUNT,
        "cues": named(TEXT),
        "shortened": {"type": "boolean"},
    }
)

_FACETS = record({name: named(COUNT) for name in ("levels", "kinds", "languages", "lists")})

_POINT = record(
    {
        "id": TEXT,
        "url": TEXT,
        "title": TEXT,
        "x": NUMBER,
        "y": NUMBER,
        "topic": COUNT,
        "level": maybe({"enum": list(LEVELS)}),
        "kind": maybe({"enum": list(KINDS)}),
    }
)

COMPONENTS: Mapping[str, Schema] = {
    "Mention": _MENTION,
    "Result": _RESULT,
    "Query": _QUERY,
    "Facets": _FACETS,
    "Answer": record(
        {
            "query": ref("Query"),
            "took_ms": NUMBER,
            "fit": maybe({**NUMBER, "minimum": 0, "maximum": 1}),
            "little": {"type": "boolean"},
            "results": listed(ref("Result")),
        },
        {"facets": ref("Facets")},
    ),
    "Results": record({"results": listed(ref("Result"))}),
    "Resource": record(
        {"resource": ref("Result"), "sections": listed(listed(TEXT)), "passages": COUNT}
    ),
    "Map": record(
        {
            "points": listed(ref("Point")),
            "topics": listed(record({"name": TEXT, "x": NUMBER, "y": NUMBER, "count": COUNT})),
        }
    ),
    "Point": _POINT,
    "MapPoints": record(
        {
            "count": COUNT,
            "points": TEXT,
            "regions": listed(
                record(
                    {
                        "names": named(TEXT),
                        "x": NUMBER,
                        "y": NUMBER,
                        "count": COUNT,
                        "depth": COUNT,
                        "parent": {"type": "integer", "minimum": -1},
                    }
                )
            ),
            "lists": listed(TEXT),
        }
    ),
    "Lit": record({"points": listed(COUNT)}),
    "Marks": record(
        {"marks": listed(record({"id": TEXT, "url": TEXT, "mark": {"enum": list(MARKS)}}))}
    ),
    "Marked": record({"id": TEXT, "title": TEXT, "marks": listed({"enum": list(MARKS)})}),
    "Status": record(
        {"generation": COUNT, "published": TEXT, "digest": TEXT, "model": TEXT, "resources": COUNT}
    ),
    "Health": record({"status": {"enum": ["ok", "empty"]}, "generation": COUNT}),
    "Started": record({"started": {"type": "boolean"}, "state": TEXT}),
    "Kept": record(
        {
            "url": TEXT,
            "title": TEXT,
            "characters": COUNT,
            "evidence": {"enum": list(EVIDENCE)},
            "complete": {"type": "boolean"},
            "id": maybe(TEXT),
        }
    ),
    "Token": record({"token": TEXT}),
    "Problem": record(
        {"type": TEXT, "title": TEXT, "status": COUNT, "detail": TEXT}, {"hint": TEXT}
    ),
}

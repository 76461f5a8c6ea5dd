"""A request's parameters as what an operation takes, or a refusal that names what is wrong.

Must not know what an operation does.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from server.arguments import Arguments
from server.problem import Refusal, invalid

A = TypeVar("A", bound=Arguments)


def from_query(model: type[A], query: QueryParams) -> A:
    """Arguments out of a query string. Raises Refusal."""
    repeated = _repeated(model)
    given: dict[str, Any] = {}
    for name in query:
        values = query.getlist(name)
        if name not in repeated and len(values) > 1:
            raise invalid(_shown(name), "given twice")
        given[name] = values if name in repeated else values[0]
    return _validated(model, given)


def from_body(model: type[A], content: bytes, media_type: str) -> A:
    """Arguments out of a JSON object. Raises Refusal.

    Another media type is refused: forms of other sites can send those without asking first.
    """
    if media_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(400, "invalid-body", "The body is not JSON", "send application/json")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise Refusal(400, "invalid-body", "The body is not JSON", "send one JSON object") from None
    if not isinstance(body, dict):
        raise Refusal(400, "invalid-body", "The body is no object", "send one JSON object")
    return _validated(model, body, strict=True)


@cache
def parameters(model: type[Arguments]) -> Mapping[str, Any]:
    """JSON Schema of each parameter by its name in a request; kept, as it takes a millisecond."""
    properties: Mapping[str, Any] = model.model_json_schema()["properties"]
    return properties


@cache
def _repeated(model: type[Arguments]) -> frozenset[str]:
    """The parameters that may be given more than once."""
    return frozenset(
        name for name, schema in parameters(model).items() if schema.get("type") == "array"
    )


def _validated(model: type[A], given: Mapping[str, Any], *, strict: bool = False) -> A:
    try:
        return model.model_validate(given, strict=strict, by_name=False, by_alias=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    name = _shown(str(first["loc"][0]))
    if first["type"] == "missing":
        raise invalid(name, "is needed")
    if first["type"] == "extra_forbidden":
        raise invalid(name, f"unknown; one of {', '.join(sorted(parameters(model)))}")
    if first["type"] == "string_pattern_mismatch":
        raise invalid(name, f"should look like {', '.join(_examples(model, first['loc']))}")
    raise invalid(name, re.sub(r"^(Input|String|Value|Tuple) should ", "should ", first["msg"]))


def _examples(model: type[Arguments], place: tuple[int | str, ...]) -> Sequence[str]:
    """What a parameter with a pattern may look like; place is pydantic's, its name first."""
    schema = parameters(model)[str(place[0])]
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "examples" in one:
            return tuple(one["examples"])
    raise LookupError(f"{place[0]} has a pattern and no examples")


def _shown(name: str) -> str:
    return ascii(name)[1:-1][:80]

"""What a request says, checked against the table of operations.

Must not know what an operation does.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import QueryParams

from server.operations import Param
from server.problem import Refusal, invalid

MOST_REPEATED = 20
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": False}


def from_query(params: Sequence[Param], query: QueryParams) -> dict[str, Any]:
    """Arguments by name out of a query string. Raises Refusal."""
    return {param.name: _from_query(param, query.getlist(param.name)) for param in params}


def from_body(params: Sequence[Param], content: bytes, media_type: str) -> dict[str, Any]:
    """Arguments by name out of a JSON object. Raises Refusal.

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
    known = {param.name for param in params}
    if unknown := sorted(set(body) - known):
        raise invalid(ascii(unknown[0])[:80], f"unknown; one of {', '.join(sorted(known))}")
    return {param.name: _from_body(param, body) for param in params}


def _from_query(param: Param, given: Sequence[str]) -> Any:
    if param.repeated:
        if param.required and not given:
            raise invalid(param.name, "is needed")
        if len(given) > MOST_REPEATED:
            raise invalid(param.name, f"at most {MOST_REPEATED} times")
        return tuple(_checked(param, _read(param, value)) for value in given)
    if not given:
        return _absent(param)
    if len(given) > 1:
        raise invalid(param.name, "given twice")
    return _checked(param, _read(param, given[0]))


def _from_body(param: Param, body: Mapping[str, Any]) -> Any:
    return _checked(param, body[param.name]) if param.name in body else _absent(param)


def _absent(param: Param) -> Any:
    if param.required:
        raise invalid(param.name, "is needed")
    return param.default


def _read(param: Param, text: str) -> Any:
    kind = param.schema["type"]
    if kind == "integer":
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise invalid(param.name, "is no whole number")
        return int(text)
    if kind == "boolean":
        if text not in _FLAGS:
            raise invalid(param.name, "is neither true nor false")
        return _FLAGS[text]
    return text


def _checked(param: Param, value: Any) -> Any:
    """value, which fits the schema of param; the few keywords that the table uses."""
    schema = param.schema
    if not isinstance(value, _TYPES[schema["type"]]) or (
        isinstance(value, bool) and schema["type"] != "boolean"
    ):
        raise invalid(param.name, f"is no {schema['type']}")
    if "enum" in schema and value not in schema["enum"]:
        raise invalid(param.name, f"one of {', '.join(schema['enum'])}")
    if isinstance(value, str):
        _check_text(param, value)
    elif "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        raise invalid(param.name, f"{schema['minimum']} to {schema['maximum']}")
    return value


def _check_text(param: Param, value: str) -> None:
    schema = param.schema
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10_000):
        raise invalid(param.name, f"has {len(value)} characters")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise invalid(param.name, "is not written so")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise invalid(param.name, "holds half a character")


_TYPES: Mapping[str, Any] = {"string": str, "integer": int, "boolean": bool}

"""What validation does once, and not with every request."""

from typing import Any

import pytest
from starlette.datastructures import QueryParams

from server.arguments import SearchArguments
from server.problem import Refusal
from server.validation import from_query


def test_no_request_after_the_first_makes_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = QueryParams([("q", "RLHF"), ("kind", "paper"), ("kind", "video")])
    first = from_query(SearchArguments, asked)
    made: list[Any] = []
    schema = SearchArguments.model_json_schema
    monkeypatch.setattr(SearchArguments, "model_json_schema", lambda: made.append(1) or schema())
    assert from_query(SearchArguments, asked) == first
    with pytest.raises(Refusal, match="given twice"):
        from_query(SearchArguments, QueryParams([("q", "RLHF"), ("q", "GPT")]))
    assert not made

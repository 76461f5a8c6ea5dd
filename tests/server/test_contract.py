"""schemathesis asks the API what its document allows, and what it does not."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, not_a_server_error

from server.openapi import document

_ASKED = schemathesis.openapi.from_dict(document())
_CHECKS = [
    not_a_server_error,
    *CHECKS.get_by_names(
        ["status_code_conformance", "content_type_conformance", "response_schema_conformance"]
    ),
]


def api() -> Any:
    """All but what changes the index: builds and additions have tests of their own."""
    return _ASKED.exclude(path_regex="^/api/(build|added)$")


@api().parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_question_makes_the_server_fail(case: Any, live: Any) -> None:
    response = case.call(base_url=live.url)
    case.validate_response(response, checks=_CHECKS)

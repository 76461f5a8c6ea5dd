"""The drawing of the error hierarchy is the hierarchy, and every error names its way out."""

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

from cache import errors
from cache.errors import MissingExtra, NextreadError
from tests.conftest import ROOT

CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, NextreadError)
]


def drawn() -> dict[str, tuple[str | None, str]]:
    """name: (name of the one above, description), from the module's docstring."""
    found, above = {}, {}
    for line in errors.__doc__.splitlines():
        match = re.fullmatch(r"([│ ]*(?:[├└]── )?)(\w+)(?: {2,}(.+))?", line)
        if match and (match[1] or match[2] == "NextreadError"):
            depth = len(match[1]) // 4
            above[depth] = match[2]
            found[match[2]] = (above[depth - 1] if depth else None, match[3] or "")
    return found


def test_the_drawing_is_the_classes():
    assert {name: parent for name, (parent, _) in drawn().items()} == {
        found.__name__: None if found is NextreadError else found.__mro__[1].__name__
        for found in CLASSES
    }


def test_the_drawing_says_what_the_docstrings_say():
    for name, (_, said) in drawn().items():
        if said:
            written = inspect.getdoc(getattr(errors, name)).splitlines()[0]
            assert written.rstrip(".").lower() == said.rstrip(".").lower()


@pytest.mark.parametrize("found", CLASSES)
def test_an_error_carries_both_lines(found):
    error = MissingExtra("serving", "serve") if found is MissingExtra else found("what", "way")
    assert error.message == str(error)
    assert error.message
    assert error.hint


def raised() -> Iterator[tuple[str, int, ast.Call]]:
    """Every `raise NextreadError(…)` of ours: file, line, call."""
    names = {found.__name__ for found in CLASSES}
    for package in ("cache", "search", "indexer", "server"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                call = node.exc if isinstance(node, ast.Raise) else None
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in names:
                    yield f"{path.relative_to(ROOT)}", node.lineno, call


def test_what_a_user_can_meet_has_a_hint():
    """Errors of fetching and extracting become one reason in a report; all others end a command."""
    inner = {found.__name__ for found in CLASSES if issubclass(found, errors.FetchError)}
    inner |= {"ExtractError", "UrlError"}
    without = [
        f"{file}:{line}"
        for file, line, call in raised()
        if call.func.id not in inner and len(call.args) < 2 and not call.keywords
    ]
    assert set(without) <= {
        place for place in without if place.startswith("search/index/catalog.py")
    }

"""Errors as RFC 9457 problem details: one shape, machine-readable, without stack traces, in the
language of whoever asked.

Must not know routes.
"""

from collections.abc import Mapping

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from cache import errors
from server.bounds import Ui
from server.wording import LANGUAGES, said

PREFIX = "urn:nextread:problem:"
MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[errors.NextreadError], int, str, str], ...] = (
    (errors.UnknownResource, 404, "unknown-resource", "Not in the index"),
    (errors.QueryError, 400, "bad-question", "The question makes no sense"),
    (errors.UrlError, 400, "bad-address", "Not a web address"),
    (errors.ExtractError, 422, "no-text", "The page holds no text"),
    (errors.Blocked, 422, "wall", "That is a wall, not the page"),
    (errors.ListError, 400, "bad-list", "The list cannot be read"),
    (errors.NoIndex, 503, "no-index", "Nothing has been built yet"),
    (errors.Locked, 409, "locked", "Another build is running"),
    (errors.MissingExtra, 501, "missing-extra", "Not installed"),
    (errors.NextreadError, 503, "unavailable", "The index cannot answer"),
)


class Refusal(Exception):
    """A request that is refused: status, the problem's name, its title and what was wrong."""

    def __init__(self, status: int, name: str, title: str, detail: str, hint: str = "") -> None:
        """Keep what response shows."""
        super().__init__(detail)
        self.status, self.name, self.title, self.detail, self.hint = (
            status,
            name,
            title,
            detail,
            hint,
        )


def invalid(parameter: str, detail: str) -> Refusal:
    """A parameter that does not fit its schema."""
    shown = f"{parameter}: {detail}"
    return Refusal(400, "invalid-parameter", "A parameter is not valid", shown)


def refusal_of(error: errors.NextreadError) -> Refusal:
    """One of nextread's own errors as what HTTP calls it."""
    for kind, status, name, title in _STATUS:
        if isinstance(error, kind):
            return Refusal(status, name, title, error.message, error.hint)
    raise error  # unreachable: the last row takes every NextreadError


def language_of(request: HTTPConnection) -> Ui:
    """The reader's language, English where nothing tells."""
    return language_told(request) or "en"


def language_told(request: HTTPConnection) -> Ui | None:
    """The reader's language: asked for, remembered, or the first of the browser's that is known."""
    ranges = request.headers.get("accept-language", "").split(",")
    names = [part.partition(";")[0].strip().lower()[:2] for part in ranges]
    chosen = (request.query_params.get("ui"), request.cookies.get("nextread_ui"), *names)
    return next((known for name in chosen for known in LANGUAGES if name == known), None)


def told(refusal: Refusal, ui: Ui) -> dict[str, str]:
    """The title, detail and hint of a refusal in a language; an empty hint is left out."""
    texts = {"title": refusal.title, "detail": refusal.detail, "hint": refusal.hint}
    return {name: said(text, ui) for name, text in texts.items() if text or name != "hint"}


def response(
    refusal: Refusal, request: HTTPConnection, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer that tells of a refusal."""
    ui = language_of(request)
    type_and_status = {"type": PREFIX + refusal.name, "status": refusal.status}
    own = {"content-language": ui, **(headers or {})}
    return JSONResponse(type_and_status | told(refusal, ui), refusal.status, own, MEDIA_TYPE)

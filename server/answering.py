"""An operation as an HTTP endpoint: arguments in, JSON out, with an ETag and typed refusals.

Engine calls run on a few worker threads with a deadline; the event loop never waits for one. Must
not know what an operation does.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cache.errors import NextreadError
from cache.manifest import Manifest
from cache.settings import Settings
from server import problem
from server.arguments import Arguments, PathArguments
from server.bounds import Ui
from server.guard import Limits
from server.operations import Operation
from server.problem import Refusal
from server.state import ServerState
from server.validation import from_body, from_query
from server.wording import said

log = logging.getLogger(__name__)

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]

GENERATION = "nextread-generation"
"""The header that says which generation an answer came from."""


class Workers:
    """The threads that ask the engine."""

    def __init__(self, limits: Limits) -> None:
        """As many as limits say."""
        self._limits = limits
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """What work returns. Raises Refusal where it takes too long."""
        self._limiter = self._limiter or anyio.CapacityLimiter(self._limits.workers)
        try:
            with anyio.fail_after(self._limits.answer_seconds):
                return await anyio.to_thread.run_sync(
                    work, limiter=self._limiter, abandon_on_cancel=True
                )
        except TimeoutError:
            hint = "ask something simpler, or again later"
            raise Refusal(503, "busy", "The answer took too long", "gave up", hint) from None


def endpoint(operation: Operation, state: ServerState, workers: Workers) -> Endpoint:
    """The endpoint of one operation."""

    async def answer(request: Request) -> Response:
        try:
            if operation.method == "GET" and operation.asks and (same := unchanged(state, request)):
                return same
            given = await _arguments(operation, request)
            return await workers.run(partial(_carry_out, operation, state, request, given))
        except Refusal as refusal:
            return problem.response(refusal, request)
        except NextreadError as error:
            return problem.response(problem.refusal_of(error), request)

    return answer


async def _arguments(operation: Operation, request: Request) -> Arguments:
    if operation.method == "GET":
        return from_query(operation.takes, request.query_params)
    media_type = request.headers.get("content-type", "")
    return from_body(operation.takes, await request.body(), media_type)


def _carry_out(
    operation: Operation, state: ServerState, request: Request, given: Arguments
) -> Response:
    if not operation.asks:
        return _json(operation.run(state, given), {"cache-control": "no-store"})
    ui = problem.language_of(request)
    if isinstance(given, PathArguments) and given.ui is None:
        given = given.model_copy(update={"ui": problem.language_told(request)})
    with state.holder.lease() as engine:
        headers = {GENERATION: str(engine.collection.generation.number)}
        if operation.method != "GET":
            return _json(operation.run(engine, state, given), headers)
        headers |= {
            "etag": etag(engine.collection.generation.manifest, state.settings, request),
            "cache-control": "private, no-cache",
        }
        if matches(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        return _json(_spoken(operation.run(engine, state, given), ui), headers)


def _spoken(answer: Any, ui: Ui) -> Any:
    """An answer whose results say why they are there in the reader's language."""
    for result in answer.get("results", ()):
        if result.get("why"):
            result["why"] = said(result["why"], ui)
    return answer


def unchanged(state: ServerState, request: Request) -> Response | None:
    """304 where If-None-Match names what would be answered now; no thread nor engine is asked."""
    if "if-none-match" not in request.headers or (manifest := state.holder.ready()) is None:
        return None
    tag = etag(manifest, state.settings, request)
    if not matches(request, tag):
        return None
    headers = {"etag": tag, "cache-control": "private, no-cache", GENERATION: str(manifest.number)}
    return Response(status_code=304, headers=headers)


def etag(manifest: Manifest, settings: Settings, request: Request) -> str:
    """A weak validator: the generation, the question, the state of the reader's marks, and the day,
    from which `since=7d` counts."""
    seen = hashlib.blake2b(digest_size=12)
    seen.update(manifest.digest.encode() + datetime.now(UTC).date().isoformat().encode())
    seen.update(str(request.url.path).encode() + b"?" + request.url.query.encode())
    seen.update(request.headers.get("accept-language", "").encode("latin-1"))
    seen.update(request.headers.get("cookie", "").encode("latin-1"))
    profile = settings.layout.profile
    for file in (profile, profile.with_name(profile.name + "-wal")):
        try:
            seen.update(f"{file.stat().st_mtime_ns},{file.stat().st_size}".encode())
        except OSError:
            seen.update(b"-")
    return f'W/"{manifest.number}-{seen.hexdigest()}"'


def matches(request: Request, tag: str) -> bool:
    """Whether If-None-Match names tag (RFC 9110, 13.1.2; weak comparison)."""
    given = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
    return "*" in given or tag.removeprefix("W/") in [part.removeprefix("W/") for part in given]


def _json(value: Any, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse(value, headers=headers)

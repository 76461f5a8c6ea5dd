"""The whole server as one ASGI application: API, page, feeds and MCP behind one guard.

Must not know how it is bound to a socket.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from cache.settings import Settings
from server import problem
from server.answering import Workers, endpoint
from server.api import Desk
from server.assistant import http_app
from server.builds import Builds
from server.chart import Charts
from server.guard import Access, Guard, Limits
from server.holder import EngineHolder
from server.openapi import document
from server.operations import OPERATIONS
from server.pages import page_routes
from server.problem import Refusal

_BEAT = 1.0  # seconds between two looks for a new generation while someone follows


def application(
    settings: Settings, access: Access | None = None, limits: Limits | None = None
) -> ASGIApp:
    """The server for one home; for the tests of others, too."""
    limits = limits or Limits()
    holder = EngineHolder(settings)
    desk = Desk(settings, holder, Builds(settings), Charts())
    workers = Workers(limits)
    assistant = http_app(holder, allow_marks=False)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(assistant.router.lifespan_context(assistant))
            yield
        holder.close()

    routes: list[BaseRoute] = [
        Route(op.path, endpoint(op, desk, workers), methods=[op.method]) for op in OPERATIONS
    ]
    routes += [
        Route("/api/events", _events(desk), methods=["GET"]),
        Route("/openapi.json", _openapi, methods=["GET"]),
        *page_routes(desk, workers),
        *assistant.routes,
    ]
    handlers: dict[Any, Any] = {HTTPException: _refused, Exception: _failed}
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    return Guard(app, access or Access(), limits)


def nextread_version() -> str:
    """The version that is installed."""
    try:
        return version("nextread")
    except PackageNotFoundError:
        return "0"


async def _openapi(request: Request) -> Response:
    return JSONResponse(document(nextread_version()), media_type="application/json")


def _events(desk: Desk) -> Any:
    from sse_starlette import EventSourceResponse

    async def events(request: Request) -> Response:
        if not desk.builds.has_room:
            return problem.response(Refusal(503, "busy", "Too many listen", "close a page"))
        return EventSourceResponse(_stream(desk), ping=15)

    return events


async def _stream(desk: Desk) -> AsyncIterator[dict[str, str]]:
    """Build events as they come, and `generation` when another one is published."""
    known = _published(desk)
    yield _sent({"event": "generation", "generation": known})
    events = desk.builds.follow()
    waiting = asyncio.ensure_future(anext(events))
    try:
        while True:
            done, _ = await asyncio.wait([waiting], timeout=_BEAT)
            if done:
                yield _sent(waiting.result())
                waiting = asyncio.ensure_future(anext(events))
            if (now := _published(desk)) != known:
                known = now
                yield _sent({"event": "generation", "generation": known})
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await events.aclose()


def _sent(event: dict[str, Any]) -> dict[str, str]:
    return {"event": event["event"], "data": json.dumps(event, ensure_ascii=False)}


def _published(desk: Desk) -> int:
    try:
        return int(desk.settings.layout.current.read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0


async def _refused(request: Request, error: HTTPException) -> Response:
    names = {404: ("no-such-page", "Nothing is here"), 405: ("no-such-method", "Not done here")}
    name, title = names.get(error.status_code, ("refused", "Refused"))
    return problem.response(
        Refusal(error.status_code, name, title, request.url.path), error.headers
    )


async def _failed(request: Request, error: Exception) -> Response:
    return problem.response(
        Refusal(500, "failed", "This server failed", "see its log", "tell the developers")
    )

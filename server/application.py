"""The whole server as one ASGI application: API, page, feeds and MCP behind one guard.

Must not know how it is bound to a socket.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from cache.settings import Settings
from server import problem
from server.answering import Workers, endpoint
from server.assistant import http_app
from server.events import events_of
from server.guard import Access, Guard, Limits
from server.openapi import document
from server.operations import OPERATIONS
from server.packing import Packing
from server.pages import page_routes
from server.problem import Refusal
from server.saving import saving_token
from server.state import ServerState


def application(
    settings: Settings, access: Access | None = None, limits: Limits | None = None
) -> ASGIApp:
    """The server for one home; for the tests of others, too."""
    limits = limits or Limits()
    access = access or Access()
    token = partial(_token, access, settings)
    state = ServerState.of(settings, token)
    workers = Workers(limits)
    assistant = http_app(state.holder, allow_marks=False)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(assistant.router.lifespan_context(assistant))
            yield
        state.close()

    routes: list[BaseRoute] = [
        Route(op.path, endpoint(op, state, workers), methods=[op.method]) for op in OPERATIONS
    ]
    routes += [
        Route("/api/events", events_of(state), methods=["GET"]),
        Route("/openapi.json", _openapi, methods=["GET"]),
        *page_routes(state, workers),
        *assistant.routes,
    ]
    handlers: dict[Any, Any] = {HTTPException: _refused, Exception: _failed}
    packing = [Middleware(Packing)]
    app = Starlette(
        routes=routes, middleware=packing, lifespan=lifespan, exception_handlers=handlers
    )
    return Guard(app, access, limits, token)


def _token(access: Access, settings: Settings) -> str:
    return access.token or saving_token(settings.layout)


async def _openapi(request: Request) -> Response:
    return JSONResponse(document(), media_type="application/json")


async def _refused(request: Request, error: HTTPException) -> Response:
    names = {404: ("no-such-page", "Nothing is here"), 405: ("no-such-method", "Not done here")}
    name, title = names.get(error.status_code, ("refused", "Refused"))
    refusal = Refusal(error.status_code, name, title, request.url.path)
    return problem.response(refusal, request, error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    refusal = Refusal(500, "failed", "This server failed", "see its log", "tell the developers")
    return problem.response(refusal, request)

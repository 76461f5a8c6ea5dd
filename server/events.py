"""What goes on, as server-sent events: how far a build is, and which generation answers.

A generation may come from anywhere: this server's build, another process, or a publish into the
database that this server reads. Must not know how one is built.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from server import problem
from server.bounds import Ui
from server.problem import Refusal
from server.state import ServerState
from server.wording import said

BEAT = 1.0
"""Seconds between two looks for a new generation while someone follows."""


def events_of(state: ServerState) -> Any:
    """The endpoint that streams events."""
    from sse_starlette import EventSourceResponse

    async def events(request: Request) -> Response:
        if not state.builds.has_room:
            return problem.response(
                Refusal(503, "busy", "Too many listen", "close a page"), request
            )
        return EventSourceResponse(stream(state, problem.language_of(request)), ping=15)

    return events


async def stream(state: ServerState, ui: Ui = "en") -> AsyncGenerator[dict[str, str], None]:
    """Build events as they come, and `generation` when another one answers; what failed in a
    language."""
    announced = await run_sync(state.holder.number)
    yield _event({"event": "generation", "generation": announced})
    builds = state.builds.follow()
    following = asyncio.ensure_future(anext(builds))
    try:
        while True:
            done, _ = await asyncio.wait([following], timeout=BEAT)
            if done:
                event = following.result()
                spoken = {
                    name: said(event[name], ui) for name in ("detail", "hint") if name in event
                }
                yield _event(event | spoken)
                following = asyncio.ensure_future(anext(builds))
            if (number := await run_sync(state.holder.number)) != announced:
                announced = number
                yield _event({"event": "generation", "generation": announced})
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await builds.aclose()


def _event(fields: dict[str, Any]) -> dict[str, str]:
    return {"event": fields["event"], "data": json.dumps(fields, ensure_ascii=False)}

"""Answers packed as their reader asks: br where it is understood, else gzip, else as they are.

Must not know what is packed.
"""

import anyio.to_thread
import brotli
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST = 1400
"""Bytes from which packing saves a packet."""

LEVEL = 5
"""Of gzip and of br: an answer of 20 resources takes either less than a millisecond."""

_ASIDE = 128 * 1024  # bytes from which packing would hold up the event loop


class Packing:
    """ASGI middleware: starlette's gzip, and br besides (RFC 7932)."""

    def __init__(self, app: ASGIApp) -> None:
        """Pack what app answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, packed."""
        if scope["type"] == "http":
            accepted = understood(Headers(scope=scope).get("accept-encoding", ""))
            await self._responder(accepted)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _responder(self, accepted: frozenset[str]) -> ASGIApp:
        if "br" in accepted:
            return _Brotli(self._app, SMALLEST)
        if "gzip" in accepted:
            return GZipResponder(self._app, SMALLEST, LEVEL, thread_minimum_size=_ASIDE)
        return IdentityResponder(self._app, SMALLEST)


def understood(accept_encoding: str) -> frozenset[str]:
    """The encodings that an Accept-Encoding names and does not refuse by q=0 (RFC 9110, 12.5.3)."""
    parts = (part.replace(" ", "").lower().partition(";q=") for part in accept_encoding.split(","))
    return frozenset(name for name, _, weight in parts if not weight or weight.strip("0."))


class _Brotli(IdentityResponder):
    content_encoding = "br"
    _stream: brotli.Compressor | None = None

    async def apply_compression(self, body: bytes, *, more_body: bool) -> bytes:
        if len(body) >= _ASIDE:
            return await anyio.to_thread.run_sync(self._packed, body, more_body)
        return self._packed(body, more_body)

    def _packed(self, body: bytes, more_body: bool) -> bytes:
        self._stream = self._stream or brotli.Compressor(quality=LEVEL)
        end = self._stream.flush if more_body else self._stream.finish
        return b"".join((self._stream.process(body), end()))

"""The socket: uvicorn around the application, with deadlines that slow clients cannot move.

uvicorn closes idle connections between requests but waits for ever for the end of a request's
head; the protocol here does not. Must not know routes.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from cache.errors import StoreError
from cache.settings import Settings
from server.application import application
from server.guard import Access, Limits

HEAD_SECONDS = 10.0
"""How long a client may take to send the head of a request."""

BACKLOG = 256
"""Connections that may wait to be taken."""

Announce = Callable[[str, str | None], None]


class _OneWrite:
    """A transport that writes at once what one turn of the event loop writes: uvicorn writes an
    answer's head, its body and its end apart, each a system call and a packet of its own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Write to transport."""
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write data with what else comes in this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        """Write what waits, then close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """All else is the transport's own."""
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._waiting:
            self._transport.write(b"".join(self._waiting))
            self._waiting.clear()


class Impatient(H11Protocol):
    """HTTP/1.1 with a deadline for each request's head, and one write for a small answer."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(_OneWrite(transport, self.loop))  # type: ignore[arg-type]
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take data; a head that is not whole yet keeps the deadline it has."""
        before = self.cycle
        if self._deadline is None and self._is_idle():
            self._wait_for_head()
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()


def listen(settings: Settings, access: Access, port: int, announce: Announce) -> None:
    """Answer until interrupted. Raises StoreError where the port is taken."""
    limits = Limits()
    bound = bind(access.host, port)
    host, taken = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{taken}", access.token)
    server(settings, access, limits).run(sockets=[bound])


def server(settings: Settings, access: Access, limits: Limits) -> uvicorn.Server:
    """A uvicorn server, not yet running."""
    config = uvicorn.Config(
        application(settings, access, limits),
        http=Impatient,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
        limit_concurrency=limits.connections,
        h11_max_incomplete_event_size=96 * 1024,
        backlog=BACKLOG,
    )
    return uvicorn.Server(config)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on host and port, any free one where port is 0. Raises StoreError.

    Its protocol is named: asyncio sets TCP_NODELAY only where it is, and without it the end of an
    answer waits for the client's delayed acknowledgement (RFC 1122, 4.2.3.2): 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        reason = error.strerror or "cannot be bound"
        raise StoreError(f"{host}:{port}: {reason}", "choose another with --port") from error
    return bound

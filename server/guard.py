"""What stands before every route, MCP's too: who may ask, how often, how much.

A page open in the reader's browser must not be able to ask this server anything: Host defeats DNS
rebinding, Origin and Sec-Fetch-Site (W3C Fetch Metadata) defeat requests from other sites. Any bind
but loopback needs a token. Bodies are read here, under a cap and a deadline, so that a slow sender
never reaches a worker. Must not know what is asked.
"""

import asyncio
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cache.errors import NextreadError
from server import problem
from server.bounds import MAX_PAGE
from server.problem import Refusal

COOKIE = "nextread_token"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PAGES = "/api/pages"
_EXTENSIONS = ("chrome-extension://", "moz-extension://", "safari-web-extension://")
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")  # what proxies add
_CLIENTS = 4096  # addresses whose rate is remembered


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may ask. rate: requests a second; burst: how many at once; neither is
    counted for the reader's own machine."""

    rate: float = 50.0
    burst: int = 200
    max_body: int = 256 * 1024  # bytes
    body_seconds: float = 10.0
    max_target: int = 48 * 1024  # bytes of path and query: a paragraph of Chinese takes 20 kB
    answer_seconds: float = 30.0
    workers: int = 4  # engine calls at once
    connections: int = 512


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask. host is what the server is bound to; token None where none is needed."""

    host: str = "127.0.0.1"
    token: str | None = None
    names: frozenset[str] = frozenset()  # other host names this server is reached by

    def __post_init__(self) -> None:
        """Refuse a server that anyone on the network could ask."""
        if not self.token and not is_loopback(self.host):
            raise ValueError(f"{self.host} is not loopback: a token is needed")

    @classmethod
    def bound_to(cls, host: str, token: str | None) -> "Access":
        """Who may ask a server bound to host; a token is made up where one is needed."""
        if token is None and not is_loopback(host):
            token = secrets.token_urlsafe(24)
        return cls(host, token)

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server: loopback, a name it was given, its address.

        Bound elsewhere than to loopback, any address in digits is known: a page that rebinds DNS
        has a name.
        """
        name = _host_name(host)
        if name in self.names or name == "localhost" or is_loopback(name):
            return True
        return not is_loopback(self.host) and (name == self.host or _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether host is localhost or a loopback address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: ASGIApp, access: Access, limits: Limits, key: Callable[[], str]
    ) -> None:
        """Guard app. key gives the token that a browser extension must know, as must whoever
        brings a page."""
        self._app, self._access, self._limits, self._key = app, access, limits, key
        self._buckets = Buckets(limits.rate, limits.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with what it lacks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        guarded = _hardened(send)
        try:
            self._check(scope, headers)
            if location := self._entry(scope, headers):
                await self._enter(location)(scope, receive, guarded)
                return
            self._check_token(headers)
            brings_page = scope["path"] == PAGES and scope["method"] == "POST"
            if brings_page or _is_extension(scope, headers):
                self._check_key(headers)
            most = MAX_PAGE if brings_page else self._limits.max_body
            received = await self._body(headers, receive, most)
        except NextreadError as error:
            refused = problem.refusal_of(error)
            await problem.response(refused, HTTPConnection(scope))(scope, receive, guarded)
            return
        except Refusal as refusal:
            told = problem.response(refusal, HTTPConnection(scope), _extra(refusal))
            await told(scope, receive, guarded)
            return
        await self._app(scope, received, guarded)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._access.knows(host):
            raise _forbidden(f"Host {host!r} is not this server")
        if not _is_extension(scope, headers):
            _check_origin(scope, headers, host)
        if len(scope["raw_path"]) + len(scope["query_string"]) > self._limits.max_target:
            raise Refusal(414, "too-long", "The address is too long", "ask in fewer words")
        client = scope.get("client")
        address = client[0] if client else ""
        if not _is_own(address, headers) and not self._buckets.take(self._asker(address, headers)):
            raise Refusal(429, "too-many", "Too many requests", "wait a second")

    def _entry(self, scope: Scope, headers: Headers) -> str | None:
        """Where to go on to, for a visit that brings the right token in its address."""
        if not self._access.token or scope["path"] != "/" or scope["method"] != "GET":
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return "/" if self._matches(given) else None

    def _enter(self, location: str) -> RedirectResponse:
        answer = RedirectResponse(location, 303)
        answer.set_cookie(
            COOKIE, self._access.token or "", httponly=True, samesite="lax", max_age=90 * 86400
        )
        return answer

    def _asker(self, address: str, headers: Headers) -> str:
        """Whose requests are counted together: who has the token is not held up by those at the
        same address who guess it."""
        return f"{address} with the token" if self._has_token(headers) else address

    def _has_token(self, headers: Headers) -> bool:
        if not self._access.token:
            return False
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        given = [_bearer(headers), cookie.value if cookie else ""]
        return any(self._matches(token) for token in given)

    def _check_token(self, headers: Headers) -> None:
        if self._access.token and not self._has_token(headers):
            detail = "send Authorization: Bearer TOKEN, or open the address with ?token=TOKEN"
            raise Refusal(401, "no-token", "A token is needed", detail)

    def _check_key(self, headers: Headers) -> None:
        if not hmac.compare_digest(_bearer(headers).encode(), self._key().encode()):
            detail = "send Authorization: Bearer TOKEN, with the token that the Tools tab shows"
            raise Refusal(401, "no-token", "A token is needed", detail)

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self._access.token or "").encode())

    async def _body(self, headers: Headers, receive: Receive, most: int) -> Receive:
        """The request with its body already here, whole; a receive that gives it once."""
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            raise _too_large(most)
        if declared == "0" and "transfer-encoding" not in headers:
            return receive
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                content = await _read(receive, most)
        except TimeoutError:
            raise Refusal(408, "too-slow", "The request took too long", "send it again") from None
        return _replay(content, receive)


class Buckets:
    """A bucket of requests for each client, the least recent client forgotten first."""

    def __init__(self, rate: float, burst: int) -> None:
        """Let each client ask burst times at once, and rate times a second after that."""
        self._rate, self._burst = rate, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float | None = None) -> bool:
        """Whether client may ask now (seconds, any clock that does not go back)."""
        now = time.monotonic() if now is None else now
        left, then = self._left.pop(client, (float(self._burst), now))
        left = min(self._burst, left + (now - then) * self._rate)
        allowed = left >= 1
        self._left[client] = (left - allowed, now)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return allowed


def _is_own(address: str, headers: Headers) -> bool:
    """Whether the reader's own machine asks, and no proxy on it for somebody else."""
    return is_loopback(address) and not any(name in headers for name in _PROXIED)


def _host_name(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return ""
    odd = "@" in host or parts.path or parts.query or parts.fragment
    return "" if odd else (parts.hostname or "")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _bearer(headers: Headers) -> str:
    kind, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""


def _check_origin(scope: Scope, headers: Headers, host: str) -> None:
    origin = headers.get("origin")
    if origin is not None and not _same_origin(origin, host):
        raise _forbidden(f"Origin {origin!r} is another site")
    if headers.get("sec-fetch-site") == "cross-site" and not _is_visit(scope, headers):
        raise _forbidden("asked by another site")


def _is_extension(scope: Scope, headers: Headers) -> bool:
    """Whether an extension of the reader's browser asks the API; no page can say that it is one."""
    return scope["path"].startswith("/api/") and headers.get("origin", "").startswith(_EXTENSIONS)


def _same_origin(origin: str, host: str) -> bool:
    scheme, _, authority = origin.partition("://")
    return scheme in {"http", "https"} and authority.lower() == host.lower()


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """Whether someone follows a link to the page, or a bookmarklet opens it."""
    return (
        scope["method"] == "GET"
        and scope["path"] == "/"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _forbidden(detail: str) -> Refusal:
    return Refusal(403, "forbidden", "Not from here", detail)


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too-large", "The request is too large", f"at most {most} bytes")


def _extra(refusal: Refusal) -> Mapping[str, str]:
    if refusal.status == 401:
        return {"www-authenticate": 'Bearer realm="nextread"'}
    if refusal.status == 429:
        return {"retry-after": "1"}
    return {"connection": "close"} if refusal.status in {408, 413} else {}


async def _read(receive: Receive, most: int) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        content += message.get("body", b"")
        if len(content) > most:
            raise _too_large(most)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(content)


def _replay(content: bytes, receive: Receive) -> Receive:
    waiting = [content]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def _hardened(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return guarded

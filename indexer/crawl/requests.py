"""One page had politely and within bounds: guard, robots.txt, turn, caps, redirects.

Requests go straight to an httpx transport: without a client there is no cookie jar and no redirect
that was not looked at here. Must not know the page cache or what a
page is for.
"""

import asyncio
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import httpx

from cache.errors import FetchError, TooLarge, TooSlow, UrlError
from cache.inflate import Inflater
from cache.page_records import media_type
from cache.settings import Settings
from indexer.crawl.address_guard import Target, target_of
from indexer.crawl.host_queue import Gates
from indexer.crawl.robots import AGENT, MAX_ROBOTS, RobotsBook, RobotsPolicy

VERSION = "0.1"

READING_PACE = 5
"""How many times the usual gap lies between two pages of a host that a reader's click may have and
a robot may not."""

_SMALL = 256 << 10  # decoded bytes kept of an answer that is no page
_ENCODINGS = {"", "identity", "gzip", "x-gzip"}
_REDIRECTS = {301, 302, 303, 307, 308}
_REFRESH_WITHIN = 10.0  # seconds: a slower meta refresh reloads a page, it does not move it
# These read strangers' bytes in the crawler itself: each takes time linear in its input, because
# what stays open runs to the end (\Z) and runs of spaces are folded to one before they are matched.
_NOSCRIPT = re.compile(
    rb"<noscript\b.*?(?:</noscript>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)
_META = re.compile(rb"<meta\b[^>]*(?:>|\Z)", re.IGNORECASE)
_IS_REFRESH = re.compile(r"http-equiv ?= ?[\"']? ?refresh\b", re.IGNORECASE)
_CONTENT = re.compile(r"content ?= ?(?:\"([^\"]*)\"|'([^']*)'|([^ >]+))", re.IGNORECASE)
_MOVE = re.compile(r" ?([\d.]+) ?[;, ] ?url ?= ?[\"']?([^\"'>]+)", re.IGNORECASE)
_READABLE = re.compile(
    r"(?:text/.*|application/(?:pdf|x-pdf|json|xml|xhtml\+xml|octet-stream|.*\+xml|.*\+json)"
    r"|binary/octet-stream|)\Z"
)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end. body is decoded; hops are the redirects before it."""

    url: str
    status: int
    headers: httpx.Headers
    media_type: str
    body: bytes
    sent: Pairs
    hops: tuple[tuple[str, int, Pairs], ...] = ()

    @property
    def pairs(self) -> Pairs:
        """The response headers as they came, one pair each."""
        return pairs_of(self.headers)


class Unreachable(Exception):
    """No answer came from host; cause says why. host may be that of a redirect."""

    def __init__(self, host: str, cause: Exception) -> None:
        """cause is an httpx.TransportError, an OSError, a ValueError (a name no socket takes) or
        TooSlow."""
        super().__init__(f"{host}: {cause}")
        self.host = host
        self.cause = cause


class Elsewhere(Exception):
    """A page moved to href, on a host that another crawl looks after."""

    def __init__(self, href: str) -> None:
        """href is where the page is now."""
        super().__init__(href)
        self.href = href


@dataclass(slots=True)
class Budget:
    """Seconds on the wire that one page may still take; waiting for a turn is free."""

    left: float


@dataclass(frozen=True, slots=True)
class Validators:
    """What makes a request conditional, and for which address: RFC 9110, 13."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> Pairs:
        """If-None-Match and If-Modified-Since."""
        named = (("if-none-match", self.etag), ("if-modified-since", self.last_modified))
        return tuple((name, value) for name, value in named if value)


class Web:
    """Asks the web for one page at a time per host."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport,
        ours: Callable[[str], bool] = lambda host: True,
    ) -> None:
        """transport carries the requests; the address guard is its business. ours says of a host
        whether pages may be followed to it."""
        self._settings = settings
        self._ours = ours
        self._transport = transport
        self.gates = Gates(settings.delay)
        self.robots = RobotsBook(self.ask_robots, monotonic)
        self._headers = (
            ("user-agent", user_agent(settings.contact)),
            ("accept", "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.5"),
            ("accept-encoding", "gzip"),
        )
        seconds = settings.timeout
        self._timeout = dict.fromkeys(("connect", "read", "write", "pool"), seconds)

    async def get(
        self, url: str, validators: Validators | None = None, *, listed: bool = False
    ) -> Answer:
        """The answer at the end of url's redirects, HTTP's and meta refresh.

        listed: url is had whatever its own host's robots.txt says, and slowly where it says no.
        Raises FetchError and its kin, UrlError, Unreachable, or Elsewhere. Any status comes back as
        an answer.
        """
        budget = Budget(self._settings.deadline)
        target = target_of(url, self._settings.ports)
        named = site_of(target.host) if listed else None
        hops: list[tuple[str, int, Pairs]] = []
        while len(hops) <= self._settings.max_redirects:
            await self._permitted(target, listed=site_of(target.host) == named)
            matching = validators is not None and validators.url == target.href
            extra = validators.headers() if validators and matching else ()
            answer = await self._exchange(target, budget, extra, self._settings.max_bytes)
            following = _moved(answer)
            if following is not None:
                moved = target_of(following, self._settings.ports, base=target.href)
            if following is None or (moved == target and answer.status == 200):
                return replace(answer, hops=tuple(hops))
            if moved == target:
                raise FetchError(f"{target.host}: redirects to itself")
            if not self._ours(moved.host):
                raise Elsewhere(moved.href)
            hops.append((target.href, answer.status, answer.pairs))
            target = moved
        raise FetchError(f"{target.host}: more than {self._settings.max_redirects} redirects")

    async def _permitted(self, target: Target, *, listed: bool) -> None:
        """Keep to what target's host asks of robots. Raises RobotsDenied where that is to stay
        away, unless listed: then the pace is a reader's."""
        if not listed:
            policy = await self.robots.allow(target)
        else:
            policy = await self.robots.policy(target)
            if not policy.allows(target.href):
                self.gates.slow(target.host, READING_PACE * self._settings.delay)
        self.gates.slow(target.host, policy.delay)

    async def ask_robots(self, url: str) -> RobotsPolicy:
        """The policy at url; five redirects are followed, more mean no file (RFC 9309, 2.3.1.2)."""
        return RobotsPolicy.of(*await self.robots_answer(url))

    async def robots_answer(self, url: str) -> tuple[int, bytes]:
        """Status and body of a robots.txt. Raises as get does."""
        budget = Budget(self._settings.deadline)
        target = target_of(url, self._settings.ports)
        for _ in range(6):
            answer = await self._exchange(target, budget, (), MAX_ROBOTS, cut=True)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return answer.status, answer.body
            target = target_of(location, self._settings.ports, base=target.href)
        return 404, b""

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _exchange(
        self, target: Target, budget: Budget, extra: Pairs, limit: int, *, cut: bool = False
    ) -> Answer:
        try:
            request = httpx.Request(
                "GET",
                target.href,
                headers=self._headers + extra,
                extensions={"timeout": self._timeout},
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise UrlError(f"{target.host}: {error}") from error
        async with self.gates.turn(target.host):
            started = monotonic()
            try:
                async with asyncio.timeout(budget.left):
                    response = await self._transport.handle_async_request(request)
                    try:
                        media, body = await _read(response, limit, cut)
                    finally:
                        await response.aclose()
            except TimeoutError as error:
                slow = TooSlow(f"took more than {self._settings.deadline:g} seconds")
                raise Unreachable(target.host, slow) from error
            except (httpx.TransportError, OSError, ValueError) as error:
                raise Unreachable(target.host, error) from error
            finally:
                budget.left -= monotonic() - started
        sent = pairs_of(request.headers)
        return Answer(target.href, response.status_code, response.headers, media, body, sent)


def user_agent(contact: str) -> str:
    """`Mozilla/5.0 (compatible; nextread/0.1; +contact)`, as the well-known robots say who they
    are; without the last part where there is no contact. Some sites (WeChat) answer names of any
    other form with an empty page."""
    plain = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()")
    return f"Mozilla/5.0 (compatible; {AGENT}/{VERSION}" + (f"; +{plain})" if plain else ")")


def site_of(host: str) -> str:
    """A host without `www.` or `m.`, between which sites send their readers to and fro."""
    return host.removeprefix("www.").removeprefix("m.")


def pairs_of(headers: httpx.Headers) -> Pairs:
    """Headers as text pairs; bytes that are no UTF-8 stand as Latin-1."""
    return tuple((name, value) for name, value in headers.multi_items())


def meta_refresh(body: bytes) -> str | None:
    """Where a page moves its reader at once, or None."""
    if b"refresh" not in body[:_SMALL].lower():
        return None
    for tag in _META.findall(_NOSCRIPT.sub(b"", body[:_SMALL])):
        text = _folded(tag.decode("utf-8", "replace"))
        content = _CONTENT.search(text)
        if not _IS_REFRESH.search(text) or content is None:
            continue
        move = _MOVE.match(_folded(html.unescape(next(filter(None, content.groups()), ""))))
        if move and _seconds(move.group(1)) <= _REFRESH_WITHIN:
            return move.group(2).strip()
    return None


def _folded(text: str) -> str:
    return " ".join(text.split())


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _moved(answer: Answer) -> str | None:
    """The address that answer sends on to, or None."""
    if answer.status in _REDIRECTS:
        location = answer.headers.get("location", "").strip()
        if not location:
            raise FetchError(f"{answer.url}: redirect without an address")
        return str(location)
    if answer.status == 200 and answer.media_type.startswith(("text/html", "application/xhtml")):
        return meta_refresh(answer.body)
    return None


async def _read(response: httpx.Response, limit: int, cut: bool) -> tuple[str, bytes]:
    """Media type and decoded body. What is no page is cut short rather than refused."""
    media = media_type(response.headers.get("content-type", ""))
    if not 200 <= response.status_code < 300:
        try:
            return media, await _decoded(response, _SMALL, True)
        except FetchError:
            return media, b""
    if cut:
        return media, await _decoded(response, limit, True)
    if not _READABLE.match(media.partition(";")[0]):
        raise FetchError(f"media type {media} holds no text")
    if int(response.headers.get("content-length", "0")) > limit:
        raise TooLarge(f"more than {limit:,} bytes", "raise max_bytes in settings.toml")
    body = await _decoded(response, limit, False)
    return _sniffed(media, body), body


async def _decoded(response: httpx.Response, limit: int, cut: bool) -> bytes:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise FetchError(f"content encoding {encoding!r} was not asked for")
    inflater = Inflater(encoding, limit, cut=cut)
    received = 0
    async for data in response.stream:
        received += len(data)
        if received > limit and not cut:
            raise TooLarge(f"more than {limit:,} bytes", "raise max_bytes in settings.toml")
        inflater.feed(data)
        if inflater.full or received > limit:
            break
    return inflater.finish()


def _sniffed(media: str, body: bytes) -> str:
    """media, or what the first bytes say where it is missing or says nothing.

    Raises FetchError for bytes that are no text.
    """
    start = body[:1024].lstrip()
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if media and "octet-stream" not in media:
        return media
    if b"<html" in start.lower() or b"<!doctype html" in start.lower():
        return "text/html"
    if b"\0" in body[:4096]:
        raise FetchError("media type is missing and the body is no text")
    return "text/plain"

"""Why a page was not had, and what that means for trying again. Must not know the crawl."""

import socket
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from cache.errors import AddressRefused, NextreadError, TooLarge, TooSlow, UrlError
from cache.records import Page
from indexer import sites
from indexer.crawl.reasons import EMPTY, GONE, NO_HOST, WALLED
from indexer.crawl.requests import Answer, Unreachable
from indexer.crawl.walls import blocked_reason

_AGAIN = {429, 500, 502, 503, 504}
_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True)
class Setback:
    """Why a job did not succeed, in one line that names the host.

    again: worth another try soon. gone: worth a look into the archive. walled: the same, of a page
    that is there but not for us. host: nothing on this host can be had now. slow: it took too long,
    which is the host's state if it happens repeatedly. final: trying again within days is
    pointless. ours: our own settings refused it, so that nobody was asked, and other settings may
    not. wait: seconds the server asked for.
    """

    reason: str
    again: bool = False
    gone: bool = False
    walled: bool = False
    host: bool = False
    slow: bool = False
    final: bool = False
    ours: bool = False
    wait: float | None = None


def of_answer(page: Page, answer: Answer, host: str, now: float) -> Setback | None:
    """Why an answer is no page, or None where it is one. now is seconds since 1970."""
    reason = _no_page(page, answer.body)
    if reason is None:
        return None
    return Setback(
        f"{host}: {reason}",
        again=answer.status in _AGAIN,
        gone=answer.status in GONE,
        walled=answer.status in WALLED or (answer.status == 200 and reason != EMPTY),
        wait=_asked_to_wait(answer, now),
    )


def of_error(error: Exception, host: str) -> Setback:
    """What an exception of Web.get means; host is the one that was asked."""
    if isinstance(error, Unreachable):
        return _of_cause(error.cause, error.host)
    message = error.message if isinstance(error, NextreadError) else str(error)
    reason = message if message.startswith(host) else f"{host}: {message}"
    ours = isinstance(error, AddressRefused)
    return Setback(reason, final=isinstance(error, UrlError | TooLarge), ours=ours)


def _asked_to_wait(answer: Answer, now: float) -> float | None:
    """Seconds by Retry-After, or till an API that has had its share of questions answers again."""
    wait = retry_after(answer.headers.get("retry-after", ""), now)
    spent = answer.status in {403, 429} and answer.headers.get("x-ratelimit-remaining") == "0"
    reset = answer.headers.get("x-ratelimit-reset", "")
    if wait is None and spent and reset.isascii() and reset.isdecimal():
        return max(0.0, float(reset[:12]) - now)
    return wait


def retry_after(value: str, now: float) -> float | None:
    """Seconds to wait by a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3).

    None where it says nothing that can be read. now is seconds since 1970.
    """
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:12])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _no_page(page: Page, body: bytes) -> str | None:
    if page.status != 200:
        return f"HTTP {page.status}"
    wall = blocked_reason(page, body) or sites.failure_of(page, body)
    return wall if wall or body.strip() else EMPTY


def _of_cause(cause: Exception, host: str) -> Setback:
    if isinstance(cause, socket.gaierror):
        gone = cause.errno in _NO_SUCH_HOST
        reason = NO_HOST if gone else "its name cannot be looked up now"
        return Setback(f"{host}: {reason}", again=not gone, gone=gone, host=True)
    if isinstance(cause, TooSlow):
        return Setback(f"{host}: {cause.message}", slow=True)
    if isinstance(cause, httpx.TimeoutException):
        unconnected = isinstance(cause, httpx.ConnectTimeout)
        return Setback(f"{host}: no answer in time", again=True, slow=True, host=unconnected)
    words = " ".join(str(cause).split())[:200] or type(cause).__name__
    unconnected = isinstance(cause, httpx.ConnectError)
    return Setback(f"{host}: {words}", again="CERTIFICATE" not in words, host=unconnected)

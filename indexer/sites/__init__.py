"""Sites that need more than a GET and the general extraction: what to ask instead, what to read.

Each module offers `requests(url)`: the addresses to ask for url, in order, the next where one is
gone, none where the site is not its own; and `document(page, body, resource_id)`, None where the
general extraction should run, ExtractError where the page holds no text of its own. Some offer
`failure(page, body)`: why an answer of status 200 is none; `asked_as(url, written)`: url with what
only the link as written carries; `onward(page, body)`: where an answer sends on to; `sequels(url)`:
pages whose text follows that of url's; and `DELAYS`: seconds between requests that a host asks for
in its terms. Must not know how requests are sent.
"""

from collections.abc import Sequence
from typing import Protocol

from cache.records import Document, Page
from indexer.sites import arxiv, bilibili, github, semantic_scholar, wechat, youtube, zhihu


class _Site(Protocol):
    def requests(self, url: str) -> tuple[str, ...]: ...
    def document(self, page: Page, body: bytes, resource_id: str) -> Document | None: ...


class _Refusing(_Site, Protocol):
    def failure(self, page: Page, body: bytes) -> str | None: ...


_SITES: tuple[_Site, ...] = (arxiv, bilibili, github, semantic_scholar, wechat, youtube, zhihu)
_REFUSING: tuple[_Refusing, ...] = (bilibili, github, wechat, youtube, zhihu)


def requests_for(url: str, written: Sequence[str] = ()) -> tuple[str, ...]:
    """The addresses to ask for url, in order; url itself where no site knows better. written are
    the links as lists have them."""
    for site in _SITES:
        if asked := site.requests(url):
            return asked if site is not wechat else (wechat.asked_as(url, written),)
    return (url,)


def sequels_of(url: str) -> tuple[str, ...]:
    """Addresses of pages whose text belongs after that of url's page."""
    return arxiv.sequels(url)


def onward(page: Page, body: bytes) -> str | None:
    """Where the answer to a request for page sends on to, or None."""
    return github.onward(page, body) if github.requests(page.url) else None


def delay_of(host: str) -> float:
    """Seconds between two requests that host's terms ask for."""
    return arxiv.DELAYS.get(host, 0.0)


def document_of(page: Page, body: bytes, resource_id: str) -> Document | None:
    """The text as the site's own structure gives it, or None for the general extraction."""
    for site in _SITES:
        if site.requests(page.url):
            return site.document(page, body, resource_id)
    return None


def failure_of(page: Page, body: bytes) -> str | None:
    """Why the site's answer is none although its status is 200, or None."""
    for site in _REFUSING:
        if site.requests(page.url):
            return site.failure(page, body)
    return None

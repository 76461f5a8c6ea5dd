"""The web, with each robots.txt kept for a day among the pages. Must not know what is crawled."""

from collections.abc import Callable

import httpx

from cache.errors import Damaged
from cache.page_records import stamp
from cache.pages import PageCache
from cache.records import Page
from cache.settings import Settings
from indexer.crawl.requests import Web
from indexer.crawl.robots import RobotsPolicy

_DAY = 86_400.0


class CachedWeb(Web):
    """Asks the web for pages, and each host for its robots.txt once a day."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport,
        pages: PageCache,
        clock: Callable[[], float],
        ours: Callable[[str], bool],
    ) -> None:
        """As Web; clock gives seconds since 1970."""
        super().__init__(settings, transport, ours)
        self._pages = pages
        self._clock = clock

    async def ask_robots(self, url: str) -> RobotsPolicy:
        """The policy at url, from the cache within a day."""
        now = self._clock()
        kept = None if self._pages.due(url, now, refresh_days=1) else kept_policy(self._pages, url)
        if kept is not None:
            return kept
        status, body = await self.robots_answer(url)
        if status < 500 and status != 429:
            failure = None if 200 <= status < 300 else f"HTTP {status}"
            page = Page(url, url, status, "text/plain", "", stamp(now), failure=failure)
            self._pages.put(page, body, checked_at=now, retry_at=now + _DAY)
        return RobotsPolicy.of(status, body)


def kept_policy(pages: PageCache, url: str) -> RobotsPolicy | None:
    """The policy that the robots.txt kept under url stands for; None where none is kept."""
    standing, page = pages.standing(url), pages.stored(url)
    if standing is not None and standing.failure is not None:
        return RobotsPolicy.of(404, b"")
    try:
        return RobotsPolicy.of(page.status, pages.body(page)) if page else None
    except Damaged:
        return None

"""The crawl: every address that is due, asked for politely, every outcome kept in the page cache.

Decides what to ask (site modules, archive), judges what came, and schedules what failed. Must not
know how bytes travel (web.py) or what a text is (extract.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from time import time
from urllib.parse import urlsplit

import httpx

from cache.errors import Damaged, FetchError, UrlError
from cache.page_records import stamp
from cache.pages import PageCache
from cache.records import Page
from cache.settings import Settings
from cache.urls import plain_url
from indexer import sites
from indexer.crawl.address_guard import Resolve, mapped, system_resolve, target_of
from indexer.crawl.host_queue import Schedule
from indexer.crawl.outcomes import Setback, of_answer, of_error
from indexer.crawl.requests import Answer, Elsewhere, Unreachable, Validators, Web
from indexer.crawl.robots import RobotsPolicy
from indexer.crawl.transport import GuardedTransport
from indexer.sites import wayback

TRIES = 3
"""Requests for one address in one crawl, the first included."""

MAX_WAIT = 60.0
"""Seconds of Retry-After that a crawl sits out; a longer wait is left to a later build."""

SILENT_PAGES = 3
"""Pages in a row that took too long before a host is left alone for the rest of a crawl."""

_HOUR, _DAY = 3600.0, 86_400.0


@dataclass(slots=True)
class CrawlReport:
    """How a crawl went: pages fetched, unchanged (304), fresh (not asked for) and failed."""

    fetched: int = 0
    unchanged: int = 0
    fresh: int = 0
    failed: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    """Why each failed address failed."""


@dataclass(frozen=True, slots=True)
class Job:
    """One address, and how far asking for it has come. request is what is asked now, rest what else
    may be; lost is why the page itself cannot be had, once the archive is asked instead, and
    recorded whether the page cache holds that already; host is request's."""

    url: str
    request: str
    rest: tuple[str, ...] = ()
    tries: int = 1
    lost: str | None = None
    recorded: bool = False
    host: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A crawl's part of a larger one: the hosts that are its own, and who hears of each job that
    leads to another host, where it is to be gone on with (see Fetcher.crawl, jobs)."""

    ours: Callable[[str], bool]
    leave: Callable[[Job], None]


_ALL = Share(lambda host: True, lambda job: None)


class Fetcher:
    """Fetches addresses into a page cache."""

    def __init__(
        self,
        settings: Settings,
        pages: PageCache,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = system_resolve,
        clock: Callable[[], float] = time,
        backoff: float = 2.0,
    ) -> None:
        """transport replaces the network (httpx's own plug-in point, which bypasses the address
        guard); resolve the name server; clock gives seconds since 1970; backoff is the first wait
        before another try, in seconds. Raises StoreError for a resolve setting that is none."""
        self._settings = settings
        self._pages = pages
        self._clock = clock
        self._backoff = backoff
        self._transport = transport
        self._resolve = mapped(settings.resolve, resolve)

    async def crawl(
        self,
        urls: Iterable[str],
        on_page: Callable[[Page], None] | None = None,
        *,
        jobs: Iterable[Job] = (),
        share: Share = _ALL,
    ) -> CrawlReport:
        """Fetch every address that is due and record what came of it; on_page hears each outcome.

        jobs are gone on with where another crawl left them. Hosts that are not in share are not
        asked for pages: what leads there is left. Raises StoreError where the page cache cannot be
        written; nothing a site does raises.
        """
        settings = self._settings
        hosts = max(64, 2 * settings.concurrency)
        transport = self._transport or GuardedTransport(
            self._resolve, settings.allow_private, settings.ca_file, hosts
        )
        web = _CachedWeb(settings, transport, self._pages, self._clock, share)
        crawl = _Crawl(web, settings, self._pages, self._clock, self._backoff, on_page, share)
        try:
            return await crawl.run(urls, jobs)
        except ExceptionGroup as group:
            raise _first(group) from group
        finally:
            self._pages.flush()
            await web.aclose()


class _CachedWeb(Web):
    """The web, with each robots.txt kept for a day among the pages."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport,
        pages: PageCache,
        clock: Callable[[], float],
        share: Share,
    ) -> None:
        super().__init__(settings, transport, share.ours)
        self._pages = pages
        self._clock = clock

    async def ask_robots(self, url: str) -> RobotsPolicy:
        """The policy at url, from the cache within a day."""
        now = self._clock()
        kept = None if self._pages.due(url, now, refresh_days=1) else self._kept(url)
        if kept is not None:
            return kept
        status, body = await self.robots_answer(url)
        if status < 500 and status != 429:
            failure = None if 200 <= status < 300 else f"HTTP {status}"
            page = Page(url, url, status, "text/plain", "", stamp(now), failure=failure)
            self._pages.put(page, body, checked_at=now, retry_at=now + _DAY)
        return RobotsPolicy.of(status, body)

    def _kept(self, url: str) -> RobotsPolicy | None:
        standing, page = self._pages.standing(url), self._pages.stored(url)
        if standing is not None and standing.failure is not None:
            return RobotsPolicy.of(404, b"")
        try:
            return RobotsPolicy.of(page.status, self._pages.body(page)) if page else None
        except Damaged:
            return None


class _Crawl:
    """The state of one crawl."""

    def __init__(
        self,
        web: Web,
        settings: Settings,
        pages: PageCache,
        clock: Callable[[], float],
        backoff: float,
        on_page: Callable[[Page], None] | None,
        share: Share,
    ) -> None:
        self._web = web
        self._share = share
        self._settings = settings
        self._pages = pages
        self._clock = clock
        self._backoff = backoff
        self._on_page = on_page
        self._report = CrawlReport()
        self._schedule: Schedule[Job] = Schedule(web.gates, settings.concurrency)
        self._closed: dict[str, tuple[Setback, float]] = {}  # host: why, and until when
        self._silent: Counter[str] = Counter()  # pages in a row that took too long

    async def run(self, urls: Iterable[str], jobs: Iterable[Job]) -> CrawlReport:
        for job in jobs:
            self._queue(job)
        now, seen = self._clock(), set()
        for url in urls:
            key = plain_url(url)
            if key in seen:
                continue
            seen.add(key)
            if not self._pages.due(key, now, self._settings.refresh_days):
                self._report.fresh += 1
                continue
            asked, *rest = sites.requests_for(key)
            self._queue(Job(key, asked, tuple(rest)))
        await self._schedule.run(self._do)
        return self._report

    def _queue(self, job: Job, *, first: bool = False) -> None:
        try:
            host = target_of(job.request, self._settings.ports).host
        except (FetchError, UrlError) as error:
            self._fail(job, of_error(error, ""))
            return
        if not self._share.ours(host):
            self._share.leave(job)
            return
        self._web.gates.slow(host, sites.delay_of(host))
        self._schedule.add(host, replace(job, host=host), first=first)

    async def _do(self, job: Job) -> None:
        if job.host in self._closed:
            setback, until = self._closed[job.host]
            wait = max(0.0, until - self._clock()) if until else None
            self._give_up(job, replace(setback, wait=wait), None)
            return
        try:
            answer = await self._web.get(job.request, self._validators(job))
        except Elsewhere as moved:
            self._share.leave(replace(job, request=moved.href, tries=1))
        except (FetchError, UrlError, Unreachable) as error:
            host = error.host if isinstance(error, Unreachable) else job.host
            self._set_back(job, host, of_error(error, host), None)
        else:
            self._judge(job, answer)

    def _validators(self, job: Job) -> Validators | None:
        page = self._pages.stored(job.url) if job.lost is None else None
        if page is None or not (page.etag or page.last_modified):
            return None
        try:
            self._pages.body(page)  # a page that is damaged must come whole
        except Damaged:
            return None
        return Validators(page.final_url, page.etag, page.last_modified)

    def _judge(self, job: Job, answer: Answer) -> None:
        now, host = self._clock(), urlsplit(answer.url).hostname or job.host
        self._silent.pop(host, None)
        if answer.status == 304 and self._pages.stored(job.url) is not None:
            self._report.unchanged += 1
            self._tell(self._pages.put_unchanged(job.url, checked_at=now, headers=answer.pairs))
            return
        if job.request == wayback.lookup(job.url) and answer.status == 200:
            copy = wayback.copy_of(job.url, answer.body)
            if copy is None:
                self._give_up(job, Setback(job.lost or "", final=True), None)
            else:
                self._queue(replace(job, request=copy, tries=1))
            return
        page = _page_of(job, answer, now)
        setback = of_answer(page, answer, host, now)
        if setback is None:
            self._report.fetched += 1
            self._tell(self._keep(answer, page, 0.0))
        else:
            self._set_back(job, host, setback, (answer, page))

    def _keep(self, answer: Answer, page: Page, retry_at: float) -> Page:
        return self._pages.put(
            page,
            answer.body,
            request_headers=answer.sent,
            response_headers=answer.pairs,
            hops=answer.hops,
            retry_at=retry_at,
        )

    def _set_back(
        self, job: Job, host: str, setback: Setback, came: tuple[Answer, Page] | None
    ) -> None:
        """Try again now, leave the host alone, or give up. came is the answer there was."""
        if setback.again and job.tries < TRIES and (setback.wait or 0.0) <= MAX_WAIT:
            wait = max(setback.wait or 0.0, self._backoff * 4 ** (job.tries - 1))
            self._web.gates.rest(host, wait)
            self._queue(replace(job, tries=job.tries + 1), first=True)
            return
        self._silent[host] += setback.slow
        if setback.wait is not None and setback.wait > MAX_WAIT:
            closed = Setback(f"{host}: it asked to be left alone for a while")
            self._closed[host] = (closed, self._clock() + setback.wait)
        elif setback.host or self._silent[host] >= SILENT_PAGES:
            self._closed[host] = (setback, 0.0)
        self._give_up(job, setback, came)

    def _give_up(self, job: Job, setback: Setback, came: tuple[Answer, Page] | None) -> None:
        """Ask another address for the page, then the archive; else it has failed."""
        if job.rest:
            self._queue(Job(job.url, job.rest[0], job.rest[1:]), first=True)
        elif setback.gone and job.lost is None:
            if came is not None:
                self._fail_page(job, setback, came)
            lookup = wayback.lookup(job.url)
            self._queue(Job(job.url, lookup, lost=setback.reason, recorded=came is not None))
        else:
            self._fail(job, setback, came if job.lost is None else None)

    def _fail(self, job: Job, setback: Setback, came: tuple[Answer, Page] | None = None) -> None:
        """The last word on job: what it was lost to, where the archive could not help."""
        if job.lost is not None:
            # Final only by the archive's own word: with no network at all every host is "gone".
            setback = Setback(job.lost, final=setback.final)
        if job.recorded or (setback.ours and self._is_known(job.url, setback.reason)):
            now = stamp(self._clock())
            failed = Page(job.url, job.url, 0, "", "", now, failure=setback.reason)
        else:
            failed = self._fail_page(job, setback, came)
        self._report.failed += 1
        self._report.failures[job.url] = setback.reason
        self._tell(failed)

    def _fail_page(self, job: Job, setback: Setback, came: tuple[Answer, Page] | None) -> Page:
        retry_at = self._retry_at(job.url, setback)
        if came is not None:
            answer, page = came
            return self._keep(answer, replace(page, failure=setback.reason), retry_at)
        now = self._clock()
        return self._pages.put_failure(job.url, setback.reason, checked_at=now, retry_at=retry_at)

    def _is_known(self, url: str, reason: str) -> bool:
        standing = self._pages.standing(url)
        return standing is not None and standing.failure == reason

    def _retry_at(self, url: str, setback: Setback) -> float:
        """1, 4, 16, … hours from now, what the server asked for at least, refresh_days at most; at
        once where nobody was asked."""
        if setback.ours:
            return self._clock()
        longest = self._settings.refresh_days * _DAY
        before = self._pages.standing(url)
        steps = min(before.attempts if before else 0, 12)
        final = setback.final or (setback.gone and not setback.host)
        wait = longest if final else _HOUR * 4**steps
        return self._clock() + min(longest, max(wait, setback.wait or 0.0))

    def _tell(self, page: Page) -> None:
        if self._on_page is not None:
            self._on_page(page)


def _page_of(job: Job, answer: Answer, now: float) -> Page:
    return Page(
        url=job.url,
        final_url=plain_url(answer.url),
        status=answer.status,
        media_type=answer.media_type,
        digest="",
        fetched_at=stamp(now),
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
    )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error

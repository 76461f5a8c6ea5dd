"""The crawl: every address that is due, asked for politely, every outcome kept in the page cache.

Decides what to ask (site modules, archive), judges what came, and schedules what failed. Must not
know how bytes travel (requests.py) or what a text is (extract).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import time
from urllib.parse import urlsplit

import httpx

from cache.errors import Damaged, FetchError, RobotsDenied, UrlError
from cache.page_records import stamp
from cache.pages import PageCache
from cache.records import Page
from cache.settings import Settings
from cache.urls import plain_url
from indexer import sites
from indexer.crawl.address_guard import Resolve, mapped, system_resolve, target_of
from indexer.crawl.cached_web import CachedWeb
from indexer.crawl.due import is_due
from indexer.crawl.host_queue import Schedule
from indexer.crawl.jobs import WHOLE, CrawlReport, Job, Listed, Share
from indexer.crawl.outcomes import Setback, of_answer, of_error
from indexer.crawl.reasons import LEFT_ALONE
from indexer.crawl.requests import Answer, Elsewhere, Unreachable, Validators, Web
from indexer.crawl.transport import GuardedTransport
from indexer.sites import wayback

TRIES = 3
"""Requests for one address in one crawl, the first included."""

MAX_WAIT = 60.0
"""Seconds of Retry-After that a crawl sits out; a longer wait is left to a later build."""

HOPS = 3
"""How often an answer may send on to another request (symbolic links, not redirects)."""

SILENT_PAGES = 3
"""Pages in a row that took too long before a host is left alone for the rest of a crawl."""

_HOUR, _DAY = 3600.0, 86_400.0
_FOR_GOOD = {301, 308}
_NONE: Listed = {}


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
        listed: Listed = _NONE,
        jobs: Iterable[Job] = (),
        share: Share = WHOLE,
    ) -> CrawlReport:
        """Fetch every address that is due and record what came of it; on_page hears each outcome.

        listed are those of urls that lists of the reader's name, each with the links as written.
        jobs are gone on with where another crawl left them. Hosts that are not in share are not
        asked for pages: what leads there is left. Raises StoreError where the page cache cannot be
        written; nothing a site does raises.
        """
        crawl = self.begin(urls, on_page, listed=listed, jobs=jobs, share=share)
        try:
            await crawl.go_on()
        finally:
            await crawl.close()
        return crawl.report

    def begin(
        self,
        urls: Iterable[str],
        on_page: Callable[[Page], None] | None = None,
        *,
        listed: Listed = _NONE,
        jobs: Iterable[Job] = (),
        share: Share = WHOLE,
    ) -> "Crawl":
        """The same, to be gone on with piece by piece, in one event loop, and closed."""
        settings = self._settings
        transport = self._transport or GuardedTransport(self._resolve, settings)
        web = CachedWeb(settings, transport, self._pages, self._clock, share.ours)
        crawl = Crawl(web, settings, self._pages, self._clock, self._backoff, on_page, share)
        crawl.queue(urls, listed, jobs)
        return crawl


class Crawl:
    """The state of one crawl; see Fetcher.begin."""

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
        """Use Fetcher.begin."""
        self.report = CrawlReport()
        self._web = web
        self._share = share
        self._settings = settings
        self._pages = pages
        self._clock = clock
        self._backoff = backoff
        self._on_page = on_page
        self._schedule: Schedule[Job] = Schedule(web.gates, settings.concurrency)
        self._closed: dict[str, tuple[Setback, float]] = {}  # host: why, and until when
        self._silent: Counter[str] = Counter()  # pages in a row that took too long

    def queue(self, urls: Iterable[str], listed: Listed, jobs: Iterable[Job]) -> None:
        """Take up what is due of urls, in their order, and jobs."""
        for job in jobs:
            self._queue(job)
        now, seen = self._clock(), set()
        for url in urls:
            key = plain_url(url)
            if key in seen:
                continue
            seen.add(key)
            if not is_due(key, self._pages, self._settings, now, listed=url in listed):
                self.report.fresh += 1
                self._queue_sequels(key)
                continue
            asked, *rest = sites.requests_for(key, listed.get(url, ()))
            self._queue(Job(key, asked, tuple(rest), listed=url in listed))

    async def go_on(self, enough: Callable[[], bool] | None = None) -> bool:
        """Crawl until all is done or enough says so; returns whether all is done."""
        try:
            return await self._schedule.run(self._do, enough)
        except ExceptionGroup as group:
            raise _first(group) from group
        finally:
            self._pages.flush()

    async def close(self) -> None:
        """Close the connections."""
        await self._web.aclose()

    def _queue_sequels(self, url: str) -> None:
        """Ask for what belongs after url's page, where that is here."""
        now, days = self._clock(), self._settings.refresh_days
        for sequel in sites.sequels_of(url):
            if self._pages.due(sequel, now, days) and self._pages.stored(url) is not None:
                self._queue(Job(sequel, sequel, sequel=True))

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
        validators, listed = self._validators(job), self._is_asked_as_listed(job)
        try:
            answer = await self._web.get(job.request, validators, listed=listed)
        except Elsewhere as moved:
            self._share.leave(replace(job, request=moved.href, tries=1))
        except RobotsDenied as error:
            if self._pages.stored(job.url) is None:
                self._set_back(job, job.host, of_error(error, job.host), None)
            else:  # had when it was allowed, or once as listed: what is here stays
                self.report.fresh += 1
        except (FetchError, UrlError, Unreachable) as error:
            host = error.host if isinstance(error, Unreachable) else job.host
            self._set_back(job, host, of_error(error, host), None)
        else:
            self._judge(job, answer)

    def _is_asked_as_listed(self, job: Job) -> bool:
        """Whether robots.txt has no say: for a link of the reader's own lists, on its own host, if
        the settings say so, until it was had once."""
        if self._settings.robots != "listed" or not job.listed or job.lost is not None:
            return False
        return job.host == urlsplit(job.url).hostname and self._pages.stored(job.url) is None

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
            self.report.unchanged += 1
            self._tell(self._confirmed(job, answer, now))
            self._queue_sequels(job.url)
            return
        if job.request == wayback.lookup(job.url) and answer.status == 200:
            copy = wayback.copy_of(job.url, answer.body)
            said = replace(_page_of(job, answer, now), url=job.request, lost=None)
            self._keep(answer, said, 0.0)
            if copy is None:
                self._give_up(job, Setback(job.lost or "", final=not job.walled), None)
            else:
                self._queue(replace(job, request=copy, tries=1))
            return
        page = _page_of(job, answer, now)
        onward = sites.onward(page, answer.body) if page.status == 200 else None
        if onward and onward != job.request and job.hops < HOPS:
            self._queue(replace(job, request=onward, hops=job.hops + 1), first=True)
            return
        setback = of_answer(page, answer, host, now)
        if setback is None:
            self.report.fetched += 1
            self._tell(self._keep(answer, page, 0.0))
            self._queue_sequels(job.url)
        else:
            self._set_back(job, host, setback, (answer, page))

    def _confirmed(self, job: Job, answer: Answer, now: float) -> Page:
        """The page that is here, which holds still; it may have got another way to it."""
        page = self._pages.put_unchanged(job.url, checked_at=now, headers=answer.pairs)
        moved = _page_of(job, answer, now).moved
        if page.moved == moved or page.lost:
            return page
        return self._pages.put(
            replace(page, moved=moved, fetched_at=stamp(now)),
            self._pages.body(page),
            request_headers=answer.sent,
            hops=answer.hops,
        )

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
        tries = 1 if self._is_asked_as_listed(job) else TRIES
        if setback.again and job.tries < tries and (setback.wait or 0.0) <= MAX_WAIT:
            wait = max(setback.wait or 0.0, self._backoff * 4 ** (job.tries - 1))
            self._web.gates.rest(host, wait)
            self._queue(replace(job, tries=job.tries + 1), first=True)
            return
        self._silent[host] += setback.slow
        if setback.wait is not None and setback.wait > MAX_WAIT:
            closed = Setback(f"{host}: {LEFT_ALONE}")
            self._closed[host] = (closed, self._clock() + setback.wait)
        elif setback.host or self._silent[host] >= SILENT_PAGES:
            self._closed[host] = (setback, 0.0)
        self._give_up(job, setback, came)

    def _give_up(self, job: Job, setback: Setback, came: tuple[Answer, Page] | None) -> None:
        """Ask another address for the page, then the archive; else it has failed."""
        if job.rest:
            first, *rest = job.rest
            self._queue(Job(job.url, first, tuple(rest), listed=job.listed), first=True)
        elif (setback.gone or setback.walled) and job.lost is None and not job.sequel:
            if came is not None:
                self._fail_page(job, setback, came)
            lookup = wayback.lookup(job.url)
            lost = Job(job.url, lookup, lost=setback.reason, walled=setback.walled)
            self._queue(replace(lost, recorded=came is not None))
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
        self.report.failed += 1
        self.report.failures[job.url] = setback.reason
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
        once where our own settings refused it."""
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
        moved=_moved(job, answer),
        lost=job.lost,
    )


def _moved(job: Job, answer: Answer) -> str | None:
    """Where a page has moved for good: the end of the permanent redirects that come first (RFC
    9110, 15.4.2 and 15.4.9). None where another address was asked in the link's place."""
    if plain_url(job.request) != job.url:
        return None
    moved, places = job.url, [*(href for href, *_ in answer.hops[1:]), answer.url]
    for (_, status, _), following in zip(answer.hops, places, strict=False):
        if status not in _FOR_GOOD:
            break
        moved = plain_url(following)
    return moved


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error

"""How far each host of an index is: pages that are here, refused, failed, still to come.

Read from the page cache alone, so that it can be asked while a crawl runs, and after one was
stopped. Must not know lists or how pages are asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import time
from urllib.parse import urlsplit

from cache.pages import PageCache
from cache.settings import Settings
from indexer import sites
from indexer.crawl.cached_web import kept_policy
from indexer.crawl.due import is_due
from indexer.crawl.robots import REFUSAL

ANSWER = 0.5
"""Seconds that an answer takes beside the gap before it, about."""


@dataclass(slots=True)
class HostCoverage:
    """Of one host: links whose page is here, that robots.txt refused, that failed, and that are to
    be asked for by the next build (or the one that runs); seconds that those will take."""

    pages: int = 0
    refused: int = 0
    failed: int = 0
    left: int = 0
    seconds: float = 0.0


def coverage(
    urls: Iterable[str], pages: PageCache, settings: Settings, now: float | None = None
) -> dict[str, HostCoverage]:
    """How far each host that urls lead to is, those with most left first, then the largest."""
    now = time() if now is None else now
    hosts: dict[str, HostCoverage] = {}
    asked: dict[str, str] = {}  # host: an address that is asked for one of its links
    for url in urls:
        host = urlsplit(url).hostname or ""
        asked.setdefault(host, sites.requests_for(url)[0])
        one, standing = hosts.setdefault(host, HostCoverage()), pages.standing(url)
        failure = standing.failure if standing else None
        refused = failure is not None and REFUSAL in failure
        one.refused += refused
        one.failed += failure is not None and not refused
        one.pages += standing is not None and failure is None
        if is_due(url, pages, settings, now):
            one.left += settings.robots == "listed" if refused else 1
    for host, one in hosts.items():
        one.seconds = one.left * (_gap(asked[host], pages, settings) + ANSWER)
    ordered = sorted(
        hosts.items(), key=lambda item: (-item[1].left, -item[1].pages - item[1].refused, item[0])
    )
    return dict(ordered)


def seconds_left(hosts: Iterable[HostCoverage], settings: Settings) -> float:
    """How long all of them will take, so many at once as the settings say."""
    seconds = [host.seconds for host in hosts]
    return max([0.0, *seconds, sum(seconds) / settings.concurrency])


def _gap(url: str, pages: PageCache, settings: Settings) -> float:
    parts = urlsplit(url)
    policy = kept_policy(pages, f"{parts.scheme}://{parts.netloc}/robots.txt")
    polite = policy.delay if policy else 0.0
    return max(settings.delay, sites.delay_of(parts.hostname or ""), polite)

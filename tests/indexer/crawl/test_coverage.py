"""What `status` says of hosts, from the page cache alone."""

import asyncio
from dataclasses import replace

import pytest

from cache.pages import PageCache
from cache.settings import Settings
from indexer.crawl.coverage import coverage, seconds_left
from indexer.crawl.crawler import Fetcher
from tests.loopback import LoopbackWeb, Reply

URLS = [f"https://a.org/{n}" for n in range(3)]
SHUT = [f"https://shut.org/{n}" for n in range(2)]
SLOW = [f"https://slow.org/{n}" for n in range(4)]


@pytest.fixture
def pages(tmp_path):
    """What a crawl brought that was stopped before SLOW."""
    served = {url[8:]: "<p>" + "text " * 99 for url in URLS[:2]}
    served["shut.org/robots.txt"] = Reply("User-agent: *\nDisallow: /", media_type="text/plain")
    served["slow.org/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 9", media_type="text/plain")
    served[SLOW[0][8:]] = "<p>" + "text " * 99
    with LoopbackWeb(served) as web, PageCache(tmp_path / "pages") as pages:
        fetcher = Fetcher(web.settings(tmp_path), pages, backoff=0.01)
        asyncio.run(fetcher.crawl([*URLS, *SHUT, SLOW[0]]))
        yield pages


def test_each_host_says_what_it_has_and_lacks(pages, tmp_path):
    settings = Settings(home=tmp_path)
    hosts = coverage([*URLS, *SHUT, *SLOW, "https://new.org/1"], pages, settings)
    assert list(hosts) == ["slow.org", "new.org", "a.org", "shut.org"]
    assert (hosts["a.org"].pages, hosts["a.org"].failed, hosts["a.org"].left) == (2, 1, 0)
    assert (hosts["shut.org"].refused, hosts["shut.org"].left) == (2, 0)
    assert (hosts["slow.org"].pages, hosts["slow.org"].left) == (1, 3)
    assert hosts["slow.org"].seconds == 3 * 9.5
    assert hosts["new.org"].seconds == 1.5
    assert seconds_left(hosts.values(), settings) == 3 * 9.5
    one_at_a_time = replace(settings, concurrency=1)
    assert seconds_left(hosts.values(), one_at_a_time) == 3 * 9.5 + 1.5


def test_what_was_refused_is_to_come_where_listed_links_are_had(pages, tmp_path):
    listed = Settings(home=tmp_path, robots="listed")
    assert coverage(SHUT, pages, listed)["shut.org"].left == 2

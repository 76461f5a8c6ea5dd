import asyncio
import gzip
import socket
import sqlite3
from email.utils import formatdate
from itertools import pairwise

import httpx
import pytest

from cache.errors import StoreError
from cache.pages import PageCache
from indexer import sites
from indexer.crawl.crawler import Fetcher
from indexer.crawl.outcomes import retry_after
from tests.loopback import LoopbackWeb, Reply

HOUR, DAY = 3600.0, 86_400.0
TEXT = "<p>" + "words to read " * 200


class Clock:
    """A wall clock that stands still until told."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def crawl(web, home, urls, clock=None, listed=(), **changes):
    """(report, pages told, {url: page, body} kept) of one crawl."""
    settings = web.settings(home, **changes)
    told = []
    with PageCache(home / "pages") as pages:
        options = {"clock": clock} if clock else {}
        fetcher = Fetcher(settings, pages, backoff=0.01, **options)
        report = asyncio.run(
            fetcher.crawl(urls, told.append, listed={url: [url] for url in listed})
        )
        kept = {p.url: (p, pages.body(p) if p.digest else b"") for p in pages.pages()}
    return report, told, kept


def test_a_page_is_fetched_and_kept(tmp_path):
    with LoopbackWeb({"example.com/a": "<p>你好 hello</p>"}) as web:
        report, told, kept = crawl(web, tmp_path, ["https://example.com/a"])
    page, body = kept["https://example.com/a"]
    assert (report.fetched, report.failed) == (1, 0)
    assert told == [page]
    assert body.decode() == "<p>你好 hello</p>"
    assert (page.status, page.media_type) == (200, "text/html; charset=utf-8")
    assert page.etag


def test_the_user_agent_names_us_and_the_contact(tmp_path):
    with LoopbackWeb({"example.com/a": TEXT}) as web:
        crawl(web, tmp_path, ["http://example.com/a"], contact="mail@example.org\r\nX-Evil: 1")
        sent = [request.headers for request in web.requests]
    assert {h["user-agent"] for h in sent} == {
        "Mozilla/5.0 (compatible; nextread/0.1; +mail@example.orgX-Evil: 1)"
    }
    assert {h["accept-encoding"] for h in sent} == {"gzip"}
    assert all("cookie" not in h and "authorization" not in h for h in sent)


def test_a_real_small_web_is_crawled_once_and_then_only_confirmed(shared, tmp_path, clock):
    with LoopbackWeb.of_index(shared / "web") as web:
        urls = [f"https://{address}" for address in web.pages]
        report, _, kept = crawl(web, tmp_path, urls, clock)
        assert (report.fetched, report.failed) == (67, 0)
        assert {u: b for u, (_, b) in kept.items()} == {
            f"https://{address}": reply.data for address, reply in web.pages.items()
        }
        connections = {(r.host, r.connection) for r in web.requests}
        assert len(connections) == len(web.hosts()) == 8

        web.clear()
        again, _, _ = crawl(web, tmp_path, urls, clock)
        assert (again.fresh, again.fetched, web.requests) == (67, 0, [])

        size = sum(p.stat().st_size for p in (tmp_path / "pages").glob("*.gz"))
        clock.now += 31 * DAY
        expired, told, after = crawl(web, tmp_path, urls, clock)
        assert (expired.unchanged, expired.fetched, expired.failed) == (67, 0, 0)
        assert len(told) == 67
        assert after == kept
        grown = sum(p.stat().st_size for p in (tmp_path / "pages").glob("*.gz")) - size
        assert grown < 67 * 1500


def test_a_changed_page_is_fetched_anew(tmp_path, clock):
    url = "https://example.com/a"
    with LoopbackWeb({"example.com/a": "one"}) as web:
        crawl(web, tmp_path, [url], clock)
        web.pages["example.com/a"] = "two"
        clock.now += 31 * DAY
        report, _, kept = crawl(web, tmp_path, [url], clock)
    assert (report.fetched, kept[url][1]) == (1, b"two")


def test_last_modified_makes_a_request_conditional(tmp_path, clock):
    date = "Wed, 01 May 2024 10:00:00 GMT"

    def answer(request):
        if request.headers.get("if-modified-since") == date:
            return Reply(status=304, headers={"content-length": "0"})
        return Reply("text", headers={"Last-Modified": date, "ETag": ""})

    with LoopbackWeb({"example.com/a": answer}) as web:
        crawl(web, tmp_path, ["http://example.com/a"], clock)
        clock.now += 31 * DAY
        report, _, kept = crawl(web, tmp_path, ["http://example.com/a"], clock)
    assert report.unchanged == 1
    assert kept["http://example.com/a"][1] == b"text"


def test_a_304_nobody_asked_for_is_a_failure(tmp_path):
    with LoopbackWeb({"example.com/a": Reply(status=304)}) as web:
        report, _, _ = crawl(web, tmp_path, ["http://example.com/a"])
    assert report.failures == {"http://example.com/a": "example.com: HTTP 304"}


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_kept(tmp_path, status):
    pages = {
        "a.org/": Reply(status=status, headers={"Location": "https://b.org/x y#part"}),
        "b.org/x%20y": TEXT,
    }
    with LoopbackWeb(pages) as web:
        report, _, kept = crawl(web, tmp_path, ["http://a.org/"])
        assert web.hosts() == {"a.org": 2, "b.org": 2}  # a robots.txt each
    page, body = kept["http://a.org/"]
    assert report.fetched == 1
    assert page.final_url == "https://b.org/x%20y"
    assert body.decode() == TEXT


def test_meta_refresh_is_a_redirect(tmp_path):
    moved = "<meta content='0; URL=&quot;/new?a=1&amp;b=2&quot;' http-equiv=Refresh>"
    pages = {
        "a.org/": "<noscript><meta http-equiv=refresh content='0;url=/js'></noscript>" + moved,
        "a.org/new?a=1&b=2": TEXT,
        "a.org/reload": "<meta http-equiv=refresh content='300;url=/other'>" + TEXT,
        "a.org/self": "<meta http-equiv=refresh content='5;url=/self'>" + TEXT,
    }
    with LoopbackWeb(pages) as web:
        urls = ["http://a.org/", "http://a.org/reload", "http://a.org/self"]
        report, _, kept = crawl(web, tmp_path, urls)
    assert report.fetched == 3
    assert kept["http://a.org/"][0].final_url == "http://a.org/new?a=1&b=2"
    assert kept["http://a.org/reload"][0].final_url == "http://a.org/reload"


def test_redirects_end(tmp_path):
    pages = {
        "a.org/loop": Reply(status=302, headers={"Location": "/back"}),
        "a.org/back": Reply(status=302, headers={"Location": "/loop"}),
        "a.org/same": Reply(status=302, headers={"Location": "/same"}),
        "a.org/none": Reply(status=302),
        "a.org/file": Reply(status=302, headers={"Location": "file:///etc/passwd"}),
        "a.org/port": Reply(status=302, headers={"Location": "http://a.org:22/"}),
        "a.org/junk": Reply(status=302, headers={"Location": "http://[:::"}),
    }
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, [f"http://{address}" for address in pages])
        assert web.asked().count("http://a.org/loop") == 6  # three a crawl of each of the two
        assert web.asked().count("http://a.org/same") == 1
    reasons = {url.rsplit("/", 1)[1]: reason for url, reason in report.failures.items()}
    assert "more than 5 redirects" in reasons["loop"]
    assert "to itself" in reasons["same"]
    assert "without an address" in reasons["none"]
    assert "only http" in reasons["file"]
    assert "port 22" in reasons["port"]
    assert "not a web address" in reasons["junk"]


def test_a_redirect_does_not_get_around_robots(tmp_path):
    pages = {
        "a.org/": Reply(status=301, headers={"Location": "http://b.org/secret"}),
        "b.org/robots.txt": Reply("User-agent: *\nDisallow: /secret", media_type="text/plain"),
        "b.org/secret": TEXT,
    }
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, ["http://a.org/"])
        assert web.asked() == ["http://a.org/"]
    assert "b.org: its robots.txt does not allow it" in report.failures["http://a.org/"]


# robots.txt


def test_robots_are_obeyed_and_kept_for_a_day(tmp_path, clock):
    rules = Reply("User-agent: nextread\nDisallow: /no", media_type="text/plain")
    with LoopbackWeb({"a.org/robots.txt": rules, "a.org/yes": TEXT, "a.org/no": TEXT}) as web:
        urls = ["http://a.org/yes", "http://a.org/no"]
        report, _, _ = crawl(web, tmp_path, urls, clock)
        assert (report.fetched, report.failed) == (1, 1)
        assert web.asked() == ["http://a.org/yes"]
        web.clear()
        clock.now += 2 * HOUR
        crawl(web, tmp_path, [*urls, "http://a.org/other"], clock)
        assert [r.path for r in web.requests if r.host == "a.org"] == ["/other"]
        clock.now += 2 * DAY
        web.clear()
        crawl(web, tmp_path, ["http://a.org/third"], clock)
        assert "/robots.txt" in [r.path for r in web.requests if r.host == "a.org"]


def test_damaged_rules_are_asked_for_again(tmp_path, clock):
    rules = Reply("User-agent: *\nDisallow: /no", media_type="text/plain")
    with LoopbackWeb({"a.org/robots.txt": rules, "a.org/yes": TEXT}) as web:
        crawl(web, tmp_path, ["http://a.org/yes"], clock)
        (segment,) = (tmp_path / "pages").glob("*.gz")
        segment.write_bytes(bytes(segment.stat().st_size))
        with PageCache(tmp_path / "pages") as pages:
            fetcher = Fetcher(web.settings(tmp_path), pages, clock=clock)
            report = asyncio.run(fetcher.crawl(["http://a.org/no"]))
        assert web.hosts()["a.org"] == 3
    assert "does not allow" in report.failures["http://a.org/no"]


def test_a_damaged_page_comes_whole_again(tmp_path, clock):
    url = "http://a.org/yes"
    with LoopbackWeb({"a.org/yes": TEXT}) as web:
        crawl(web, tmp_path, [url], clock)
        (segment,) = (tmp_path / "pages").glob("*.gz")
        segment.write_bytes(bytes(segment.stat().st_size))
        clock.now += 31 * DAY
        report, _, kept = crawl(web, tmp_path, [url], clock)
    assert (report.fetched, report.unchanged) == (1, 0)
    assert kept[url][1].decode() == TEXT


SHUT = Reply("User-agent: *\nDisallow: /", media_type="text/plain")


def test_links_of_ones_own_lists_may_be_had_whatever_robots_txt_says(tmp_path, clock):
    mine, other = "https://a.org/mine", "https://a.org/other"
    pages = {"a.org/robots.txt": SHUT, "a.org/mine": TEXT, "a.org/other": TEXT}
    with LoopbackWeb(pages) as web:
        obeyed, _, _ = crawl(web, tmp_path, [mine, other], clock, listed=[mine])
        assert (obeyed.fetched, web.asked()) == (0, [])
        said = {"listed": [mine], "robots": "listed"}
        report, _, kept = crawl(web, tmp_path, [mine, other], clock, **said)
        assert (report.fetched, web.asked()) == (1, [mine])  # at once: nobody had been asked
        assert kept[mine][1].decode() == TEXT
        assert "does not allow" in kept[other][0].failure
        assert report.failures == {}  # other waits its schedule

        clock.now += 31 * DAY
        again, _, kept = crawl(web, tmp_path, [mine], clock, **said)
        assert (again.failed, web.asked()) == (0, [mine])  # once
        assert kept[mine][0].failure is None


def test_what_robots_txt_refuses_waits_as_other_failures_do(tmp_path, clock):
    url = "https://a.org/a"
    with LoopbackWeb({"a.org/robots.txt": SHUT, "a.org/a": TEXT}) as web:
        waits = []
        for _ in range(7):
            report, _, _ = crawl(web, tmp_path, [url], clock, listed=[url])
            assert "does not allow" in report.failures[url]
            with PageCache(tmp_path / "pages") as kept:
                waits.append((kept.standing(url).retry_at - clock.now) / HOUR)
            clock.now += waits[-1] * HOUR - 1
            assert crawl(web, tmp_path, [url], clock, listed=[url])[0].fresh == 1
            clock.now += 2
        assert web.asked() == []
    assert waits == [1, 4, 16, 64, 256, 720, 720]


def test_a_listed_link_is_not_tried_again_and_again(tmp_path):
    url = "https://a.org/mine"
    with LoopbackWeb({"a.org/robots.txt": SHUT, "a.org/mine": Reply("", 503)}) as web:
        crawl(web, tmp_path, [url], listed=[url], robots="listed")
        assert web.asked() == [url]


def test_a_listed_link_is_had_at_a_readers_pace(tmp_path):
    urls = [f"https://a.org/{n}" for n in range(3)]
    pages = {"a.org/robots.txt": SHUT} | {url[8:]: TEXT for url in urls}
    with LoopbackWeb(pages) as web:
        crawl(web, tmp_path, urls, listed=urls, robots="listed", delay=0.1)
        starts = [request.started for request in web.requests if request.path != "/robots.txt"]
    assert all(later - earlier > 0.45 for earlier, later in pairwise(starts))


def test_a_listed_link_does_not_open_where_it_leads(tmp_path):
    pages = {
        "www.a.org/robots.txt": SHUT,
        "a.org/robots.txt": SHUT,
        "b.org/robots.txt": SHUT,
        "a.org/1": Reply("", 302, {"Location": "https://www.a.org/1"}),
        "www.a.org/1": TEXT,
        "a.org/2": Reply("", 302, {"Location": "https://b.org/2"}),
        "b.org/2": TEXT,
    }
    urls = ["http://a.org/1", "http://a.org/2"]
    with LoopbackWeb(pages) as web:
        report, _, kept = crawl(web, tmp_path, urls, listed=urls, robots="listed")
        assert "https://b.org/2" not in web.asked()
        again, _, _ = crawl(web, tmp_path, urls, listed=urls, robots="listed")
    assert kept[urls[0]][0].final_url == "https://www.a.org/1"
    assert list(report.failures) == urls[1:]
    assert (again.fresh, again.failures) == (2, {})  # b.org stays shut, and is not asked each time


def test_what_robots_txt_shut_later_keeps_its_page(tmp_path, clock):
    url = "https://a.org/a"
    with LoopbackWeb({"a.org/a": TEXT}) as web:
        crawl(web, tmp_path, [url], clock)
        web.pages["a.org/robots.txt"] = SHUT
        clock.now += 31 * DAY
        report, _, kept = crawl(web, tmp_path, [url], clock)
    assert (report.fresh, report.failed) == (1, 0)
    assert kept[url][1].decode() == TEXT


def test_a_server_error_for_robots_means_no(tmp_path):
    pages = {"a.org/robots.txt": Reply(status=503), "a.org/": TEXT}
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, ["http://a.org/"])
        assert web.asked() == []
    assert "robots.txt answered 503" in report.failures["http://a.org/"]


def test_robots_redirects_are_followed_five_times(tmp_path):
    pages = {f"a.org/{i}": Reply(status=301, headers={"Location": f"/{i + 1}"}) for i in range(9)}
    pages |= {
        "a.org/robots.txt": Reply(status=301, headers={"Location": "http://b.org/r"}),
        "b.org/r": Reply("User-agent: *\nDisallow: /"),
        "c.org/robots.txt": Reply(status=301, headers={"Location": "http://a.org/0"}),
        "a.org/page": TEXT,
        "c.org/page": TEXT,
    }
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, ["http://a.org/page", "http://c.org/page"])
    assert list(report.failures) == ["http://a.org/page"]


# Politeness


def gaps(web, host):
    turns = sorted((s, e) for h, s, e in web.finished if h == host)
    return [later[0] - earlier[1] for earlier, later in pairwise(turns)]


def test_never_two_at_once_and_no_gap_too_short(tmp_path):
    pages = {f"{host}/{i}": TEXT for host in ("a.org", "b.org") for i in range(5)}
    pages["c.org/"] = Reply(status=302, headers={"Location": "http://a.org/0"})
    with LoopbackWeb(pages, latency=0.01) as web:
        report, _, _ = crawl(web, tmp_path, [f"http://{a}" for a in pages], delay=0.1)
        assert report.fetched == 11
        assert len({r.connection for r in web.requests}) == 3
        for host in ("a.org", "b.org"):
            assert len(gaps(web, host)) >= 5
            assert min(gaps(web, host)) >= 0.1


def test_crawl_delay_is_honoured(tmp_path):
    pages = {
        "a.org/robots.txt": Reply("User-agent: *\nCrawl-delay: 0.3"),
        "a.org/1": TEXT,
        "a.org/2": TEXT,
    }
    with LoopbackWeb(pages) as web:
        crawl(web, tmp_path, ["http://a.org/1", "http://a.org/2"])
        assert len(gaps(web, "a.org")) == 2
        assert min(gaps(web, "a.org")) >= 0.3


def test_retry_after_in_seconds_is_waited_for_by_the_whole_host(tmp_path):
    answers = [Reply(status=503, headers={"Retry-After": "1"}), Reply(TEXT)]
    pages = {"a.org/1": lambda _: answers.pop(0), "a.org/2": TEXT}
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, ["http://a.org/1", "http://a.org/2"])
        assert report.fetched == 2
        assert web.asked() == ["http://a.org/1", "http://a.org/1", "http://a.org/2"]
        assert gaps(web, "a.org")[1] >= 1.0


def test_retry_after_as_a_date(tmp_path):
    date = formatdate(1_700_000_000 + 2, usegmt=True)
    assert retry_after(date, 1_700_000_000.0) == 2.0
    assert retry_after(date, 1_800_000_000.0) == 0.0
    assert retry_after(" 120 ", 0.0) == 120.0
    assert retry_after("9" * 400, 0.0) == 999_999_999_999.0
    for nothing in ("", "-1", "soon", "1.5", "²", "Wed, 99 Foo 2024 10:00:00 GMT"):
        assert retry_after(nothing, 0.0) is None


@pytest.mark.parametrize(
    ("value", "after"), [("3600", HOUR), (str(10**9), 30 * DAY), ("7200", 2 * HOUR)]
)
def test_a_long_retry_after_postpones_the_host(tmp_path, clock, value, after):
    pages = {"a.org/1": Reply(status=429, headers={"Retry-After": value}), "a.org/2": TEXT}
    urls = ["http://a.org/1", "http://a.org/2"]
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, urls, clock)
        assert web.asked() == ["http://a.org/1"]
        assert report.failed == 2
        with PageCache(tmp_path / "pages") as kept:
            assert {kept.standing(url).retry_at - clock.now for url in urls} == {after}
        web.clear()
        clock.now += after - 1
        crawl(web, tmp_path, urls, clock)
        assert web.asked() == []


def test_a_failing_page_is_tried_thrice_then_on_a_schedule(tmp_path, clock):
    url = "http://a.org/1"
    with LoopbackWeb({"a.org/1": Reply(status=500)}) as web:
        waits = []
        for _ in range(7):
            web.clear()
            crawl(web, tmp_path, [url], clock)
            assert web.asked() == [url] * 3
            with PageCache(tmp_path / "pages") as kept:
                waits.append((kept.standing(url).retry_at - clock.now) / HOUR)
            clock.now += waits[-1] * HOUR - 1
            crawl(web, tmp_path, [url], clock)
            assert web.asked() == [url] * 3
            clock.now += 2
    assert waits == [1, 4, 16, 64, 256, 720, 720]


def test_a_dead_host_is_not_asked_for_every_page(tmp_path):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        with LoopbackWeb({"live.org/": TEXT}) as web:
            rules = (f"dead.org:80:127.0.0.1:{port}", *web.rules)
            urls = [f"http://dead.org/{i}" for i in range(50)] + ["http://live.org/"]
            report, _, _ = crawl(web, tmp_path, urls, resolve=rules)
    assert (report.fetched, report.failed) == (1, 50)


def test_a_failed_refresh_keeps_the_old_page(tmp_path, clock):
    url = "http://a.org/1"
    with LoopbackWeb({"a.org/1": TEXT}) as web:
        crawl(web, tmp_path, [url], clock)
        web.pages["a.org/1"] = Reply(status=500)
        clock.now += 31 * DAY
        report, _, kept = crawl(web, tmp_path, [url], clock)
    assert report.failed == 1
    assert kept[url][0].failure is None
    assert kept[url][1].decode() == TEXT


# Caps


def chunked(body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body


def test_what_is_too_large_is_refused(tmp_path):
    pages = {
        "a.org/told": Reply("x" * 200_001),
        "a.org/untold": Reply(raw=[chunked(b"x" * 200_001)]),
        "a.org/packed": Reply(gzip.compress(bytes(200_001)), headers={"Content-Encoding": "gzip"}),
        "a.org/fits": Reply(gzip.compress(b"x" * 200_000), headers={"Content-Encoding": "gzip"}),
    }
    with LoopbackWeb(pages) as web:
        urls = [f"http://{address}" for address in pages]
        report, _, kept = crawl(web, tmp_path, urls, max_bytes=200_000)
    assert set(report.failures) == set(urls[:3])
    assert all("more than 200,000 bytes" in reason for reason in report.failures.values())
    assert kept["http://a.org/fits"][1] == b"x" * 200_000


def test_slow_drips_and_silence_end(tmp_path):
    pages = {
        "a.org/drip": Reply(raw=[chunked(b"a"), *([0.1, b"a"] * 100)]),
        "b.org/silent": Reply(raw=[30.0]),
        "c.org/headers": Reply(raw=[b"HTTP/1.1 200 OK\r\n", *([0.1, b"X-A: b\r\n"] * 100)]),
    }
    with LoopbackWeb(pages) as web:
        urls = [f"http://{address}" for address in pages]
        report, _, _ = crawl(web, tmp_path, urls, deadline=0.5, timeout=0.3)
    assert "more than 0.5 seconds" in report.failures["http://a.org/drip"]
    assert "no answer in time" in report.failures["http://b.org/silent"]
    assert "more than 0.5 seconds" in report.failures["http://c.org/headers"]


def test_endless_headers_and_broken_answers_are_failures(tmp_path):
    pages = {
        "a.org/1": Reply(raw=[b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 300_000]),
        "b.org/1": Reply(raw=[b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 40_000]),
        "c.org/1": Reply(raw=[b"not http at all\r\n\r\n"]),
        "d.org/1": Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"]),
        "e.org/1": Reply(raw=[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]),
        "f.org/1": Reply(b"\x1f\x8bnot gzip", headers={"Content-Encoding": "gzip"}),
        "g.org/1": Reply(gzip.compress(b"x" * 999)[:-9], headers={"Content-Encoding": "gzip"}),
        "h.org/1": Reply("brotli", headers={"Content-Encoding": "br"}),
        "i.org/1": Reply(raw=[b""]),
        "j.org/1": Reply(raw=[b"HTTP/1.1 100 Continue\r\n\r\n" * 50]),
    }
    with LoopbackWeb(pages) as web:
        report, _, _ = crawl(web, tmp_path, [f"http://{address}" for address in pages])
    assert (report.fetched, report.failed) == (0, 10)
    assert "was not asked for" in report.failures["http://h.org/1"]
    assert "ends in the middle" in report.failures["http://g.org/1"]


def test_types_without_text_are_not_downloaded(tmp_path):
    pages = {
        "a.org/v": Reply(b"\0" * 1000, media_type="video/mp4"),
        "a.org/none": Reply(b"%PDF-1.7 ...", media_type=""),
        "a.org/bin": Reply(b"\0\1\2", media_type="application/octet-stream"),
        "a.org/empty": Reply(b"  \n"),
    }
    with LoopbackWeb(pages) as web:
        report, _, kept = crawl(web, tmp_path, [f"http://{address}" for address in pages])
    assert set(report.failures) == {"http://a.org/v", "http://a.org/bin", "http://a.org/empty"}
    assert kept["http://a.org/none"][0].media_type == "application/pdf"


def test_a_wall_is_kept_but_never_a_page(tmp_path):
    wall = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>"
    with LoopbackWeb({"a.org/": wall}) as web:
        report, told, kept = crawl(web, tmp_path, ["http://a.org/"])
    assert "Cloudflare" in report.failures["http://a.org/"]
    assert told[0].failure == kept["http://a.org/"][0].failure
    assert kept["http://a.org/"][1] == wall.encode()


# The archive


def archived(stamp="20200102030405"):
    closest = '{"available": true, "status": "200", "timestamp": "%s", "url": "http://evil.org/"}'
    body = '{"archived_snapshots": {"closest": ' + closest % stamp + "}}"
    return Reply(body, media_type="application/json")


def test_a_page_that_is_gone_comes_from_the_archive(tmp_path):
    lookup = "archive.org/wayback/available?url=a.org/gone"
    copy = "web.archive.org/web/20200102030405id_/http://a.org/gone"
    with LoopbackWeb({lookup: archived(), copy: TEXT}) as web:
        report, told, kept = crawl(web, tmp_path, ["http://a.org/gone"])
        assert web.asked().count(f"https://{lookup}") == 1
    assert (report.fetched, report.failed, len(told)) == (1, 0, 1)
    page, body = kept["http://a.org/gone"]
    assert page.final_url == f"https://{copy}"
    assert body.decode() == TEXT


def test_a_host_that_is_gone_comes_from_the_archive_too(tmp_path):
    async def nowhere(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    pages = {}
    for i in range(3):
        pages[f"archive.org/wayback/available?url=a.org/{i}"] = archived()
        pages[f"web.archive.org/web/20200102030405id_/http://a.org/{i}"] = TEXT
    with LoopbackWeb(pages) as web:
        rules = tuple(
            f"{host}:443:127.0.0.1:{web.tls_port}" for host in ("archive.org", "web.archive.org")
        )
        settings = web.settings(tmp_path, resolve=rules)
        with PageCache(tmp_path / "pages") as cache:
            fetcher = Fetcher(settings, cache, resolve=nowhere)
            report = asyncio.run(fetcher.crawl([f"http://a.org/{i}" for i in range(3)]))
    assert (report.fetched, report.failed) == (3, 0)


@pytest.mark.parametrize(
    "wall",
    [
        Reply("no", 403),
        "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue",
        Reply("", 302, {"Location": "/login?next=/a"}),
    ],
)
def test_what_a_wall_hides_comes_from_the_archive(tmp_path, wall):
    lookup, copy = (
        "archive.org/wayback/available?url=a.org/a",
        "web.archive.org/web/20200102030405id_",
    )
    pages = {"a.org/a": wall, "a.org/login?next=/a": "<title>Login", lookup: archived()}
    with LoopbackWeb(pages | {f"{copy}/https://a.org/a": TEXT}) as web:
        report, _, kept = crawl(web, tmp_path, ["https://a.org/a"])
    assert report.fetched == 1
    assert kept["https://a.org/a"][1].decode() == TEXT


def test_a_wall_without_a_copy_is_tried_again_soon(tmp_path, clock):
    pages = {"a.org/a": Reply("no", 403), "archive.org/wayback/available?url=a.org/a": "{}"}
    with LoopbackWeb(pages) as web:
        crawl(web, tmp_path, ["https://a.org/a"], clock)
        clock.now += 1.1 * HOUR
        report, *_ = crawl(web, tmp_path, ["https://a.org/a"], clock)
        assert web.asked().count("https://a.org/a") == 2
    assert "403" in report.failures["https://a.org/a"]


def test_robots_txt_is_not_got_around_by_the_archive(tmp_path):
    with LoopbackWeb({"a.org/robots.txt": SHUT, "a.org/a": TEXT}) as web:
        crawl(web, tmp_path, ["https://a.org/a"])
        assert web.asked() == []


# What belongs together


def test_a_paper_is_asked_for_after_its_abstract(tmp_path, clock):
    urls = ["https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/2005.14165"]
    papers = [url.replace("abs", "pdf") for url in urls]
    pdf = Reply(b"%PDF-1.4 x", media_type="application/pdf")
    pages = {url[8:]: TEXT for url in urls} | {papers[0][8:]: pdf}
    with LoopbackWeb(pages) as web:
        transport = {"delay": 0.0}
        sites.arxiv.DELAYS, kept_delays = {}, sites.arxiv.DELAYS
        try:
            report, _, kept = crawl(web, tmp_path, urls, clock, **transport)
            assert web.asked() == [*urls, *papers]  # abstracts first; the archive is not asked
            assert set(kept) == {*urls, papers[0], papers[1]}
            assert list(report.failures) == papers[1:]
            web.clear()
            web.pages[papers[1][8:]] = pdf
            clock.now += 31 * DAY
            crawl(web, tmp_path, urls, clock, **transport)
            assert papers[1] in web.asked()
        finally:
            sites.arxiv.DELAYS = kept_delays


# In pieces


def test_a_crawl_that_is_paused_goes_on_where_it_was(tmp_path):
    urls = [f"https://{host}.org/{n}" for n in range(6) for host in "ab"]
    with LoopbackWeb({url[8:]: TEXT for url in urls}) as web, PageCache(tmp_path / "p") as pages:
        fetcher = Fetcher(web.settings(tmp_path), pages)

        async def in_pieces():
            crawl, rounds = fetcher.begin(urls), 1
            while not await crawl.go_on(lambda most=rounds: len(web.asked()) >= 4 * most):
                rounds += 1
                asked = len(web.asked())
                await asyncio.sleep(0.05)
                assert len(web.asked()) == asked  # it rests
            await crawl.close()
            return crawl.report, rounds

        report, rounds = asyncio.run(in_pieces())
        assert (report.fetched, sorted(web.asked())) == (12, sorted(urls))
        assert rounds >= 3


def test_what_the_archive_lacks_stays_a_failure(tmp_path, clock):
    with LoopbackWeb({}) as web:
        report, told, kept = crawl(web, tmp_path, ["http://a.org/gone"], clock)
        assert report.failures == {"http://a.org/gone": "a.org: HTTP 404"}
        assert told[0].failure == kept["http://a.org/gone"][0].failure == "a.org: HTTP 404"
        assert kept["http://a.org/gone"][0].status == 404
        web.clear()
        clock.now += 29 * DAY
        crawl(web, tmp_path, ["http://a.org/gone"], clock)
        assert web.requests == []


# Safety of what is written


def test_credentials_are_neither_sent_nor_kept_nor_shown(tmp_path):
    pages = {
        "a.org/1": Reply(status=302, headers={"Location": "http://me:hunter2@a.org/2"}),
        "a.org/2": TEXT,
    }
    urls = ["http://me:hunter2@a.org/1", "http://me:hunter2@a.org:22/", "ftp://me:hunter2@a.org/"]
    with LoopbackWeb(pages) as web:
        report, told, kept = crawl(web, tmp_path, urls)
        sent = str([r.headers for r in web.requests]) + str(web.asked())
    with PageCache(tmp_path / "pages") as cache:
        cache.export_warc(tmp_path / "out.warc.gz")
    written = gzip.decompress((tmp_path / "out.warc.gz").read_bytes())
    written += "".join(sqlite3.connect(tmp_path / "pages" / "pages.db").iterdump()).encode()
    assert report.fetched == 1
    assert "hunter2" not in sent + str(report) + str(told) + str(kept)
    assert b"hunter2" not in written


def test_what_is_no_web_address_fails_without_a_request(tmp_path):
    urls = [
        "javascript:alert(1)",
        "mailto:a@b.org",
        "nonsense",
        "",
        "http://",
        "http://a.org:99999/",
    ]
    with LoopbackWeb({}) as web:
        report, _, _ = crawl(web, tmp_path, urls)
        assert web.requests == []
    assert report.failed == len(urls)


def test_a_transport_may_stand_in_for_the_network(tmp_path):
    def answer(request):
        return httpx.Response(200, html=TEXT) if request.url.path == "/a" else httpx.Response(404)

    with LoopbackWeb({}) as web, PageCache(tmp_path / "pages") as pages:
        fetcher = Fetcher(web.settings(tmp_path), pages, transport=httpx.MockTransport(answer))
        report = asyncio.run(fetcher.crawl(["https://example.com/a"]))
    assert report.fetched == 1


def test_a_setting_that_cannot_be_used_is_a_clear_error(tmp_path):
    with LoopbackWeb({"a.org/": TEXT}) as web, PageCache(tmp_path / "pages") as pages:
        with pytest.raises(StoreError, match="resolve"):
            Fetcher(web.settings(tmp_path, resolve=("a.org:80",)), pages)
        fetcher = Fetcher(web.settings(tmp_path, ca_file="/nowhere.pem"), pages)
        with pytest.raises(StoreError, match="nowhere"):
            asyncio.run(fetcher.crawl(["https://a.org/"]))


def test_an_untrusted_certificate_is_refused(tmp_path):
    with LoopbackWeb({"a.org/": TEXT}) as web:
        report, _, _ = crawl(web, tmp_path, ["https://a.org/"], ca_file="")
        assert web.requests == []
    assert "CERTIFICATE" in report.failures["https://a.org/"]


def test_many_addresses_run_as_few_tasks(tmp_path):
    most = 0

    def count(_):
        nonlocal most
        most = max(most, len(asyncio.all_tasks()))

    pages = {f"h{i % 20}.org/{i}": "short page" for i in range(300)}
    with LoopbackWeb(pages) as web, PageCache(tmp_path / "pages") as cache:
        settings = web.settings(tmp_path, concurrency=8)
        report = asyncio.run(Fetcher(settings, cache).crawl([f"http://{a}" for a in pages], count))
    assert report.fetched == 300
    assert most < 2 * 8

"""Thousands of addresses on fifty hosts, some of which ask for patience and some for madness.

Times are those of the server: a gap runs from when it had an answer ready to when it heard the next
request, so the crawler's own gap is never shorter than what is seen here.
"""

import asyncio
import random
from collections import Counter, defaultdict
from email.utils import formatdate
from itertools import pairwise
from time import monotonic, time

from cache.pages import PageCache
from indexer.crawl.crawler import Fetcher
from tests.loopback import LoopbackWeb, Reply

from .conftest import count

URLS = count("URLS", 1000)
HOSTS = 50
DELAY = 0.005
TEXT = "<title>Page</title><p>" + "words to read " * 20
ABSURD = [
    "99999999999999999999",
    "1e9",
    "-1",
    "soon",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 99 Foo 2024 99:99:99 GMT",
    "\u0661\u0662\u0663".encode().decode("latin-1"),
    "0x10",
    "Fri, 31 Dec 9999 23:59:59 -2400",
]


def crawl(web, folder, urls, **changes):
    """The report, and how the last attempt at each address went."""
    with PageCache(folder / "pages") as pages:
        fetcher = Fetcher(web.settings(folder, **changes), pages, backoff=0.01)
        report = asyncio.run(fetcher.crawl(urls))
        return report, {url: pages.standing(url) for url in urls}


def by_host(web):
    """(started, ended) of every request to each host, in order."""
    found = defaultdict(list)
    for host, started, ended in web.finished:
        found[host].append((started, ended))
    return {host: sorted(times) for host, times in found.items()}


class Patience:
    """A host that answers 429 to one address once, and remembers until when it must be left alone.

    until is in seconds of clock: a date has whole seconds, which a monotonic clock does not know.
    """

    def __init__(self, value, clock, until):
        self._value, self._clock, self._until = value, clock, until
        self.since = self.early = self.asked = 0

    def first(self, request):
        self.asked += 1
        if self.asked == 1:
            self.since = self._until()
            return Reply("wait", 429, {"Retry-After": self._value()})
        return self.other(request)

    def other(self, request):
        self.early += self._clock() < self.since
        return Reply(TEXT)


def test_thousands_of_addresses_on_fifty_hosts_are_asked_for_with_manners(tmp_path):
    """URLS addresses, plain and TLS mixed; Crawl-delay, Retry-After, failures and redirects among
    them. Never two requests at once to a host, no gap shorter than promised."""
    chance = random.Random(20261125)
    pages, urls, delays, patient = {}, [], Counter(), []
    for number in range(URLS):
        host = f"h{number % HOSTS}.test"
        urls.append(f"{chance.choice(('http', 'http', 'http', 'https'))}://{host}/{number}")
        pages[f"{host}/{number}"] = TEXT
        kind = chance.randrange(40)
        if kind == 0:
            pages[f"{host}/{number}"] = Reply("no", 403)
        if kind == 1:
            pages[f"{host}/{number}"] = Reply("busy", 503)
        if kind == 2:
            elsewhere = f"http://h{chance.randrange(HOSTS)}.test/moved"
            pages[f"{host}/{number}"] = Reply("", 302, {"Location": elsewhere})
    for number in range(HOSTS):
        host = f"h{number}.test"
        pages[f"{host}/moved"] = TEXT
        delays[host] = DELAY
        if number % 10 == 0:
            delays[host] = 4 * DELAY
            rules = f"User-agent: *\nCrawl-delay: {4 * DELAY}\n"
            pages[f"{host}/robots.txt"] = Reply(rules, media_type="text/plain")
        if number % 10 == 5:  # whole seconds, and a date
            patient.append(Patience(lambda: "1", monotonic, lambda: monotonic() + 1))
        if number % 10 == 6:
            patient.append(Patience(lambda: formatdate(time() + 2, usegmt=True), time, in_two))
        if number % 10 in (5, 6):
            first, *others = [
                one for one in pages if one.startswith(f"{host}/") and "mo" not in one
            ]
            pages[first] = patient[-1].first
            pages |= dict.fromkeys(others, patient[-1].other)
    with LoopbackWeb(pages) as web:
        began = monotonic()
        report, standings = crawl(web, tmp_path, urls, delay=DELAY, concurrency=HOSTS)
        seconds = monotonic() - began
        seen = by_host(web)
    gaps = {
        host: [after[0] - before[1] for before, after in pairwise(times)]
        for host, times in seen.items()
    }
    assert min(min(found) for found in gaps.values()) > 0
    early = {host: min(found) for host, found in gaps.items() if min(found) < delays[host] - 1e-6}
    assert early == {}
    assert [one.early for one in patient] == [0] * len(patient)
    assert [one.asked for one in patient] == [2] * len(patient)
    assert report.fetched + report.failed == URLS
    assert report.fetched > URLS * 0.9
    assert None not in standings.values()
    requests = sum(map(len, seen.values()))
    least = min(min(found) for found in gaps.values()) * 1000
    shown = f"least gap {least:.1f} ms where {DELAY * 1000:g} are promised"
    print(f"\n{URLS} addresses on {HOSTS} hosts, {requests} requests in {seconds:.1f} s, {shown}")


def in_two():
    """The second that a Retry-After date two seconds from now names."""
    return int(time() + 2)


def test_absurd_patience_is_bounded(tmp_path):
    """Whatever Retry-After says, the crawl ends and the host is asked again within refresh_days."""
    pages, urls = {}, []
    for number, value in enumerate(ABSURD):
        for status in (429, 503):
            host = f"w{number}-{status}.test"
            urls += [f"http://{host}/{n}" for n in range(3)]
            pages |= {f"{host}/{n}": Reply("", status, {"Retry-After": value}) for n in range(3)}
    with LoopbackWeb(pages) as web:
        report, standings = crawl(web, tmp_path, urls, refresh_days=30.0)
        asked = Counter(web.asked())
    assert report.failed == len(urls)
    assert max(asked.values()) <= 3
    waits = [one.retry_at - one.checked_at for one in standings.values()]
    assert min(waits) > 0
    assert max(waits) <= 30 * 86_400 + 1  # two readings of one clock
    assert sum(one.endswith("/2") for one in asked) < len(ABSURD) * 2  # some hosts were left alone


class Traps:
    """A web in which every address of a host leads to another, without end. asked counts."""

    def __init__(self):
        self.asked = Counter()
        self._ways = {
            "next": lambda host, number: f"http://{host}/cal?day={number}",
            "session": lambda host, number: f"http://{host}/page;sid={number * 7919}?sid={number}",
            "self": lambda host, number: f"http://{host}/start",
            "ping": lambda host, number: f"http://{host.replace('ping', 'pong')}/start",
            "pong": lambda host, number: f"http://{host.replace('pong', 'ping')}/start",
        }

    def get(self, address):
        host, _, path = address.partition("/")
        name, _, status = host.removesuffix(".test").partition("-")
        if path.startswith("robots.txt") != (name == "robots"):
            return Reply(TEXT) if name == "robots" else None
        self.asked[host] += 1
        number = self.asked[host]
        if name == "calendar":
            return Reply(
                f"{TEXT}<a href='?day={number}'>next</a><a rel=next href='/{number}'>week</a>"
            )
        if name == "robots":
            return Reply("", 302, {"Location": f"/robots.txt?{number}"})
        url = self._ways[name](host, number)
        if status == "200":
            return Reply(f"<meta http-equiv=refresh content='0;url={url}'>")
        return Reply("", int(status), {"Location": url, "Set-Cookie": f"sid={number}"})


def test_calendars_sessions_and_loops_end(tmp_path):
    """Links are not followed, and a page is moved five times at most: by redirect, meta refresh,
    on its host, to another and back, or for robots.txt. The next build does not begin anew."""
    traps = Traps()
    hosts = ["calendar.test", "robots.test"]
    for status in (301, 302, 303, 307, 308, 200):
        hosts += [f"{name}-{status}.test" for name in ("next", "session", "self", "ping")]
    urls = [f"http://{host}/start" for host in hosts]
    with LoopbackWeb() as web:
        web.pages = traps
        report, _ = crawl(web, tmp_path, urls)
        asked = len(web.requests)
        crawl(web, tmp_path, urls)
        assert len(web.requests) == asked
    assert traps.asked["calendar.test"] == 1
    assert max(traps.asked.values()) == 6  # a page and five moves
    assert report.failed == len(urls) - 3  # a calendar's day, robots.txt as none, and a reload
    endings = ("more than 5 redirects", "redirects to itself")
    assert all(reason.endswith(endings) for reason in report.failures.values()), report.failures

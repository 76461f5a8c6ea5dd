"""Small answers that would be huge when decoded must not fill the memory."""

import asyncio
import gzip
import os
import subprocess
import sys
import zlib

import pytest

from cache.pages import PageCache
from indexer.crawl.crawler import Fetcher
from tests.conftest import ROOT
from tests.loopback import LoopbackWeb, Reply

GROWTH = 64 << 20  # bytes
CRAWL = """
import asyncio, re, sys
from pathlib import Path
from cache.pages import PageCache
from cache.settings import Settings
from indexer.crawl.crawler import Fetcher
def peak():
    # of this program alone: ru_maxrss starts from what its parent held when it was started
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
home, url = Path(sys.argv[1]), sys.argv[2]
settings = Settings.load(home)
with PageCache(settings.layout.pages) as pages:
    asyncio.run(Fetcher(settings, pages).crawl([url.replace("bomb", "warm")]))
    before = peak()
    report = asyncio.run(Fetcher(settings, pages, backoff=0.01).crawl([url]))
    after = peak()
print(report.fetched, (after - before) * 1024)
"""


def one_member(size):
    """gzip of size zero bytes, in a second: a flushed block repeats."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return head + block * (size >> 24) + zlib.compressobj(9, zlib.DEFLATED, -15).flush() + bytes(8)


def crawled(tmp_path, reply):
    """(pages fetched, bytes the crawler grew by)."""
    with LoopbackWeb({"a.org/bomb": reply, "a.org/warm": "<p>small</p>"}) as web:
        done = subprocess.run(
            [sys.executable, "-c", CRAWL, str(tmp_path), "http://a.org/bomb"],
            cwd=ROOT,
            env=os.environ | web.environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    fetched, growth = done.stdout.split()
    return int(fetched), int(growth)


GZIP = {"Content-Encoding": "gzip"}
BOMBS = {
    "one gzip member of 4 GiB": lambda: Reply(one_member(1 << 32), headers=GZIP),
    "many gzip members": lambda: Reply(gzip.compress(bytes(1 << 24)) * 256, headers=GZIP),
    "gzip in gzip": lambda: Reply(
        gzip.compress(one_member(1 << 32)), headers={"Content-Encoding": "gzip, gzip"}
    ),
    "deflate": lambda: Reply(
        zlib.compress(bytes(1 << 26)), headers={"Content-Encoding": "deflate"}
    ),
    "an endless body": lambda: Reply(
        raw=[b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", *([b"x" * (1 << 20)] * 200)]
    ),
    "an error page": lambda: Reply(one_member(1 << 32), status=404, headers=GZIP),
    "a redirect's body": lambda: Reply(
        one_member(1 << 32), status=302, headers=GZIP | {"Location": "/warm"}
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_do_not_fill_the_memory(tmp_path, name):
    fetched, growth = crawled(tmp_path, BOMBS[name]())
    assert fetched == (name == "a redirect's body")
    assert growth < GROWTH


def test_the_largest_page_allowed_fits_the_bound_too(tmp_path):
    fetched, growth = crawled(tmp_path, Reply(gzip.compress(b"a " * 9_999_000), headers=GZIP))
    assert fetched == 1
    assert growth < GROWTH


def test_a_robots_bomb_is_cut(tmp_path):
    rules = b"User-agent: *\nDisallow: /bomb\n" + b"#" * (1 << 26)
    pages = {
        "a.org/robots.txt": Reply(gzip.compress(rules), headers=GZIP),
        "a.org/yes": "<p>text</p>",
        "a.org/bomb": "<p>text</p>",
    }
    with LoopbackWeb(pages) as web, PageCache(tmp_path / "pages") as cache:
        fetcher = Fetcher(web.settings(tmp_path), cache)
        report = asyncio.run(fetcher.crawl(["http://a.org/yes", "http://a.org/bomb"]))
    assert list(report.failures) == ["http://a.org/bomb"]

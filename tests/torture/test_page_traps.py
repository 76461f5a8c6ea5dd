"""What the crawler itself reads of a page takes time linear in it, and never parses HTML.

Everything else about a page happens in the sandbox; these few functions run in the crawler, where
no deadline can interrupt them, so pages are made on which a careless pattern would take hours.
"""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SIZE = 400_000
TRAPS = {
    "comments": b"refresh" + b"<!--" * (SIZE // 4),
    "metas": b"refresh" + b"<meta " * (SIZE // 6),
    "spaces before refresh": b"<meta http-equiv=" + b" " * SIZE + b"x refresh>",
    "spaces before url": b"<meta http-equiv=refresh content='5" + b" " * SIZE + b"x'>",
    "entities before url": b"<meta http-equiv=refresh content='5" + b"&#32;" * (SIZE // 5) + b"x'>",
    "digits": b"<meta http-equiv=refresh content='" + b"1" * SIZE + b"'>",
    "contents": b"<meta http-equiv=refresh " + b"content='" * (SIZE // 9),
    "open brackets": b"<" * SIZE,
    "titles": b"<title>" * (SIZE // 7),
    "open titles": b"<title " * (SIZE // 7),
    "noscripts": b"refresh" + b"<noscript " * (SIZE // 10),
    "scripts": b"<script " * (SIZE // 8),
    "closings": b"<script>" + b"</script " * (SIZE // 9),
    "ids": b"id=" * (SIZE // 3),
    "id spaces": b"id" + b" " * SIZE,
    "brackets": b"[" * SIZE,
    "lists": b"[" + b"[]," * (SIZE // 3) + b"[]]",
}
READ = """
import resource, sys
from pathlib import Path
from cache.records import Page
from indexer import sites
from indexer.sites import wayback
from indexer.crawl.walls import blocked_reason
from indexer.crawl.requests import meta_refresh

resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for file in sorted(Path(sys.argv[1]).iterdir()):
    print(file.name, flush=True)
    body = file.read_bytes()
    for address in sys.argv[2:]:
        page = Page(address, address, 200, "text/html", "", "2024-01-01T00:00:00Z")
        meta_refresh(body)
        blocked_reason(page, body)
        sites.failure_of(page, body)
        wayback.copy_of(address, body)
"""
ADDRESSES = (
    "https://a.org/",
    "https://mp.weixin.qq.com/s/abc",
    "https://zhuanlan.zhihu.com/p/123",
    "https://www.bilibili.com/video/BV1GJ411x7h7",
)


def test_traps_for_the_crawler_end_within_a_minute_of_processor_time(tmp_path):
    """All of them together; before the patterns were mended, each took from minutes to hours."""
    for name, body in TRAPS.items():
        (tmp_path / name).write_bytes(body)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path), *ADDRESSES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.stderr[-500:])


@pytest.mark.parametrize("address", ADDRESSES)
def test_judging_an_answer_parses_no_html(address):
    """libxml2 and its like run in the sandbox only."""
    script = """
import sys
from lxml import html
def refuse(*arguments, **keywords):
    raise AssertionError("HTML is parsed outside the sandbox")
html.document_fromstring = html.fromstring = refuse
from cache.records import Page
from indexer import sites
page = Page(sys.argv[1], sys.argv[1], 200, "text/html", "", "2024-01-01T00:00:00Z")
print(sites.failure_of(page, b"<p id='js_content'>text</p>") is None)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str("bilibili" not in address)

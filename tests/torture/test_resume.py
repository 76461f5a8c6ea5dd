"""A build that is stopped goes on where it stopped; what failed waits for its time."""

import os
import signal
import subprocess
import sys

import pytest

from cache.pages import PageCache
from indexer.build import build
from tests.conftest import ROOT, write_list
from tests.loopback import LoopbackWeb, Reply

from .conftest import count

PAGES = 24
STOPS = count("STOPS", 3)
TEXT = "".join(f"<p>Sentence {n} of a page about reward models, all in one.</p>" for n in range(9))
BUILD = "import sys, cli; cli.main(sys.argv[1:])"


def body(number):
    return f"<title>Page {number}</title><article><p>Number {number}.</p>{TEXT}</article>"


@pytest.mark.parametrize("stop", range(STOPS))
def test_a_build_killed_after_some_pages_asks_for_the_others_only(
    fresh_home, tiny_model, tmp_path, stop
):
    """SIGKILL while page N+1 is on its way: the next build asks for N+1 and what follows."""
    last = 3 + stop * 7 % (PAGES - 4)
    links = [(f"Page {n}", f"https://a.test/{n}", "") for n in range(PAGES)]
    source = write_list(tmp_path / "list.md", links)
    crawler = None

    def killing(request):
        os.kill(crawler.pid, signal.SIGKILL)
        return Reply(body(last))

    pages = {f"a.test/{n}": body(n) for n in range(PAGES)}
    with LoopbackWeb(pages | {f"a.test/{last}": killing}) as web:
        environment = os.environ | web.environment()
        environment |= {"NEXTREAD_MODEL": str(tiny_model), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", BUILD, "--home", str(fresh_home), "build", str(source)]
        crawler = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        crawler.communicate(timeout=120)
        assert crawler.returncode == -signal.SIGKILL
        assert web.asked() == [f"https://a.test/{n}" for n in range(last + 1)]
        web.clear()
        web.pages = pages
        settings = web.settings(fresh_home, model=str(tiny_model))
        report = build([str(source)], settings)
        assert web.asked() == [f"https://a.test/{n}" for n in range(last, PAGES)]
    assert (report.fetched, report.manifest.counts["documents"]) == (PAGES - last, PAGES)
    with PageCache(fresh_home / "pages", read_only=True) as kept:
        assert list(kept.verify()) == []


def test_a_page_that_fails_is_left_alone_until_its_time(fresh_home, tiny_model, tmp_path):
    """Not asked for again by the next build, nor by the one after."""
    source = write_list(
        tmp_path / "list.md",
        [("Good", "https://a.test/good", ""), ("Bad", "https://b.test/bad", "")],
    )
    pages = {"a.test/good": body(1), "b.test/bad": Reply("no", 403)}
    with LoopbackWeb(pages) as web:
        settings = web.settings(fresh_home, model=str(tiny_model))
        first = build([str(source)], settings)
        assert first.failures == {"https://b.test/bad": "b.test: HTTP 403"}
        web.clear()
        for _ in range(2):
            build([], settings)
        assert web.requests == []
        with PageCache(fresh_home / "pages", read_only=True) as kept:
            standing = kept.standing("https://b.test/bad")
            assert (standing.attempts, standing.failure) == (1, "b.test: HTTP 403")
            assert 3500 < standing.retry_at - standing.checked_at < 3700
            assert kept.due("https://b.test/bad", standing.retry_at)

"""Answers before the crawl is over: 400 pages on four hosts, published as they come."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import count

import pytest

from cache.generation import open_current
from cache.layout import Layout
from cache.lists_toml import ListBook
from cache.records import Entry
from cache.settings import Settings
from indexer.build import build, in_asking_order
from indexer.resources.merge import merge
from indexer.rhythm import Pauses, Rhythm
from search.engine import Engine
from tests.conftest import ROOT, write_list
from tests.loopback import LoopbackWeb

HOSTS, PAGES = 4, 100
"""Hosts, and pages on each."""


def text_of(number):
    words = f"Page number {number} explains attention, rewards and 注意力 step {number}. "
    return f"<title>Lesson {number}</title><article><p>{words * 12}</p></article>"


@pytest.fixture
def web():
    pages = {f"h{n % HOSTS}.org/{n}": text_of(n) for n in range(HOSTS * PAGES)}
    with LoopbackWeb(pages) as web:
        yield web


@pytest.fixture
def source(tmp_path):
    links = [
        (f"Lesson {n}", f"https://h{n % HOSTS}.org/{n}", f"About {n}.")
        for n in range(HOSTS * PAGES)
    ]
    return write_list(tmp_path / "list.md", links)


@pytest.fixture
def settings(web, tiny_settings):
    changes = {"delay": 0.05, "publish_every": 0.3, "model": tiny_settings.model}
    return web.settings(tiny_settings.home, **changes)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Pauses as often as asked for, however long a busy machine takes to publish."""
    monkeypatch.setattr("indexer.rhythm.SHARE", 1.0)


class Readers:
    """Eight that open whatever is current and ask it, again and again."""

    def __init__(self, home, model):
        self.errors, self.asked = [], count()
        self._settings = Settings(home=home, model=model)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(8)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        while not self._end.wait(0.3):
            if not Layout(self._settings.home).current.exists():
                continue
            try:
                with Engine.open(settings=self._settings) as engine:
                    assert engine.search("attention", k=3).results
                    next(self.asked)
            except Exception as error:
                self.errors.append(error)


def test_pages_are_published_as_they_come(web, source, settings, fresh_home, tiny_model, tmp_path):
    heard = []

    def announce(manifest, coming):
        heard.append((manifest, len(web.asked()), coming))

    other = tmp_path / "other"
    shutil.copytree(fresh_home, other)
    with Readers(fresh_home, str(tiny_model)) as readers:
        report = build([str(source)], settings, rhythm=Rhythm(announce=announce))
    assert readers.errors == []
    assert next(readers.asked) > 8
    (first, asked, coming), *later = heard
    assert (first.counts["resources"], asked, coming) == (HOSTS * PAGES, 0, HOSTS * PAGES)
    assert len({manifest.number for manifest, *_ in heard} | {report.manifest.number}) >= 3
    documents = [manifest.counts["documents"] for manifest, *_ in heard]
    assert documents == sorted(documents)
    assert 0 < documents[-1] <= report.manifest.counts["documents"] == HOSTS * PAGES
    assert all(left < HOSTS * PAGES for *_, left in later)
    assert sorted(web.asked()) == sorted(f"https://{address}" for address in web.pages)

    at_once = replace(settings, home=other, publish_every=1e9, delay=0.0)
    assert build([str(source)], at_once).manifest.digest == report.manifest.digest


def child(web, settings, *arguments):
    """`nextread build` in a process of its own."""
    said = web.environment() | {
        "NEXTREAD_DELAY": str(settings.delay),
        "NEXTREAD_PUBLISH_EVERY": "0.3",
        "NEXTREAD_MODEL": settings.model,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "--home", str(settings.home), "build", *arguments],
        cwd=ROOT,
        env=os.environ | said | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def wait_for(condition, process):
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def documents_of(settings):
    with open_current(settings.layout) as generation:
        return generation.manifest.counts["documents"]


def answers(settings):
    with Engine.open(settings=Settings(home=settings.home, model=settings.model)) as engine:
        return len(engine.search("attention", k=5).results)


def test_killed_in_the_middle_it_answers_from_what_it_had(web, source, settings, tmp_path):
    process = child(web, settings, str(source))
    layout = settings.layout
    wait_for(lambda: layout.current.exists() and documents_of(settings) > 0, process)
    process.kill()
    process.communicate()
    had = documents_of(settings)
    assert 0 < had < HOSTS * PAGES
    assert answers(settings) > 0
    assert [record.source for record in ListBook.load(layout.lists)] == [str(source)]
    asked = web.asked()
    report = build([], replace(settings, delay=0.0, publish_every=1e9))
    assert report.manifest.counts["documents"] == HOSTS * PAGES
    assert len(web.asked()) <= HOSTS * PAGES + HOSTS  # one in flight a host is asked again
    assert len(set(asked)) == len(asked)


def test_ctrl_c_publishes_what_was_had(web, source, settings):
    process = child(web, settings, str(source), "--json")
    wait_for(lambda: len(web.asked()) >= 40, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    report = json.loads(out)
    assert 30 <= report["documents"] < HOSTS * PAGES
    assert documents_of(settings) == report["documents"]
    assert "ask away" in err
    assert "stopping" in err
    assert answers(settings) > 0


def test_a_bounded_crawl_ends_in_time_and_the_next_goes_on(web, source, settings):
    process = child(web, settings, str(source), "--for", "1s", "--json")
    report = json.loads(process.communicate(timeout=120)[0])
    had = report["documents"]
    assert 0 < had < HOSTS * PAGES
    web.clear()
    rest = build([], replace(settings, delay=0.0, publish_every=1e9))
    assert rest.manifest.counts["documents"] == HOSTS * PAGES
    assert HOSTS * PAGES - had <= len(web.asked()) <= HOSTS * PAGES - had + HOSTS


def test_a_stop_that_came_before_the_crawl_leaves_the_lists(web, source, settings):
    stop = threading.Event()
    stop.set()
    report = build([str(source)], settings, rhythm=Rhythm(stop=stop))
    assert (report.fetched, web.asked()) == (0, [])
    assert report.manifest.counts["resources"] == HOSTS * PAGES


def test_without_a_network_it_says_so_once(source, tiny_settings):
    process = subprocess.run(
        [sys.executable, "-m", "cli", "--home", str(tiny_settings.home), "build", str(source)],
        cwd=ROOT,
        env=os.environ
        | {"NEXTREAD_MODEL": tiny_settings.model, "PYTHONPATH": str(ROOT)}
        | {"NEXTREAD_RESOLVE": "no.such.test:1:127.0.0.1:1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if "no network" not in process.stderr:
        pytest.skip("this machine has a network, and h0.org an address")
    assert process.returncode == 0
    assert "could not read" not in process.stderr
    assert "pages are coming" not in process.stderr
    assert answers(tiny_settings) > 0


def test_lists_are_known_before_they_answer(source, tiny_settings, monkeypatch):
    """Stopped between the two, the next build must not drop what the index answers from."""

    def stopped(self, path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ListBook, "save", stopped)
        with pytest.raises(KeyboardInterrupt):
            build([str(source)], tiny_settings, offline=True)
    assert not tiny_settings.layout.current.exists()


def test_what_is_rated_and_often_named_is_asked_for_first():
    said = [("a", 1, None), ("a", 2, 1), ("a", 3, 5), ("a", 4, None), ("b", 4, None)]
    entries = [
        Entry(name, f"https://a.org/{n}", f"Title {n}", rating=rating) for name, n, rating in said
    ]
    order = [resource.url[-1] for resource in in_asking_order(merge(entries))]
    assert order == ["3", "4", "1", "2"]


def test_pauses_are_a_small_share_of_a_crawl():
    def slowly():
        time.sleep(0.05)

    pauses = Pauses(Rhythm(), 0.0, slowly)
    assert pauses.due
    pauses.take()
    assert not pauses.due
    assert not pauses.over
    assert Pauses(Rhythm(seconds=0.0), 60, slowly).over

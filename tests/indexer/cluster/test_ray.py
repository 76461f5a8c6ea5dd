"""Builds on a real Ray cluster of two nodes: the same digest, whatever dies in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from importlib.util import find_spec
from itertools import pairwise

import pytest

from indexer.build import build
from tests.conftest import ROOT, write_list
from tests.indexer.cluster.ray_nodes import Nodes
from tests.loopback import LoopbackWeb, Reply

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None, reason="the extra ray is not installed: nextread[ray]"
)

TEXT = "".join(f"<p>Sentence {n} of a page about reward models, all in one.</p>" for n in range(9))
HOSTS, PAGES = 8, 48
COMMAND = "import sys, cli; cli.main(sys.argv[1:])"
PATIENCE = 600  # seconds that anything may take on a busy machine


def body(number: int) -> Reply:
    text = f"<title>Page {number}</title><article><p>Number {number}.</p>{TEXT}</article>"
    return Reply(text, media_type="text/html")


def pages() -> dict[str, Reply]:
    """PAGES pages on HOSTS hosts; one of them moved from one host to another."""
    found = {f"h{n % HOSTS}.test/{n}": body(n) for n in range(PAGES)}
    found["h0.test/moved"] = Reply(status=301, headers={"location": "https://h1.test/new"})
    found["h1.test/new"] = body(PAGES)
    return found


LISTED = [f"https://{url}" for url in pages() if url != "h1.test/new"]
ASKED = Counter([*LISTED, "https://h1.test/new"])


class Home:
    """A home that is built in by the command, and the web it crawls."""

    def __init__(self, folder, web, nodes, model):
        self.folder, self.web, self.nodes, self.model = folder, web, nodes, model
        links = [(f"Page {url}", url, "a note") for url in LISTED]
        self.source = write_list(folder / "list.md", links)
        self.store = folder / "store"
        self.started = []

    def start(self, *more, **environment):
        options = ["build", str(self.source), "--json", "--ray", self.nodes.address]
        own = {"NEXTREAD_MODEL": str(self.model), "NEXTREAD_STORE": self.store.as_uri()}
        running = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "--home", str(self.folder), *options, *more],
            env=self.nodes.environment | self.web.environment() | own | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.started.append(running)
        return running

    def build(self, *more, **environment):
        running = self.start(*more, **environment)
        out, err = running.communicate(timeout=PATIENCE)
        assert running.returncode == 0, err
        return json.loads(out)


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    with Nodes(tmp_path_factory.mktemp("workers")) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def nodes(head):
    """Two nodes of two CPUs."""
    head.add(2)
    head.add(2)
    return head


@pytest.fixture(scope="module")
def expected(tiny_home, tiny_model, tmp_path_factory):
    """What one machine publishes."""
    home = tmp_path_factory.mktemp("alone")
    ready(home, tiny_home)
    source = write_list(home / "list.md", [(f"Page {url}", url, "a note") for url in LISTED])
    with LoopbackWeb(pages()) as web:
        report = build([str(source)], web.settings(home, model=str(tiny_model)))
        assert Counter(web.asked()) == ASKED
    return report


def ready(home, tiny_home):
    for folder in ("vectors", "models"):
        shutil.copytree(tiny_home / folder, home / folder)


@pytest.fixture
def web():
    with LoopbackWeb(pages()) as running:
        yield running


@pytest.fixture
def home(head, web, tiny_home, tiny_model, tmp_path):
    ready(tmp_path, tiny_home)
    home = Home(tmp_path, web, head, tiny_model)
    yield home
    for running in home.started:
        if running.poll() is None:  # else it keeps processors from the tests that follow
            running.kill()
            running.communicate()


def refused(running):
    """The error line of a build that failed, and its hint."""
    out, err = running.communicate(timeout=PATIENCE)
    assert (running.returncode, out) == (1, "")
    said = [line for line in err.splitlines() if line.startswith(("error: ", "hint: "))]
    assert len(said) == 2, err
    return said


def test_a_cluster_without_enough_processors_is_refused(home):
    error, hint = refused(home.start())
    assert "has 0 CPUs, and 2 are needed" in error
    assert "without --ray" in hint
    assert home.web.requests == []


def test_two_nodes_publish_what_one_machine_publishes(home, nodes, expected):
    report = home.build()
    assert report["digest"] == expected.manifest.digest
    assert {name: report[name] for name in expected.manifest.counts} == expected.manifest.counts
    assert (report["fetched"], report["embedded"]) == (expected.fetched, expected.embedded)
    assert Counter(home.web.asked()) == ASKED
    for host in home.web.hosts():
        times = sorted((begun, ended) for name, begun, ended in home.web.finished if name == host)
        assert all(ended <= begun for (_, ended), (begun, _) in pairwise(times)), host
    assert list(home.store.iterdir()) == []


def test_a_node_killed_in_the_middle_loses_and_doubles_nothing(home, nodes, expected):
    """Killed while three hosts are being asked: with two CPUs a node, both nodes are asking."""
    busy: Counter[str] = Counter()
    middle = threading.Event()

    def noticed(reply):
        def answer(request):
            busy[request.host] += 1
            if sum(0 < busy[f"h{n}.test"] < PAGES // HOSTS for n in range(HOSTS)) >= 3:
                middle.set()
            return reply

        return answer

    home.web.pages = {url: noticed(reply) for url, reply in home.web.pages.items()}
    home.web.latency = 0.5
    running = home.start()
    assert middle.wait(PATIENCE)
    nodes.kill()
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, err
    nodes.add(2)
    report = json.loads(out)
    assert report["digest"] == expected.manifest.digest
    assert {name: report[name] for name in expected.manifest.counts} == expected.manifest.counts
    assert (report["fetched"], report["failures"]) == (expected.fetched, {})
    asked = Counter(home.web.asked())
    assert asked.keys() == ASKED.keys()
    twice = {url for url, count in asked.items() if count > 1}
    assert twice  # else it was not the middle
    assert len(twice) < len(ASKED) // 2
    assert max(asked.values()) == 2


def test_a_build_that_takes_too_long_ends_with_an_error(home, nodes):
    home.web.latency = 60.0
    error, hint = refused(home.start(NEXTREAD_RAY_DEADLINE="1"))
    assert "took too long; 0 of" in error
    assert "--resume" in hint
    assert "ray_deadline" in hint


def test_a_lost_build_is_resumed_where_it_stopped(home, nodes, expected):
    """The driver is killed while one host keeps everybody waiting."""
    stuck = f"h{HOSTS - 1}.test"
    free = threading.Event()
    home.web.pages = {
        url: (lambda request, reply=reply: reply if free.is_set() else Reply(raw=[300.0]))
        if url.startswith(stuck)
        else reply
        for url, reply in home.web.pages.items()
    }
    running = home.start()
    until = time.monotonic() + PATIENCE
    while len(list(home.store.glob("*/pages/[0-9a-f]*"))) < HOSTS - 1:
        assert time.monotonic() < until
        time.sleep(0.2)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    home.web.clear()
    free.set()
    report = home.build("--resume")
    assert report["digest"] == expected.manifest.digest
    assert set(home.web.asked()) == {f"https://{stuck}/{n}" for n in range(7, PAGES, HOSTS)} | {
        "https://h1.test/new"
    }
    assert list(home.store.iterdir()) == []


def test_a_local_cluster_needs_nothing_but_the_flag(web, tiny_home, tiny_model, tmp_path, expected):
    ready(tmp_path, tiny_home)
    source = write_list(tmp_path / "list.md", [(f"Page {url}", url, "a note") for url in LISTED])
    options = ["--home", str(tmp_path), "build", str(source), "--json", "--ray", "local"]
    ran = subprocess.run(
        [sys.executable, "-c", COMMAND, *options],
        env=os.environ
        | web.environment()
        | {"NEXTREAD_MODEL": str(tiny_model), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["digest"] == expected.manifest.digest

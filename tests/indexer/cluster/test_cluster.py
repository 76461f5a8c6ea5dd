"""The driver of a build on many machines, with its jobs run here: what Ray adds is in test_ray."""

import json
import shutil
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from cache.errors import ClusterError, Damaged, QueryError, StoreError
from cache.layout import Layout
from cache.page_records import Standing
from cache.page_shards import ShardPages
from cache.records import Page
from indexer.build import build
from indexer.cluster import stages as crew_module
from indexer.cluster import tasks
from indexer.cluster.hosts import shared_out
from indexer.cluster.stages import ClusterStages, stages_for
from indexer.cluster.store import Store
from indexer.cluster.unfinished import Unfinished
from search.index import dense
from tests.conftest import run, write_list
from tests.loopback import LoopbackWeb, Reply

TEXT = "".join(f"<p>Sentence {n} of a page about reward models, all in one.</p>" for n in range(9))
ROBOTS = Reply("User-agent: *\nDisallow: /private\n", media_type="text/plain")


class Here:
    """Runs jobs one after the other; after `stop` of a stage the cluster is gone."""

    cpus = 2

    def __init__(self, **stop: int) -> None:
        self.stop = stop
        self.done: Counter[str] = Counter()
        self.texts = 0  # embedded

    def run(self, stage, task, jobs):
        for job in jobs:
            if self.done[stage] == self.stop.get(stage):
                raise ClusterError("the cluster was lost", "nextread build --resume")
            answer = task(json.loads(json.dumps(job)))
            self.done[stage] += 1
            self.texts += answer.get("texts", 0)
            yield answer

    def run_actors(self, stage, make, jobs):
        yield from self.run(stage, make(), jobs)


def body(number: int) -> str:
    return f"<title>Page {number}</title><article><p>Number {number}.</p>{TEXT}</article>"


def small_web() -> tuple[dict[str, object], list[str]]:
    """Pages on six hosts, one of them moved to another host, one to its www., one gone, one shut,
    one Chinese."""
    pages: dict[str, object] = {
        f"h{n % 6}.test/{n}": Reply(body(n), media_type="text/html") for n in range(18)
    }
    pages["h1.test/robots.txt"] = ROBOTS
    pages["h1.test/private"] = body(90)
    pages["h2.test/moved"] = Reply(status=301, headers={"location": "https://h3.test/new"})
    pages["h3.test/new"] = body(91)
    pages["h4.test/www"] = Reply(status=302, headers={"location": "https://www.h4.test/here"})
    pages["www.h4.test/here"] = body(92)
    pages["h5.test/zh"] = "<title>奖励模型</title><p>" + "奖励模型根据人的偏好打分。" * 30
    urls = [*pages, "h5.test/gone"]
    listed = [u for u in urls if u not in ("h3.test/new", "www.h4.test/here", "h1.test/robots.txt")]
    return pages, [f"https://{url}" for url in listed]


@pytest.fixture
def listed(tmp_path):
    pages, urls = small_web()
    source = write_list(tmp_path / "list.md", [(f"Page {u}", u, "a note") for u in urls])
    with LoopbackWeb(pages) as web:
        yield web, source


@pytest.fixture
def settings(listed, fresh_home, tiny_model, tmp_path, monkeypatch):
    """Settings of a home that is built in by many machines; the workers' models lie apart."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    web, _ = listed
    return web.settings(fresh_home, model=str(tiny_model), store=str(tmp_path / "store"))


@pytest.fixture(scope="module")
def alone(tiny_home, tiny_model, tmp_path_factory):
    """What one machine publishes, what it asked for, and its home."""
    home = tmp_path_factory.mktemp("alone")
    for folder in ("vectors", "models"):
        shutil.copytree(tiny_home / folder, home / folder)
    pages, urls = small_web()
    source = write_list(home / "list.md", [(f"Page {u}", u, "a note") for u in urls])
    with LoopbackWeb(pages) as web:
        report = build([str(source)], web.settings(home, model=str(tiny_model)))
        return report, Counter(web.asked()), home


def built(settings, source, runner, *, resume=False, **options):
    unfinished = Unfinished.begun(settings.layout, settings.store, resume=resume)
    stages = ClusterStages(settings, runner, unfinished)
    report = build([str(source)] if source else [], settings, stages=stages, **options)
    unfinished.end()
    return report


def test_many_machines_publish_what_one_publishes(listed, settings, alone, tmp_path):
    web, source = listed
    expected, asked, _ = alone
    heard: dict[str, tuple[int, int]] = {}

    def progress(stage, done, of):
        assert 0 <= done <= of
        heard[stage] = (done, of)

    runner = Here()
    report = built(settings, source, runner, progress=progress)
    assert report.manifest.digest == expected.manifest.digest
    assert report.manifest.counts == expected.manifest.counts
    assert (report.fetched, report.unchanged) == (expected.fetched, expected.unchanged)
    assert report.failures == expected.failures
    assert report.embedded == expected.embedded
    assert set(runner.done) == {"fetch", "extract", "embed"}
    assert {stage for stage, (done, of) in heard.items() if done == of} >= {
        "read", "fetch", "extract", "embed", "index"
    }  # fmt: skip
    assert Counter(web.asked()) == asked
    assert list((tmp_path / "store").iterdir()) == []
    assert not settings.layout.unfinished.exists()


def test_what_did_not_change_is_asked_for_conditionally_or_not_at_all(listed, settings):
    web, source = listed
    first = built(settings, source, Here())
    web.clear()
    runner = Here()
    again = built(settings, source, runner)
    assert (again.published, again.embedded, runner.done) == (False, 0, Counter())
    assert web.asked() == []
    web.pages["h0.test/0"] = Reply(body(1000), media_type="text/html")
    changed = built(replace(settings, refresh_days=0.0), source, Here())
    assert (changed.fetched, changed.unchanged) == (1, first.fetched - 1)
    assert changed.manifest.digest != first.manifest.digest


def test_a_lost_cluster_costs_only_what_it_had_not_stored(
    listed, settings, alone, monkeypatch, tmp_path
):
    """Lost in every stage, one after the other, and gone on with each time. What was had of pages
    is published before the others are asked for, so every attempt embeds, and no text twice."""
    web, source = listed
    monkeypatch.setattr(crew_module, "TEXTS_A_JOB", 4)
    lost = [Here(fetch=1), Here(fetch=2), Here(extract=2), Here(embed=2)]
    with pytest.raises(ClusterError):
        built(settings, source, lost[0])
    (left,) = (tmp_path / "store").iterdir()
    web.clear()
    shutil.rmtree(settings.home / "pages")
    with pytest.raises(ClusterError):
        built(settings, source, lost[1])
    assert not left.exists()  # begun anew
    for runner in lost[2:]:
        with pytest.raises(ClusterError):
            built(settings, source, runner, resume=True)
    assert [runner.done[stage] for runner in lost for stage in runner.stop] == [1, 2, 2, 2]
    assert not lost[3].done["fetch"]
    assert settings.layout.unfinished.exists()
    last = Here()
    report = built(settings, source, last, resume=True)
    assert report.manifest.digest == alone[0].manifest.digest
    assert Counter(web.asked()) == alone[1]
    assert set(last.done) == {"embed"}
    assert report.embedded == last.texts > 0
    assert report.embedded == alone[0].embedded - sum(runner.texts for runner in lost)


def test_a_task_that_died_goes_on_with_what_it_had_stored(listed, settings, monkeypatch, tmp_path):
    """Stopped while its second shard was on its way: the first is not asked for again."""
    web, _ = listed
    monkeypatch.setattr(tasks, "PAGES_A_SHARD", 2)
    stored = Store(str(tmp_path / "apart"))
    work = tasks.TaskContext(replace(settings), stored, "")
    urls = [f"https://h0.test/{n}" for n in (0, 6, 12)]
    job = {"key": "0" * 32, "urls": urls, "hosts": ["h0.test"], "listed": {}, "known": []}
    web.pages["h0.test/12"] = lambda request: (_ for _ in ()).throw(ConnectionError())
    put = Store.put

    def dying(store, kind, key, content):
        name = put(store, kind, key, content)
        if kind == "pages":
            raise KeyboardInterrupt
        return name

    monkeypatch.setattr(Store, "put", dying)
    with pytest.raises(KeyboardInterrupt):
        tasks.fetch(work, job)
    monkeypatch.setattr(Store, "put", put)
    web.pages["h0.test/12"] = body(12)
    web.clear()
    tasks.fetch(work, job)
    assert web.asked() == urls[2:]
    assert len(stored.names("pages", job["key"])) == 2


def test_what_is_fetched_already_is_sent_to_the_workers(listed, settings, alone):
    """Fetched on one machine, built offline on many."""
    _, source = listed
    home = settings.home
    shutil.copytree(alone[2] / "pages", home / "pages")
    (home / "pages" / "documents.db").unlink()
    runner = Here()
    report = built(settings, source, runner, offline=True)
    assert report.manifest.digest == alone[0].manifest.digest
    assert set(runner.done) == {"extract", "embed"}


def test_a_shard_that_was_cut_short_is_done_again(listed, settings, alone, tmp_path):
    _, source = listed
    with pytest.raises(ClusterError):
        built(settings, source, Here(extract=1))
    (folder,) = (tmp_path / "store").iterdir()
    (shard,) = (folder / "documents").iterdir()
    shard.write_bytes(shard.read_bytes()[:100])
    again = Here()
    report = built(settings, source, again, resume=True)
    assert report.manifest.digest == alone[0].manifest.digest
    assert again.done["extract"] > 1
    assert not shard.exists()


def test_workers_fill_the_index_as_one_machine_does(settings, tmp_path, monkeypatch):
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(5000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr(crew_module, "ROWS_A_JOB", 1024)
    unfinished = Unfinished.begun(settings.layout, settings.store, resume=False)
    runner = Here()
    stages = ClusterStages(settings, runner, unfinished)
    dense.write(tmp_path / "one", vectors, exact_below=100)
    dense.write(tmp_path / "many", vectors, exact_below=100, add=stages.add)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "many").read_bytes()
    assert runner.done["add"] == 5


def test_hosts_are_never_split():
    urls = [f"https://{'www.' if n % 2 else ''}h{n % 7}.test/{n}" for n in range(100)]
    parts, odd = shared_out([*urls, "https://h1.test:99/x", "no address"], (80, 443), 4)
    assert odd == ["https://h1.test:99/x", "no address"]
    assert sorted(url for part in parts for url in part.urls) == sorted(urls)
    hosts = [host for part in parts for host in part.hosts]
    assert sorted(hosts) == [f"h{n}.test" for n in range(7)]
    assert len(parts) == 4
    assert max(len(part.urls) for part in parts) < 2 * 100 / 4


def test_segments_come_and_go_whole(tmp_path):
    page = Page("https://a.test/", "https://a.test/", 200, "text/html", "", "2026-01-01T00:00:00Z")
    with ShardPages(tmp_path / "worker") as worker:
        assert worker.roll() is None
        first = worker.put(page, b"one")
        segments = [worker.roll()]
        worker.put(replace(page, url="https://a.test/2", final_url="https://a.test/2"), b"two")
        segments.append(worker.roll())
    with ShardPages(tmp_path / "home") as home:
        home.put(replace(page, url="https://b.test/", final_url="https://b.test/"), b"here")
        assert home.adopt(segments) == ["nextread-00000002.warc.gz", "nextread-00000003.warc.gz"]
        last = replace(page, url="https://c.test/", final_url="https://c.test/")
        home.put(last, b"later")
        assert home.segment_of(first) == "nextread-00000002.warc.gz"
    with ShardPages(tmp_path / "home") as home:
        found = {p.url: home.body(p) for p in home.pages()}
        assert list(home.verify()) == []
    assert found == {
        "https://a.test/": b"one",
        "https://a.test/2": b"two",
        "https://b.test/": b"here",
        "https://c.test/": b"later",
    }


def test_a_failure_counts_on_wherever_it_happens(tmp_path):
    url = "https://a.test/"
    with ShardPages(tmp_path) as worker:
        worker.seed(None, Standing(url, 1.0, 3, 5.0, "HTTP 500"))
        worker.put_failure(url, "HTTP 500", checked_at=10.0, retry_at=20.0)
        assert worker.standing(url) == Standing(url, 10.0, 4, 20.0, "HTTP 500")


def test_a_store_tells_what_is_not_what_was_put(tmp_path):
    store = Store(str(tmp_path / "store"))
    assert store.names("pages") == []
    name = store.put("pages", "k1", b"content")
    assert store.put("pages", "k1", b"content") == name
    assert store.read(name) == b"content"
    other = store.put("pages", "k2", b"more")
    (tmp_path / "store" / other).write_bytes(b"mor")
    with pytest.raises(Damaged):
        store.read(other)
    assert list(store.whole("pages")) == [name]
    assert store.names("pages") == [name]
    assert store.names("pages", "k2") == []
    store.clear()
    assert store.names("pages") == []


@pytest.mark.parametrize("url", ["nosuch://x", "file:///proc/nothing/here"])
def test_a_store_that_cannot_be_written_is_named(url):
    with pytest.raises(StoreError, match=r"nosuch|proc") as refused:
        Store(url).put("pages", "k", b"")
    assert "--store" in refused.value.hint


def test_what_makes_no_sense_is_refused_before_anything_starts(tmp_path, settings):
    plain = replace(settings, store="")
    with pytest.raises(QueryError, match="--resume"), stages_for(plain, None, resume=True):
        pass
    with pytest.raises(QueryError, match="store") as refused, stages_for(plain, "10.0.0.1:6379"):
        pass
    assert "--store" in refused.value.hint


def test_a_missing_extra_names_its_install_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = run("build", "--ray", "local", home=tmp_path)
    assert ran.code == 1
    assert "error: building on a cluster is not installed" in ran.err
    assert "hint: pip install 'nextread[ray]'" in ran.err
    assert not Layout(tmp_path).unfinished.exists()

"""A primary and a streaming replica: the primary is killed, readers go on, nothing is lost."""

import threading
import time
from dataclasses import replace

import pytest

from cache.errors import StoreError
from search.engine import Engine
from search.index.postgres.publish import publish
from search.index.postgres.snapshot import Snapshot
from tests.conftest import write_list
from tests.search.index.postgres.postgres_cluster import HERE, binaries, servers

binaries()  # skips this module where there are none

READERS = 4


@pytest.fixture
def hosts():
    """A primary, and a replica that has whatever the primary has committed."""
    with servers() as primary:
        primary.make()
        yield primary, primary.replica()


def both(primary, replica, wanted):
    named = f"{HERE}:{primary.port},{HERE}:{replica.port}"
    return f"postgresql://postgres@{named}/postgres?target_session_attrs={wanted}"


@pytest.fixture
def shelf(builds, tiny_settings, tmp_path):
    """Build a list of that name and publish it; the settings of a reader."""

    def published(name, url):
        links = [(f"{name} {i}", f"https://example.org/{name}/{i}", "x") for i in range(5)]
        builds(write_list(tmp_path / "list.md", links))
        publish(tiny_settings, url)
        return replace(tiny_settings, index=url)

    return published


def titles(engine, question):
    return [result.resource.title for result in engine.search(question, k=5).results]


class Reader(threading.Thread):
    """Asks again and again until told to stop."""

    def __init__(self, engine, question):
        super().__init__(daemon=True)
        self.engine, self.question = engine, question
        self.seen, self.failed = [], []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.seen.append((time.monotonic(), tuple(titles(self.engine, self.question))))
            except Exception as error:
                self.failed.append(error)

    def stop(self):
        self.stopping.set()
        self.join(30)
        assert not self.is_alive()


def test_readers_go_on_when_the_primary_is_killed(hosts, shelf, tiny_settings):
    primary, replica = hosts
    url = both(primary, replica, "any")
    settings = shelf("one", url)
    with Engine.open(settings=settings) as engine:
        wanted = tuple(titles(engine, "one"))
        assert len(wanted) == 5
        readers = [Reader(engine, "one") for _ in range(READERS)]
        for reader in readers:
            reader.start()
        while not all(reader.seen for reader in readers):
            time.sleep(0.01)
        primary.kill()
        killed = time.monotonic()
        while not all(sum(at > killed for at, _ in reader.seen) > 20 for reader in readers):
            assert time.monotonic() < killed + 60
            time.sleep(0.05)
        for reader in readers:
            reader.stop()
        assert not [error for reader in readers for error in reader.failed]
        assert {found for reader in readers for _, found in reader.seen} == {wanted}

        with Engine.open(settings=settings) as late:  # who comes only now
            assert tuple(titles(late, "one")) == wanted
        with pytest.raises(StoreError, match="read-only") as raised:
            publish(tiny_settings, url)
        assert raised.value.hint

        replica.promote()
        shelf("two", url)
        assert tuple(titles(engine, "one")) == wanted  # a reader keeps its generation
    with Engine.open(settings=settings) as engine:
        assert engine.collection.generation.edition == 2
        assert set(titles(engine, "two")) == {f"two {i}" for i in range(5)}


def test_what_was_published_survives_the_primary(hosts, shelf, tiny_settings):
    primary, replica = hosts
    shelf("one", primary.url())
    primary.kill()  # the moment publish has returned
    with Engine.open(settings=replace(tiny_settings, index=replica.url())) as engine:
        assert engine.collection.generation.edition == 1
        assert set(titles(engine, "one")) == {f"one {i}" for i in range(5)}
        assert (
            engine.collection.dense.count
            == engine.collection.dense.reconstruct(range(engine.collection.dense.count)).shape[0]
        )
    primary.start()
    with Engine.open(settings=replace(tiny_settings, index=primary.url())) as engine:
        assert set(titles(engine, "one")) == {f"one {i}" for i in range(5)}


def test_a_primary_killed_within_a_publish_keeps_the_generation_before(
    hosts, shelf, builds, tiny_settings, tmp_path
):
    primary, replica = hosts
    shelf("one", primary.url())
    builds(write_list(tmp_path / "list.md", [("two", "https://example.org/two", "x")]))

    def kills(stage, done, of):
        if (stage, done) == ("link", 1):
            primary.kill()

    with pytest.raises(StoreError) as raised:
        publish(tiny_settings, primary.url(), kills)
    assert raised.value.hint
    primary.start()
    for server in (primary, replica):
        assert Snapshot.open(server.url()).edition == 1
        schemas = server.ask("SELECT nspname FROM pg_namespace WHERE nspname ~ '^nextread_'")
        assert schemas == [("nextread_1",)]
    assert publish(tiny_settings, primary.url()).number == 2


def test_a_reader_prefers_the_replica_where_told_to(hosts, shelf):
    primary, replica = hosts
    url = both(primary, replica, "prefer-standby")
    settings = shelf("one", url)  # a publish finds the primary all the same
    with Engine.open(settings=settings) as engine:
        assert len(titles(engine, "one")) == 5
        assert primary.ask(CONNECTED) == [(0,)]
        assert replica.ask(CONNECTED)[0][0] > 0
        replica.kill()
        assert len(titles(engine, "one")) == 5  # the primary will do


CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nextread'"

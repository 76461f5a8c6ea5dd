"""Serving from PostgreSQL, on a real server: the same answers as from files, and clear errors."""

import contextlib
import csv
import json
import logging
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import anyio
import httpx
import numpy as np
import pytest

from cache.errors import Damaged, Locked, NoIndex, StoreError
from cache.profile import Profile
from cache.settings import Settings
from search.engine import Engine
from search.index.postgres import dense, watch
from search.index.postgres import publish as publishing
from search.index.postgres.address import Address
from search.index.postgres.publish import publish
from search.index.postgres.schema import LAST
from search.index.postgres.snapshot import Snapshot
from search.text import query_tokens
from server.events import stream
from server.holder import EngineHolder
from server.state import ServerState
from tests.conftest import ROOT, assert_error, run, write_list
from tests.search.index.postgres.postgres_cluster import binaries, servers
from tests.test_floors import ndcg

binaries()  # skips this module where there are none
psycopg = pytest.importorskip("psycopg")

QUESTIONS = (
    "explain RLHF simply",
    "what is a transformer?",
    "强化学习怎么入门",
    "注意力機制 papers since 2020",
    "ＬＬＭ 🤖 agents",
    "prompt engineering guide for beginners",
    "scaling laws",
    "对齐 alignment",
)


@pytest.fixture(scope="module")
def server():
    with servers() as made:
        yield made.make()


@pytest.fixture
def database(server):
    """The address of an empty database."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        (number,) = connection.execute("SELECT count(*) FROM pg_database").fetchone()
        connection.execute(f"CREATE DATABASE test{number}")
    return server.url(database=f"test{number}")


@pytest.fixture(scope="module")
def shelf(server, seed_home):
    """The seed lists, published with HNSW however few they are."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shelf")
    url = server.url(database="shelf")
    publish(Settings(home=seed_home), url, exact_below=0)
    return url


@pytest.fixture(scope="module")
def pair(shelf, seed_home):
    """The same generation, from files and from the database."""
    settings = Settings(home=seed_home)
    with (
        Engine.open(settings=settings) as local,
        Engine.open(settings=replace(settings, index=shelf)) as shared,
    ):
        yield local, shared


def ids(results):
    return [result.resource.id for result in results]


def agreement(ours, theirs):
    return np.mean([a == b for a, b in zip(ours, theirs, strict=True)])


def test_the_ten_best_agree_and_are_as_good(pair, shared):
    with (shared / "judged" / "reading-lists-dev.tsv").open(encoding="utf-8", newline="") as rows:
        grades = {}
        for row in csv.DictReader(rows, delimiter="\t"):
            grades.setdefault(row["query"], {})[row["url"]] = int(row["grade"])
    places, figures = [], []
    for query, judged in grades.items():
        found = [engine.search(query).results for engine in pair]
        places.append(agreement(*map(ids, found)))
        named = [
            [{r.resource.url, *(m.url for m in r.resource.mentions)} for r in f] for f in found
        ]
        figures.append([ndcg(covered, judged) for covered in named])
    assert np.mean(places) >= 0.95
    local, served = np.mean(figures, axis=0)
    assert local > 0
    assert abs(local - served) <= 0.005


@pytest.mark.parametrize(
    "flags",
    [
        *({}, {"kinds": ("paper",)}, {"languages": ("zh",)}, {"after": "2022"}, {"k": 100}),
        *({"sites": ("arxiv.org",)}, {"authors": ("李沐",)}, {"since": "2023"}),
    ],
    ids=str,
)
def test_flags_leave_the_same(pair, flags):
    found = [[ids(engine.search(q, **flags).results) for q in QUESTIONS] for engine in pair]
    assert sum(map(len, found[0])) > 0
    assert np.mean([agreement(a[:10], b[:10]) for a, b in zip(*found, strict=True)]) >= 0.95
    assert [len(one) for one in found[0]] == [len(one) for one in found[1]]


def test_a_record_is_the_same_to_the_letter(pair):
    local, served = (engine.collection.catalog for engine in pair)
    every = range(local.count)
    assert served.records(every) == local.records(every)
    assert served.names(every) == local.names(every)
    assert served.ids() == local.ids()
    assert served.list_ids() == local.list_ids()
    assert [served.passages(i) for i in every] == [local.passages(i) for i in every]
    assert served.counts() == local.counts()
    for filters in (
        *({"kinds": ["paper"]}, {"lists": local.list_ids()[:1]}, {"after": "2021"}),
        *({"sites": ["arxiv.org"]}, {"min_stars": 4}),
    ):
        masks = [one.selection(**filters).mask for one in (served, local)]
        assert np.array_equal(*masks)


def test_a_resource_is_found_by_every_name(pair):
    local, served = (engine.collection.catalog for engine in pair)
    for resource in local.resources(range(0, local.count, 7)):
        for name in (
            resource.id,
            resource.id[:8],
            resource.url,
            resource.url + "/",
            *resource.aliases,
        ):
            assert served.find(name) == local.find(name) is not None, name


@pytest.mark.parametrize("odd", ["", "a\0b", "\ud800", "'; DROP TABLE resources; --", "%s", "?"])
def test_any_name_may_be_asked(pair, odd):
    assert pair[1].collection.catalog.find(odd) is None
    assert pair[1].collection.lexical.document_frequency(odd) == 0


def test_words_score_as_tantivy_scores_them(pair):
    local, served = (engine.collection.lexical for engine in pair)
    assert served.count == local.count
    for tokens in ([], ["gpt"], ["languag", "model"], ["gpt", "no such"], ["\ud800"]):
        assert np.array_equal(served.holding(tokens), local.holding(tokens))
    every = np.arange(local.count)
    masks = [None, every % 2 == 0, every % 9 == 0, every < 0]
    for question in (*QUESTIONS, "reinforcement reinforcement learning"):
        tokens = query_tokens(question)
        assert served.document_frequencies(tokens) == local.document_frequencies(tokens)
        for asked in (tokens, dict.fromkeys(tokens, 0.3)):
            for allowed in masks:
                for boosts in ({"title": 0.3, "text": 1.0}, {"title": 1.0, "text": 0.0}):
                    ours = local.search(asked, 50, boosts=boosts, allowed_rows=allowed)
                    theirs = served.search(asked, 50, boosts=boosts, allowed_rows=allowed)
                    np.testing.assert_allclose(theirs[0], ours[0], rtol=1e-5)
                    assert len(theirs[1]) == len(ours[1])
                    assert not len(ours[1]) or agreement(theirs[1], ours[1]) >= 0.9


def test_vectors_are_the_nearest(pair, monkeypatch):
    local, served = (engine.collection.dense for engine in pair)
    assert (served.count, served.dim) == (local.count, local.dim)
    rows = np.array([5, 0, 5, local.count - 1])
    np.testing.assert_allclose(served.reconstruct(rows), local.reconstruct(rows), atol=1e-3)
    assert served.reconstruct(rows[:0]).shape == (0, local.dim)
    queries = local.reconstruct(np.arange(0, local.count, 97)) * 1e5  # longer than halves reach
    every = np.arange(local.count)
    for gather in (dense.GATHER, 0):  # named rows, then a mask
        monkeypatch.setattr(dense, "GATHER", gather)
        for allowed in (None, every % 2 == 0, every % 50 == 0, every < 0):
            for k in (10, dense.DEEPEST + 1):
                ours = local.search(queries, k, allowed)
                theirs = served.search(queries, k, allowed)
                for (scores, found), (same, true) in zip(theirs, ours, strict=True):
                    assert len(found) == len(true)
                    assert len(np.intersect1d(found, true)) >= 0.9 * len(true)
                    np.testing.assert_allclose(scores, same, atol=200)  # of 1e5
                    assert allowed is None or allowed[found].all()


def test_everything_else_answers_the_same(pair, seed_home, tmp_path):
    local, served = pair
    liked = ids(local.search("RLHF", k=3).results)
    reader = Settings(home=tmp_path)
    settings = local.collection.settings, served.collection.settings
    for name in liked:
        Profile(reader.layout.profile).mark(name, "", "like")
    assert ids(served.similar(liked[:1])) == ids(local.similar(liked[:1]))
    assert ids(served.path("reinforcement learning")) == ids(local.path("reinforcement learning"))
    assert served.collection.added == local.collection.added
    assert served.collection.sections.of(
        local.collection.catalog.resource(3).mentions
    ) == local.collection.sections.of(local.collection.catalog.resource(3).mentions)
    try:
        for engine in pair:
            engine.collection.settings = replace(engine.collection.settings, home=tmp_path)
        assert ids(served.recommend()) == ids(local.recommend())
        assert ids(served.new(5)) == ids(local.new(5))
        assert ids(served.search("RLHF", unread=True).results) == ids(
            local.search("RLHF", unread=True).results
        )
    finally:
        local.collection.settings, served.collection.settings = settings


def test_readers_keep_their_generation_and_two_are_kept(builds, tiny_settings, tmp_path, database):
    url = database
    served = replace(tiny_settings, index=url)
    with contextlib.ExitStack() as stack:
        held, wanted = [], []
        for name in ("one", "two", "three"):
            links = [(f"{name} {i}", f"https://example.org/{name}/{i}", "x") for i in range(5)]
            builds(write_list(tmp_path / "list.md", links))
            publication = publish(tiny_settings, url)
            assert publication.published
            assert not publish(tiny_settings, url).published  # the same again is nothing new
            held.append(stack.enter_context(Engine.open(settings=served)))
            wanted.append(ids(held[-1].search(name, k=5).results))
        assert [e.collection.generation.edition for e in held] == [1, 2, 3]
        assert all(len(found) == 5 for found in wanted)
        assert ids(held[1].search("two", k=5).results) == wanted[1]
        assert ids(held[2].search("three", k=5).results) == wanted[2]
        with pytest.raises(StoreError, match="this generation was removed") as raised:
            held[0].search("one")
        assert raised.value.hint
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^nextread_'")
        assert sorted(found.fetchall()) == [("nextread_2",), ("nextread_3",)]


def test_a_publish_that_dies_leaves_nothing(tiny_home, tiny_model, database):
    def dies(stage, done, of):
        if (stage, done) == ("link", 1):
            raise KeyboardInterrupt

    settings = Settings(home=tiny_home, model=str(tiny_model))
    with pytest.raises(KeyboardInterrupt):
        publish(settings, database, dies)
    with pytest.raises(NoIndex, match="nothing has been published"):
        Snapshot.open(database)
    assert publish(settings, database).number == 1
    with psycopg.connect(database) as connection:
        assert connection.execute(LAST).fetchone() == (1,)


def test_one_publishes_at_a_time(tiny_home, database):
    with psycopg.connect(database) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (publishing._LOCK,))
        with pytest.raises(Locked, match="another publish"):
            publish(Settings(home=tiny_home), database)


def test_a_server_follows_what_is_published(builds, tiny_settings, tmp_path, database, monkeypatch):
    monkeypatch.setattr(watch, "EVERY", 0.0)
    holder = EngineHolder(replace(tiny_settings, index=database))
    with pytest.raises(NoIndex), holder.lease():
        pass
    try:
        for name in ("one", "two"):
            links = [(name, f"https://example.org/{name}", "x")]
            builds(write_list(tmp_path / "list.md", links))
            publish(tiny_settings, database)
            with holder.lease() as engine:
                assert [r.resource.title for r in engine.search(name).results] == [name]
    finally:
        holder.close()


def test_listeners_hear_of_what_is_published(
    builds, tiny_settings, tmp_path, database, monkeypatch
):
    monkeypatch.setattr(watch, "EVERY", 0.0)
    elsewhere = shutil.copytree(tiny_settings.home, tmp_path / "reader")
    settings = replace(tiny_settings, home=elsewhere, index=database)
    state = ServerState.of(settings, lambda: "")

    async def heard():
        events = stream(state)
        numbers = []
        for name in ("one", "two"):
            links = [(name, f"https://example.org/{name}", "x")]
            builds(write_list(tmp_path / "list.md", links))
            publish(tiny_settings, database)
            with anyio.fail_after(30):
                while not (event := json.loads((await anext(events))["data"])).get("generation"):
                    pass
            numbers.append(event["generation"])
        await events.aclose()
        return numbers

    try:
        assert anyio.run(heard) == [1, 2]
    finally:
        state.close()


def test_one_role_publishes_and_another_only_reads(server, tiny_home, tiny_model, database):
    name = database.rsplit("/", 1)[1]
    with psycopg.connect(database, autocommit=True) as connection:
        for order in (
            "CREATE EXTENSION vector",
            "CREATE ROLE writer LOGIN",
            "CREATE ROLE reader LOGIN",
            f"GRANT CREATE ON DATABASE {name} TO writer",
            "ALTER DEFAULT PRIVILEGES FOR ROLE writer GRANT USAGE ON SCHEMAS TO reader",
            "ALTER DEFAULT PRIVILEGES FOR ROLE writer GRANT SELECT ON TABLES TO reader",
        ):
            connection.execute(order)
    settings = Settings(home=tiny_home, model=str(tiny_model))
    writer, reader = (server.url(user, name) for user in ("writer", "reader"))
    with pytest.raises(StoreError, match="permission denied") as raised:
        publish(settings, reader)
    assert "scale.md" in raised.value.hint
    publish(settings, writer)
    with Engine.open(settings=replace(settings, index=reader)) as engine:
        assert len(engine.search("attention").results) == 1
    with pytest.raises(StoreError, match="permission denied"):
        publish(settings, reader)


def test_commands_take_an_index(seed_home, shelf, tmp_path, monkeypatch):
    local = run("search", "explain RLHF simply", "--json", home=seed_home)
    served = run("search", "explain RLHF simply", "--index", shelf, "--json", home=tmp_path)
    told = [[r["id"] for r in json.loads(ran.out)["results"]] for ran in (local, served)]
    assert told[0] == told[1]
    assert served.err == ""
    monkeypatch.setenv("NEXTREAD_INDEX", shelf)
    assert (
        run("path", "RLHF", home=tmp_path).out
        == run("path", "RLHF", "--index", "", home=seed_home).out
    )
    status = json.loads(run("status", "--json", home=tmp_path).out)
    assert (
        status["resources"]
        == json.loads(run("status", "--index", "", "--json", home=seed_home).out)["resources"]
    )
    assert status["index"] in shelf.replace("postgres@", "")
    again = run("publish", "--json", home=seed_home)
    assert json.loads(again.out)["published"] is False
    assert "nothing has changed" in run("publish", home=seed_home).err
    run("mark", told[0][0], "like", home=tmp_path)
    (marked,) = Profile(Settings(home=tmp_path).layout.profile).marks()
    assert (marked.resource_id, marked.mark) == (told[0][0], "like")


@pytest.mark.parametrize(
    ("url", "subject"),
    [
        ("https://example.org/", "not an address of PostgreSQL"),
        ("postgresql://u:hush%zz@127.0.0.1/x", "not a readable address"),
        ("postgresql://u:hush@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x"),
        ("postgresql://u:hush@127.0.0.1:{port}/none", "does not exist"),
        ("postgresql://u:hush@127.0.0.1:{port}/postgres", "does not exist"),
    ],
)
@pytest.mark.parametrize("command", [("publish",), ("search", "x", "--index")], ids=" ".join)
def test_errors_name_the_way_out_and_never_the_password(
    server, tiny_home, url, subject, command, caplog
):
    caplog.set_level(logging.DEBUG)
    ran = run(*command, url.format(port=server.port), home=tiny_home)
    assert_error(ran, subject)
    assert "hush" not in ran.err
    assert "hush" not in caplog.text


def test_no_password_is_shown_with_the_settings():
    address = "postgresql://u:hush@a:1,b:2/x?sslpassword=quiet"
    settings = Settings(home="x", index=address)
    shown = f"{settings!r} {Address.parse(address)!r} {Address.parse(address)}"
    assert "hush" not in shown
    assert "quiet" not in shown
    assert str(Address.parse(address)) == "postgresql://a:1,b:2/x"


def test_a_database_in_another_encoding_is_refused(server, tiny_home):
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    with pytest.raises(StoreError, match="LATIN1") as raised:
        publish(Settings(home=tiny_home), server.url(database="latin"))
    assert "UTF8" in raised.value.hint


def test_a_server_without_pgvector_is_refused(tiny_home):
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found or list(Path("/usr/share/postgresql").glob("*/extension/vector.control")):
        pytest.skip("needs Debian's PostgreSQL without pgvector")
    with servers() as plain:
        plain.tools = found[-1]
        plain.make()
        with pytest.raises(StoreError, match="has no pgvector") as raised:
            publish(Settings(home=tiny_home), plain.url())
    assert "install pgvector" in raised.value.hint


def test_what_was_changed_in_the_database_is_noticed(tiny_home, tiny_model, database):
    settings = Settings(home=tiny_home, model=str(tiny_model))
    schema = publish(settings, database).schema
    with psycopg.connect(database) as connection:
        connection.execute(
            f"UPDATE {schema}.files SET content = content || 'x' WHERE name = 'facts.npy'"
        )
    with (
        Engine.open(settings=replace(settings, index=database)) as engine,
        pytest.raises(Damaged, match=r"facts\.npy"),
    ):
        engine.search("attention")


def test_a_server_answers_from_the_database(shelf, seed_home, tmp_path):
    command = ["serve", "--index", shelf, "--port", "0"]
    asked = "explain RLHF simply"
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "--home", str(tmp_path), *command],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
    ) as serving:
        try:
            address = re.search(r"http://[^/\s]+", serving.stderr.readline())[0]
            patient = httpx.Client(transport=httpx.HTTPTransport(retries=6), timeout=30)
            with patient as client:
                said = client.get(f"{address}/api/search", params={"q": asked}).json()
        finally:
            serving.terminate()
    local = json.loads(run("search", asked, "--json", home=seed_home).out)
    assert [r["id"] for r in said["results"]] == [r["id"] for r in local["results"]]

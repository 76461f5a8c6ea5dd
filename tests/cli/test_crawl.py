"""The whole way over real sockets: a small web, crawled, indexed, asked, taken offline."""

import contextlib
import json
import shutil
import sqlite3

import pytest

from cache.lock import writing
from cache.pages import PageCache
from cache.settings import Settings
from cache.warc import read_one
from indexer.build import build
from search.engine import Engine
from tests.conftest import assert_error, run, write_list
from tests.loopback import LoopbackWeb, Reply

TEXT = "".join(f"<p>Sentence {n} of a page about reward models, all in one.</p>" for n in range(9))
PAGE = f"<html><head><title>Reward models</title></head><body><article>{TEXT}</article></body>"


@pytest.fixture
def crawled(fresh_home, tiny_model, monkeypatch):
    """Run commands in fresh_home against a web, with the tiny model."""

    def against(web):
        monkeypatch.setenv("NEXTREAD_MODEL", str(tiny_model))
        for name, value in web.environment().items():
            monkeypatch.setenv(name, value)
        return fresh_home

    return against


def test_the_small_web_is_indexed_whole_then_unchanged_then_offline(
    shared, fresh_home, tiny_model, tmp_path
):
    rows = (shared / "web" / "INDEX.tsv").read_text("utf-8").splitlines()[1:]
    urls = [row.split("\t")[0] for row in rows]
    source = write_list(tmp_path / "blogs.md", [(f"Page {n}", u, "") for n, u in enumerate(urls)])
    with LoopbackWeb.of_index(shared / "web") as web:
        settings = web.settings(fresh_home, model=str(tiny_model))
        first = build([str(source)], settings)
        assert (first.published, first.fetched, first.failures) == (True, len(urls), {})
        assert first.manifest.counts["documents"] == len(urls) == 67
        web.clear()
        second = build([], settings)
        assert (second.published, second.fetched, web.asked()) == (False, 0, [])
        due = build([], web.settings(fresh_home, model=str(tiny_model), refresh_days=0.0))
        assert (due.published, due.fetched, due.unchanged) == (False, 0, len(urls))
        web.clear()
        third = build([], settings, offline=True)
        assert web.requests == []
    assert third.manifest.digest == second.manifest.digest == first.manifest.digest
    with Engine.open(settings=Settings(home=fresh_home, model=str(tiny_model))) as engine:
        catalog = engine.collection.catalog
        for ordinal, (resource, facts) in enumerate(catalog.records(range(catalog.count))):
            assert facts.evidence == "full text", resource.url
            assert sum(len(p.text) for p in catalog.passages(ordinal)) > 200, resource.url
        best = engine.search("policy gradient algorithms", k=5).results
        assert any("policy-gradient" in result.resource.url for result in best)
        assert any(result.passage for result in best)


def test_a_build_from_the_offline_cache_alone_agrees(crawled, tiny_home, tmp_path):
    """The pages exported to one file and imported elsewhere give the same digest there."""
    source = write_list(tmp_path / "a.md", [("A", "https://a.example/x", "note")])
    with LoopbackWeb({"a.example/x": PAGE}) as web:
        home = crawled(web)
        here = json.loads(run("build", str(source), "--json", home=home).out)
    archive = tmp_path / "pages.warc.gz"
    assert run("cache", "export", str(archive), home=home).code == 0
    other = tmp_path / "other"
    shutil.copytree(tiny_home / "models", other / "models")
    assert run("cache", "import", str(archive), home=other).code == 0
    there = json.loads(run("build", str(source), "--offline", "--json", home=other).out)
    assert there["digest"] == here["digest"]
    assert there["documents"] == 1


def test_dead_links_do_not_stop_a_build_and_are_in_the_status(crawled, tmp_path):
    links = [
        ("Here", "https://a.example/x", ""),
        ("Missing", "https://a.example/missing", "still of use"),
        ("Login", "https://a.example/refused", ""),
    ]
    source = write_list(tmp_path / "a.md", links)
    answers = {"a.example/x": PAGE, "a.example/refused": Reply("no", 403)}
    with LoopbackWeb(answers) as web:
        home = crawled(web)
        ran = run("build", str(source), "--json", home=home)
    shown = json.loads(ran.out)
    assert (ran.code, shown["resources"], shown["documents"]) == (0, 3, 1)
    assert set(shown["failures"]) == {url for _, url, _ in links[1:]}
    status = json.loads(run("status", "--json", home=home).out)
    assert (status["failed"], set(status["failures"])) == (2, set(shown["failures"]))
    assert "404" in status["failures"]["https://a.example/missing"]
    printed = run("status", home=home).out
    assert "https://a.example/missing: a.example: HTTP 404" in printed
    found = json.loads(run("search", "missing", "--json", home=home).out)["results"]
    evidence = {result["url"]: result["evidence"] for result in found}
    assert evidence["https://a.example/x"] == "full text"
    assert evidence["https://a.example/missing"] == "list note"


def test_a_list_on_the_web_is_read_again_when_it_changes(crawled):
    address = "lists.example/reading.md"
    answers = {
        "a.example/x": PAGE,
        address: Reply("- [A](https://a.example/x)\n", media_type="text/markdown"),
    }
    with LoopbackWeb(answers) as web:
        home = crawled(web)
        assert run("build", f"https://{address}", home=home).code == 0
        web.pages[address] = Reply("- [A](https://a.example/x)\n- [B](https://b.example/y)\n")
        web.clear()
        shown = json.loads(run("build", "--json", home=home).out)
        assert shown["resources"] == 2
        assert f"https://{address}" in web.asked()
        assert "https://a.example/x" not in web.asked()
        web.clear()
        offline = json.loads(run("build", "--offline", "--json", home=home).out)
        assert (offline["digest"], web.requests) == (shown["digest"], [])
    assert f"https://{address}" in (home / "lists.toml").read_text("utf-8")


def test_a_list_that_was_missing_is_asked_for_again(crawled):
    with LoopbackWeb({}) as web:
        home = crawled(web)
        assert_error(
            run("build", "https://lists.example/new.md", home=home), "lists.example", "404"
        )
        web.pages["lists.example/new.md"] = "<a href='https://a.example/x'>A</a>"
        web.pages["a.example/x"] = PAGE
        assert run("build", "https://lists.example/new.md", home=home).code == 0


def test_a_repository_is_its_readme(crawled):
    readme = "raw.githubusercontent.com/owner/list/HEAD/README.md"
    with LoopbackWeb(
        {readme: Reply("- [A](https://a.example/x)\n", media_type="text/plain")}
    ) as web:
        home = crawled(web)
        shown = json.loads(run("build", "owner/list", "--json", home=home).out)
    assert (shown["lists"], shown["resources"]) == (1, 1)


def test_private_addresses_are_fetched_from_only_where_that_is_said(crawled, tmp_path, monkeypatch):
    """Off by default; --allow-private is for one command, and helps what was refused at once."""
    links = [("A", "https://a.example/x", ""), ("Clouds", "http://169.254.169.254/secret", "")]
    source = write_list(tmp_path / "a.md", links)
    with LoopbackWeb({"a.example/x": PAGE}) as web:
        home = crawled(web)
        monkeypatch.delenv("NEXTREAD_ALLOW_PRIVATE")
        shut = json.loads(run("build", str(source), "--json", home=home).out)
        refused = run("similar", "https://a.example/other", home=home)
        assert (shut["documents"], len(shut["failures"]), web.requests) == (0, 2, [])
        assert_error(refused, "a.example", "private")
        size = sum(path.stat().st_size for path in (home / "pages").glob("*.gz"))
        assert run("build", home=home).code == 0
        assert size == sum(path.stat().st_size for path in (home / "pages").glob("*.gz"))
        opened = json.loads(run("build", "--allow-private", "--json", home=home).out)
        assert (opened["documents"], web.asked()) == (1, ["https://a.example/x"])
        assert set(opened["failures"]) == {"http://169.254.169.254/secret"}
        web.clear()
        web.pages["b.example/y"] = PAGE
        assert run("similar", "https://b.example/y", "--allow-private", home=home).code == 0
        assert "https://b.example/y" in web.asked()
        assert_error(run("similar", "https://b.example/z", home=home), "b.example", "private")


def spoiled(path, at=0.5):
    """Flip a bit of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


def record_of(home, url):
    """Where the body of a page is kept: segment, first byte, bytes."""
    with PageCache(home / "pages", read_only=True) as pages:
        place = pages._index.place(pages.stored(url).digest)
        segment = home / "pages" / place.segment
        return segment, place.offset, read_one(segment, place.offset).end - place.offset


def five_pages(tmp_path):
    """Pages that share no body, and a list of them."""
    urls = [f"https://{name}.example/x" for name in "abcde"]
    pages = {url.split("//")[1]: PAGE.replace("<p>", f"<p>At {url}: ", 1) for url in urls}
    source = write_list(tmp_path / "a.md", [(f"Page {url}", url, "") for url in urls])
    return urls, pages, source


def test_a_damaged_page_record_costs_one_fetch(crawled, tmp_path):
    """verify names the page and what mends it; the next build asks for that page alone."""
    urls, pages, source = five_pages(tmp_path)
    with LoopbackWeb(pages) as web:
        home = crawled(web)
        before = json.loads(run("build", str(source), "--json", home=home).out)
        assert before["documents"] == 5
        segment, start, size = record_of(home, urls[2])
        spoiled(segment, (start + size // 2) / segment.stat().st_size)
        told = run("verify", home=home)
        assert told.code == 1
        lines = told.err.splitlines()
        assert [line.split(":")[0] for line in lines] == ["error", "hint"], told
        assert urls[2] in lines[0]
        assert "nextread build fetches again" in lines[1]
        web.clear()
        after = json.loads(run("build", "--json", home=home).out)
        assert (web.asked(), after["fetched"]) == ([urls[2]], 1)
        assert (after["digest"], after["published"]) == (before["digest"], False)
    assert run("verify", home=home).code == 0


def test_verify_changes_nothing_while_another_process_writes(crawled, tmp_path):
    urls, pages, source = five_pages(tmp_path)
    with LoopbackWeb(pages) as web:
        home = crawled(web)
        assert run("build", str(source), home=home).code == 0
    segment, start, size = record_of(home, urls[0])
    spoiled(segment, (start + size // 2) / segment.stat().st_size)
    kept = [(home / "pages" / name).read_bytes() for name in ("pages.db", segment.name)]
    with writing(home / "LOCK", "another"):
        told = run("verify", home=home)
    assert told.code == 1
    assert "run nextread verify again" in told.err
    assert kept == [(home / "pages" / name).read_bytes() for name in ("pages.db", segment.name)]


def test_what_else_is_damaged_is_mended_too(crawled, tmp_path):
    """Rows that can be made again are left out; all else has its own hint, all in one go."""
    _, pages, source = five_pages(tmp_path)
    with LoopbackWeb(pages) as web:
        home = crawled(web)
        before = json.loads(run("build", str(source), "--json", home=home).out)
    assert run("mark", "https://a.example/x", "like", home=home).code == 0
    (vectors,) = home.glob("vectors/*/vectors.db")
    broken = [home / "pages" / "documents.db", vectors]
    for path, table in zip(broken, ("extracted", "vectors"), strict=True):
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            first = f"SELECT min(key) FROM {table}"
            database.execute(f"UPDATE {table} SET checksum = 1 WHERE key = ({first})")
    with contextlib.closing(sqlite3.connect(home / "profile.db")) as database, database:
        database.execute("UPDATE marks SET checksum = 1")
    index = max(home.glob("generations/*/dense.faiss"), key=lambda path: int(path.parent.name))
    (runtime,) = home.glob("models/*/runtime/model.bin")
    spoiled(index)
    spoiled(runtime)
    told = run("verify", home=home)
    spoiled(runtime)  # as it was
    assert told.code == 1
    errors = [line for line in told.err.splitlines() if line.startswith("error: ")]
    hints = [line for line in told.err.splitlines() if line.startswith("hint: ")]
    for path in (index, runtime, home / "profile.db"):
        assert any(path.name in line for line in errors), told
    for path in broken:
        assert f"error: {path}: 1 damaged row" in errors
    assert len(hints) == 4
    assert any("nextread build --offline" in line for line in hints)
    again = json.loads(run("build", "--offline", "--json", home=home).out)
    assert (again["digest"], again["documents"]) == (before["digest"], 5)
    (home / "profile.db").unlink()
    vectors.write_bytes(b"nothing like a database" * 1000)
    told = run("verify", home=home)
    assert [line[:5] for line in told.err.splitlines()] == ["error", "hint:"]
    assert run("verify", home=home).code == 0
    assert not vectors.exists()

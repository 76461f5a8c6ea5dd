"""Whatever happens to bytes on disk: the same answer, a clear error, or the work done once more."""

import ast
import json
import random
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from cache.documents import DocumentCache
from cache.errors import NextreadError, StoreError
from cache.generation import open_current, verify
from cache.layout import Layout
from cache.pages import PageCache
from cache.profile import Profile
from cache.records import Document, Page
from cache.settings import Settings
from cache.vectors import VectorCache
from search.engine import Engine
from tests.conftest import ROOT

from .conftest import count

MUTATIONS = count("MUTATIONS", 300)
CACHES = count("CACHE_MUTATIONS", 60)
SOURCES = ("cache", "indexer", "search", "server")


def mutated(content: bytes, chance: random.Random) -> bytes:
    """content after one accident: bits flipped, bytes replaced, cut, doubled, moved or zeroed."""
    body = bytearray(content)
    at, size = chance.randrange(len(body) or 1), chance.choice((1, 1, 1, 4, 64, 512, 4096))
    accident = chance.randrange(6)
    if accident in (0, 1) and body:
        body[at] ^= 1 << chance.randrange(8)
    elif accident == 2:
        body[at : at + size] = chance.randbytes(len(body[at : at + size]))
    elif accident == 3:
        del body[at : at + size]
    elif accident == 4:
        body[at:at] = chance.randbytes(size)
    else:
        body[at : at + size] = bytes(len(body[at : at + size]))
    return bytes(body)


def answers(settings):
    """Everything that depends on every part of an index, as text."""
    with Engine.open(settings=settings) as engine:
        found = [engine.search(q, k=5).results for q in ("attention", "注意力", "example")]
        return json.dumps([[(r.resource.id, round(r.score, 6)) for r in one] for one in found])


def test_a_mutated_generation_is_refused_or_answers_as_before(tiny_home, tiny_model, tmp_path):
    """MUTATIONS accidents to the files of a generation, its manifest and CURRENT."""
    home = tmp_path / "home"
    shutil.copytree(tiny_home, home)
    settings = Settings(home=home, model=str(tiny_model))
    expected = answers(settings)
    layout, chance = Layout(home), random.Random(20261122)
    files = [file for file in sorted(layout.generations.rglob("*")) if file.is_file()]
    files += [layout.current, *layout.verified.iterdir()]
    refused = same = 0
    for turn in range(MUTATIONS):
        file = chance.choice(files)
        content = file.read_bytes()
        changed = mutated(content, chance)
        file.write_bytes(changed)
        try:
            with open_current(layout) as generation:
                assert verify(generation) == [], (turn, file.name)
            same += 1
            if turn % 10 == 0:
                assert answers(settings) == expected, (turn, file.name)
        except NextreadError as error:
            refused += changed != content and bool(error.hint)
        file.write_bytes(content)
    assert answers(settings) == expected
    print(f"\n{MUTATIONS} mutations: {refused} refused, {same} with the very bytes published")
    assert refused + same == MUTATIONS
    assert refused > MUTATIONS // 2


def document(number):
    text = f"Document {number} about readers. " * 20
    return Document(f"r{number}", f"Title {number}", "Ann", "2024", "en", text, "full text")


def test_a_mutated_document_cache_gives_what_was_put_or_nothing(tmp_path):
    """Never another document: what is damaged is extracted again."""
    with DocumentCache(tmp_path / "whole" / "documents.db") as cache:
        cache.put((f"key {n}", document(n) if n % 3 else f"failed {n}") for n in range(60))
    content = (tmp_path / "whole" / "documents.db").read_bytes()
    chance, missing = random.Random(5), 0
    for turn in range(CACHES):
        path = tmp_path / str(turn) / "documents.db"
        path.parent.mkdir()
        path.write_bytes(mutated(content, chance))
        with suppress(StoreError), DocumentCache(path) as cache:
            for n in range(60):
                found = cache.get(f"key {n}")
                missing += found is None
                assert found in (None, document(n) if n % 3 else f"failed {n}"), turn
            cache.put([("new", document(1))])
            assert cache.get("new") == document(1)
    assert missing > 0


def test_a_mutated_vector_cache_gives_what_was_put_or_nothing(tmp_path):
    """Never another vector: what is damaged is embedded again."""
    vectors = np.random.default_rng(3).standard_normal((80, 16)).astype(np.float32)
    texts = [f"text {n}" for n in range(80)]
    with VectorCache.open(tmp_path / "whole", 16) as cache:
        cache.append(texts, vectors)
    content = (tmp_path / "whole" / "vectors.db").read_bytes()
    chance, missing = random.Random(6), 0
    for turn in range(CACHES):
        folder = tmp_path / str(turn)
        folder.mkdir()
        (folder / "vectors.db").write_bytes(mutated(content, chance))
        with suppress(StoreError), VectorCache.open(folder, 16) as cache:
            found, gone = cache.lookup(texts)
            missing += len(gone)
            kept = np.setdiff1d(np.arange(80), gone)
            assert np.array_equal(found[kept], vectors[kept]), turn
    assert missing > 0


def stored(folder):
    """A page cache of some pages, and what each body is."""
    bodies = {}
    with PageCache(folder) as pages:
        for n in range(30):
            url = f"https://a{n % 4}.test/{n}"
            bodies[url] = f"<p>Page {n} {'words ' * (n * 7)}</p>".encode()
            page = Page(url, url, 200, "text/html", "", f"2024-05-01T10:00:{n:02}Z")
            pages.put(page, bodies[url])
    return bodies


@pytest.mark.parametrize("suffix", [".warc.gz", ".db"])
def test_a_mutated_page_cache_gives_the_page_or_costs_one_fetch(tmp_path, suffix):
    """A body comes back as it was, or is Damaged and due, and putting it again mends it."""
    bodies = stored(tmp_path / "whole")
    (name,) = [p.name for p in (tmp_path / "whole").iterdir() if p.name.endswith(suffix)]
    chance, lost = random.Random(8), 0
    for turn in range(CACHES):
        folder = tmp_path / str(turn)
        shutil.copytree(tmp_path / "whole", folder)
        (folder / name).write_bytes(mutated((folder / name).read_bytes(), chance))
        try:
            lost += torn_pages(folder, bodies, turn)
        except StoreError as error:
            lost += bool(error.hint)
        shutil.rmtree(folder)
    assert lost > 0 or suffix == ".db"


def torn_pages(folder, bodies, turn):
    """How many pages were lost and mended."""
    lost = 0
    with PageCache(folder) as pages:
        for url, body in bodies.items():
            page = pages.get(url)
            try:
                if page is not None and page.failure is None and pages.body(page) == body:
                    assert page.media_type == "text/html", turn
                    continue
                assert page is None or page.failure, (turn, "another body")
            except NextreadError:
                assert pages.due(url, 9e9), turn
            lost += 1
            again = Page(url, url, 200, "text/html", "", "2024-06-01T10:00:00Z")
            assert pages.body(pages.put(again, body)) == body, turn
    return lost


def test_a_mutated_profile_is_refused_or_tells_only_what_was_marked(tmp_path):
    ids = [f"{n:016x}" for n in range(40)]
    profile = Profile(tmp_path / "whole" / "profile.db")
    for one in ids:
        profile.mark(one, f"https://a.test/{one}", "like")
    with sqlite3.connect(tmp_path / "whole" / "profile.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content, chance, refused = profile._path.read_bytes(), random.Random(9), 0
    for turn in range(CACHES):
        path = tmp_path / str(turn) / "profile.db"
        path.parent.mkdir()
        path.write_bytes(mutated(content, chance))
        try:
            found = Profile(path).marks()
        except StoreError as error:
            refused += "profile.db" in error.message and bool(error.hint)
        else:
            assert {mark.resource_id for mark in found} <= set(ids), turn
            assert {mark.mark for mark in found} <= {"like"}, turn
    assert refused > 0


def calls(path: Path):
    """(dotted name, the call) of every call in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_nothing_on_disk_is_unpickled():
    """No pickle module, no loader that unpickles, np.load never with allow_pickle."""
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            names |= {
                n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module
            }
            banned = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
            assert not {name.partition(".")[0] for name in names} & banned, path
            for name, call in calls(path):
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert given.get("allow_pickle", "False") == "False", (path, name)
                assert name != "torch.load", path


def test_a_pickle_in_place_of_an_array_is_not_run(tiny_home, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(tiny_home, home)
    layout = Layout(home)
    with open_current(layout) as generation:
        array = next(generation.path.glob("*.npy"))
    np.save(array, np.array([{"x": 1}], object), allow_pickle=True)
    with pytest.raises(NextreadError):
        open_current(layout)
    with pytest.raises(ValueError, match="pickle"):
        np.load(array)

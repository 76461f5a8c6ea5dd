"""What later builds hold on to, and how the bytes they write follow from it."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from indexer.build import build
from indexer.estimate.difficulty import estimates
from indexer.index import basis, write
from indexer.index.basis import Basis
from indexer.index.keys import NAME
from indexer.index.map_layout import Drawn
from search.engine import Engine
from search.index.centre import Census, Centres
from search.index.map import CollectionMap
from tests.conftest import ROOT, write_list

LINKS = [(f"Lecture {n} on topic {n * n}", f"https://example.org/{n}", "") for n in range(120)]
QUESTIONS = ["Reward models", "lecture 7", "topic 49", "what is explained for everyone"]
MORE = [("Reward models", "https://example.com/rlhf", "Explained for everyone.")]


@pytest.fixture(autouse=True)
def _few_suffice(monkeypatch):
    monkeypatch.setattr(basis, "FEWEST", 100)


def files(report):
    """Digests of a generation's files; tantivy names its own by chance."""
    hashed = report.manifest.files.items()
    return {name: file.sha256 for name, file in hashed if not name.startswith("lexical/")}


def places(home, report):
    """Where each work of a generation lies on its map, by id."""
    chart = CollectionMap.load(home / "generations" / str(report.manifest.number) / "map.npz")
    with Engine.open(home) as engine:
        ids = engine.collection.catalog.ids()
    return {
        ids[row]: tuple(at)
        for row, at in zip(chart.ordinals.tolist(), chart.places.tolist(), strict=True)
    }


def named(ids):
    return np.array([name.encode() for name in ids], NAME)


def held_in(ids, vectors):
    centres = Centres({"": np.zeros(4, np.float32)}, {"": np.zeros(4, np.float32)})
    census, taught = Census(4), estimates([], [], np.zeros((0, 4), np.float32), {}).taught
    census.add(np.zeros((vectors, 4), np.float32), [None] * vectors)
    return Basis.found(census, centres, taught, named(ids), Drawn.nothing(len(ids)))


@pytest.mark.parametrize(
    ("came", "gone", "vectors", "near"),
    [
        (0, 0, 200, True),
        (10, 0, 210, True),
        (11, 0, 210, False),
        (0, 11, 200, False),
        (0, 0, 211, False),
        (0, 0, 189, False),
    ],
)
def test_a_basis_is_near_what_differs_by_a_twentieth(came, gone, vectors, near):
    ids = [f"{n:016x}" for n in range(200 + came)]
    assert held_in(ids[:200], 200).is_near(named(ids[gone:]), vectors) is near


def test_few_works_hold_on_to_nothing():
    ids = [f"{n:016x}" for n in range(99)]
    assert not held_in(ids, 99).is_near(named(ids), 99)


def test_a_small_change_keeps_means_and_places(builds, fresh_home, tmp_path):
    first = builds(write_list(tmp_path / "a.md", LINKS))
    assert (first.held, first.manifest.settings["basis"]) == (False, first.manifest.digest)
    before = places(fresh_home, first)
    second = builds(write_list(tmp_path / "b.md", MORE))
    assert (second.published, second.held, second.embedded) == (True, True, 1)
    assert second.manifest.settings["basis"] == first.manifest.digest != second.manifest.digest
    assert files(second)["centres.npz"] == files(first)["centres.npz"]
    after = places(fresh_home, second)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1
    with Engine.open(fresh_home) as engine:
        assert engine.search("Reward models").results[0].resource.title == "Reward models"


def answers(home):
    """What is found for some questions, and told of it, whatever ordinals are; and the scores."""
    with Engine.open(home) as engine:
        found = {text: engine.search(text, k=5).results for text in QUESTIONS}
    told = {
        text: [(one.resource, one.facts, one.passage) for one in results]
        for text, results in found.items()
    }
    return told, [one.score for results in found.values() for one in results]


def test_what_has_not_changed_is_not_written_again(builds, fresh_home, tmp_path, monkeypatch):
    first = builds(write_list(tmp_path / "a.md", LINKS))
    written = []
    words = write.words
    monkeypatch.setattr(write, "words", lambda *given: written.append(given[0]) or words(*given))
    source = write_list(tmp_path / "b.md", MORE)
    second = builds(source)
    assert written == [len(LINKS)]
    folders = [fresh_home / "generations" / str(one.manifest.number) for one in (first, second)]
    for name in ("basis.npz", "centres.npz"):
        assert (folders[0] / name).samefile(folders[1] / name)
    postings = [{path.name for path in (folder / "lexical").glob("*.idx")} for folder in folders]
    assert postings[0] < postings[1]
    write_list(tmp_path / "a.md", [("Lecture 0 again", LINKS[0][1], ""), *LINKS[1:]])
    source.unlink()
    builds()
    assert written == [len(LINKS), 0]
    with Engine.open(fresh_home) as engine:
        assert engine.search("lecture again").results[0].resource.title == "Lecture 0 again"
        assert engine.collection.catalog.count == len(LINKS)


@pytest.mark.parametrize(("dropped", "off"), [(0.0, 1e-6), (0.05, 0.01)])
def test_lists_and_basis_alone_say_what_is_answered(
    dropped, off, builds, fresh_home, tmp_path, monkeypatch
):
    monkeypatch.setattr("search.index.lexical.MOST_DROPPED", dropped)
    builds(write_list(tmp_path / "a.md", LINKS))
    write_list(tmp_path / "b.md", MORE)
    builds(tmp_path / "b.md")
    told, scores = answers(fresh_home)
    write_list(tmp_path / "b.md", [*MORE, ("Another", "https://example.com/more", "")])
    assert builds().held
    assert answers(fresh_home) != (told, scores)
    write_list(tmp_path / "b.md", MORE)
    assert builds().held
    again, now = answers(fresh_home)
    assert again == told
    assert now == pytest.approx(scores, abs=off)


def test_a_full_build_gives_the_bytes_of_a_first_one(builds, tiny_settings, tmp_path):
    other = replace(tiny_settings, home=tmp_path / "other")
    shutil.copytree(tiny_settings.home, other.home)
    builds(write_list(tmp_path / "a.md", LINKS))
    held = builds(write_list(tmp_path / "b.md", MORE))
    full = build([], tiny_settings, offline=True, full=True)
    assert (full.published, full.held) == (True, False)
    assert full.manifest.digest == held.manifest.digest == full.manifest.settings["basis"]
    fresh = build([str(tmp_path / "a.md"), str(tmp_path / "b.md")], other, offline=True)
    assert files(full) == files(fresh)
    assert not build([], tiny_settings, offline=True, full=True).published  # it is full already


def test_many_changes_hold_on_to_nothing(builds, tmp_path):
    builds(write_list(tmp_path / "a.md", LINKS))
    more = [(f"Seminar {n}", f"https://example.com/{n}", "") for n in range(7)]
    report = builds(write_list(tmp_path / "b.md", more))
    assert (report.held, report.manifest.settings["basis"]) == (False, report.manifest.digest)


def test_what_another_recipe_found_is_not_held(builds, tmp_path, monkeypatch):
    builds(write_list(tmp_path / "a.md", LINKS))
    monkeypatch.setattr("indexer.index.write.RECIPE", "another")
    assert not builds().held


@pytest.mark.parametrize("name", ["basis.npz", "centres.npz", "dense.faiss"])
def test_a_damaged_basis_is_not_held(name, builds, fresh_home, tmp_path):
    first = builds(write_list(tmp_path / "a.md", LINKS))
    path = fresh_home / "generations" / str(first.manifest.number) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    report = builds(write_list(tmp_path / "b.md", MORE))
    assert (report.published, report.held) == (True, False)
    with Engine.open(fresh_home) as engine:
        assert engine.collection.catalog.count == len(LINKS) + 1


KILLED = """
import os, signal, sys
from pathlib import Path
from cache.settings import Settings
from indexer.build import build
from indexer.estimate.difficulty import estimates
from indexer.index import basis, write
from search.index import catalog

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

basis.FEWEST = 100
catalog.write_rows = die
home, model, source = sys.argv[1:]
build([source], Settings(home=Path(home), model=model), offline=True)
"""


def test_killed_while_it_adds_the_last_generation_answers(builds, fresh_home, tiny_model, tmp_path):
    first = builds(write_list(tmp_path / "a.md", LINKS))
    source = write_list(tmp_path / "b.md", MORE)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(fresh_home), str(tiny_model), str(source)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert killed.returncode == -signal.SIGKILL
    with Engine.open(fresh_home) as engine:
        assert engine.collection.generation.manifest == first.manifest
        assert engine.collection.catalog.count == len(LINKS)
    report = builds()
    assert (report.held, report.embedded, len(report.added)) == (True, 0, 1)
    assert report.manifest.counts["resources"] == len(LINKS) + 1

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
from indexer.index import basis
from indexer.index.basis import Basis
from indexer.index.map_layout import Drawn
from search.engine import Engine
from search.index.centre import Centres
from search.index.map import CollectionMap
from tests.conftest import ROOT, write_list

LINKS = [(f"Lecture {n} on topic {n * n}", f"https://example.org/{n}", "") for n in range(120)]
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


def held_in(ids, vectors):
    centres = Centres({"": np.zeros(4, np.float32)}, {"": np.zeros(4, np.float32)})
    keys = np.array([name[::-1] for name in ids], basis.KEY)
    told = np.arange(4.0 * len(ids)).reshape(-1, 4)
    return Basis.found(vectors, centres, ids, keys, Drawn.nothing(len(ids)), told)


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
    assert held_in(ids[:200], 200).is_near(ids[gone:], vectors) is near


def test_few_works_hold_on_to_nothing():
    ids = [f"{n:016x}" for n in range(99)]
    assert not held_in(ids, 99).is_near(ids, 99)


def test_what_was_told_is_known_of_works_that_have_not_changed():
    ids = [f"{n:016x}" for n in range(3)]
    keys = np.array([ids[0][::-1], b"changed", b"new"], basis.KEY)
    told = held_in(ids[:2], 2).told_of(ids, keys)
    assert np.isnan(told[1:]).all()
    assert told[0].tolist() == [0, 1, 2, 3]


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


def test_lists_and_basis_alone_say_what_is_written(builds, tmp_path):
    first = builds(write_list(tmp_path / "a.md", LINKS))
    write_list(tmp_path / "b.md", MORE)
    second = builds(tmp_path / "b.md")
    write_list(tmp_path / "b.md", [*MORE, ("Another", "https://example.com/more", "")])
    assert builds().held
    write_list(tmp_path / "b.md", MORE)
    assert files(builds()) == files(second)
    write_list(tmp_path / "b.md", [LINKS[0]])
    write_list(tmp_path / "a.md", LINKS[1:])
    builds()
    (tmp_path / "b.md").unlink()
    write_list(tmp_path / "a.md", LINKS)
    assert files(builds()) == files(first)


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
from indexer.index import basis
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

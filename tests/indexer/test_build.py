import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cache.errors import ListError, Locked, ModelError
from cache.lock import writing
from cache.settings import Settings
from indexer.build import STAGES, build
from search.engine import Engine
from search.models.embed import CHUNK, DEFAULT_MODEL
from tests.conftest import ROOT, write_list

LINKS = [
    ("Attention Is All You Need", "https://arxiv.org/abs/1706.03762", "The transformer."),
    ("图解 Transformer", "https://example.org/illustrated", "用图讲清楚注意力。"),
    ("RLHF explained", "https://example.org/rlhf", "Reward models for everyone."),
]


def titles(home: Path) -> set[str]:
    with Engine.open(home) as engine:
        catalog = engine.collection.catalog
        return {resource.title for resource in catalog.resources(range(catalog.count))}


def test_nothing_is_published_or_embedded_where_nothing_changed(builds, fresh_home, tmp_path):
    source = write_list(tmp_path / "list.md", LINKS)
    first = builds(source)
    assert (first.published, first.embedded, len(first.added)) == (True, 3, 3)
    second = builds(source)
    third = builds()
    for again in (second, third):
        assert (again.published, again.embedded, again.added, again.removed) == (False, 0, (), ())
        assert again.manifest == first.manifest
    assert titles(fresh_home) == {title for title, _, _ in LINKS}


def test_a_changed_note_embeds_one_text(builds, tmp_path):
    source = write_list(tmp_path / "list.md", LINKS)
    first = builds(source)
    write_list(source, [*LINKS[:2], (*LINKS[2][:2], "Reward models, in depth.")])
    changed = builds()
    assert (changed.published, changed.embedded) == (True, 1)
    assert (changed.added, changed.removed) == ((), ())
    assert changed.manifest.digest != first.manifest.digest
    write_list(source, LINKS)
    back = builds()
    assert (back.published, back.embedded) == (True, 0)
    assert back.manifest.digest == first.manifest.digest


def test_a_generation_holds_what_readers_open_and_no_scratch(builds, tmp_path):
    report = builds(write_list(tmp_path / "list.md", LINKS))
    names = {name for name in report.manifest.files if not name.startswith("lexical/")}
    expected = {
        "basis.npz",
        "centres.npz",
        "company.npz",
        "dense.faiss",
        "facts.npy",
        "ledger.npz",
        "map.npz",
        "resources.db",
    }
    assert names == expected | {"rows.npy"}


def test_two_homes_agree_on_the_digest(builds, tiny_home, tiny_settings, tmp_path):
    source = write_list(tmp_path / "list.md", LINKS)
    here = builds(source)
    other = tmp_path / "other"
    shutil.copytree(tiny_home / "models", other / "models")
    there = build([str(source)], replace(tiny_settings, home=other), offline=True)
    assert there.manifest.digest == here.manifest.digest
    files = {name: record.sha256 for name, record in here.manifest.files.items()}
    assert {name: record.sha256 for name, record in there.manifest.files.items()}.items() >= {
        (name, digest) for name, digest in files.items() if not name.startswith("lexical/")
    }


def test_two_lists_that_name_one_work_give_one_resource(builds, fresh_home, tmp_path):
    write_list(tmp_path / "a.md", LINKS)
    write_list(tmp_path / "b.md", [("Attention", "http://www.arxiv.org/pdf/1706.03762v5", "必读")])
    report = builds(tmp_path / "a.md", tmp_path / "b.md")
    assert report.manifest.counts["resources"] == 3
    assert report.manifest.counts["lists"] == 2
    with Engine.open(fresh_home) as engine:
        found = engine.collection.catalog.resource(
            engine.collection.ordinal("https://arxiv.org/abs/1706.03762")
        )
        assert {(m.list_id, m.note) for m in found.mentions} == {
            ("a.md", "The transformer."),
            ("b.md", "必读"),
        }
        assert engine.collection.ordinal(
            "http://www.arxiv.org/pdf/1706.03762v5"
        ) == engine.collection.ordinal(found.id)


def test_a_list_that_went_away_takes_only_its_own_links(builds, fresh_home, tmp_path):
    write_list(tmp_path / "a.md", LINKS[:2])
    gone = write_list(tmp_path / "b.md", LINKS[1:])
    builds(tmp_path / "a.md", gone)
    gone.unlink()
    report = builds()
    assert len(report.removed) == 1
    assert str(gone) in report.failures
    assert titles(fresh_home) == {title for title, _, _ in LINKS[:2]}
    (tmp_path / "a.md").unlink()
    with pytest.raises(ListError, match=r"b\.md|a\.md"):
        builds()
    assert titles(fresh_home) == {title for title, _, _ in LINKS[:2]}


def test_lists_of_one_name_stay_apart(builds, tmp_path):
    for folder, links in (("one", LINKS[:1]), ("two", LINKS[1:])):
        (tmp_path / folder).mkdir()
        write_list(tmp_path / folder / "README.md", links)
    report = builds(tmp_path / "one", tmp_path / "two")
    assert (report.manifest.counts["lists"], report.manifest.counts["resources"]) == (2, 3)


def test_a_bad_list_in_a_folder_is_told_and_passed_over(builds, tmp_path):
    write_list(tmp_path / "good.md", LINKS)
    (tmp_path / "bad.md").write_bytes(b"\0\1\2\3" * 100)
    report = builds(tmp_path)
    assert report.manifest.counts["resources"] == 3
    assert list(report.failures) == [str(tmp_path / "bad.md")]


def test_every_stage_reports_and_ends(tiny_settings, tmp_path):
    heard: dict[str, tuple[int, int]] = {}

    def progress(stage: str, done: int, of: int) -> None:
        assert 0 <= done <= of
        heard[stage] = (done, of)

    source = write_list(tmp_path / "list.md", LINKS)
    build([str(source)], tiny_settings, offline=True, progress=progress)
    assert heard.keys() <= set(STAGES)
    assert heard["embed"] == heard["index"] == (3, 3)
    assert heard["read"] == (1, 1)


def test_only_one_build_at_a_time(builds, fresh_home, tmp_path):
    source = write_list(tmp_path / "list.md", LINKS)
    with writing(fresh_home / "LOCK", "nextread build"), pytest.raises(Locked, match="pid"):
        builds(source)
    assert builds(source).published


KILLED = """
import os, signal, sys
from pathlib import Path
from cache.settings import Settings
from indexer.build import build

def die(stage, done, of):
    if stage == "embed":
        assert done < of
        os.kill(os.getpid(), signal.SIGKILL)

home, model, source = sys.argv[1:]
build([source], Settings(home=Path(home), model=model), offline=True, progress=die)
"""


def test_a_killed_build_goes_on_where_it_stopped(builds, fresh_home, tiny_model, tmp_path):
    """Killed between two commits of vectors: the next build embeds only what is missing."""
    builds(write_list(tmp_path / "good.md", LINKS[:1]))
    links = [(f"Lecture {n} on topic {n * n}", f"https://example.org/{n}", "") for n in range(600)]
    source = write_list(tmp_path / "long.md", links)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(fresh_home), str(tiny_model), str(source)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert killed.returncode == -signal.SIGKILL
    assert titles(fresh_home) == {LINKS[0][0]}  # the last good generation answers
    report = builds(source)
    assert (report.published, report.embedded) == (True, 600 - CHUNK)
    assert report.manifest.counts["resources"] == 601
    assert [f.name for f in (fresh_home / "generations").iterdir() if not f.name.isdecimal()] == []


def test_an_index_of_another_model_is_refused_with_the_way_out(
    tiny_home, tiny_model, example_home, tmp_path
):
    other = Settings(home=tiny_home, model=DEFAULT_MODEL)
    with (
        Engine.open(settings=other) as engine,
        pytest.raises(ModelError, match="tiny-e5@") as refused,
    ):
        engine.search("attention")
    assert refused.value.hint.startswith("nextread build --offline --model ")
    asked = Settings(home=tiny_home, model=str(tiny_model))
    with Engine.open(settings=asked) as engine:
        assert engine.search("attention").results[0].resource.title == "Attention"
    home = tmp_path / "home"
    shutil.copytree(tiny_home, home)
    shutil.copytree(example_home / "vectors", home / "vectors", dirs_exist_ok=True)
    mended = build([], Settings(home=home, model=DEFAULT_MODEL), offline=True)
    assert mended.published
    with Engine.open(home) as engine:
        assert engine.search("attention").results[0].resource.title == "Attention"


def test_lists_toml_is_readable_and_remembers(builds, fresh_home, tmp_path):
    source = write_list(tmp_path / "list.md", LINKS)
    builds(source)
    text = (fresh_home / "lists.toml").read_text("utf-8")
    assert json.dumps(str(source)) in text
    builds()
    assert (fresh_home / "lists.toml").read_text("utf-8") == text

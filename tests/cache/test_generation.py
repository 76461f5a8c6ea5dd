"""Publication: readers see whole generations, whatever happens to the writer or the disk."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cache import disk
from cache.errors import Damaged, Locked, ModelError, NoIndex, StoreError
from cache.generation import (
    ContentDigest,
    Manifest,
    Writer,
    canonical,
    open_current,
    verify,
)
from cache.layout import Layout
from tests.conftest import ROOT


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


def fill(folder: Path, content: str) -> None:
    """Two files that must agree: a reader that sees a mixture finds out."""
    (folder / "resources.db").write_text(content * 100)
    (folder / "lexical").mkdir()
    (folder / "lexical" / "postings").write_text(content * 200)
    (folder / "lexical" / ".tantivy-writer.lock").touch()


def publish(layout: Layout, content: str) -> Manifest:
    with Writer(layout) as writer:
        fill(writer.folder, content)
        return writer.publish(
            model_id="m", dim=3, counts={"resources": 1}, settings={"a": [1]}, digest="sha256:0"
        )


def interrupted(layout: Layout) -> None:
    with Writer(layout) as writer:
        fill(writer.folder, "three")
        raise StoreError("stops here")


def content_of(layout: Layout) -> str:
    with open_current(layout) as generation:
        whole = (generation.path / "resources.db").read_text()
        parts = (generation.path / "lexical" / "postings").read_text()
        assert parts == whole * 2
        return whole[: len(whole) // 100]


def left_over(layout: Layout) -> list[str]:
    return sorted(
        f.name for f in layout.home.rglob("*") if ".tmp-" in f.name or ".old-" in f.name
    ) + [f.name for f in layout.home.glob(".*")]


def test_what_is_published_is_read(layout: Layout) -> None:
    manifest = publish(layout, "one")
    with open_current(layout, model_id="m") as generation:
        assert generation.manifest == manifest
        assert generation.number == manifest.number == 1
        assert sorted(manifest.files) == ["lexical/postings", "resources.db"]
        assert verify(generation) == []
    assert content_of(layout) == "one"
    assert left_over(layout) == []


def test_nothing_built_is_no_index(layout: Layout) -> None:
    with pytest.raises(NoIndex, match="nothing has been built") as caught:
        open_current(layout)
    assert "nextread build" in caught.value.hint


def test_home_is_for_its_owner_only(layout: Layout) -> None:
    publish(layout, "one")
    assert layout.home.stat().st_mode & 0o777 == 0o700


def test_a_writer_that_fails_leaves_nothing_behind(layout: Layout) -> None:
    publish(layout, "one")
    with Writer(layout) as writer:
        fill(writer.folder, "two")
    with pytest.raises(StoreError, match="stops here"):
        interrupted(layout)
    assert content_of(layout) == "one"
    assert left_over(layout) == []
    assert [f.name for f in layout.generations.iterdir()] == ["1"]


def test_the_current_and_the_previous_generation_are_kept(layout: Layout) -> None:
    for content in ("one", "two", "three", "four"):
        publish(layout, content)
    assert sorted(f.name for f in layout.generations.iterdir()) == ["3", "4"]
    assert sorted(f.name for f in layout.verified.iterdir()) == ["3", "4"]


def test_a_generation_being_read_stays(layout: Layout) -> None:
    publish(layout, "one")
    with open_current(layout) as reader:
        for content in ("two", "three", "four"):
            publish(layout, content)
        assert (reader.path / "resources.db").read_text() == "one" * 100
        assert verify(reader) == []
    publish(layout, "five")
    assert sorted(f.name for f in layout.generations.iterdir()) == ["4", "5"]


def test_a_second_writer_is_refused_by_name(layout: Layout) -> None:
    with Writer(layout, "nextread build"):
        with pytest.raises(Locked, match=rf"pid {os.getpid()} \(nextread build\) since"):
            Writer(layout).__enter__()
        script = "import sys; from pathlib import Path; from cache.layout import Layout\n"
        script += (
            "from cache.generation import Writer; Writer(Layout(Path(sys.argv[1]))).__enter__()"
        )
        other = run(script, layout)
        assert other.returncode == 1
        assert f"pid {os.getpid()} (nextread build)" in other.stderr
    publish(layout, "free again")


@pytest.mark.parametrize("name", ["resources.db", "lexical/postings"])
def test_damage_is_found(layout: Layout, name: str) -> None:
    publish(layout, "one")
    file = layout.generation(1) / name
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    with pytest.raises(Damaged, match=name) as caught:
        open_current(layout)
    assert "nextread build --offline" in caught.value.hint
    file.write_bytes(b"X" + content[1:])  # of the right size, so only hashing tells
    with pytest.raises(Damaged, match=name):
        open_current(layout)
    file.unlink()
    with pytest.raises(Damaged, match=name):
        open_current(layout)


def test_verify_sees_what_opening_trusts(layout: Layout) -> None:
    publish(layout, "one")
    file = layout.generation(1) / "resources.db"
    state = file.stat()
    file.write_bytes(b"X" + file.read_bytes()[1:])
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))  # as a fault of the disk leaves it
    with open_current(layout) as generation:
        assert verify(generation) == ["resources.db is not what was published"]


def test_a_copied_home_is_hashed_once(layout: Layout, tmp_path: Path) -> None:
    publish(layout, "one")
    copy = Layout(tmp_path / "copy")
    shutil.copytree(layout.home, copy.home)
    assert content_of(copy) == "one"
    noted = (copy.verified / "1").read_bytes()
    assert noted != (layout.verified / "1").read_bytes()
    assert content_of(copy) == "one"
    assert (copy.verified / "1").read_bytes() == noted
    target = copy.generation(1) / "lexical" / "postings"
    target.write_bytes(target.read_bytes().replace(b"one", b"two"))
    with pytest.raises(Damaged, match="postings"):
        open_current(copy)


@pytest.mark.parametrize("harm", ["edited", "missing", "CURRENT", "CURRENT of bytes"])
def test_a_broken_manifest_or_current_is_damaged_and_a_build_mends_it(
    layout: Layout, harm: str
) -> None:
    publish(layout, "one")
    manifest = layout.generation(1) / "manifest.json"
    if harm == "edited":
        manifest.write_text(manifest.read_text().replace('"dim": 3', '"dim": 4'))
    elif harm == "missing":
        manifest.unlink()
    else:
        layout.current.write_bytes(b"?" if harm == "CURRENT" else b"\xff\x00 \xfe")
    with pytest.raises(Damaged) as caught:
        open_current(layout)
    assert "nextread build --offline" in caught.value.hint
    publish(layout, "two")
    assert content_of(layout) == "two"


def test_another_format_or_model_says_how_to_go_on(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(layout, "one")
    with pytest.raises(ModelError, match="built with m, asked with n") as caught:
        open_current(layout, model_id="n")
    assert "--model n" in caught.value.hint
    monkeypatch.setattr("cache.generation.FORMAT_VERSION", 2)
    with pytest.raises(StoreError, match="format 1, not 2") as refused:
        open_current(layout)
    assert "nextread build --offline" in refused.value.hint


STEPS = ("write_synced", "sync_tree", "rename", "sync", "write_atomic", "sha256")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_leaves_the_old_generation(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    publish(layout, "one")

    def fail(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(disk, step, fail)
        with pytest.raises(StoreError, match=os.strerror(number)) as caught:
            publish(layout, "two")
    assert caught.value.hint
    # Only the very last sync can fail after readers have seen the new generation.
    assert content_of(layout) in ({"one", "two"} if step == "sync" else {"one"})
    publish(layout, "three")
    assert content_of(layout) == "three"
    assert left_over(layout) == []


def run(script: str, layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, str(layout.home), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)


PUBLISHER = """
import os, signal, sys
from pathlib import Path
from cache import generation
from cache.layout import Layout

layout, last, content = Layout(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3]
calls = 0

def deadly(real):
    def call(*arguments, **keywords):
        global calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **keywords)
    return call

for name in ("open", "fsync", "rename", "replace", "mkdir", "close"):
    setattr(os, name, deadly(getattr(os, name)))

with generation.Writer(layout) as writer:
    (writer.folder / "resources.db").write_text(content * 100)
    (writer.folder / "lexical").mkdir()
    (writer.folder / "lexical" / "postings").write_text(content * 200)
    writer.publish(model_id="m", dim=3, counts={}, settings={}, digest="sha256:0")
"""


def test_a_writer_killed_at_any_step_leaves_a_whole_generation(layout: Layout) -> None:
    """SIGKILL before each of the writer's system calls in turn, with a reader at work."""
    publish(layout, "old")
    seen, stop = set[str](), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(content_of(layout))
            stop.wait(0.001)

    reader = threading.Thread(target=read)
    reader.start()
    outcomes, step = set[str](), 0
    try:
        while True:
            step += 1
            ended = run(PUBLISHER, layout, str(step), f"n{step}")
            assert reader.is_alive(), "the reader met a broken generation"
            now = content_of(layout)
            outcomes.add(now)
            if ended.returncode != -signal.SIGKILL:
                break
    finally:
        stop.set()
        reader.join()
    assert ended.returncode == 0, ended.stderr
    assert step > 15
    assert now == f"n{step}"
    assert "old" in outcomes
    assert len(outcomes) > 2  # some were killed after CURRENT was replaced
    assert left_over(layout) == []
    assert len(list(layout.generations.iterdir())) == 2


def test_the_digest_tells_parts_apart() -> None:
    def digest(*parts: bytes | str) -> str:
        found = ContentDigest()
        found.update(*parts)
        return found.digest()

    assert digest("ab", "c") == digest(b"ab", b"c") != digest("a", "bc")
    assert digest().startswith("sha256:")
    assert canonical({"b": 1, "a": "学"}) == '{"a":"学","b":1}'.encode()


def test_files_shared_with_a_whole_generation_are_not_read_again(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(layout, "one")
    read: list[str] = []
    hashed = disk.sha256
    monkeypatch.setattr(disk, "sha256", lambda path: read.append(path.name) or hashed(path))
    with Writer(layout) as writer:
        fill(writer.folder, "one")
        (writer.folder / "resources.db").unlink()
        disk.share(layout.generation(first.number) / "resources.db", writer.folder / "resources.db")
        given = {"counts": {}, "settings": {}, "digest": "sha256:1", "model_id": "m", "dim": 3}
        second = writer.publish(**given, whole=first)
    assert read == ["postings"]
    assert second.files == first.files
    with open_current(layout) as generation:
        assert verify(generation) == []

"""Many readers, one writer, and what is left of both."""

import os
import subprocess
import sys
from pathlib import Path

from cache.generation import Writer, open_current
from cache.layout import Layout
from tests.conftest import ROOT

from .conftest import count

PUBLISHES = count("PUBLISHES", 25)
READERS = 8
READ = """
import sys, time
from pathlib import Path
from cache.generation import open_current, verify
from cache.layout import Layout

layout, last, opened = Layout(Path(sys.argv[1])), int(sys.argv[2]), 0
print("ready", flush=True)
while True:
    with open_current(layout) as generation:
        whole = (generation.path / "whole").read_bytes()
        time.sleep(0.002)
        part = (generation.path / "deep" / "part").read_bytes()
        assert part == whole * 2 and whole == b"%06d" % generation.number * 500
        assert verify(generation) == []
        opened += 1
        if generation.number >= last:
            break
print(opened)
"""


def publish(layout, number):
    with Writer(layout) as writer:
        (writer.folder / "whole").write_bytes(b"%06d" % number * 500)
        (writer.folder / "deep").mkdir()
        (writer.folder / "deep" / "part").write_bytes(b"%06d" % number * 1000)
        assert writer.number == number
        writer.publish(model_id="m", dim=3, counts={}, settings={}, digest=f"sha256:{number}")


def size_of(home: Path) -> int:
    return sum(path.lstat().st_size for path in home.rglob("*") if path.is_file())


def test_eight_readers_see_whole_generations_while_many_are_published(tmp_path):
    layout = Layout(tmp_path / "home")
    publish(layout, 1)
    command = [sys.executable, "-c", READ, str(layout.home), str(PUBLISHES)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    readers = [
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for _ in range(READERS)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    sizes = []
    for number in range(2, PUBLISHES + 1):
        publish(layout, number)
        sizes.append(size_of(layout.home))
    opened = 0
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert reader.returncode == 0, err
        opened += int(out)
    publish(layout, PUBLISHES + 1)  # nobody reads any more: all but the last two go
    assert sorted(int(f.name) for f in layout.generations.iterdir()) == [PUBLISHES, PUBLISHES + 1]
    assert len(list(layout.verified.iterdir())) == 2
    assert max(sizes) <= (READERS + 3) * size_of(layout.home)
    print(f"\n{READERS} readers opened {opened} generations during {PUBLISHES} publishes, 0 errors")


def test_the_disk_does_not_grow_while_one_reader_stays(tmp_path):
    layout = Layout(tmp_path / "home")
    publish(layout, 1)
    with open_current(layout) as reader:
        for number in range(2, 30):
            publish(layout, number)
        assert sorted(int(f.name) for f in layout.generations.iterdir()) == [1, 28, 29]
        assert (reader.path / "whole").read_bytes() == b"000001" * 500
    publish(layout, 30)
    assert sorted(int(f.name) for f in layout.generations.iterdir()) == [29, 30]


def test_what_killed_processes_left_is_swept(tmp_path):
    layout = Layout(tmp_path / "home")
    publish(layout, 1)
    (layout.home / ".lists.toml.123456").write_text("half")
    (layout.home / ".CURRENT.99").write_text("half")
    (layout.verified / ".1.123").write_text("half")
    (layout.verified / "7").write_text("[]")
    (layout.generations / "7.tmp-99").mkdir()
    (layout.generations / "0.old-99").mkdir()
    publish(layout, 2)
    left = {path.relative_to(layout.home).as_posix() for path in layout.home.rglob("*")}
    assert not {name for name in left if "/." in f"/{name}" or "-99" in name or name.endswith("/7")}

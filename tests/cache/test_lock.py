"""One writer at a time, and no lock outlives its process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cache import lock
from cache.errors import Locked, StoreError
from tests.conftest import ROOT

HOLDER = """
import sys
from pathlib import Path
from cache import lock
with lock.writing(Path(sys.argv[1]), "nextread build --offline"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "home" / "LOCK"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        expected = rf"home is being written by pid {holder.pid} \(nextread build --offline\) since"
        with pytest.raises(Locked, match=expected) as caught, lock.writing(path):
            pytest.fail("two writers")
        assert caught.value.hint
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with lock.writing(path):
        assert str(os.getpid()) in path.read_text()


def test_an_unsigned_lock_is_still_held(tmp_path: Path) -> None:
    path = tmp_path / "LOCK"
    with lock.writing(path):
        path.write_text("")
        with pytest.raises(Locked, match="another process"), lock.writing(path):
            pytest.fail("two writers")


def test_a_place_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError), lock.writing(tmp_path / "file" / "LOCK"):
        pytest.fail("locked nothing")

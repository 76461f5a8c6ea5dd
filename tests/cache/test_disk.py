"""Atomic writes, and faults that say what to do."""

import errno
import os
from pathlib import Path

import pytest

from cache import disk
from cache.errors import Locked, StoreError


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "CURRENT"
    disk.write_atomic(path, b"a long first content")
    disk.write_atomic(path, b"short")
    assert path.read_bytes() == b"short"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "CURRENT"
    disk.write_atomic(path, b"old")

    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space"):
        disk.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_really_full_disk_is_named(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(StoreError, match="No space left") as caught, disk.faults(tmp_path):
        full.write_bytes(b"x" * 100_000)
    assert str(tmp_path) in caught.value.message
    assert "free some space" in caught.value.hint


def test_faults_take_named_exceptions_and_leave_others(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="odd"), disk.faults(tmp_path, RuntimeError):
        raise RuntimeError("odd\nsecond line")
    with pytest.raises(StoreError, match="failed"), disk.faults(tmp_path):
        raise OSError
    with pytest.raises(KeyError), disk.faults(tmp_path):
        raise KeyError
    with pytest.raises(Locked), disk.faults(tmp_path):
        raise Locked("held")


def test_hashes_content(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert disk.sha256(tmp_path / "f").startswith("ba7816bf8f01cfea")  # FIPS 180-2, appendix B.1

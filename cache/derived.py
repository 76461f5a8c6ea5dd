"""Folders that can be made again: filled aside, digested, then renamed into place.

A reader sees a whole folder or none, whatever was killed. Must not know what is in them.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cache import disk
from cache.errors import Damaged

DIGESTS = "digests.json"


def derive(folder: Path, fill: Callable[[Path], None]) -> Path:
    """The folder, filled by `fill(empty folder)` unless it is here and matches its digests.

    Raises StoreError where the disk fails.
    """
    if folder.is_dir():
        try:
            check_digests(folder)
        except Damaged:
            shutil.rmtree(folder)
        else:
            return folder
    _sweep(folder)
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with disk.faults(folder):
            aside.mkdir(parents=True)
            fill(aside)
            _write_digests(aside)
            _take_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every file is here in its recorded size: the check that a question can afford."""
    try:
        recorded = json.loads((folder / DIGESTS).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, (size, _) in recorded.items())
    except (OSError, ValueError):
        return False


def check_digests(folder: Path) -> None:
    """Raise Damaged unless every file has its recorded bytes."""
    hint = "remove this folder and build again"
    if not is_whole(folder):
        raise Damaged(f"{folder}: incomplete", hint)
    for name, (_, digest) in json.loads((folder / DIGESTS).read_text("utf-8")).items():
        if file_digest(folder / name) != digest:
            raise Damaged(f"{folder / name}: not the bytes that were written", hint)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed while they filled folder."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        pid = left.name.rpartition(".")[2]
        if pid.isdecimal() and _has_ended(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's
        return False
    return False


def _write_digests(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        with path.open("rb") as source:
            os.fsync(source.fileno())
    recorded = {
        path.relative_to(folder).as_posix(): (path.stat().st_size, file_digest(path))
        for path in files
    }
    (folder / DIGESTS).write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


def _take_place(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError:
        if not is_whole(folder):  # not another process that made the same meanwhile
            raise

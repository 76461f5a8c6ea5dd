"""One writer in a home folder at a time, and its name for whoever comes second.

An flock on an open file: the system releases it when the process ends, however it ends, so a
lock is never stale and never needs removing. Must not know what is written under it.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cache import disk
from cache.errors import Locked
from cache.layout import Layout


@contextlib.contextmanager
def writing(path: Path, command: str = "nextread build") -> Iterator[None]:
    """Hold the writer's lock at path. Raises Locked, naming the holder; StoreError on a bad disk.

    The file stays behind: removing it could let two processes lock two files of one name.
    """
    with disk.faults(path):
        disk.make_home(path.parent, {path.name, Layout(path.parent).settings.name})
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, path)
        with disk.faults(path):
            _sign(descriptor, command)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = _holder(descriptor)
        raise Locked(
            f"{path.parent} is being written by {holder}", "wait until it is done, or stop it"
        ) from error


def _sign(descriptor: int, command: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    signature = {"pid": os.getpid(), "command": command, "since": since}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(signature).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        signature = json.loads(os.pread(descriptor, 4096, 0))
        return f"pid {signature['pid']} ({signature['command']}) since {signature['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"  # it has not signed yet

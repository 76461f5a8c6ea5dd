"""Commands that are killed, or whose disk fails, at a chosen moment; and a reader beside them."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cache.generation import open_current, verify
from cache.layout import Layout
from search.ask.retrieve import boosts
from search.index import dense, lexical
from search.index.catalog import Catalog
from tests.conftest import ROOT

HERE = Path(__file__).parent
KILL = -1
FAULTS = (errno.ENOSPC, errno.EIO)
_CHANGING = re.compile(r"[0-9a-f]{32}|(?<=\.tmp)\w{6}$|\d+")


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (negative: the signal), stderr, and what it asked of the disk
    as (operation, file under home)."""

    code: int
    err: str
    asked: tuple[tuple[str, str], ...]

    def steps(self) -> dict[tuple[str, str], int]:
        """The first request of each kind to each file, numbers in names left out: step to turn."""
        found: dict[tuple[str, str], int] = {}
        for turn, (operation, file) in enumerate(self.asked, 1):
            found.setdefault((operation, named(file)), turn)
        return found


def named(file: str) -> str:
    """A file's name with `*` for what changes from run to run."""
    return _CHANGING.sub("*", file)


class Torturer:
    """The fork server, and commands run by it. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None or sys.platform != "linux":
            pytest.skip("no C compiler for the shim")
        self._folder = folder
        shim = folder / "shim.so"
        source = str(HERE / "shim.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
        self._server = subprocess.Popen(
            [sys.executable, str(HERE / "forks.py")],
            env={**os.environ, "LD_PRELOAD": str(shim), "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> "Torturer":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(BrokenPipeError):
            self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(60)

    def run(
        self,
        home: Path,
        *arguments: str,
        at: int = 0,
        step: tuple[str, str] = ("", ""),
        number: int = 0,
        kill_after: float | None = None,
        environment: dict[str, str] | None = None,
    ) -> Ended:
        """Run a command. at, or the first of step: the request to the disk that fails with number,
        or KILL; kill_after: seconds until SIGKILL comes from outside."""
        files = {name: str(self._folder / name) for name in ("out", "err", "trace")}
        request = {
            "home": str(home),
            "arguments": ["--home", str(home), *arguments],
            "at": at,
            "step": step,
            "number": number,
            "environment": environment or {},
            **files,
        }
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        pid = int(self._server.stdout.readline().split()[1])
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        code = json.loads(self._server.stdout.readline())
        err = Path(files["err"]).read_text("utf-8", "replace")
        lines = Path(files["trace"]).read_text("utf-8", "replace").splitlines()
        return Ended(code, err, tuple((p[1], p[2]) for p in (line.split(" ", 2) for line in lines)))


@dataclass
class Reader:
    """What a reader saw: how often it opened a generation, and how often each set of titles."""

    home: Path
    opened: int = 0
    seen: Counter[tuple[str, ...]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def read(self) -> tuple[str, ...]:
        """The titles of the generation that answers; all its parts must fit each other."""
        with open_current(Layout(self.home)) as generation:
            catalog = Catalog(generation.path)
            titles = tuple(r.title for r in catalog.resources(range(catalog.count)))
            vectors = dense.open_index(generation.path / "dense.faiss").count
            assert vectors == generation.manifest.counts["vectors"]
            assert len(titles) == generation.manifest.counts["resources"]
            assert lexical.open_index(generation.path / "lexical").search(
                ["reader"], 3, boosts=boosts(1)
            )
            assert verify(generation) == []
        self.opened += 1
        self.seen[titles] += 1
        return titles

    @contextmanager
    def reading(self) -> Iterator["Reader"]:
        """Read again and again beside the block."""
        stop = threading.Event()

        def go() -> None:
            while not stop.is_set():
                try:
                    self.read()
                except Exception as error:
                    self.errors.append(repr(error))
                stop.wait(0.01)

        thread = threading.Thread(target=go)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()


def left_over(home: Path) -> list[str]:
    """Temporaries under home: hidden files, and folders of writers."""
    return sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if re.search(r"^\.(?!managed\.json|tantivy)|\.tmp|\.old-|\.part$", path.name)
    )

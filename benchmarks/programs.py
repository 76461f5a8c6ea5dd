"""Servers and engines of one checkout or another, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.clients import distinct
from benchmarks.measured import ROOT

ENGINE = ROOT / "benchmarks" / "engine_process.py"
ASKED = 20_000
"""Questions that an engine is given; it is done before it has answered them all."""


@dataclass(frozen=True, slots=True)
class Program:
    """A checkout and the home that it answers from."""

    home: Path
    root: Path = ROOT

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Python with that checkout's code and no other, its output and input piped."""
        return subprocess.Popen(
            [sys.executable, "-P", *map(str, arguments)],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@contextmanager
def server_of(program: Program) -> Iterator[tuple[int, int]]:
    """A server that listens: its port and its process."""
    process = program.start("-m", "benchmarks.server_process", program.home)
    try:
        yield int(_line(process)), process.pid
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def engine_of(program: Program) -> Iterator[Callable[[float], list[float]]]:
    """A warm engine: what answers for so many seconds and tells the milliseconds of each answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(list(islice(distinct(), ASKED)), file)
        file.flush()
        process = program.start(ENGINE, program.home, file.name)
        try:
            _line(process)
            yield lambda seconds: _answering(process, seconds)
        finally:
            process.terminate()
            process.wait(20)


def run(program: Program, *arguments: str | Path) -> None:
    """Run a module of the checkout to its end. Raises SystemExit where it fails."""
    process = program.start("-m", *arguments)
    process.communicate()
    if process.returncode:
        raise SystemExit(f"{_told(arguments)} failed in {program.root}")


def _answering(process: subprocess.Popen[str], seconds: float) -> list[float]:
    assert process.stdin is not None
    process.stdin.write(f"{seconds}\n")
    process.stdin.flush()
    taken: list[float] = json.loads(_line(process))
    return taken


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{_told(process.args)} ended")
    return line


def _told(arguments: object) -> str:
    return " ".join(map(str, arguments)) if isinstance(arguments, Sequence) else str(arguments)

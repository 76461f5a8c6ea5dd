"""How a benchmark measures: whole processes in turns, medians, and the machine they ran on.

Whoever is compared runs alternately in one run, so that a busy machine is busy for all of them.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "benchmarks" / "results"
BENCH = ROOT / ".bench"
PYTHON = sys.executable

Command = Sequence[str | Path]


def run(command: Command, env: Mapping[str, str] | None = None) -> dict[str, float]:
    """Milliseconds of wall clock and processor, and the most MiB resident, of one process."""
    with (BENCH / "stderr").open("w+b") as errors:
        began = perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **(env or {})},
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = perf_counter() - began
        if status:
            errors.seek(0)
            raise SystemExit(f"{command}: {errors.read().decode()[-2000:]}")
    cpu = used.ru_utime + used.ru_stime
    return {"ms": wall * 1000, "cpu_ms": cpu * 1000, "mib": used.ru_maxrss / 1024}


def in_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, dict[str, float]]:
    """What run says of every command, over rounds in which each runs once."""
    for command in commands.values():
        run(command)  # files into the page cache, byte code beside its source
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seen[name].append(run(command))
    return {name: summary(found) for name, found in seen.items()}


def summary(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Median and least times, most memory."""
    return {
        "median_ms": round(statistics.median(one["ms"] for one in found), 1),
        "min_ms": round(min(one["ms"] for one in found), 1),
        "min_cpu_ms": round(min(one["cpu_ms"] for one in found), 1),
        "max_mib": round(max(one["mib"] for one in found), 1),
    }


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50 and p99."""
    ordered = sorted(milliseconds)
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 2),
    }


def memory(process: int | str = "self") -> dict[str, float]:
    """MiB of a process: resident, and of these its own (rest: files mapped, which can go)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith(" kB")}
    return {
        "rss_mib": round(kib["VmRSS"] / 1024, 1),
        "own_mib": round(kib["RssAnon"] / 1024, 1),
        "peak_mib": round(kib["VmHWM"] / 1024, 1),
    }


def machine() -> dict[str, Any]:
    """What it ran on, and how busy that was."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    packages = ("numpy", "faiss-cpu", "tantivy", "openvino", "torch", "typer")
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "kernel": platform.release(),
        "packages": {name: version(name) for name in packages},
    }


def save(name: str, figures: Mapping[str, Any]) -> None:
    """Keep figures under benchmarks/results."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    told = {"machine": machine(), **figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def load(name: str) -> dict[str, Any] | None:
    """Figures kept before, None where there are none."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found

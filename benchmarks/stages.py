"""One build, stage by stage: python -m benchmarks.stages HOME LIST... [--full]

Prints JSON: wall and processor seconds, of every stage too, the peak of resident memory after each,
resources a second and texts embedded. Stages are the functions of indexer.build and
indexer.index.write, timed from outside; what is in none of them is imports, the comparison with the
last generation and publishing.
"""

import argparse
import json
import resource
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

STAGES = {
    "indexer.build": {
        "_read_lists": "read lists",
        "Works": "merge",
        "current_of": "last generation",
    },
    "indexer.index.write": {
        "digest_of": "digest",
        "embed": "vectors",
        "estimated": "estimates",
        "write": "write",
        "_write_words": "of which words",
    },
    "search.index.dense": {"write": "of which dense"},
    "search.index.dense_edit": {"edit": "of which dense"},
    "search.index.catalog": {"write": "of which catalog"},
    "indexer.index.sections": {"write": "of which sections"},
    "indexer.index.map_layout": {"layout": "of which layout", "regions": "of which regions"},
}


def peak_mib() -> int:
    """The most this process had resident so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def timed(act: Callable[..., Any], name: str, laps: dict[str, dict[str, float]]) -> Any:
    """act, which notes what it took under name."""

    @wraps(act)
    def run(*given: Any, **named: Any) -> Any:
        wall, cpu = perf_counter(), process_time()
        try:
            return act(*given, **named)
        finally:
            laps[name] = {
                "s": round(perf_counter() - wall, 2),
                "cpu_s": round(process_time() - cpu, 2),
                "peak_mib": peak_mib(),
            }

    return run


def staged(home: Path, lists: list[str], *, full: bool = False) -> dict[str, Any]:
    """Build lists in home, offline, and say where the time went."""
    import importlib

    laps: dict[str, dict[str, float]] = {}
    began = perf_counter()
    for module_name, functions in STAGES.items():
        module = importlib.import_module(module_name)
        for function, name in functions.items():
            setattr(module, function, timed(getattr(module, function), name, laps))
    from cache.settings import Settings
    from indexer.build import build

    report = build(lists, Settings.load(home), offline=True, full=full)
    wall = perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    resources = report.manifest.counts["resources"]
    return {
        "resources": resources,
        "published": report.published,
        "embedded": report.embedded,
        "held": report.held,
        "s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "resources_per_second": round(resources / wall),
        "resources_per_cpu_second": round(resources / cpu),
        "peak_mib": peak_mib(),
        "stages": laps,
    }


def main() -> None:
    """Build once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("lists", nargs="*")
    parser.add_argument("--full", action="store_true")
    given = parser.parse_args()
    json.dump(staged(given.home, given.lists, full=given.full), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

"""Reading lists, and building again: what is new costs, what is known does not.

usage: python -m benchmarks.rebuild [--sizes N ...]

Reads and merges the shared lists, without and with what was kept of them; builds them offline with
every vector cached (vectors that no build has made yet are filled in by chance, and marked so: the
time does not depend on them), stage by stage; then changes one note and builds again. --sizes also
builds lists of so many resources, made of the real notes (benchmarks.made_lists), twice: the second
time after one note has changed.
"""

import argparse
import json
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.measured import BENCH, PYTHON, SHARED, run, save

LISTS, HOME = BENCH / "lists", BENCH / "rebuild"


def reading(rounds: int = 3) -> dict[str, Any]:
    """Seconds to parse every list, to take it from the cache, and to merge; on the processor too,
    since others may use this machine."""
    from cache.lists_toml import ListBook
    from cache.pages import PageCache
    from cache.parsed import ParsedCache
    from indexer.lists.read_all import read_all
    from indexer.resources.merge import merge

    laps: dict[str, list[tuple[float, float]]] = {"parse": [], "kept": [], "merge": []}
    with TemporaryDirectory() as folder, PageCache(Path(folder, "pages")) as pages:
        for turn in range(rounds):
            kept = ParsedCache(Path(folder, str(turn)))
            for name in ("parse", "kept"):
                act = partial(
                    read_all, [str(LISTS)], ListBook(), pages, kept, None, lambda *_: None
                )
                gathered = _timed(act, laps[name])
            merged = _timed(partial(merge, gathered.entries), laps["merge"])
    sums = [sum(lap[0] for lap in turn) for turn in zip(laps["parse"], laps["merge"], strict=True)]
    return {
        "lists": len(list(LISTS.glob("*.md"))),
        "entries": len(gathered.entries),
        "resources": len(merged),
        **{f"{name}_s": round(median(lap[0] for lap in found), 2) for name, found in laps.items()},
        **{f"{name}_cpu_s": round(min(lap[1] for lap in found), 2) for name, found in laps.items()},
        "least_s": round(min(sums), 2),
    }


def _timed(act: Callable[[], Any], laps: list[tuple[float, float]]) -> Any:
    wall, cpu = perf_counter(), process_time()
    found = act()
    laps.append((perf_counter() - wall, process_time() - cpu))
    return found


def fill_vectors(lists: Path, home: Path) -> int:
    """Give every text of lists a vector; how many had none."""
    from benchmarks.collection import real_works
    from cache.settings import Settings
    from cache.vectors import VectorCache
    from indexer.index.embedding import Cached
    from indexer.index.write import sentences
    from search.index.centre import embed_background
    from search.models.embed import builder

    settings = Settings.load(home)
    embedder = builder(settings.model, settings.layout)
    works = real_works(lists, 10**9)
    texts = [text for work in works for text in work.texts]
    chance = np.random.default_rng(11)
    with VectorCache.open(settings.layout.vectors(embedder.model_id), embedder.dim) as kept:
        embed_background(Cached(embedder, kept))
        Cached(embedder, kept).encode_queries(sentences(works))
        _, missing = kept.lookup(texts)
        for start in range(0, len(missing), 4096):
            rows = missing[start : start + 4096].tolist()
            made = chance.standard_normal((len(rows), embedder.dim), np.float32)
            made /= np.linalg.norm(made, axis=1, keepdims=True)
            kept.append([texts[row] for row in rows], made)
    return len(missing)


def build(lists: Path, home: Path) -> dict[str, Any]:
    """One build in a process of its own, stage by stage."""
    command = [PYTHON, "-m", "benchmarks.stages", str(home), str(lists)]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def change_one_note(path: Path = LISTS / "Hannibal046__Awesome-LLM.md") -> None:
    """Add words to one note of one list."""
    lines = path.read_text("utf-8").split("\n")
    row = next(i for i, line in enumerate(lines) if line.startswith("- [") and ") - " in line)
    lines[row] += " Changed for a benchmark."
    path.write_text("\n".join(lines), "utf-8")


def measure() -> dict[str, Any]:
    """Read, build with all cached, build unchanged, change one note, build."""
    shutil.rmtree(HOME, ignore_errors=True)
    shutil.rmtree(LISTS, ignore_errors=True)
    shutil.copytree(SHARED / "lists", LISTS, ignore=shutil.ignore_patterns("*.tsv"))
    for path in LISTS.iterdir():
        path.chmod(0o644)
    figures: dict[str, Any] = {"reading": reading()}
    _fill(LISTS, HOME)
    figures["first"] = build(LISTS, HOME)
    shutil.rmtree(HOME / "generations")
    (HOME / "CURRENT").unlink()
    figures["all cached"] = build(LISTS, HOME)
    figures["unchanged"] = build(LISTS, HOME)
    change_one_note()
    figures["one note changed"] = build(LISTS, HOME)
    return figures


def measure_size(size: int) -> dict[str, Any]:
    """Build size resources made of the real notes, then change one note and build again."""
    from benchmarks.made_lists import write_lists

    lists, home = BENCH / f"made-lists-{size}", BENCH / f"made-{size}"
    for folder in (lists, home):
        shutil.rmtree(folder, ignore_errors=True)
    write_lists(SHARED / "lists", lists, size)
    _fill(lists, home)
    figures = {"all cached": build(lists, home)}
    change_one_note(max(lists.iterdir()))
    return {**figures, "one note changed": build(lists, home)}


def _fill(lists: Path, home: Path) -> None:
    """fill_vectors in a process of its own, whose memory is nobody's figure."""
    run([PYTHON, "-m", "benchmarks.rebuild", "--fill", lists, home])


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", nargs=2, type=Path)
    parser.add_argument("--sizes", nargs="*", type=int, default=[])
    given = parser.parse_args()
    if given.fill:
        fill_vectors(*given.fill)
        return
    figures = measure()
    figures["sizes"] = {str(size): measure_size(size) for size in given.sizes}
    save("rebuild", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

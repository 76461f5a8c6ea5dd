"""Reading lists, and building again: what is new costs, what is known does not.

usage: python -m benchmarks.rebuild [--sizes N ...]

Reads and merges the shared lists, without and with what was kept of them; builds them offline with
every vector cached (vectors that no build has made yet are mixed of those that one has made),
stage by stage; then builds again where nothing, one note, one list of 100 links has changed, and in
full. --sizes also does this with so many resources, made of the real notes (benchmarks.made_lists).
MANY lists, made so too, are parsed by one process and by as many as there are cores, in turns.
"""

import argparse
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.measured import BENCH, PYTHON, SHARED, machine, run, save
from cache.layout import Layout

LISTS, HOME = BENCH / "lists", BENCH / "rebuild"
NOTE = "Hannibal046__Awesome-LLM.md"
MANY = 210
"""Lists parsed by one process and by all."""


def reading(rounds: int = 3) -> dict[str, Any]:
    """Seconds to parse every list, to take it from the cache, to merge, and to pass over what was
    merged before; on the processor too, since others may use this machine."""
    from cache.lists_toml import ListBook
    from cache.pages import PageCache
    from cache.parsed import ParsedCache
    from indexer.lists.read_all import read_all
    from indexer.works import Works

    names = ("parse", "kept", "merge", "known")
    laps: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with TemporaryDirectory() as folder, PageCache(Path(folder, "pages")) as pages:
        for turn in range(rounds):
            kept = ParsedCache(Path(folder, str(turn)))
            for name in ("parse", "kept"):
                act = partial(
                    read_all, [str(LISTS)], ListBook(), pages, kept, None, lambda *_: None
                )
                gathered = _timed(act, laps[name])
            for name in ("merge", "known"):
                seen = ParsedCache(Path(folder, f"merged-{turn}"))
                merged = _timed(partial(Works, gathered.lists, seen), laps[name])
    sums = [sum(lap[0] for lap in turn) for turn in zip(laps["parse"], laps["merge"], strict=True)]
    return {
        "lists": len(list(LISTS.glob("*.md"))),
        "entries": sum(len(one.entries) for one in gathered.lists),
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


def in_processes(rounds: int = 3) -> dict[str, Any]:
    """Seconds to parse MANY lists in one process, and in as many as there are cores."""
    from benchmarks.made_lists import PER_LIST, write_lists

    lists = BENCH / "many-lists"
    shutil.rmtree(lists, ignore_errors=True)
    write_lists(SHARED / "lists", lists, MANY * PER_LIST)
    laps: dict[str, list[float]] = {"one": [], "all": []}
    for _ in range(rounds):
        for name, found in laps.items():
            told = _told([PYTHON, "-m", "benchmarks.rebuild", "--parse", str(lists), name])
            found.append(float(told))
    one, all_ = (min(found) for found in laps.values())
    return {"lists": MANY, "one_s": one, "all_s": all_, "times": round(one / all_, 2)}


def parse_all(lists: Path, processes: str) -> float:
    """Seconds to read lists, by one process or by all."""
    from cache.lists_toml import ListBook
    from cache.pages import PageCache
    from cache.parsed import ParsedCache
    from indexer.lists import workers
    from indexer.lists.read_all import read_all

    if processes == "one":
        workers.cores = lambda: 1
    with TemporaryDirectory() as folder, PageCache(Path(folder, "pages")) as pages:
        kept, began = ParsedCache(Path(folder, "parsed")), perf_counter()
        read_all([str(lists)], ListBook(), pages, kept, None, lambda *_: None)
        return round(perf_counter() - began, 2)


def fill_vectors(lists: Path, home: Path) -> int:
    """Give every text of lists a vector; how many had none.

    What no build has embedded gets a vector mixed of two that one has, and of chance, so that
    vectors lie in clumps as real ones do. Raises SystemExit where no build has embedded anything.
    """
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
    texts = [work.text(0) for work in works]
    real = real_vectors(embedder.model_id, embedder.dim)
    chance = np.random.default_rng(11)
    with VectorCache.open(settings.layout.vectors(embedder.model_id), embedder.dim) as kept:
        embed_background(Cached(embedder, kept))
        Cached(embedder, kept).encode_queries(sentences(works))
        _, missing = kept.lookup(texts)
        for start in range(0, len(missing), 4096):
            rows = missing[start : start + 4096].tolist()
            one, other = chance.integers(0, len(real), (2, len(rows)))
            noise = chance.standard_normal((len(rows), embedder.dim), np.float32)
            noise /= np.linalg.norm(noise, axis=1, keepdims=True)
            made = 0.75 * real[one] + 0.45 * real[other] + 0.2 * noise
            made /= np.linalg.norm(made, axis=1, keepdims=True)
            kept.append([texts[row] for row in rows], made)
    return len(missing)


def real_vectors(model_id: str, dim: int) -> Any:
    """(n, dim) what the build of `benchmarks.library` embedded, or that of the cold start."""
    for home in (BENCH / "library", BENCH / "h80"):
        path = Layout(home).vectors(model_id) / "vectors.db"
        if path.exists():
            with closing(sqlite3.connect(path)) as database:
                blobs = [row[0] for row in database.execute("SELECT vector FROM vectors")]
            return np.frombuffer(b"".join(blobs), "<f4").reshape(-1, dim)
    raise SystemExit("no build has embedded anything: python -m benchmarks.library")


def build(lists: Path, home: Path, *, full: bool = False) -> dict[str, Any]:
    """One build in a process of its own, stage by stage."""
    command = [PYTHON, "-m", "benchmarks.stages", str(home), str(lists)]
    found: dict[str, Any] = json.loads(_told([*command, *(["--full"] if full else [])]))
    return found


def _told(command: list[str]) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def change_one_note(path: Path) -> None:
    """Add words to one note of one list."""
    lines = path.read_text("utf-8").split("\n")
    row = next(i for i, line in enumerate(lines) if line.startswith("- [") and ") - " in line)
    lines[row] += " Changed for a benchmark."
    path.write_text("\n".join(lines), "utf-8")


def add_a_list(path: Path) -> None:
    """A list of 100 links that no other has."""
    links = (f"- [Lecture {n}](https://new.example/{n}) - What week {n} told." for n in range(100))
    path.write_text("# A new course\n\n" + "\n".join(links) + "\n", "utf-8")


def measure() -> dict[str, Any]:
    """Read, and build the real lists again and again."""
    shutil.rmtree(HOME, ignore_errors=True)
    shutil.rmtree(LISTS, ignore_errors=True)
    shutil.copytree(SHARED / "lists", LISTS, ignore=shutil.ignore_patterns("*.tsv"))
    for path in LISTS.iterdir():
        path.chmod(0o644)
    figures: dict[str, Any] = {"reading": reading(), "processes": in_processes()}
    return {**figures, **builds(LISTS, HOME, LISTS / NOTE)}


def measure_size(size: int) -> dict[str, Any]:
    """Build size resources made of the real notes again and again."""
    from benchmarks.made_lists import write_lists

    lists, home = BENCH / f"made-lists-{size}", BENCH / f"made-{size}"
    for folder in (lists, home):
        shutil.rmtree(folder, ignore_errors=True)
    write_lists(SHARED / "lists", lists, size)
    return {**builds(lists, home, max(lists.iterdir())), "machine": machine()}


def builds(lists: Path, home: Path, changed: Path) -> dict[str, Any]:
    """Build with all vectors cached, lists not yet parsed; unchanged; a note of changed, a list
    more; and in full."""
    _fill(lists, home)
    figures = {"first": build(lists, home), "unchanged": build(lists, home)}
    change_one_note(changed)
    figures["one note changed"] = build(lists, home)
    add_a_list(lists / "a-new-course.md")
    figures["one list added"] = build(lists, home)
    return {**figures, "all cached": build(lists, home, full=True)}


def _fill(lists: Path, home: Path) -> None:
    """fill_vectors in a process of its own, whose memory is nobody's figure."""
    run([PYTHON, "-m", "benchmarks.rebuild", "--fill", lists, home])


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", nargs=2, type=Path)
    parser.add_argument("--parse", nargs=2)
    parser.add_argument("--sizes", nargs="*", type=int, default=[])
    given = parser.parse_args()
    if given.fill:
        fill_vectors(*given.fill)
        return
    if given.parse:
        print(parse_all(Path(given.parse[0]), given.parse[1]))
        return
    figures = measure()
    figures["sizes"] = {str(size): measure_size(size) for size in given.sizes}
    save("rebuild", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

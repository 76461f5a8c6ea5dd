"""Reading lists, and building again: what is new costs, what is known does not.

usage: python -m benchmarks.rebuild

Reads and merges the shared lists; builds them offline with every vector cached (vectors that no
build has made yet are filled in by chance, and marked so: the time does not depend on them); then
changes one note and builds again.
"""

import argparse
import json
import shutil
import subprocess
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.cold import NEXTREAD
from benchmarks.measured import BENCH, PYTHON, SHARED, run, save

LISTS, HOME = BENCH / "lists", BENCH / "rebuild"


def reading(rounds: int = 3) -> dict[str, Any]:
    """Seconds to parse and to merge every list."""
    from indexer.lists import read_list
    from indexer.merge import merge

    parsing, merging, entries, resources = [], [], 0, 0
    for _ in range(rounds):
        began = perf_counter()
        found = [e for path in sorted(LISTS.glob("*.md")) for e in read_list(path).entries]
        parsed = perf_counter()
        merged = merge(found)
        parsing.append(parsed - began)
        merging.append(perf_counter() - parsed)
        entries, resources = len(found), len(merged)
    return {
        "lists": len(list(LISTS.glob("*.md"))),
        "entries": entries,
        "resources": resources,
        "parse_s": round(median(parsing), 2),
        "merge_s": round(median(merging), 2),
        "least_s": round(min(a + b for a, b in zip(parsing, merging, strict=True)), 2),
    }


def fill_vectors() -> int:
    """Give every text of the lists a vector; how many had none."""
    from benchmarks.collection import real_works
    from cache.settings import Settings
    from cache.vectors import VectorCache
    from indexer.embedding import Cached
    from search.centre import embed_background
    from search.embed import builder

    settings = Settings.load(HOME)
    embedder = builder(settings.model, settings.layout)
    texts = [text for work in real_works(LISTS, 10**9) for text in work.texts]
    chance = np.random.default_rng(11)
    with VectorCache.open(settings.layout.vectors(embedder.model_id), embedder.dim) as kept:
        embed_background(Cached(embedder, kept))
        _, missing = kept.lookup(texts)
        for start in range(0, len(missing), 4096):
            rows = missing[start : start + 4096].tolist()
            made = chance.standard_normal((len(rows), embedder.dim), np.float32)
            made /= np.linalg.norm(made, axis=1, keepdims=True)
            kept.append([texts[row] for row in rows], made)
    return len(missing)


def build() -> dict[str, Any]:
    """One build, as its user sees it."""
    command = [str(NEXTREAD), "--home", str(HOME), "build", str(LISTS), "--offline", "--json"]
    began = perf_counter()
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    report = json.loads(told)
    kept = ("resources", "published", "embedded", "generation")
    return {"s": round(perf_counter() - began, 2), **{name: report[name] for name in kept}}


def change_one_note() -> None:
    """Add words to one note of one list."""
    path = LISTS / "Hannibal046__Awesome-LLM.md"
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
    run([PYTHON, "-m", "benchmarks.rebuild", "--fill"])
    memory = run([NEXTREAD, "--home", HOME, "build", LISTS, "--offline"])
    resources = figures["reading"]["resources"]
    figures["all cached"] = {
        "s": round(memory["ms"] / 1000, 2),
        "cpu_s": round(memory["cpu_ms"] / 1000, 2),
        "resources_per_second": round(resources / memory["ms"] * 1000),
        "resources_per_cpu_second": round(resources / memory["cpu_ms"] * 1000),
        "max_mib": round(memory["mib"]),
    }
    figures["unchanged"] = build()
    change_one_note()
    figures["one note changed"] = build()
    return figures


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", action="store_true")
    if parser.parse_args().fill:
        fill_vectors()
        return
    figures = measure()
    save("rebuild", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

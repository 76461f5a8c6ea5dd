"""Whole answers from a warm engine, by size of collection; and what dense search misses.

usage: python -m benchmarks.warm [--sizes 1000 10000 100000 1000000] [--questions 120]
                                 [--homes FOLDER]

Collections are made by benchmarks/collection.py where FOLDER (.bench) lacks them. Each size is
measured in a process of its own, by the engine as a server lends it: one thread a question, the
faster runtime loaded. Questions are those of two of the shared test collections, a third in
Chinese; each is asked once, after 40 others, and filters are asked others. A filter's first
question, which finds what it leaves, is told apart. Recall: of the ten nearest by comparing every
vector, how many are among the ten that the index finds, for 200 of the questions.
"""

import argparse
import json
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.measured import BENCH, PYTHON, SHARED, load, memory, percentiles, run, save
from cache.settings import Settings

SIZES = (1_000, 10_000, 100_000, 1_000_000)
REAL = {1_000: 1_000, 10_000: 8_000}
SETS = ("awesome-desc-en", "awesome-desc-zh2en")
FLAGS: dict[str, dict[str, Any]] = {
    "a question": {},
    "--kind paper": {"kinds": ("paper",)},
    "--lang zh": {"languages": ("zh",)},
    "--after 2020": {"after": "2020"},
    "--site copy7.example": {"sites": ("copy7.example",)},
    "--since 2020-01-01": {"since": "2020-01-01"},
    "--max-minutes 30": {"max_minutes": 30},
    "--min-stars 4": {"min_stars": 4},
    "--author 'Flavio Copes'": {"authors": ("Flavio Copes",)},
    "--lang zh --after 2020": {"languages": ("zh",), "after": "2020"},
}


def home_of(size: int, homes: Path) -> Path:
    """The home with that many resources, made where homes lacks it."""
    home = homes / {1_000_000: "million"}.get(size, f"h{size}")
    if not (home / "CURRENT").exists():
        run([PYTHON, "-m", "benchmarks.collection", str(size), home])
    return home


def questions(count: int | None = None) -> list[str]:
    """As many from each set, alternating; None for all there are."""
    sets = []
    for name in SETS:
        lines = (SHARED / "ir" / name / "queries.jsonl").read_text("utf-8").splitlines()
        sets.append([json.loads(line)["text"][:500] for line in lines])
    return [text for texts in zip_longest(*sets) for text in texts if text][:count]


def timed(engine: Any, texts: list[str], **flags: Any) -> list[float]:
    """Milliseconds of each answer, from text to results with snippets."""
    from search.answers import answer_json

    found = []
    for text in texts:
        began = perf_counter()
        answer_json(engine.search(text, **flags))
        found.append((perf_counter() - began) * 1000)
    return found


def parts(engine: Any, texts: list[str]) -> dict[str, float]:
    """Median milliseconds of the steps of an answer."""
    from search.ask.answer import candidates
    from search.ask.answer import parts as score_parts
    from search.ask.understand import understand
    from search.rank.rank import rank
    from search.text import query_tokens

    laps: dict[str, list[float]] = {}
    for text in texts:
        began = perf_counter()

        def lap(name: str) -> None:
            nonlocal began
            laps.setdefault(name, []).append((perf_counter() - began) * 1000)
            began = perf_counter()

        query = understand(text)
        lap("understand")
        raw = engine.collection.embedder.encode_queries([query.topic])[0]
        vector = engine.collection.centres.centre_query(raw, query.topic)
        lap("embed")
        engine.collection.dense.search(vector[None], 300)
        lap("dense")
        from search.ask.retrieve import boosts

        engine.collection.lexical.search(query_tokens(query.topic), 300, boosts=boosts(3))
        lap("lexical")
        found = candidates(engine.collection, query)
        lap("embed, both legs, joined")
        places = rank(
            found.ordinals, found.passages, score_parts(engine.collection, query, found), 10
        )
        lap("fuse and rank")
        engine.collection.results(places)
        lap("look up")
    return {name: round(float(np.median(times)), 2) for name, times in laps.items()}


def recall(engine: Any, texts: list[str], k: int = 10) -> float:
    """Share of the exact k nearest that the index finds."""
    dense, count = engine.collection.dense, engine.collection.dense.count
    raw = engine.collection.embedder.encode_queries(texts)
    asked = np.stack(
        [engine.collection.centres.centre_query(v, t) for v, t in zip(raw, texts, strict=True)]
    )
    best = np.full((len(texts), k), -np.inf, np.float32)
    rows = np.full((len(texts), k), -1)
    for start in range(0, count, 50_000):
        part = np.arange(start, min(count, start + 50_000))
        scores = np.hstack([best, asked @ dense.reconstruct(part).T])
        numbers = np.hstack([rows, np.broadcast_to(part, (len(texts), len(part)))])
        top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        best = np.take_along_axis(scores, top, axis=1)
        rows = np.take_along_axis(numbers, top, axis=1)
    found = dense.search(asked, k)
    hits = sum(len(np.intersect1d(got, true)) for (_, got), true in zip(found, rows, strict=True))
    return round(hits / rows.size, 4)


def measure(size: int, count: int, homes: Path) -> dict[str, Any]:
    """One size, in this process."""
    from server.holder import EngineHolder

    began = perf_counter()
    holder = EngineHolder(Settings.load(home_of(size, homes)))
    with holder.lease() as engine:
        texts = questions()
        first = timed(engine, texts[:1])[0]
        opened = (perf_counter() - began) * 1000
        timed(engine, texts[1:40])
        engine.collection.embedder.settled.wait(300)
        asked, others = texts[40 : 40 + count], texts[40 + count :]
        each = len(others) // (len(FLAGS) - 1)
        figures: dict[str, Any] = {"first_ms": round(opened, 1), "first_answer_ms": round(first, 1)}
        for name, flags in FLAGS.items():
            if not flags:
                figures[name] = percentiles(timed(engine, asked))
                continue
            first, *later = timed(engine, others[:each], **flags)
            others = others[each:]
            left = engine.search(texts[0], k=1000, **flags).results
            figures[name] = percentiles(later) | {
                "first_ms": round(first, 2),
                "answers": len(left),
            }
        figures["memory"] = memory()
        figures["steps_ms"] = parts(engine, [f"{text} ?" for text in asked[:60]])
        figures["recall@10"] = recall(engine, texts[:200])
        files = [p for p in engine.collection.generation.path.rglob("*") if p.is_file()]
        figures["disk_mib"] = round(sum(p.stat().st_size for p in files) / 2**20, 1)
    return figures


def main() -> None:
    """Measure each size in its own process, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--homes", type=Path, default=BENCH)
    parser.add_argument("--one", type=int)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.questions, given.homes)))
        return
    sizes = {} if given.sizes == SIZES else (load("warm") or {}).get("sizes", {})
    for size in given.sizes:
        home_of(size, given.homes)
        command = [sys.executable, "-m", "benchmarks.warm", "--one", str(size)]
        command += ["--questions", str(given.questions), "--homes", str(given.homes)]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
        sizes[str(size)] = json.loads(told)
        print(size, told)
        ordered = {name: sizes[name] for name in sorted(sizes, key=int)}
        save("warm", {"questions": given.questions, "sizes": ordered})


if __name__ == "__main__":
    main()

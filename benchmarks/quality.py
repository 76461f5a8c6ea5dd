"""Ranking on every collection of a folder, one run, default settings, into docs/quality.md.

    python -m benchmarks.quality ../shared/data [--peer PYTHON] [--only NAME ...]

Each collection is indexed and asked through the product's own code. --peer names the Python of an
environment with txtai in it: vectors of the same weights, hybrid index, same run.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import nDCG

from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.build import build
from indexer.evaluation.indexed import indexed, judged_of
from search.engine import Engine
from search.evaluate import ablate
from search.models.embed import builder, embed_cached

ROOT = Path(__file__).parents[1]
PEER = Path(__file__).with_name("peers") / "txtai_rank.py"
RESULTS = ROOT / "benchmarks" / "results" / "quality.json"
COLUMNS = ("all", "fusion", "dense alone", "lexical alone")
PLAIN = {
    "judged reading lists": 0.697,
    "tutorialbank topics": 0.386,
    "vaswani": 0.471,
    "cranfield": 0.550,
    "scifact": 0.724,
    "xquad-zh-en": 0.820,
    "xquad-en-zh": 0.864,
    "awesome-desc-en": 0.387,
    "awesome-desc-zh2en": 0.194,
    "cmrc2018": 0.997,
}
"""The best plain method measured beforehand, see ../shared/data/README.md."""
GOALS = {
    "judged reading lists": 0.88,
    "tutorialbank topics": 0.42,
    "vaswani": 0.48,
    "cranfield": 0.56,
    "scifact": 0.735,
    "xquad-zh-en": 0.88,
    "xquad-en-zh": 0.90,
    "awesome-desc-en": 0.42,
    "awesome-desc-zh2en": 0.60,
    "cmrc2018": 0.995,
    "drcd-dev": 0.99,
}


def main() -> None:
    """Measure, write the results and the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer", help="Python of an environment with txtai")
    parser.add_argument("--only", nargs="*", help="names of collections")
    parser.add_argument("--home", type=Path, default=ROOT / ".bench" / "home")
    args = parser.parse_args()
    settings = Settings.load(args.home)
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() and args.only else {}
    for name, folder in collections(args.data).items():
        if args.only and name not in args.only:
            continue
        results[name] = {**results.get(name, {}), **measured(folder, settings)}
        if args.peer:
            results[name]["txtai"] = peer(args.peer, folder, settings)
        keep(results)
    if not args.only or "judged reading lists" in args.only:
        results["judged reading lists"] = lists(args.data, settings)
        keep(results)


def collections(data: Path) -> dict[str, Path]:
    """Every folder in BEIR layout below data, by name."""
    found = {folder.name: folder for folder in sorted((data / "ir").iterdir())}
    if (data / "tutorialbank" / "topics").is_dir():
        found["tutorialbank topics"] = data / "tutorialbank" / "topics"
    return found


def measured(folder: Path, settings: Settings) -> dict[str, Any]:
    """nDCG@10 whole and in parts, over one index."""
    began = time.monotonic()
    judged = judged_of(folder)
    with indexed(folder, settings, judged, lambda *_: None) as engine:
        figures = ablate(engine, judged)
    told = {name: round(value["ndcg@10"], 4) for name, value in figures.items()}
    more = {name: round(figures["all"][name], 4) for name in ("mrr@10", "recall@100")}
    print(folder.name, told["all"], f"{time.monotonic() - began:.0f} s", flush=True)
    return {**told, **more, "queries": len(judged.queries)}


def lists(data: Path, settings: Settings) -> dict[str, Any]:
    """The judged reading lists: built offline, asked by the comparison's own script."""
    with tempfile.TemporaryDirectory() as home:
        build([str(data / "seeds")], Settings.load(home), offline=True)
        tool = data.parent / "tools" / "judged.py"
        command = [sys.executable, str(tool), str(data / "judged" / "reading-lists-dev.tsv")]
        command += ["--home", home, "--nextread", f"{sys.executable} -m cli"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        with Engine.open(home) as engine:
            count = engine.collection.catalog.count
    print("judged reading lists", done.stdout.strip(), flush=True)
    return {"all": float(done.stdout), "queries": 20, "documents": count}


def peer(python: str, folder: Path, settings: Settings) -> float:
    """nDCG@10 of txtai's hybrid index with the same weights, in its own environment."""
    judged = judged_of(folder)
    documents = [(name, text) for name, text in _documents(folder)]
    embedder = builder(settings.model, settings.layout)
    asked = list(judged.queries.values())
    texts = list(dict.fromkeys(text for _, text in documents))
    questions = [text for text in dict.fromkeys(asked) if text not in set(texts)]
    with VectorCache.open(settings.layout.vectors(embedder.model_id), embedder.dim) as cache:
        told = embed_cached(embedder, cache, texts)
        asks = embed_cached(embedder, cache, questions, role="query")
    given = {"documents": documents, "queries": judged.queries, "texts": [*texts, *questions]}
    with tempfile.TemporaryDirectory() as there:
        collection, vectors = Path(there, "collection.json"), Path(there, "vectors.npy")
        collection.write_text(json.dumps(given), "utf-8")
        np.save(vectors, np.concatenate([told, asks]))
        command = [python, str(PEER), str(collection), str(vectors)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = ir_measures.calc_aggregate([nDCG @ 10], judged.grades, json.loads(done.stdout))
    return round(figures[nDCG @ 10], 4)


def _documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Each document's id, and its title and text as one."""
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            given = json.loads(line)
            metadata = given.get("metadata") or {}
            said = (given.get("title"), metadata.get("author"), given.get("text"))
            yield str(given["_id"]), " ".join(filter(None, said)) or " "


def keep(results: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the figures, and the page made of them."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
    page = ROOT / "docs" / "quality.md"
    notes = ROOT / "benchmarks" / "quality_notes.md"
    parts = [table(results), library(), notes.read_text("utf-8"), fused(), recommended()]
    page.write_text("\n".join(parts), "utf-8")


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The page's table."""
    lines = [
        "# Quality",
        "",
        "Written by `python -m benchmarks.quality ../shared/data`; figures are nDCG@10 over all",
        "judged questions, one run, default settings, nothing tuned to a collection by name.",
        "",
        "| collection | nextread | fusion | dense | words | plain | txtai | goal |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in sorted(results.items()):
        cells = [figure(found.get(column)) for column in COLUMNS]
        cells += [figure(PLAIN.get(name)), figure(found.get("txtai")), figure(GOALS.get(name))]
        reached = found["all"] >= GOALS.get(name, 0)
        cells[0] = f"**{cells[0]}**" if reached else cells[0]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def library() -> str:
    """The judged library's figures, and what ten questions find, from benchmarks.library."""
    path = RESULTS.with_name("library.json")
    if not path.is_file():
        return ""
    found = json.loads(path.read_text("utf-8"))
    was = found["before"]
    lines = [
        "## Over a library",
        "",
        "`python -m benchmarks.library`: 47 lists, some 22,000 resources, 70 judged questions, 30",
        "that these lists do not answer (`refused`: how many are told that nothing is about them).",
        "",
        "| figure | before | now |",
        "|---|---|---|",
    ]
    for name, value in found["figures"].items():
        if name != "questions":
            lines.append(f"| {name} | {figure(was['figures'].get(name))} | {figure(value)} |")
    lines += ["", "The first five answers of ten questions:", ""]
    for question, titles in found["shown"].items():
        lines.append(f"- **{question}**")
        lines.append(f"  - before: {'; '.join(was['shown'][question])}")
        lines.append(f"  - now: {'; '.join(titles)}")
    return "\n".join(lines) + "\n"


def fused() -> str:
    """Fusion against fixed weights, from the last run of benchmarks.fusion."""
    path = RESULTS.with_name("fusion.json")
    found = json.loads(path.read_text("utf-8"))["collections"] if path.is_file() else {}
    lines = [
        "## Fusion",
        "",
        "`python -m benchmarks.fusion ../shared/data`: no priors, at most 250 questions of each,",
        "against one weight for all questions of min-max scaled legs: the one that is best on the",
        "other collections, and the best on this very one.",
        "",
        "| collection | ours | weight of the others | its own best |",
        "|---|---|---|---|",
    ]
    for name, own in found.items():
        others = [other["weights"] for key, other in found.items() if key != name]
        best = max(own["weights"], key=lambda w: sum(other[w] for other in others))
        cells = [own["ours"], own["weights"][best], max(own["weights"].values())]
        lines.append(f"| {name} | {' | '.join(map(figure, cells))} |")
    return "\n".join(lines) + "\n"


def recommended() -> str:
    """The table of similar, taste and prerequisites, from the last run of benchmarks.recommend."""
    path = RESULTS.with_name("recommend.json")
    found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    lines = [
        "## Similar, taste, prerequisites",
        "",
        "`python -m benchmarks.recommend --data ../shared/data/tutorialbank --json`; the weights",
        "were set by hand on these very lists, so they are not held out.",
        "",
        "| what | measure | nextread | embedding alone | ratio | asked |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in found.items():
        if "ratio" in row:
            measure = next(iter(row))
            cells = [figure(row[measure]), figure(row["embedding alone"]), f"{row['ratio']:.2f}"]
            lines.append(f"| {name} | {measure} | {' | '.join(cells)} | {row['asked']} |")
        else:
            cells = [figure(row["right"]), ".500 by chance", f"{row['right'] / 0.5:.2f}"]
            lines.append(f"| {name} | direction right | {' | '.join(cells)} | {row['pairs']} |")
    return "\n".join(lines) + "\n"


def figure(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "–" if value is None else f"{value:.3f}".lstrip("0")


if __name__ == "__main__":
    main()

"""How long recommend takes for a reader of many marks among a million resources.

usage: python benchmarks/recommend_million.py HOME [--resources N] [--marks M] [--json]

Builds the generation in HOME where there is none: titles of words drawn as in a natural text,
vectors around as many topics as there are lists, sections of up to fifty. Needs about 8 GB of
memory and disk for a million.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cache.errors import NoIndex
from cache.generation import Writer
from cache.profile import Profile
from cache.records import KINDS, Entry, Facts, Resource
from cache.settings import Settings
from indexer.index import sections as company
from indexer.index.cards import fields
from search.engine import Engine
from search.index import catalog, dense, lexical
from search.index.centre import Centres
from search.models.embed import DEFAULT_DIM, DEFAULT_ID

TOPICS, SECTION, RUNS, SEED = 2000, 50, 20, 20_230_401


def main() -> None:
    """Build where needed, mark, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--resources", type=int, default=1_000_000)
    parser.add_argument("--marks", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    settings = Settings(home=args.home)
    try:
        Engine.open(settings=settings).close()
    except NoIndex:
        build(settings, args.resources)
    with Engine.open(settings=settings) as engine:
        figures = measured(engine, args.marks)
    print(json.dumps(figures) if args.json else figures)


def build(settings: Settings, count: int) -> None:
    """Publish a generation of count made-up resources."""
    chance = np.random.default_rng(SEED)
    vectors, topics = around_topics(chance, count)
    resources = list(made_up(chance, topics))
    with Writer(settings.layout) as writer:
        folder = writer.folder
        dense.write(folder / "dense.faiss", vectors)
        none = {"": np.zeros(DEFAULT_DIM, np.float32)}
        Centres(none, none).measured(vectors).save(folder / "centres.npz")
        facts = Facts()
        lexical.write(
            folder / "lexical",
            (fields(row, resource, facts, None) for row, resource in enumerate(resources)),
        )
        catalog.write(folder, ((resource, facts, ()) for resource in resources))
        rows = np.arange(count, dtype=np.int32)
        catalog.write_rows(folder, rows, np.full(count, catalog.CARD, np.int32))
        company.write(folder, resources)
        counts = {"resources": count}
        writer.publish(
            model_id=DEFAULT_ID, dim=DEFAULT_DIM, counts=counts, settings={}, digest=str(count)
        )


def around_topics(chance: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, dim) unit vectors, and the topic of each."""
    centres = chance.standard_normal((TOPICS, DEFAULT_DIM), np.float32)
    topics = np.sort(chance.integers(0, TOPICS, count))
    vectors = np.empty((count, DEFAULT_DIM), np.float32)
    for start in range(0, count, 50_000):
        part = topics[start : start + 50_000]
        near = centres[part] + 1.5 * chance.standard_normal((len(part), DEFAULT_DIM), np.float32)
        vectors[start : start + 50_000] = near / np.linalg.norm(near, axis=1, keepdims=True)
    return vectors, topics


def made_up(chance: np.random.Generator, topics: np.ndarray) -> Iterator[Resource]:
    """A resource for each topic number, with six words of Zipf's law and two of its topic."""
    words = np.minimum(chance.zipf(1.3, (len(topics), 6)), 100_000)
    for number, topic in enumerate(topics.tolist()):
        title = (
            " ".join(f"w{word}" for word in words[number].tolist()) + f" t{topic} u{topic // 10}"
        )
        url = f"https://example.org/{number}"
        section = (f"Section {number // SECTION}",)
        entry = Entry(f"list{topic % 500}", url, title, section=section, position=number)
        kind = KINDS[number % len(KINDS)]
        yield Resource(f"{number:016x}", url, (), title, kind, "en", (entry,))


def measured(engine: Engine, marks: int) -> dict[str, float]:
    """Milliseconds of recommend(10) with that many marks, the first call apart."""
    chance = np.random.default_rng(SEED)
    profile = Profile(engine.collection.settings.layout.profile)
    missing = marks - len(profile.marks())
    for ordinal in chance.choice(
        engine.collection.catalog.count, max(0, missing), replace=False
    ).tolist():
        mark = ("like", "like", "read", "later", "dislike")[ordinal % 5]
        resource = engine.collection.catalog.resource(ordinal)
        profile.mark(resource.id, resource.url, mark)
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        engine.recommend(10)
        times.append((time.perf_counter() - began) * 1000)
    warm = np.array(times[1:])
    return {
        "resources": engine.collection.catalog.count,
        "marks": len(profile.marks()),
        "first ms": times[0],
        "median ms": float(np.median(warm)),
        "p95 ms": float(np.percentile(warm, 95)),
    }


if __name__ == "__main__":
    main()

"""Figures for similar and taste on experts' reading lists, and for the order of topics.

usage: python benchmarks/recommend.py --data DIR [--home HOME] [--json]

DIR is laid out like TutorialBank: topics/{corpus.jsonl,queries.jsonl,qrels.tsv} and
prerequisites.tsv. Everything runs through the product's own code on a generation built in HOME (a
temporary folder unless given; vectors are kept there). Baselines are the packaged model's vectors
of the same cards, as they come from the model.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log2
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cache.generation import Writer
from cache.profile import Profile
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.evaluation.beir import works_of_beir
from indexer.index import write as index
from indexer.index.cards import card_text
from search.engine import Engine
from search.models.embed import DEFAULT_MODEL, builder, embed_cached, token_counter
from search.recommend.prerequisites import order_of

TRIALS, LIKED, RECALLED, SEED = 5, 2, 20, 20_230_401

Lists = Mapping[str, Sequence[str]]


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(home=args.home or Path(temporary))
        vectors = publish(args.data / "topics", settings)
        lists = expert_lists(args.data / "topics" / "qrels.tsv")
        with Engine.open(settings=settings) as engine:
            figures = {"similar": company(engine, lists, vectors)}
            figures["taste"] = taste(engine, lists, vectors)
            figures["prerequisites"] = prerequisites(engine, args.data / "prerequisites.tsv")
    print(json.dumps(figures) if args.json else shown(figures))


def publish(folder: Path, settings: Settings) -> dict[str, np.ndarray]:
    """A generation of the collection; the raw card vector of every document."""
    layout = settings.layout
    works = works_of_beir(folder, token_counter(DEFAULT_MODEL, layout))
    embedder = builder(DEFAULT_MODEL, layout)
    with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as cache:
        vectors, centres, *_ = index.embed(works, embedder, cache, lambda *_: None)
        cards = [card_text(work.resource, work.facts, work.passages) for work in works]
        raw = embed_cached(embedder, cache, cards)
    works = list(index.estimated(works, vectors, centres, embedder.model_id)[0])
    with Writer(layout) as writer:
        index.write(writer.folder, works, vectors, centres, drawn=False)
        writer.publish(
            model_id=embedder.model_id,
            dim=embedder.dim,
            counts=index.counts(works),
            settings={},
            digest=index.content_digest(works, embedder.model_id),
        )
    return {work.resource.id: vector for work, vector in zip(works, raw, strict=True)}


def expert_lists(qrels: Path) -> Lists:
    """Documents judged relevant by topic."""
    lists: dict[str, list[str]] = defaultdict(list)
    with qrels.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if int(row["score"]) > 0:
                lists[row["query-id"]].append(row["corpus-id"])
    return lists


def company(engine: Engine, lists: Lists, vectors: Mapping[str, np.ndarray]) -> dict[str, float]:
    """nDCG@10 of the rest of a list, asked with each of its resources."""
    ours, plain = [], []
    for resources in lists.values():
        for asked in resources:
            rest = set(resources) - {asked}
            if rest:
                found = [result.resource.id for result in engine.similar([asked], k=10)]
                ours.append(ndcg(found, rest))
                plain.append(ndcg(nearest(vectors, [asked], 10), rest))
    return compared("ndcg@10", ours, plain)


def taste(engine: Engine, lists: Lists, vectors: Mapping[str, np.ndarray]) -> dict[str, float]:
    """recall@20 of the rest of a list, of which two are liked."""
    ours, plain = [], []
    for liked, rest in trials(lists):
        profile = Profile(engine.collection.settings.layout.profile)
        for resource_id in liked:
            profile.mark(resource_id, "", "like")
        found = [result.resource.id for result in engine.recommend(RECALLED)]
        for resource_id in liked:
            profile.clear(resource_id)
        ours.append(len(rest.intersection(found)) / len(rest))
        plain.append(len(rest.intersection(nearest(vectors, liked, RECALLED))) / len(rest))
    return compared("recall@20", ours, plain)


def trials(lists: Lists) -> Iterator[tuple[list[str], set[str]]]:
    """What is liked and what remains, TRIALS times a list that is long enough."""
    chance = np.random.default_rng(SEED)
    for resources in lists.values():
        if len(resources) > LIKED:
            for _ in range(TRIALS):
                liked = [str(name) for name in chance.choice(resources, LIKED, replace=False)]
                yield liked, set(resources) - set(liked)


def prerequisites(engine: Engine, pairs: Path) -> dict[str, float]:
    """How often the first of a pair is put before the second; no evidence counts as half."""
    with pairs.open(encoding="utf-8") as lines:
        asked = [
            (row["prerequisite"], row["topic"]) for row in csv.DictReader(lines, delimiter="\t")
        ]
    said = order_of(engine.collection, asked)
    right = [1.0 if sign > 0 else 0.0 if sign < 0 else 0.5 for sign in said]
    known = [outcome for outcome in right if outcome != 0.5]
    return {
        "right": float(np.mean(right)),
        "coverage": len(known) / len(asked),
        "right where covered": float(np.mean(known)) if known else 0.5,
        "pairs": len(asked),
    }


def nearest(vectors: Mapping[str, np.ndarray], asked: Sequence[str], k: int) -> list[str]:
    """The k documents nearest to the mean of asked, none of them."""
    names = list(vectors)
    matrix = np.stack(list(vectors.values()))
    scores = matrix @ np.mean([vectors[name] for name in asked], axis=0)
    order = [names[row] for row in np.argsort(-scores, kind="stable")[: k + len(asked)]]
    return [name for name in order if name not in asked][:k]


def ndcg(found: Sequence[str], relevant: set[str], k: int = 10) -> float:
    """nDCG@k with gain 1."""
    gained = sum(1 / log2(rank + 2) for rank, name in enumerate(found[:k]) if name in relevant)
    return gained / sum(1 / log2(rank + 2) for rank in range(min(k, len(relevant))))


def compared(name: str, ours: Sequence[float], plain: Sequence[float]) -> dict[str, float]:
    """Our figure, embedding similarity's, their ratio and how many were asked."""
    mean, baseline = float(np.mean(ours)), float(np.mean(plain))
    return {
        name: mean,
        "embedding alone": baseline,
        "ratio": mean / max(baseline, 1e-9),
        "asked": len(ours),
    }


def shown(figures: Mapping[str, Mapping[str, float]]) -> str:
    """The figures to read."""
    return "\n".join(
        f"{name}: " + ", ".join(f"{what} {value:.3f}" for what, value in row.items())
        for name, row in figures.items()
    )


if __name__ == "__main__":
    main()

"""Fusion of both legs against one fixed weight for all questions, on every collection at hand.

    python -m benchmarks.fusion ../shared/data [--home HOME] [--only NAME ...]

No priors: each question's candidates are ordered by what search.ask.fuse makes of both legs, and by
w × cosine + (1 − w) × words, both scaled to 0..1 among them, for 21 weights w. A collection's best
weight is chosen on the collection itself, so that ours is held against what nobody could know
beforehand; the weight of the others is best on the mean of all other collections. Of more than 250
questions 250 are asked, evenly spread. scifact is not asked, it is looked at once, nor what asks
the same texts as another.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import log2
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from benchmarks import library
from benchmarks.measured import load, save
from benchmarks.quality import ROOT, collections
from cache.settings import Settings
from indexer.build import build
from indexer.evaluation.indexed import indexed, judged_of
from search.arrays import Floats
from search.ask.answer import found
from search.ask.fuse import Candidates, relevance
from search.ask.understand import understand
from search.collection import Collection
from search.engine import Engine
from search.evaluate import Judged

WEIGHTS = [step / 20 for step in range(21)]
ASKED = 250
DEPTH = 100
LISTS = "judged reading lists"
LEFT_OUT = {"scifact", "scifact-train", "xquad-en-en", "xquad-zh-zh"}


class Question(NamedTuple):
    """A question and its gains by ordinal, or by name where the index lacks what was judged."""

    text: str
    gains: Mapping[int | str, float]


Opened = tuple[Collection, Sequence[Question]]


def main() -> None:
    """Measure what is named, and keep it beside what was measured before."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=Path, default=ROOT / ".bench" / "home")
    parser.add_argument("--only", nargs="*", help="names of collections")
    given = parser.parse_args()
    folders = {n: path for n, path in collections(given.data).items() if n not in LEFT_OUT}
    found: dict[str, Any] = (load("fusion") or {}).get("collections", {})
    for name in given.only or ["library", LISTS, *folders]:
        with opened(name, folders, given.data, Settings.load(given.home)) as (collection, asked):
            found[name] = figures(collection, asked)
        best = max(found[name]["weights"].values())
        print(f"{name}: ours {found[name]['ours']:.4f}, best weight {best:.4f}", flush=True)
        save("fusion", {"collections": found})


@contextmanager
def opened(
    name: str, folders: Mapping[str, Path], data: Path, settings: Settings
) -> Iterator[Opened]:
    """A collection, indexed where it is not yet, and its judged questions."""
    if name == "library":
        rows = library.rows(data / "library" / "questions.tsv")
        texts = {row["query-id"]: row["query"] for row in rows if row["answered"] == "1"}
        with Engine.open(library.HOME) as engine:
            judged = library.rows(data / "library" / "judgments.tsv")
            yield engine.collection, in_lists(engine.collection, texts, judged)
    elif name == LISTS:
        judged = library.rows(data / "judged" / "reading-lists-dev.tsv")
        with tempfile.TemporaryDirectory() as home:
            build([str(data / "seeds")], Settings.load(home), offline=True)
            with Engine.open(home) as engine:
                judged = [{"query-id": row["query"], **row} for row in judged]
                texts = {row["query"]: row["query"] for row in judged}
                yield engine.collection, in_lists(engine.collection, texts, judged)
    else:
        some = some_of(judged_of(folders[name]))
        with indexed(folders[name], settings, some, lambda *_: None) as engine:
            yield engine.collection, over_texts(engine.collection, some)


def some_of(judged: Judged) -> Judged:
    """At most ASKED of the questions, evenly spread."""
    kept = list(judged.queries)[:: max(1, len(judged.queries) // ASKED)][:ASKED]
    return Judged({q: judged.queries[q] for q in kept}, {q: judged.grades[q] for q in kept})


def over_texts(collection: Collection, judged: Judged) -> list[Question]:
    """Questions over texts: gain is the grade."""
    at: dict[Any, Any] = {key: ordinal for ordinal, key in enumerate(collection.catalog.ids())}
    found = ((text, judged.grades[name]) for name, text in judged.queries.items())
    return [Question(text, {at.get(k, k): g for k, g in own.items()}) for text, own in found]


def in_lists(
    collection: Collection, texts: Mapping[str, str], judged: Sequence[Mapping[str, str]]
) -> list[Question]:
    """Questions over lists: gain is 2**grade - 1, and addresses of one work count once."""
    gains: dict[str, dict[int | str, float]] = {name: {} for name in texts}
    for row, at in zip(judged, collection.catalog.at([row["url"] for row in judged]), strict=True):
        own = gains.get(row["query-id"], {})
        key = row["url"] if at is None else at
        own[key] = max(own.get(key, 0), 2 ** int(row["grade"]) - 1)
    return [Question(text, gains[name]) for name, text in texts.items()]


def figures(collection: Collection, asked: Sequence[Question]) -> dict[str, Any]:
    """nDCG@10 of ours, and of each weight by its name."""
    pools = [found(collection, understand(question.text, k=DEPTH))[1] for question in asked]
    centres, count = collection.centres, collection.lexical.count

    def measured(scores: Callable[[Candidates], Floats]) -> float:
        pairs = zip(asked, pools, strict=True)
        return round(fmean(ndcg(c, scores(c), question.gains) for question, c in pairs), 4)

    def ours(c: Candidates) -> Floats:
        return sum(relevance(c, centres.chance, centres.spread, count).values())  # type: ignore[return-value]

    weights = {str(w): measured(lambda c, w=w: fixed(c, w)) for w in WEIGHTS}
    return {"ours": measured(ours), "weights": weights, "questions": len(asked)}


def fixed(found: Candidates, weight: float) -> Floats:
    """Both legs scaled to 0..1 among the candidates, the dense one at weight."""
    return weight * _scaled(found.dense) + (1 - weight) * _scaled(found.lexical)


def ndcg(found: Candidates, scores: Floats, gains: Mapping[int | str, float]) -> float:
    """nDCG@10 of candidates by score, equal ones by ordinal."""
    order = found.ordinals[np.lexsort((found.ordinals, -scores))][:10].tolist()
    best = sorted(gains.values(), reverse=True)[:10]
    return _dcg([gains.get(ordinal, 0) for ordinal in order]) / _dcg(best)


def _scaled(values: Floats) -> Floats:
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    return np.asarray((values - low) / max(1e-9, high - low), np.float32)


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / log2(rank + 2) for rank, gain in enumerate(gains))


if __name__ == "__main__":
    main()

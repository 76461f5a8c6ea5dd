"""How well questions are answered: nDCG@10, MRR@10 and recall@100 over judged questions.

Measures are ir-measures' own (trec_eval); ablations leave parts of the score out of the same
retrieval. Must not know how a collection was indexed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search.arrays import Parts
from search.ask.answer import found, parts
from search.ask.understand import understand
from search.engine import Engine
from search.rank.rank import rank

DEPTH = 100
"""Answers judged for each question."""

Keep = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Judged:
    """Questions by id, and for each the grades of the resources judged for it by resource id."""

    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]


def evaluate(engine: Engine, judged: Judged) -> dict[str, float]:
    """The figures of the product as it answers."""
    return {
        **_measured(_runs(engine, judged, {"all": _everything})["all"], judged),
        "queries": len(judged.queries),
        "documents": engine.collection.catalog.count,
    }


def ablate(engine: Engine, judged: Judged) -> dict[str, dict[str, float]]:
    """The figures of evaluate for each leg alone, their fusion, and without each prior that says
    anything; retrieval is one and the same."""
    from search.rank.priors import WEIGHTS

    legs = ("dense", "lexical")
    keeps: dict[str, Keep] = {
        "all": _everything,
        "dense alone": lambda name: name == "dense",
        "lexical alone": lambda name: name == "lexical",
        "fusion": lambda name: name in legs,
        **{f"without {prior}": _without(prior) for prior in WEIGHTS},
    }
    runs = _runs(engine, judged, keeps)
    return {name: _measured(run, judged) for name, run in runs.items()}


def _everything(_: str) -> bool:
    return True


def _without(left_out: str) -> Keep:
    return lambda name: name != left_out


def _runs(
    engine: Engine, judged: Judged, keeps: Mapping[str, Keep]
) -> dict[str, dict[str, dict[str, float]]]:
    """Scores by question and resource id, for each choice of parts."""
    ids = engine.collection.catalog.ids()
    runs: dict[str, dict[str, dict[str, float]]] = {name: {} for name in keeps}
    for question, scores in _questions(engine, judged, keeps):
        for name, ranked in scores.items():
            runs[name][question] = {ids[ordinal]: score for ordinal, score in ranked}
    return runs


def _questions(
    engine: Engine, judged: Judged, keeps: Mapping[str, Keep]
) -> Iterator[tuple[str, dict[str, list[tuple[int, float]]]]]:
    for question, text in judged.queries.items():
        query = understand(text, k=DEPTH)
        query, retrieved = found(engine.collection, query)
        points = parts(engine.collection, query, retrieved)
        chosen: dict[str, list[tuple[int, float]]] = {}
        for name, keep in keeps.items():
            left = {part: points[part] for part in points if keep(part)}
            places = rank(retrieved.ordinals, retrieved.passages, left or _nothing(points), DEPTH)
            chosen[name] = [(place.ordinal, DEPTH - i) for i, place in enumerate(places)]
        yield question, chosen


def _nothing(points: Parts) -> Parts:
    return {"dense": np.zeros_like(next(iter(points.values())))}


def _measured(run: Mapping[str, Mapping[str, float]], judged: Judged) -> dict[str, float]:
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures: Sequence[Any] = (nDCG @ 10, RR @ 10, R @ 100)
    names = ("ndcg@10", "mrr@10", "recall@100")
    figures = ir_measures.calc_aggregate(measures, judged.grades, run)
    return {name: float(figures[m]) for name, m in zip(names, measures, strict=True)}

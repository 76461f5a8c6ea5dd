"""How hard a work is and whether one learns from it at all, by weights that ship.

Why it exists: few lists rate, so what labelled works teach is learned beforehand
(benchmarks/levels.py, which writes levels.json and says how well it holds on lists it has not seen)
and comes along as numbers: one set for words with the vectors of the packaged model, one for words
alone. Must not know ratings of the collection at hand.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log2
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.estimate.clues import Clues

Floats = NDArray[np.float64]

SHIPPED = Path(__file__).with_name("levels.json")

PER_POINT = 0.18
"""Levels that a point of a page's text is worth; set by hand, as the points are."""

PER_SPREAD, BESIDE = 0.2, 0.5
"""Levels that hours one standard deviation above what is usual in a list are worth, and the share
of what all else says that is left beside them: two witnesses, neither of them sure."""

ENOUGH = 5
USUAL_HOURS, SPREAD, LEAST_SPREAD = 100.0, 1.3, 0.25
"""Stated hours from which a list tells what is usual; what is where none does, in hours and
doublings; the least that a list's own may differ."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What hours are usual, as the mean and the deviation of their logarithm to base 2: in each
    list that states enough, and in others."""

    lists: Mapping[str, tuple[float, float]]
    others: tuple[float, float]

    @classmethod
    def of(cls, stated: Sequence[tuple[str, float] | None]) -> "Usual":
        """What is usual where (list, hours) are stated of works, None of those without."""
        logs: dict[str, list[float]] = {}
        for name, hours in filter(None, stated):
            logs.setdefault(name, []).append(log2(hours))
        few = [one for mine in logs.values() if len(mine) < ENOUGH for one in mine]
        lists = {name: _usual(mine) for name, mine in logs.items() if len(mine) >= ENOUGH}
        return cls(lists, _usual(few) if len(few) >= ENOUGH else (log2(USUAL_HOURS), SPREAD))


def with_hours(
    levels: Floats, stated: Sequence[tuple[str, float] | None], usual: Usual | None = None
) -> Floats:
    """(n,) levels by the hours that lists state too: (list, hours) of each work, None for none.

    What is long in one list is short in another, so hours are compared with what is usual in the
    same list (in all that state few, where it does), by their logarithm; usual is what they say
    themselves unless it is given.
    """
    usual = usual or Usual.of(stated)
    found = levels.copy()
    for row, said in enumerate(stated):
        if said is not None:
            middle, spread = usual.lists.get(said[0], usual.others)
            longer = max(-2.0, min(2.0, (log2(said[1]) - middle) / spread))
            found[row] = 2 + BESIDE * (levels[row] - 2) + PER_SPREAD * longer
    return found


def _usual(logs: Sequence[float]) -> tuple[float, float]:
    """The median and the standard deviation of logs of hours."""
    return float(np.median(logs)), max(LEAST_SPREAD, float(np.std(logs)))


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear estimate of the level and of whether there is anything to learn.

    Columns are (level, matter): start (2,), clues by name, vector (dim, 2) for the raw card vector,
    or (0, 2) where words stand alone. Levels come out so that 1.5 and 2.5 are where they change;
    matter from MATTER on is something to learn from.
    """

    start: Floats
    clues: Mapping[str, Floats]
    vector: Floats

    @property
    def dim(self) -> int:
        """Columns of the vectors that are read, 0 for none."""
        return len(self.vector)

    def of_clues(self, clues: Clues) -> Floats:
        """(2,) level and matter as far as words say."""
        total = self.start.copy()
        for name, value in clues.items():
            weight = self.clues.get(name)
            if weight is not None:
                total += value * weight
        return total

    def of_vectors(self, vectors: NDArray[np.float32]) -> Floats:
        """(n, 2) what (n, dim) raw vectors add."""
        if not self.dim:
            return np.zeros((len(vectors), 2))
        return np.asarray(vectors @ self.vector, np.float64)


MATTER = 0.4
"""From here a work is something to learn from: of judged works on unseen lists 7% of what one can
learn from lie below, 13% of tools, data and products above."""


@cache
def weights(model_id: str | None) -> Weights:
    """What ships for the vectors of a model; words alone where it was learned for another."""
    told = json.loads(SHIPPED.read_text("utf-8"))
    known = model_id == told["model"]
    columns = slice(0, 2) if known else slice(2, 4)
    vector = [told["vector"]["level"], told["vector"]["matter"]] if known else [[], []]
    return Weights(
        np.array(told["start"][columns], np.float64),
        {name: np.array(four[columns], np.float64) for name, four in told["clues"].items()},
        np.array(vector, np.float64).T,
    )

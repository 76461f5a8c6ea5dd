"""How the fields of the lexical index are written so that BM25 weighs them as it should.

A longer document of filler tokens is the same formula with a smaller b (with c = mean × (0.75 / b −
1) of them, 0.25 + 0.75 (length + c) / (mean + c) equals 1 − b + b length / mean), and one that says
every token s times is it with k1 1.2 / s. Must not know postings.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cache.errors import Damaged

TITLE_WEIGHT = 0.75
"""BM25's b for titles: one that says little else is about what it says."""

SHAPES: Sequence[tuple[float, int, float]] = (
    (50, 3, 0.2),
    (100, 2, 0.4),
    (math.inf, 1, 0.6),
)
"""Median tokens of a text up to which each token counts how many times, and BM25's b: in short
texts neither length nor repetition tells much. nDCG@10 of words alone, (3, .2) against (1, .6):
notes of 13 tokens .372 and .333, abstracts of 157 .485 and .534."""

_WEAR = "wear.json"
FILLER = "\u00b7"  # no token of search/text.py


class Shape(NamedTuple):
    """How a field's texts are written so that BM25 weighs them as it should: each so many times,
    with so many tokens of filler; so many of them where there is no text."""

    times: int
    filler: int
    absent: int

    def of(self, text: str) -> str:
        """A text as it is written."""
        if not text:
            return f" {FILLER}" * self.absent
        return " ".join([text] * self.times) + f" {FILLER}" * self.filler


@dataclass(frozen=True, slots=True)
class Wear:
    """What is known of an index beside its postings: the shapes of its fields, and how many rows
    were dropped since it was written."""

    shapes: Mapping[str, Shape]
    dropped: int = 0

    def save(self, folder: Path) -> None:
        """Write beside the postings. Raises OSError."""
        told = {"shapes": self.shapes, "dropped": self.dropped}
        (folder / _WEAR).unlink(missing_ok=True)  # it may be shared
        (folder / _WEAR).write_text(json.dumps(told))

    @classmethod
    def load(cls, folder: Path) -> "Wear":
        """What was saved in folder. Raises Damaged."""
        try:
            told = json.loads((folder / _WEAR).read_text())
            shapes = {field: Shape(*told["shapes"][field]) for field in told["shapes"]}
            return cls(shapes, int(told["dropped"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{folder}: {error}", "build again, in full") from error


def shape_of(field: str, texts: Iterable[str]) -> Shape:
    """How texts of a field, and others like them, are written."""
    lengths = [len(text.split()) for text in texts if text] or [0]
    times, weight = 1, TITLE_WEIGHT
    if field != "title":
        usual = float(np.median(lengths))
        times, weight = next((t, b) for longest, t, b in SHAPES if usual <= longest)
    mean = times * sum(lengths) / len(lengths)
    added = round(mean * (0.75 / weight - 1))
    return Shape(times, added, round(mean) + added)

"""What a browser needs to say how like works are, as search.recommend.likeness does.

The direction that sets examples apart is found from the collection's covariance, which is sent as
its upper triangle in 8 bits. Must not know files or the page.
"""

from typing import Any, NamedTuple

import numpy as np

from search.arrays import Floats
from search.ask.fuse import SCALE
from search.collection import Collection
from search.index.interest import rounded
from search.rank.standing import EXPERT
from search.recommend.likeness import OTHER, TRUST, WEIGHTS
from search.recommend.taste import MARKED, SAVED, unmarked
from search.title_words import TELLING

PUT_FIRST = 60
"""Works for who has marked nothing yet: three pages, since what was read is left out."""

_PROBES = 64  # directions whose spread is measured both ways
_PLACES = 6  # decimals


class LikenessPieces(NamedTuple):
    """Numbers as JSON, and the triangle above the diagonal, row by row."""

    told: dict[str, Any]
    triangle: bytes


def likeness_pieces(collection: Collection, cards: Floats) -> LikenessPieces:
    """cards: (n, dim), every resource's."""
    sample = collection.covariance.sample
    matrix = rounded(sample)
    above = matrix[np.triu_indices(len(matrix), 1)]
    unit = max(1e-9, float(np.abs(above).max(initial=0.0))) / 127
    told = {
        "diagonal": [round(x, _PLACES) for x in np.diag(matrix).tolist()],
        "unit": unit,
        "mean": [round(x, _PLACES) for x in sample.mean(0).tolist()],
        "variance": float(np.square(sample).sum()) / sample.size,
        "trust": float(np.diag(matrix).mean()) - 1,
        "narrower": _narrower(collection, cards, sample),
        "scale": SCALE,
        "weights": {name: WEIGHTS[name] for name in ("words", "kind")},
        "expert": EXPERT,
        "trusted": TRUST,
        "other": OTHER,
        "telling": TELLING,
        "marked": MARKED,
        "saved": SAVED,
    }
    return LikenessPieces(told, np.rint(above / unit).astype(np.int8).tobytes())


def first_choice(collection: Collection) -> list[tuple[str, dict[str, float]]]:
    """Ids and parts of what stands highest, for a reader of whom nothing is known."""
    return [
        (result.resource.id, {name: round(x, _PLACES) for name, x in result.parts.items()})
        for result in unmarked(collection, PUT_FIRST)
    ]


def _narrower(collection: Collection, cards: Floats, sample: Floats) -> float:
    """The spread of the collection along an interest by median deviations, which the browser
    cannot measure, in units of the standard deviation, which it can."""
    ratios = []
    for card in cards[:: max(1, len(cards) // _PROBES)]:
        along = collection.covariance.interest(card[None], [1.0]).direction  # of spread 1
        deviation = float((sample @ along).std())
        if deviation > 0:
            ratios.append(1 / deviation)
    return float(np.mean(ratios)) if ratios else 1.0

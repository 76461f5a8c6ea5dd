"""What is like these resources and unlike those.

Must not know how an answer is shown.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cache.records import Result
from search.rank import rank
from search.retrieve import first_rows

if TYPE_CHECKING:
    from search.engine import Engine


def similar(engine: "Engine", liked: Sequence[int], without: Sequence[int], k: int) -> list[Result]:
    """The k resources nearest to the mean card of liked less that of without, none of them."""
    cards = engine.dense.reconstruct(first_rows(np.array([*liked, *without]), engine.catalog))
    wanted = cards[: len(liked)].mean(0)
    if without:
        wanted = wanted - 0.5 * cards[len(liked) :].mean(0)
    wanted = (wanted / max(1e-12, float(np.linalg.norm(wanted)))).astype(np.float32)
    allowed = np.ones(engine.catalog.count, bool)
    allowed[[*liked, *without]] = False
    rows = allowed[engine.catalog.row_resources]
    scores, found = engine.dense.search(wanted[None], 5 * k + 20, rows)[0]
    ordinals, best = np.unique(engine.catalog.row_resources[found], return_index=True)
    passages = engine.catalog.row_passages[found[best]].astype(np.int64)
    places = rank(ordinals.astype(np.int64), passages, {"dense": scores[best]}, k)
    return engine.results(places)

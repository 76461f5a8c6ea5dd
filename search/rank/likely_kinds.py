"""What kind a resource probably is that nobody calls anything: what stands beside it is.

Curators put like beside like, and a quarter of what they list has no kind that words or addresses
tell. Only priors read this: nothing is shown or filtered by it. Must not know storage.
"""

import numpy as np
from numpy.typing import NDArray

from search.arrays import Figures, Floats, Ordinals
from search.index.sections import Tally

LIST = 3.0
"""Members of its section that all of its list is worth. Tried 1 and 10: the same."""


def with_likely_kinds(figures: Figures, ordinals: Ordinals, tally: Tally) -> tuple[Figures, Floats]:
    """figures, rows of facts.npy for ordinals, with the likeliest kind where none is known, and
    (n,) how sure each kind is: 1 where it is known, 0 where nothing stands beside."""
    unknown = np.flatnonzero(figures["kind"] == 0)
    sure = np.ones(len(figures), np.float32)
    if not len(unknown):
        return figures, sure
    codes, shares = _likeliest(ordinals[unknown], tally)
    filled = figures.copy()
    filled["kind"][unknown] = codes
    sure[unknown] = shares
    return filled, sure


def _likeliest(ordinals: Ordinals, tally: Tally) -> tuple[NDArray[np.int64], Floats]:
    """The commonest kind beside each, and its share."""
    beside = tally.beside(ordinals)
    whole = beside.list.sum(1, keepdims=True)
    counts = beside.section + LIST * beside.list / np.maximum(whole, 1)
    total = np.maximum(beside.section.sum(1) + LIST * (whole[:, 0] > 0), 1)
    return counts.argmax(1), np.asarray(counts.max(1) / total, np.float32)

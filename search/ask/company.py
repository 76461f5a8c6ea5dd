"""How much company an answer has: others of the best that stand in one section with it.

Curators put beside one another what is about the same, so where several of the best answers stand
in one section, that section is what was asked about; an answer among strangers was found by words
or by chance (van Rijsbergen 1979, the cluster hypothesis). Must not know what was asked, scores or
how sections are kept.
"""

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats

FOREMOST = 30
"""Answers that are company to each other. Tried 10 to 50: the library gains as much, the judged
lists, whose 80 links make few sections, lose from 35 on and below 20."""

HALF = 2
"""Others in its section that are worth half of what many are. Tried 4, a logarithm, a root."""


def company(others: NDArray[np.int64]) -> Floats:
    """(n,) what so many others of the best beside an answer are worth, 0 to 1."""
    return np.asarray(others / (others + HALF), np.float32)

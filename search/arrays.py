"""What the arrays that flow through search hold, by name.

Must not know who fills them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""Numbers of any kind, in a shape that is told where it matters."""

Scores = NDArray[np.float32]
"""(n,) scores, higher is better."""

Vectors = NDArray[np.float32]
"""(n, dim), a row a text; or (dim,), one of them."""

Ordinals = NDArray[np.int64]
"""(n,) resources by their place in the catalog."""

Rows = NDArray[np.int64]
"""(n,) rows of an index, see search.index.catalog.write_rows."""

Mask = NDArray[np.bool_]
"""(n,) which resources or rows are allowed."""


class Said(str):
    """A token of what is said of a work, beside those that filters know it by."""

    __slots__ = ()


Facets = tuple[tuple[str | int, ...], ...]
"""Groups of tokens and of rows themselves; what is allowed has a token of every group, or says it
where it is Said, or is one of its rows: see search.index.selection."""

Figures = NDArray[Any]
"""(n,) rows of facts.npy, see search.index.catalog_rows.FIGURES."""

Parts = dict[str, Floats]
"""What scores are made of: points of (n,) candidates by the name of what gives them."""

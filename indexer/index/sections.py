"""Works into the sections they share: who curators put side by side, for similar and paths.

Must not know how company is stored or weighed.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.index import sections as stored

MOST = 100
"""Members of a section that still says what its members have in common."""


def write(
    folder: Path, stands: NDArray[np.void], lists: Sequence[str], groups: Mapping[str, str]
) -> None:
    """Store the sections of 2 to MOST resources: stands as indexer.index.ledger has them, groups by
    list as indexer.resources.facts tells them. Raises StoreError where the disk fails."""
    names = {name: number for number, name in enumerate(sorted(set(groups.values())))}
    group_of = [names[groups[name]] if name in groups else -1 for name in lists]
    stored.write(folder, _sections(stands, group_of))


def _sections(stands: NDArray[np.void], group_of: Sequence[int]) -> Iterator[stored.Section]:
    some = stands[stands["section"] >= 0]
    some = some[np.lexsort((some["ordinal"], some["section"]))]
    new = np.diff(some["section"], prepend=-1) != 0
    some = some[new | (np.diff(some["ordinal"], prepend=-1) != 0)]  # named twice is there once
    starts = np.flatnonzero(np.diff(some["section"], prepend=-1))
    sizes = np.diff(starts, append=len(some))
    fit = (sizes >= 2) & (sizes <= MOST)
    for start, size in zip(starts[fit].tolist(), sizes[fit].tolist(), strict=True):
        first, members = some[start], some["ordinal"][start : start + size]
        yield stored.Section(int(first["section"]), group_of[int(first["list"])], members.tolist())

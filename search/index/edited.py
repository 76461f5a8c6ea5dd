"""How the resources of a generation follow from those of an earlier one.

What has not changed keeps its ordinal, and with it what every file of the earlier generation says
of it; the rest is written. Must not know what the files hold.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.arrays import Mask, Ordinals


@dataclass(frozen=True, slots=True)
class Edit:
    """folder holds the earlier generation, of before resources; kept (n,) says which ordinals of
    the later one have the resource they had there."""

    folder: Path
    before: int
    kept: Mask

    @property
    def written(self) -> Ordinals:
        """The ordinals that are new, or have another resource, in order."""
        return np.flatnonzero(~self.kept)

    @property
    def dropped(self) -> Ordinals:
        """The ordinals of the earlier generation whose resource is gone, or elsewhere, in order."""
        gone = np.ones(self.before, np.bool_)
        shared = min(self.before, len(self.kept))
        gone[:shared] = ~self.kept[:shared]
        return np.flatnonzero(gone)

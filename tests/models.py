"""A tiny model for tests that are about anything but quality: real weights, cut down.

One layer and 64 dimensions of the packaged model, written as a sentence-transformers folder, so
that everything that is done with any other model is done with it in a moment.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from search.arrays import Floats
from search.models.e5_file import E5File
from search.models.e5_folder import write_folder
from search.models.packaged import packaged_file

HIDDEN, INTERMEDIATE, PIECES = 64, 128, 20_000


class _Tiny(E5File):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.whole = self.shape
        self.shape = replace(
            self.whole,
            hidden=HIDDEN,
            layers=1,
            heads=2,
            intermediate=INTERMEDIATE,
            vocabulary=PIECES,
        )

    def vocabulary(self) -> list[tuple[str, float]]:
        known = super().vocabulary()
        return [*known[: PIECES - 1], known[-1]]  # the last is <mask>

    def weight(self, name: str) -> Floats:
        cut, self.shape = self.shape, self.whole
        found, self.shape = super().weight(name), cut
        if name in ("emb.pos", "emb.type"):
            return np.ascontiguousarray(found.reshape(-1, self.whole.hidden)[:, :HIDDEN])
        rows = {"emb.word": PIECES}.get(name, INTERMEDIATE if ".fi." in name else HIDDEN)
        columns = INTERMEDIATE if name.endswith(".fo.w") else HIDDEN
        return found[:rows] if found.ndim == 1 else found[:rows, :columns]


def write_tiny_model(folder: Path) -> Path:
    """A folder of a model named tiny-e5."""
    model = folder / "tiny-e5"
    model.mkdir(parents=True)
    write_folder(_Tiny(packaged_file()), model)
    return model

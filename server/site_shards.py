"""A collection in pieces that a browser loads as it needs them: words, vectors, records, ids.

Places are the site's own numbers: resources cell by cell, so that what is about the same lies in
the same pieces. Every piece is compressed here, since few file hosts compress what they do not
know, and lies in one folder named by what all of them say, so that a page never mixes two exports.
Must not know the page, nor how answers are found.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats, Ordinals

BLOCK = 32
"""Records of one piece: an answer's twenty lie in a dozen of them, about 3 kB each."""

PER_CELL = 84
"""Vectors of a cell, on average: 20 kB. Over 21,411 resources an answer needs 13 cells of 256; of
128, as many and twice the bytes for the same answers."""

PER_WORDS = 1500
"""Postings of one piece of words, about 5 kB."""

PER_MEANINGS = 32
"""Words' vectors of one piece, about 7 kB."""

PER_IDS = 400
"""Ids of one piece."""

LEAST = 4
"""Pieces of words and ids that there are at least: a small site is asked as a large one is."""

_ROUNDS, _SEED = 15, 1
_OF_COLUMNS = ("level", "kind", "language")


@dataclass(frozen=True, slots=True)
class Cells:
    """Unit vectors (n, dim) and what they lie in: (k, dim) centres, in 8 bits, and the cell of
    each."""

    vectors: Floats
    centres: NDArray[np.int8]
    cell_of: NDArray[np.int64]

    @property
    def order(self) -> Ordinals:
        """The ordinal at each place."""
        return np.lexsort((np.arange(len(self.cell_of)), self.cell_of))


class Pieces:
    """Writes pieces into a folder and knows what was written."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, which must not be there."""
        folder.mkdir()
        self._folder, self._seen = folder, blake2b(digest_size=6)

    def write(self, name: str, content: Any) -> None:
        """One piece: bytes as they are, anything else as JSON; compressed, without a date."""
        raw = content if isinstance(content, bytes) else compact(content).encode()
        self._seen.update(name.encode() + b"\0" + raw)
        path = self._folder / f"{name}.bin"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(raw, 9, mtime=0))

    def named(self) -> str:
        """Rename the folder by what was written; its name from now on."""
        final = self._folder.with_name(f"data-{self._seen.hexdigest()}")
        self._folder.rename(final)
        return final.name


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cells_of(vectors: Floats) -> Cells:
    """vectors, (n, dim) of unit length, in cells by k-means on the sphere; equal ones give equal
    cells on one machine."""
    import faiss

    count, dim = vectors.shape
    train: Any = faiss.Kmeans(
        dim,
        max(1, round(count / PER_CELL)),
        niter=_ROUNDS,
        seed=_SEED,
        spherical=True,
        min_points_per_centroid=1,
    )
    train.train(vectors)
    centres = eighths(train.centroids)
    nearest = (vectors @ centres.T.astype(np.float32)).argmax(1)
    return Cells(vectors, centres, nearest.astype(np.int64))


def eighths(vectors: Floats) -> NDArray[np.int8]:
    """Unit vectors in 8 bits."""
    return np.clip(np.rint(vectors * 127), -127, 127).astype(np.int8)


def write_vectors(pieces: Pieces, cells: Cells) -> dict[str, Any]:
    """A piece for each cell and one for their centres; the place each cell starts at, and one
    more."""
    pieces.write("centres", cells.centres.tobytes())
    small = eighths(cells.vectors)[cells.order]
    sizes = np.bincount(cells.cell_of, minlength=len(cells.centres))
    starts = [0, *np.cumsum(sizes).tolist()]
    for number, (start, end) in enumerate(pairwise(starts)):
        pieces.write(f"cells/{number}", small[start:end].tobytes())
    return {"dim": cells.vectors.shape[1], "cells": starts}


def write_words(pieces: Pieces, postings: Mapping[str, tuple[Ordinals, Ordinals]]) -> int:
    """Places (rising, each as its distance from the one before) and points by token, in pieces by
    the token's hash; how many pieces."""
    total = sum(len(places) for places, _ in postings.values())
    count = max(LEAST, total // PER_WORDS)
    shards: list[dict[str, Any]] = [{} for _ in range(count)]
    for token, (places, points) in sorted(postings.items()):
        gaps = np.diff(places, prepend=0).tolist()
        shards[hashed(token) % count][token] = [gaps, points.tolist()]
    for number, shard in enumerate(shards):
        pieces.write(f"words/{number}", shard)
    return count


def write_meanings(pieces: Pieces, packed: Mapping[str, Any]) -> int:
    """What each word means, in pieces by the word's hash; how many pieces."""
    count = max(LEAST, len(packed) // PER_MEANINGS)
    shards: list[dict[str, Any]] = [{} for _ in range(count)]
    for word, meaning in sorted(packed.items()):
        shards[hashed(word) % count][word] = meaning
    for number, shard in enumerate(shards):
        pieces.write(f"meanings/{number}", shard)
    return count


def write_ids(pieces: Pieces, ids: Sequence[str]) -> int:
    """The place of each id, in pieces by the id's hash; how many pieces."""
    count = max(LEAST, len(ids) // PER_IDS)
    shards: list[dict[str, int]] = [{} for _ in range(count)]
    for place, name in enumerate(ids):
        shards[hashed(name) % count][name] = place
    for number, shard in enumerate(shards):
        pieces.write(f"ids/{number}", shard)
    return count


def write_records(pieces: Pieces, records: Sequence[Mapping[str, Any]]) -> None:
    """Records by place, BLOCK a piece."""
    for start in range(0, len(records), BLOCK):
        pieces.write(f"records/{start // BLOCK}", records[start : start + BLOCK])


def write_columns(
    pieces: Pieces, records: Sequence[Mapping[str, Any]], more: Mapping[str, Any]
) -> None:
    """What filters and points need of all records, a column each, and more of them: numbers of
    names, 0 for none; ratings in hundredths; dates as they are; lists as numbers."""
    lists = sorted({one["list"] for record in records for one in record["lists"]})
    number_of = {name: number for number, name in enumerate(lists)}
    columns: dict[str, Any] = {
        "lists": [[number_of[one["list"]] for one in record["lists"]] for record in records],
        "rating": [round(100 * (record["rating"] or 0)) for record in records],
        "published": [record["published"] or 0 for record in records],
    }
    names = {"lists": lists}
    for column in _OF_COLUMNS:
        names[column] = sorted({record[column] for record in records} - {None})
        codes = {name: code for code, name in enumerate(names[column], 1)}
        columns[column] = [codes.get(record[column], 0) for record in records]
    pieces.write("columns", {"names": names, **columns, **more})


def hashed(text: str) -> int:
    """FNV-1a in 32 bits (Fowler, Noll, Vo) of text in UTF-8."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value

"""An index of vectors that follows from an earlier one, of which most is kept.

Must not know texts, models or what a row stands for.
"""

from pathlib import Path
from typing import Any

import numpy as np

from cache import disk, npy
from cache.rows import FloatRows
from search.arrays import Rows, Vectors
from search.index.dense import chunks, halves_of, write_exact, write_halves


def edit(path: Path, like: Path, source: Rows, vectors: FloatRows) -> None:
    """Write to path what the index at like holds, less some rows and with others.

    source (n,) says for each row which one of like it is, -1 for those that vectors are, in their
    order. The cells are those of like, and so is what was stored of a vector, to the last bit.
    Raises StoreError where the disk fails, Damaged where like cannot be read.
    """
    import faiss

    with disk.faults(path, RuntimeError):
        held = faiss.read_index(str(like), faiss.IO_FLAG_MMAP_IFC)
        if not isinstance(held, faiss.IndexIVF):
            write_exact(path, _Edited(_Flat(held), source, vectors))
            return
        write_halves(path, _Edited(npy.mapped(halves_of(like)), source, vectors))
        faiss.write_index(_with_rows(_emptied(like), held, source, vectors), str(path))


class _Flat:
    """The rows of an exact index."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def __getitem__(self, rows: Rows) -> Vectors:
        vectors: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return vectors


class _Edited:
    """Rows of which some are those of others, as source says, and the rest are new."""

    def __init__(self, held: Any, source: Rows, vectors: FloatRows) -> None:
        self._held, self._source, self._vectors = held, source, vectors
        self._new = np.cumsum(source < 0) - 1
        self.shape = (len(source), vectors.shape[1])

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, rows: slice | Rows, /) -> Any:
        source, new = self._source[rows], self._new[rows]
        kept = source >= 0
        old = self._held[source[kept]]
        if kept.all():
            return old
        found = np.empty((len(source), self.shape[1]), old.dtype)
        found[kept], found[~kept] = old, self._vectors[new[~kept]]
        return found


def _emptied(path: Path) -> Any:
    """The inverted file at path without its vectors."""
    import faiss

    index = faiss.read_index(str(path))
    index.reset()
    return index


def _with_rows(index: Any, held: Any, source: Rows, vectors: FloatRows) -> Any:
    """index, which is empty, with the codes of rows of held and with vectors."""
    import faiss

    size = int(held.code_size)
    row_of = np.full(held.ntotal, -1, np.int64)
    row_of[source[source >= 0]] = np.flatnonzero(source >= 0)
    for cell in range(held.nlist):
        count = held.invlists.list_size(cell)
        if not count:
            continue
        ids = faiss.rev_swig_ptr(held.invlists.get_ids(cell), count)
        codes = faiss.rev_swig_ptr(held.invlists.get_codes(cell), count * size)
        rows = row_of[ids]
        kept = rows >= 0
        rows, codes = rows[kept], np.ascontiguousarray(codes.reshape(count, size)[kept])
        if len(rows):
            index.invlists.add_entries(cell, len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(codes))
            index.ntotal += len(rows)
    new = np.flatnonzero(source < 0)
    for start, chunk in chunks(vectors):
        index.add_with_ids(chunk, new[start : start + len(chunk)])
    return index

"""The dense leg: nearest vectors by inner product, kept by FAISS and read as a memory map.

Few vectors are compared exactly. Above a threshold an inverted file of 8-bit codes proposes
candidates, the best of which a half-precision copy beside it scores again; how many of its cells
are read is measured when it is written. Both answer one Protocol and pass one contract suite. Must
not know texts, models or what a row stands for: vectors arrive unit length, so inner product is
cosine.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cache import disk, npy
from cache.errors import Damaged
from cache.rows import FloatRows
from search.arrays import Floats, Mask, Rows, Scores, Vectors

Add = Callable[[Any, FloatRows], None]
"""Adds vectors to a trained FAISS index, in their order."""

EXACT_BELOW = 100_000
"""Vectors up to which exact search is quick enough: 15 ms for 384 dimensions on one core."""

CHUNK = 16_384  # vectors in memory at once while writing
_PER_CELL = 40  # training vectors for each cell of the inverted file
_ROUNDS = 8  # of k-means; more moved recall by less than .001
_RECALL = 0.995  # of the exact ten best, asked with questions between two stored vectors
_SAMPLE = 256  # questions it is asked with
_AGAIN = (
    64  # of the best, which half precision orders anew; with 20 nothing is missed that 400 find
)
_GATHER = 1_000  # allowed rows up to which comparing each beats the inverted file


class VectorIndex(Protocol):
    """Vectors of one generation, read-only; safe to share between threads."""

    @property
    def count(self) -> int:
        """How many vectors there are; rows are 0 … count - 1."""

    @property
    def dim(self) -> int:
        """How long each vector is."""

    def search(
        self, queries: Vectors, k: int, allowed: Mask | None = None
    ) -> list[tuple[Scores, Rows]]:
        """For each query (n, dim) its k best rows: scores falling, equal ones by row.

        allowed is a mask over rows. Fewer than k where fewer are allowed.
        """

    def reconstruct(self, rows: Rows) -> Vectors:
        """The vectors of rows, (len(rows), dim)."""


def add_all(index: Any, vectors: FloatRows) -> None:
    """Add vectors to a FAISS index here, a chunk at a time."""
    for _, chunk in chunks(vectors):
        index.add(chunk)


def write(
    path: Path,
    vectors: FloatRows,
    *,
    exact_below: int = EXACT_BELOW,
    seed: int = 20_230_401,
    add: Add = add_all,
) -> None:
    """Index vectors (n, dim; float32, unit length, may be on disk) into path.

    add fills an inverted file, which other machines may do in parts (indexer/cluster). Equal
    vectors and seed give equal bytes on one type of processor. Above exact_below, a second file
    (see companions) holds them in half precision. Raises StoreError where the disk fails.
    """
    with disk.faults(path, RuntimeError):  # FAISS reports a full disk so
        if is_exact(len(vectors), exact_below):
            write_exact(path, vectors)
        else:
            _write_inverted(path, vectors, seed, add)


def is_exact(count: int, exact_below: int = EXACT_BELOW) -> bool:
    """Whether so many vectors are compared exactly."""
    return count < max(1, exact_below)


def companions(path: Path) -> list[Path]:
    """The files that belong to the index at path, path first."""
    return [path, *filter(Path.exists, [halves_of(path)])]


def open_index(path: Path) -> VectorIndex:
    """The index at path, memory-mapped. Raises Damaged where it cannot be opened."""
    faiss = _faiss()
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        if isinstance(index, faiss.IndexIVF):
            return InvertedIndex(index, _Halves(halves_of(path)))
        return ExactIndex(index)
    except (RuntimeError, ValueError, OSError) as error:
        raise Damaged(f"{path}: not a readable index of vectors", _REBUILD) from error


class ExactIndex:
    """Every vector compared."""

    def __init__(self, index: Any) -> None:
        """Answer from a FAISS flat index."""
        self._index = index
        self.count = int(index.ntotal)
        self.dim = int(index.d)

    def search(
        self, queries: Vectors, k: int, allowed: Mask | None = None
    ) -> list[tuple[Scores, Rows]]:
        """See VectorIndex."""
        k = _bounded(k, self.count, allowed)
        if k == 0:
            return [_NOTHING] * len(queries)
        params = None
        if allowed is not None:
            params = _faiss().SearchParameters(sel=_selector(allowed))
        scores, rows = self._index.search(_ready(queries), k, params=params)
        return [_ordered(s, r, k) for s, r in zip(scores, rows, strict=True)]

    def reconstruct(self, rows: Rows) -> Vectors:
        """See VectorIndex; exact."""
        vectors: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return vectors


class InvertedIndex:
    """Cells near the query are read in 8 bits, the best of them compared in half precision."""

    def __init__(self, index: Any, halves: "_Halves") -> None:
        """Answer from a FAISS inverted file and the half-precision copy of its vectors."""
        if halves.shape != (index.ntotal, index.d):
            raise ValueError(f"{halves.shape} vectors beside {index.ntotal} codes")
        self._index = index
        self._vectors = halves
        self.count = int(index.ntotal)
        self.dim = int(index.d)

    def search(
        self, queries: Vectors, k: int, allowed: Mask | None = None
    ) -> list[tuple[Scores, Rows]]:
        """See VectorIndex; the rows are those of the best cells. The scores of the best 64 are
        within half precision, of others as 8 bits have them (.0005 off by standard deviation)."""
        k = _bounded(k, self.count, allowed)
        if k == 0:
            return [_NOTHING] * len(queries)
        if allowed is not None and np.count_nonzero(allowed) <= _GATHER:
            rows = np.flatnonzero(allowed)
            vectors = self.reconstruct(rows)
            return [_ordered(vectors @ query, rows, k) for query in queries]
        near = self._near(_ready(queries), max(k, _AGAIN), allowed)
        return [
            _ordered(self._again(query, *found), found[1], k)
            for query, found in zip(queries, near, strict=True)
        ]

    def reconstruct(self, rows: Rows) -> Vectors:
        """See VectorIndex; within half precision."""
        return self._vectors[rows].astype(np.float32)

    def _again(self, query: Floats, scores: Scores, rows: Rows) -> Scores:
        """Scores of rows, which come best first, with the best of them within half precision."""
        best = self.reconstruct(rows[:_AGAIN]) @ query
        return np.concatenate([best, scores[_AGAIN:]])

    def _near(self, queries: Vectors, k: int, allowed: Mask | None) -> list[tuple[Scores, Rows]]:
        cells, selector = self._index.nprobe, None
        if allowed is not None:  # the rarer the allowed, the further away they are
            selector = _selector(allowed)
            cells = min(self._index.nlist, cells * self.count // np.count_nonzero(allowed))
        params = _faiss().SearchParametersIVF(nprobe=int(cells), sel=selector)
        found = self._index.search(queries, min(k, self.count), params=params)
        return [(s[r >= 0], r[r >= 0]) for s, r in zip(*found, strict=True)]


class _Halves:
    """The rows of a half-precision .npy file, read when asked for.

    Not mapped: the system maps what lies around each row too, so that after some hundred questions
    all 768 MB of a million vectors counted as this process's memory.
    """

    def __init__(self, path: Path) -> None:
        """Open path. Raises OSError or ValueError where it is no such file."""
        header = npy.mapped(path)
        if header.dtype != np.float16 or header.ndim != 2:
            raise ValueError(f"{path}: {header.dtype} of {header.ndim} dimensions")
        self.shape: tuple[int, int] = header.shape
        self._start = int(header.offset)
        self._file = path.open("rb", buffering=0)

    def __getitem__(self, rows: Rows) -> NDArray[np.float16]:
        taken = np.empty((len(rows), self.shape[1]), np.float16)
        size, file = taken.itemsize * self.shape[1], self._file.fileno()
        places = (self._start + rows.astype(np.int64) * size).tolist()
        for row, place in zip(taken, places, strict=True):
            if os.preadv(file, [row.data], place) != size:
                raise Damaged(f"{self._file.name}: cut short", _REBUILD)
        return taken


_REBUILD = "run `nextread verify`, then build again"
_NOTHING = (np.empty(0, np.float32), np.empty(0, np.int64))


def _faiss() -> Any:
    import faiss  # its type stubs contradict its Python layer, hence Any

    return faiss


def _bounded(k: int, count: int, allowed: Mask | None) -> int:
    return max(0, min(k, count if allowed is None else int(np.count_nonzero(allowed))))


def _ready(queries: Vectors) -> Vectors:
    return np.ascontiguousarray(queries, np.float32)


def _selector(allowed: Mask) -> Any:
    return _faiss().IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def _ordered(scores: Scores, rows: Rows, k: int) -> tuple[Scores, Rows]:
    scores, rows = scores[rows >= 0], rows[rows >= 0]
    order = np.lexsort((rows, -scores))[:k]
    return scores[order], rows[order]


def halves_of(path: Path) -> Path:
    """Where the half-precision copy beside the inverted file at path lies."""
    return path.with_name(path.name + ".f16.npy")


def chunks(vectors: FloatRows, size: int = CHUNK) -> Iterator[tuple[int, Vectors]]:
    """The row that each stretch of vectors begins at, and the stretch."""
    for start in range(0, len(vectors), size):
        yield start, np.ascontiguousarray(vectors[start : start + size], np.float32)


def write_exact(path: Path, vectors: FloatRows) -> None:
    """Store vectors that are compared exactly."""
    faiss = _faiss()
    index = faiss.IndexFlatIP(vectors.shape[1])
    add_all(index, vectors)
    faiss.write_index(index, str(path))


def _write_inverted(path: Path, vectors: FloatRows, seed: int, add: Add) -> None:
    write_halves(path, vectors)
    index = _trained(vectors, seed)
    add(index, vectors)
    own = InvertedIndex(index, _Halves(halves_of(path)))
    index.nprobe = _enough_cells(own, index, vectors, seed)
    _faiss().write_index(index, str(path))


def write_halves(path: Path, vectors: FloatRows) -> None:
    """Store the half-precision copy beside the inverted file at path."""
    shape = vectors.shape[0], vectors.shape[1]
    halves = np.lib.format.open_memmap(halves_of(path), "w+", np.float16, shape)
    for start in range(0, len(vectors), CHUNK):
        halves[start : start + CHUNK] = vectors[start : start + CHUNK]
    halves.flush()


def _trained(vectors: FloatRows, seed: int) -> Any:
    faiss = _faiss()
    count, dim = vectors.shape
    cells = max(1, min(round(2 * count**0.5), count // _PER_CELL))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        cells,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # codes of the vectors themselves, not of their distance to the cell's centre
    )
    index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = seed, _ROUNDS, _PER_CELL
    index.train(_sample(vectors, cells * _PER_CELL, seed))
    return index


def _sample(vectors: FloatRows, size: int, seed: int) -> Vectors:
    chosen = np.random.default_rng(seed).choice(len(vectors), min(size, len(vectors)), False)
    return np.ascontiguousarray(vectors[np.sort(chosen)], np.float32)


def _enough_cells(index: InvertedIndex, inverted: Any, vectors: FloatRows, seed: int) -> int:
    """Four times the fewest cells, doubling, that find what exact search finds.

    Asked with vectors halfway between two stored ones: questions lie further from passages than
    passages do. Real questions lie further still: among a million, the fewest cells found .95 of
    what is nearest to them, twice as many .97 and four times as many .98.
    """
    pairs = _sample(vectors, 2 * _SAMPLE, seed + 1)
    queries = pairs[::2][: len(pairs) // 2] + pairs[1::2]
    queries /= np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-9)
    exact = _exact_best(queries, vectors)
    cells = 4
    while cells < inverted.nlist:
        inverted.nprobe = cells
        rough = [rows for _, rows in index.search(queries, exact.shape[1])]
        right = sum(len(np.intersect1d(a, b)) for a, b in zip(rough, exact, strict=True))
        if right >= _RECALL * exact.size:
            break
        cells *= 2
    return int(min(4 * cells, inverted.nlist))


def _exact_best(queries: Vectors, vectors: FloatRows, k: int = 10) -> Rows:
    k = min(k, len(vectors))
    scores = np.full((len(queries), k), -np.inf, np.float32)
    rows = np.full((len(queries), k), -1, np.int64)
    for start, chunk in chunks(vectors, CHUNK // 4):  # scores take more room than their vectors
        numbers = np.broadcast_to(np.arange(start, start + len(chunk)), (len(queries), len(chunk)))
        all_scores = np.hstack([scores, queries @ chunk.T])
        all_rows = np.hstack([rows, numbers])
        best = np.argpartition(-all_scores, k - 1, axis=1)[:, :k]
        scores = np.take_along_axis(all_scores, best, axis=1)
        rows = np.take_along_axis(all_rows, best, axis=1)
    return rows

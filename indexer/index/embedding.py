"""Vectors of every text of every work, centred, in a file where there are many.

Texts are made when asked for and vectors go through memory a stretch at a time, so that it does not
grow with the collection. Must not know indexes or lists.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cache.rows import FloatRows, RowFile
from cache.vectors import VectorCache, text_key
from indexer.lazy import LazySequence
from search.index.centre import Census, Centres, embed_background, everyday_questions
from search.models.embed import Embedder, embed_cached
from search.text import language_of

CHUNK = 16_384
"""Texts in memory at once."""

Progress = Callable[[str, int, int], None]
Vectors = NDArray[np.float32]


Space = Callable[[int, int], RowFile | Vectors]
"""Room for so many rows of so many columns."""


def in_memory(count: int, dim: int) -> Vectors:
    """Room in memory."""
    return np.zeros((count, dim), np.float32)


class Texts(Protocol):
    """What is embedded of a work: size texts, the card first."""

    @property
    def size(self) -> int:
        """How many texts there are."""

    def text(self, number: int) -> str:
        """One of them."""


def texts_of(works: Sequence[Texts]) -> Sequence[str]:
    """Every text of every work, in order."""
    starts = array("q", accumulate((work.size for work in works), initial=0))

    def text(row: int) -> str:
        place = bisect_right(starts, row) - 1
        return works[place].text(row - starts[place])

    return LazySequence(starts[-1], text)


def embed(
    works: Sequence[Texts],
    asked: Sequence[str],
    embedder: Embedder,
    cache: VectorCache,
    progress: Progress,
    space: Space = in_memory,
) -> tuple[FloatRows, Centres, int]:
    """(rows, dim) centred vectors of every text of every work, their centres, and how many texts
    had to be embedded.

    asked are sentences of the collection, embedded as questions too where there are any. Vectors
    lie in the space given. Raises OSError where the disk fails.
    """
    texts = texts_of(works)
    rows = space(len(texts), embedder.dim)
    languages, missing = _looked_up(texts, cache, rows)
    embedded = _embed_missing(texts, missing, rows, embedder, cache, progress)
    census = Census(embedder.dim)
    for stretch in _stretches(len(texts)):
        census.add(rows[stretch], languages[stretch])
    kept = Cached(embedder, cache)
    background = embed_background(kept)
    centres = census.centres(background.asked(asked, kept) if asked else background)
    for stretch in _stretches(len(texts)):
        rows[stretch] = centres.centre_passages(rows[stretch], languages[stretch])
    return rows, centres.measured(rows, everyday_questions(kept)), embedded


class Cached:
    """An embedder whose vectors are kept, for the background questions."""

    def __init__(self, embedder: Embedder, cache: VectorCache) -> None:
        """Ask embedder for what cache lacks."""
        self._embedder, self._cache = embedder, cache

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See search.models.embed.Embedder."""
        return embed_cached(self._embedder, self._cache, texts, role="query")

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See search.models.embed.Embedder."""
        return embed_cached(self._embedder, self._cache, texts)


def _stretches(count: int) -> Iterator[slice]:
    for start in range(0, count, CHUNK):
        yield slice(start, min(start + CHUNK, count))


def _looked_up(
    texts: Sequence[str], cache: VectorCache, rows: RowFile | Vectors
) -> tuple[list[str | None], NDArray[np.int64]]:
    """Fill rows from the cache; the language of each text, and the rows that are missing."""
    languages: list[str | None] = []
    missing = [np.empty(0, np.int64)]
    for stretch in _stretches(len(texts)):
        some = texts[stretch]
        rows[stretch], lacking = cache.lookup(some)
        missing.append(lacking + stretch.start)
        languages += map(language_of, some)
    return languages, np.concatenate(missing)


def _embed_missing(
    texts: Sequence[str],
    missing: NDArray[np.int64],
    rows: RowFile | Vectors,
    embedder: Embedder,
    cache: VectorCache,
    progress: Progress,
) -> int:
    """Embed the texts of missing rows, each text once; how many there were."""
    wanted = len({text_key(texts[row], "passage") for row in missing.tolist()})
    before = done = 0

    def count(so_far: int, _: int) -> None:
        nonlocal done
        done = before + so_far
        progress("embed", done, wanted)

    for stretch in _stretches(len(missing)):
        some = missing[stretch].tolist()
        vectors = embed_cached(embedder, cache, [texts[row] for row in some], progress=count)
        for row, vector in zip(some, vectors, strict=True):
            rows[row : row + 1] = vector[None]
        before = done
    return done

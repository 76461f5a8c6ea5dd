"""Vectors of every text of every work, centred, in a file where there are many.

Texts are made when asked for and vectors go through memory a stretch at a time, so that it does not
grow with the collection. Must not know indexes or lists.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol

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

FEW = 16_000
"""Characters of new texts up to which drafts are as quick as loading the model that builds, and
take a gigabyte less."""

DRAFT = "draft"
"""The role under which vectors of a drafting model are kept: no full build takes them."""

MOST_TURN = 2.0
"""Degrees by which the vectors of a language may lie off those of a full build. With lists of a
twentieth of all works added, 1.5 degrees, .996 of the first ten answers were those of a full build;
with a tenth, 1.7 degrees, .991 (`python -m benchmarks.held`)."""

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


@dataclass(frozen=True, slots=True)
class Held:
    """What a build may hold on to: the centres of a collection nearly the same, what was counted of
    its vectors, and a model that embeds a few new texts at once, nearly as the one that builds, if
    there is one."""

    centres: Centres
    census: Census
    drafts: Embedder | None = None


class Embedded(NamedTuple):
    """(rows, dim) centred vectors of texts, their centres, how many of them had to be embedded,
    what was counted of them, and the degrees by which the vectors of a language lie off those of a
    full build: 0 where no centres were held."""

    rows: FloatRows
    centres: Centres
    embedded: int
    census: Census
    turn: float = 0.0


def embed(
    works: Sequence[Texts],
    asked: Sequence[str],
    embedder: Embedder,
    cache: VectorCache,
    progress: Progress,
    space: Space = in_memory,
    held: Held | None = None,
) -> Embedded:
    """Every text of every work.

    asked are sentences of the collection, embedded as questions too where there are any. Vectors
    lie in the space given. The centres are those held where there are any, and works are then those
    that came to what was counted. Raises OSError where the disk fails.
    """
    texts = texts_of(works)
    rows = space(len(texts), embedder.dim)
    drafts = held.drafts if held else None
    languages, missing = _looked_up(texts, cache, rows, drafted=drafts is not None)
    embedded = _embed_missing(texts, missing, rows, embedder, cache, progress, drafts)
    census = _counted(rows, languages)
    kept = Cached(embedder, cache)
    background = embed_background(kept)
    if held is not None:
        _centre(rows, languages, held.centres)
        both = held.census + census
        turn = both.turn(held.centres, both.centres(background))
        return Embedded(rows, held.centres, embedded, census, turn)
    centres = census.centres(background.asked(asked, kept) if asked else background)
    _centre(rows, languages, centres)
    centres = centres.measured(rows, everyday_questions(kept))
    return Embedded(rows, centres, embedded, census)


def _counted(rows: RowFile | Vectors, languages: Sequence[str | None]) -> Census:
    census = Census(rows.shape[1])
    for stretch in _stretches(len(rows)):
        census.add(rows[stretch], languages[stretch])
    return census


def _centre(rows: RowFile | Vectors, languages: Sequence[str | None], centres: Centres) -> None:
    for stretch in _stretches(len(rows)):
        rows[stretch] = centres.centre_passages(rows[stretch], languages[stretch])


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
    texts: Sequence[str], cache: VectorCache, rows: RowFile | Vectors, *, drafted: bool
) -> tuple[list[str | None], NDArray[np.int64]]:
    """Fill rows from the cache, from drafts too where drafted; the language of each text, and the
    rows that are missing."""
    languages: list[str | None] = []
    missing = [np.empty(0, np.int64)]
    for stretch in _stretches(len(texts)):
        some = texts[stretch]
        vectors, lacking = cache.lookup(some)
        if drafted and len(lacking):
            vectors[lacking], still = cache.lookup([some[row] for row in lacking.tolist()], DRAFT)
            lacking = lacking[still]
        rows[stretch] = vectors
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
    drafts: Embedder | None,
) -> int:
    """Embed the texts of missing rows, each text once, by drafts where they are few; how many there
    were."""
    role = "passage"
    if drafts is not None and sum(len(texts[row]) for row in missing[:FEW].tolist()) <= FEW:
        embedder, role = drafts, DRAFT
    wanted = len({text_key(texts[row], role) for row in missing.tolist()})
    before = done = 0

    def count(so_far: int, _: int) -> None:
        nonlocal done
        done = before + so_far
        progress("embed", done, wanted)

    for stretch in _stretches(len(missing)):
        some = missing[stretch].tolist()
        vectors = embed_cached(embedder, cache, [texts[row] for row in some], role, count)
        for row, vector in zip(some, vectors, strict=True):
            rows[row : row + 1] = vector[None]
        before = done
    return done

"""A collection laid out on a plane while it is built, so that nobody waits for a map.

Card vectors lie near each other where works say the same; t-SNE (van der Maaten & Hinton 2008, by
FFT as Linderman et al. 2019) brings that to two dimensions, from their principal components, so
that equal vectors give an equal map. Regions are cut three deep, each within the one around it.
Must not know how a map is drawn.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cache.records import Resource
from cache.rows import FloatRows
from indexer.index.region_names import Words
from indexer.lazy import LazySequence
from search.index.map import CollectionMap, Region

Floats = NDArray[np.float32]

MOST_POINTS = 20_000
"""Points that a page can draw; in a larger collection those of highest standing."""

MOST_LISTS = 255
"""Lists told apart on a map; a point has one byte for its own."""

DEPTH = 3
"""Regions within regions."""

MOST_NEW = 0.05
"""Share of points without a known place that are laid among the others."""

_BESIDE = 10  # neighbours that say where a new point lies
_COMPONENTS = 50
_TOP = 12  # regions of the whole at most
_WITHIN = 8  # regions of a region at most
_SPLIT = 80  # members from which a region is cut
_PART = 20  # members that a part should have


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where n resources lie on a map: places (n, 2) in [0, 1], NaN for those that it does not show;
    the innermost region of each, a row of regions, -1 for none."""

    places: Floats
    region_of: NDArray[np.int32]
    regions: tuple[Region, ...] = ()

    @classmethod
    def nothing(cls, count: int) -> "Drawn":
        """Where count resources lie that no map shows."""
        return cls(np.full((count, 2), np.nan, np.float32), np.full(count, -1, np.int32))

    def of(self, rows: NDArray[np.int64]) -> "Drawn":
        """Those at rows; a negative row is a resource that the map does not show."""
        found = replace(Drawn.nothing(len(rows)), regions=self.regions)
        found.places[rows >= 0] = self.places[rows[rows >= 0]]
        found.region_of[rows >= 0] = self.region_of[rows[rows >= 0]]
        return found


def map_of(
    resources: Sequence[Resource],
    vectors: FloatRows,
    standing: Floats,
    known: Drawn | None = None,
    named: Sequence[Collection[str]] | None = None,
) -> tuple[CollectionMap, Drawn]:
    """The map of resources, and where they lie on it.

    vectors (n, dim) are of their cards, standing (n,) chooses among too many; named are the lists
    that name each, as its mentions say unless they are given. known is where they
    lie on a map of nearly the same resources: its places and regions are kept, and others laid
    beside what is most like them, unless they are many. Raises nothing: few resources give a line
    of points, none an empty map.
    """
    ordinals = np.arange(len(resources), dtype=np.int64)
    if len(resources) > MOST_POINTS:
        best = np.argsort(-standing, kind="stable")[:MOST_POINTS]
        ordinals = np.sort(best)
    numbered = ordinals.tolist()
    shown = LazySequence(len(numbered), lambda place: resources[numbered[place]])
    if named is None:
        named = LazySequence(len(resources), lambda row: _named(resources[row]))
    drawn = _drawn(vectors[ordinals], shown, None if known is None else known.of(ordinals))
    lists, list_of = _lists([sorted(named[ordinal]) for ordinal in numbered])
    pixels = np.round(drawn.places * 65535).astype(np.uint16)
    numbers = ordinals.astype(np.int32)
    chart = CollectionMap(numbers, pixels, drawn.region_of, list_of, drawn.regions, lists)
    rows = np.full(len(resources), -1, np.int64)
    rows[ordinals] = np.arange(len(ordinals))
    return chart, drawn.of(rows)


def _named(resource: Resource) -> Collection[str]:
    return {mention.list_id for mention in resource.mentions}


def _lists(named: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    """The lists that name most, and of each resource the largest of those named, that name it (the
    last of MOST_LISTS stands for all others)."""
    sizes = Counter(list_id for lists in named for list_id in lists)
    order = sorted(sizes, key=lambda list_id: (-sizes[list_id], list_id))
    row = {list_id: min(place, MOST_LISTS - 1) for place, list_id in enumerate(order)}
    rows = (min((row[list_id] for list_id in lists), default=0) for lists in named)
    return tuple(order[:MOST_LISTS]), np.fromiter(rows, np.uint8, len(named))


def _drawn(vectors: Floats, shown: Sequence[Resource], known: Drawn | None) -> Drawn:
    """Where all that a map shows lies: as known, where few are not, else laid out anew."""
    new = np.isnan(known.places[:, 0]) if known else np.ones(len(vectors), np.bool_)
    if known is None or np.count_nonzero(new) > MOST_NEW * len(new):
        places = layout(vectors)
        found, region_of = regions(places, Words(list(shown)))
        return Drawn(places, region_of, tuple(found))
    places, region_of, old = known.places, known.region_of, np.flatnonzero(~new)
    others = vectors[old]
    for row in np.flatnonzero(new).tolist():
        near = old[np.argsort(-(others @ vectors[row]), kind="stable")[:_BESIDE]]
        # openTSNE first lays points on a map that is done at the middle of the nearest
        places[row] = (places[near[0]] + np.median(places[near], axis=0)) / 2
        region_of[row] = region_of[near[0]]
    return Drawn(places, region_of, tuple(_counted(known.regions, places, region_of)))


def _counted(
    known: Sequence[Region], places: Floats, region_of: NDArray[np.int32]
) -> Iterable[Region]:
    """The regions with the middle and the number of the points that are in them now."""
    parent = np.array([region.parent for region in known], np.int32)
    members: list[list[NDArray[np.int64]]] = [[] for _ in known]
    inner = region_of
    while (inside := np.flatnonzero(inner >= 0)).size:
        order = inside[np.argsort(inner[inside], kind="stable")]
        found, starts = np.unique(inner[order], return_index=True)
        for row, some in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
            members[row].append(some)
        inner = np.where(inner >= 0, parent[inner], -1)
    for region, parts in zip(known, members, strict=True):
        here = np.concatenate([np.empty(0, np.int64), *parts])
        x, y = np.median(places[here], axis=0).tolist() if len(here) else (region.x, region.y)
        yield replace(region, x=round(x, 4), y=round(y, 4), count=len(here))


def layout(vectors: Floats) -> Floats:
    """Where (n, dim) unit vectors lie on the plane: (n, 2) in [0, 1]."""
    if len(vectors) < 3:
        return np.linspace(0.25, 0.75, 2 * len(vectors), dtype=np.float32).reshape(-1, 2)
    from sklearn.decomposition import PCA

    count = min(_COMPONENTS, len(vectors) - 1, vectors.shape[1])
    inner = PCA(count, svd_solver="covariance_eigh").fit_transform(vectors.astype(np.float64))
    plane = _spread(inner) if len(vectors) >= 10 else inner[:, :2]
    low, high = np.quantile(plane, (0.001, 0.999), axis=0)  # a few far outliers shrink nothing
    return np.asarray(np.clip((plane - low) / np.maximum(high - low, 1e-9), 0, 1), np.float32)


def _spread(inner: NDArray[np.float64]) -> NDArray[np.float64]:
    import openTSNE

    few = len(inner) <= 2000
    near = openTSNE.affinity.PerplexityBasedNN(
        inner,
        perplexity=min(30.0, len(inner) / 6),
        method="exact" if few else "annoy",
        n_jobs=1 if few else -1,
        random_state=0,
    )
    start = inner[:, :2] / max(1e-9, float(inner[:, 0].std())) * 1e-4
    plane = openTSNE.TSNEEmbedding(
        start,
        near,
        negative_gradient_method="bh" if few else "fft",
        n_jobs=1 if few else -1,
        random_state=0,
    )
    plane.optimize(n_iter=200, exaggeration=12, momentum=0.5, inplace=True)
    plane.optimize(n_iter=300, momentum=0.8, inplace=True)
    return np.asarray(plane, np.float64)


def regions(places: Floats, words: Words) -> tuple[list[Region], NDArray[np.int32]]:
    """The regions of (n, 2) places, those around before those within, and the innermost region of
    each place."""
    found: list[Region] = []
    region_of = np.full(len(places), -1, np.int32)
    everyone = np.arange(len(places))
    waiting = [(everyone, -1, 1, frozenset[str]())]
    while waiting:
        around, parent, depth, above = waiting.pop(0)
        taken = set(above)
        for members in _parts(places, around, _TOP if depth == 1 else _WITHIN):
            names = words.name(members.tolist(), around.tolist(), taken, 2 if depth == 1 else 1)
            taken.update(names.values())
            x, y = np.median(places[members], axis=0).tolist()
            region_of[members] = len(found)
            found.append(Region(names, round(x, 4), round(y, 4), len(members), depth, parent))
            if depth < DEPTH and len(members) >= _SPLIT:
                within = (members, len(found) - 1, depth + 1, above | set(names.values()))
                waiting.append(within)
    return found, region_of


def _parts(places: Floats, members: NDArray[np.int64], most: int) -> list[NDArray[np.int64]]:
    """members cut by k-means, the largest part first."""
    count = min(most, max(2, round(math.sqrt(len(members) / 2))), max(1, len(members) // _PART))
    if len(places) < 8 or count < 2:
        return [members] if len(members) else []
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):  # small sums: more threads only wait for one another
        label = KMeans(count, n_init=4, random_state=0).fit(places[members]).labels_
    parts = [members[label == number] for number in range(count)]
    return sorted(parts, key=lambda part: (-len(part), int(part[0])))

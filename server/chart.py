"""The map of a collection: its resources as points of a plane, near where they say the same.

Card vectors are laid out by t-SNE (van der Maaten & Hinton 2008) from their principal components,
by the components alone above SPREAD resources, and named by what tells each region's titles from
the others. Equal vectors give an equal map. Must not know HTTP or drawing.
"""

import math
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache.records import Resource
from search.ask.retrieve import first_rows
from search.engine import Engine
from search.text import STOP, spans, tokens

Floats = NDArray[np.float32]

SPREAD = 5_000
"""Resources up to which t-SNE is affordable (10 s)."""

MOST_POINTS = 20_000
"""Points that a page can draw; the first of a larger collection stand for it."""

_TOLD = 6  # tokens that a topic is named by
_BESIDE = 2  # characters that a name may grow by on each side
_LONGEST = 24  # characters of one word of a name
_KEPT = 2  # maps: the current generation's and the one before


class Charts:
    """Maps by generation, each made once, by one thread."""

    def __init__(self) -> None:
        """Nothing drawn yet."""
        self._lock = threading.Lock()
        self._made: dict[str, dict[str, Any]] = {}

    def chart(self, engine: Engine) -> dict[str, Any]:
        """`{"points", "topics"}` of the engine's generation."""
        digest = engine.collection.generation.manifest.digest
        with self._lock:
            if digest not in self._made:
                self._made[digest] = chart(engine)
                while len(self._made) > _KEPT:
                    del self._made[next(iter(self._made))]
            return self._made[digest]


def chart(engine: Engine) -> dict[str, Any]:
    """Points in [0, 1]² with their topics, and the topics with their names and middles."""
    ordinals = np.arange(min(engine.collection.catalog.count, MOST_POINTS))
    vectors = engine.collection.dense.reconstruct(first_rows(ordinals, engine.collection.catalog))
    records = engine.collection.catalog.records(ordinals.tolist())
    places = layout(vectors)
    groups = regions(places)
    points = [
        {
            "id": resource.id,
            "url": resource.url,
            "title": resource.title,
            "x": round(float(x), 4),
            "y": round(float(y), 4),
            "topic": int(group),
            "level": facts.level,
            "kind": resource.kind,
        }
        for (resource, facts), (x, y), group in zip(records, places, groups, strict=True)
    ]
    names = topic_names([resource for resource, _ in records], groups)
    return {"points": points, "topics": _topics(names, places, groups)}


def layout(vectors: Floats) -> Floats:
    """Where (n, dim) unit vectors lie on the plane: (n, 2) in [0, 1]."""
    if len(vectors) < 3:
        return np.linspace(0.25, 0.75, 2 * len(vectors), dtype=np.float32).reshape(-1, 2)
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # Small sums: more threads only wait for one another, and other requests want the cores.
    with threadpool_limits(1):
        plane = PCA(2, svd_solver="covariance_eigh").fit_transform(vectors.astype(np.float64))
        if 10 <= len(vectors) <= SPREAD:
            plane = _spread(vectors, plane)
    low, high = plane.min(0), plane.max(0)
    return np.asarray((plane - low) / np.maximum(high - low, 1e-9), np.float32)


def _spread(vectors: Floats, plane: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE

    start = plane / max(1e-9, float(plane[:, 0].std())) * 1e-4
    perplexity = min(30.0, len(vectors) / 6)
    rounds = 500 if len(vectors) <= 2000 else 300
    spread = TSNE(
        init=start, perplexity=perplexity, max_iter=rounds, random_state=0, n_jobs=1
    ).fit_transform(vectors)
    return np.asarray(spread, np.float64)


def regions(places: Floats) -> NDArray[np.int64]:
    """Which region of the plane each of (n, 2) places is in; 2 to 9 of them, the largest first."""
    if len(places) < 8:
        return np.zeros(len(places), np.int64)
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    count = min(9, max(2, round(math.sqrt(len(places) / 2))))
    with threadpool_limits(1):
        found = KMeans(count, n_init=8, random_state=0).fit(places).labels_
    sizes = Counter(found.tolist())
    order = sorted(sizes, key=lambda group: (-sizes[group], group))
    return np.array([order.index(group) for group in found.tolist()], np.int64)


def topic_names(resources: Sequence[Resource], groups: NDArray[np.int64]) -> list[str]:
    """One or two words for each topic, written as a title writes them."""
    words = [frozenset(tokens(resource.title)) - STOP for resource in resources]
    everywhere = Counter(token for found in words for token in found)
    names: list[str] = []
    for group in range(int(groups.max(initial=-1)) + 1):
        members = np.flatnonzero(groups == group).tolist()
        names.append(_name(members, words, everywhere, resources))
    return names


def _name(
    members: Sequence[int],
    words: Sequence[frozenset[str]],
    everywhere: Counter[str],
    resources: Sequence[Resource],
) -> str:
    """The words most of these share and few others have (weighted log-odds)."""
    here = Counter(token for member in members for token in words[member])
    share = len(members) / max(1, len(words))
    worth = {
        token: count * math.log((count / everywhere[token] + 0.05) / (share + 0.05))
        for token, count in here.items()
        if len(token) > 1 and any(c.isalpha() for c in token)
    }
    best = sorted(worth, key=lambda token: (-worth[token], token))[:_TOLD]
    return _as_written({token: worth[token] for token in best}, members, resources)


def _as_written(
    worth: Mapping[str, float], members: Sequence[int], resources: Sequence[Resource]
) -> str:
    """Two stretches of titles that say the most of worth; Chinese pairs that overlap are joined."""
    forms: dict[str, float] = {}
    for member in members:
        title = resources[member].title
        for start, end in spans(title, worth):
            form = title[start:end]
            said_by_it = sum(worth.get(token, 0.0) for token in set(tokens(form)))
            forms[form] = forms.get(form, 0.0) + said_by_it
    chosen: list[str] = []
    said: set[str] = set()
    for form in sorted(forms, key=lambda form: (-forms[form], form)):
        if len(form) <= _LONGEST and said.isdisjoint(tokens(form)) and len(chosen) < 2:
            chosen.append(_whole(form, [resources[member].title for member in members]))
            said.update(tokens(form))
    return " · ".join(chosen)


def _whole(form: str, titles: Sequence[str]) -> str:
    """form with the characters that always stand beside it: pairs may stop within a word."""
    if form.isascii():
        return form
    for _ in range(_BESIDE):
        befores = {t[t.find(form) - 1 : t.find(form)] for t in titles if form in t}
        afters = {t[t.find(form) + len(form) :][:1] for t in titles if form in t}
        before, after = (
            next(iter(found)) if len(found) == 1 else "" for found in (befores, afters)
        )
        if not any(c.isalpha() and not c.isascii() for c in before + after):
            break
        form = (before if before.isalpha() else "") + form + (after if after.isalpha() else "")
    return form


def _topics(names: Sequence[str], places: Floats, groups: NDArray[np.int64]) -> list[Any]:
    topics = []
    for number, name in enumerate(names):
        own = places[groups == number]
        x, y = np.median(own, axis=0).tolist()
        topics.append({"name": name, "x": round(x, 4), "y": round(y, 4), "count": len(own)})
    return topics

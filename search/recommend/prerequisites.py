"""Which of two topics has to be understood first, read off from what the collection holds.

Three signs, none of which needs a language model. What is taught stands under what is researched:
around a basic topic lie chapters and references, around an advanced one papers and software, and
they are younger. A topic whose neighbours keep naming another leans on it (reference distance:
Liang et al. 2015). Curators' sections put basics first. Every topic gets one number from the sum
of its signs, so that an order never has cycles. Must not know what topics are used for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cache.records import KINDS, Entry
from search.arrays import Floats, Ordinals
from search.collection import Collection
from search.text import query_tokens
from search.title_words import title_tokens

TAUGHT: Sequence[tuple[tuple[str, ...], float]] = (
    (("survey",), 1.0),
    (("reference",), 1.0),
    (("course", "book"), 0.5),
    (("paper",), -1.0),
    (("tool", "code"), -1.0),
    (("dataset",), -0.5),
)
"""What it says of a topic that more of these lie around it than elsewhere."""

AGE, NAMED, PLACED = 0.25, 1.0, 0.5
"""Weights of the other signs: years, reference distance, order of sections. All were set by hand;
between 10 and 50 neighbours the whole is right in .71 to .79 of TutorialBank's pairs."""

NEAR = 20
"""Resources that a topic is judged by."""

AROUND = 100
"""Resources in whose titles other topics are looked for."""


@dataclass(frozen=True)
class Topic:
    """A topic, the resources around it (nearest first) and how basic those say it is."""

    name: str
    around: Ordinals
    basic: float
    titles: tuple[frozenset[str], ...]
    places: Mapping[str, float]

    @cached_property
    def words(self) -> frozenset[str]:
        """The tokens that name it."""
        return frozenset(query_tokens(self.name))


def order_of(collection: Collection, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """For each pair how strongly the first comes before the second; negative: after, 0: unknown."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    topics = dict(zip(names, topics_of(collection, names), strict=True))
    return [evidence(topics[first], topics[second]) for first, second in pairs]


def ordered(collection: Collection, names: Sequence[str]) -> list[str]:
    """Topics, each before what needs it; equal ones in the order given."""
    topics = topics_of(collection, names)
    basic = [sum(evidence(topic, other) for other in topics) for topic in topics]
    return [names[i] for i in np.argsort(-np.array(basic), kind="stable")]


def evidence(first: Topic, second: Topic) -> float:
    """How strongly first comes before second, in standard deviations of chance, about."""
    named = _distance(first, second)
    return first.basic - second.basic + NAMED * named + PLACED * _placed(first, second)


def topics_of(collection: Collection, names: Sequence[str]) -> list[Topic]:
    """Names with what lies around them in the collection."""
    if not names:
        return []
    raw = collection.embedder.encode_queries(list(names))
    vectors = np.stack(
        [collection.centres.centre_query(v, n) for v, n in zip(raw, names, strict=True)]
    )
    around = neighbours(collection, vectors, AROUND)
    basic = basicness(collection, [nearest[:NEAR] for nearest in around])
    return [
        Topic(name, nearest, basic, *_told(collection, nearest))
        for name, nearest, basic in zip(names, around, basic.tolist(), strict=True)
    ]


def neighbours(collection: Collection, vectors: Floats, count: int) -> list[Ordinals]:
    """The resources nearest to each of (n, dim) vectors, each once, nearest first."""
    resources = collection.catalog.row_resources
    nearest = collection.dense.search(vectors, 2 * count)
    return [
        np.array(list(dict.fromkeys(resources[rows].tolist()))[:count], np.int64)
        for _, rows in nearest
    ]


def basicness(collection: Collection, around: Sequence[Ordinals]) -> Floats:
    """How basic each set of resources is: by how many standard deviations of chance there is more
    teaching in it than research, and how old it is."""
    figures = collection.catalog.figures
    shares = np.bincount(figures["kind"], minlength=len(KINDS) + 1) / max(1, len(figures))
    years = figures["published"] // 10_000
    dated = years[years > 0]
    mean, spread = (dated.mean(), max(1.0, dated.std())) if len(dated) else (0.0, 1.0)
    return np.array(
        [
            _taught(figures["kind"][ordinals], shares) + AGE * _age(years[ordinals], mean, spread)
            for ordinals in around
        ],
        np.float32,
    )


def _taught(kinds: NDArray[np.uint8], shares: NDArray[np.float64]) -> float:
    total = 0.0
    for names, worth in TAUGHT:
        codes = [KINDS.index(name) + 1 for name in names]
        usual = float(shares[codes].sum())
        chance = (usual * (1 - usual) / max(1, len(kinds))) ** 0.5
        if chance:
            total += worth * (float(np.isin(kinds, codes).mean()) - usual) / chance
    return total


def _age(years: NDArray[np.int32], mean: float, spread: float) -> float:
    dated = years[years > 0]
    return float((mean - dated.mean()) / spread * len(dated) ** 0.5) if len(dated) else 0.0


def _distance(first: Topic, second: Topic) -> float:
    """Reference distance: how much more second's surroundings name first than the other way."""
    needs = sum(first.words <= title for title in second.titles)
    serves = sum(second.words <= title for title in first.titles)
    return float((needs - serves) / (needs + serves + 1) ** 0.5)


def _placed(first: Topic, second: Topic) -> float:
    """In how many more lists first stands above second than below."""
    shared = first.places.keys() & second.places.keys()
    signs = sum(np.sign(second.places[name] - first.places[name]) for name in shared)
    return float(signs / max(1, len(shared)) ** 0.5)


def _told(
    collection: Collection, around: Ordinals
) -> tuple[tuple[frozenset[str], ...], Mapping[str, float]]:
    resources = collection.catalog.resources(around.tolist())
    titles = tuple(title_tokens(resource.title) for resource in resources)
    return titles, _places([e for r in resources[:NEAR] for e in r.mentions if e.section])


def _places(mentions: Sequence[Entry]) -> dict[str, float]:
    """Where a topic stands in each list that has at least two entries on it: the median."""
    positions: dict[str, list[int]] = {}
    for entry in mentions:
        positions.setdefault(entry.list_id, []).append(entry.position)
    return {name: float(np.median(at)) for name, at in positions.items() if len(at) > 1}

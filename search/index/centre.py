"""Take the language out of a vector, so that a question finds texts by what they say.

Multilingual encoders put texts of one language near each other (self language bias: Yang et al.
2021, "A Simple and Effective Method To Eliminate the Self Language Bias in Multilingual
Representations"). From each passage its language's mean is taken, from a question its language's
mean question, which lies between everyday questions and this collection's own sentences; where one
language is alone most of it is given back. Must not know FAISS, resources or models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.rows import FloatRows
from search.arrays import Vectors
from search.text import language_of

KEPT = 0.7
"""Share of the collection's common mean that is given back where one language is alone. Tried 0 to
1 on five one-language collections: sum of nDCG@10 2.84 at 1, 2.86 at .7, 2.85 at .5, 2.81 at 0."""

MIXED = 0.15
"""Mix of languages (Simpson's index: chance that two passages differ in language) from which
nothing is given back: on collections that mix, every share kept costs (.69 at 0, .52 at .7)."""

PRIOR_COUNT = 20
"""Passages' worth of trust in the background mean where a language has few passages."""

TOLD = 0.01
"""Share of passages from which a language tells whether centres still fit."""

BELOW = 4.0
"""Spreads under the mean at which the scale of similarity begins: about where questions find the
least similar passage, so that scores are seldom below 0."""

ASKED = 0.5
"""How far the mean question of a language moves from everyday questions towards this collection's
own first sentences, asked as questions. nDCG@10 fused at 0, .5 and 1: awesome-desc-en .404, .414,
.402; cranfield .557, .563, .565; scifact-train .726, .733, .738; vaswani .463, .462, .458."""

NEAREST = 5
"""Nearest rows whose mean cosine tells how near a question comes to what there is."""

STRETCH = 16_384
"""Passages compared at once with the everyday questions."""

SAMPLE = 1000
"""Passages that stand for all where the spread is measured."""

BACKGROUND = Path(__file__).with_name("background.txt")


class Encoder(Protocol):
    """What measuring needs of an Embedder."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit vectors."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit vectors."""


@dataclass(frozen=True, slots=True)
class Background:
    """Means of everyday questions by language, embedded as questions and as passages: (dim,)."""

    queries: Mapping[str, Vectors]
    passages: Mapping[str, Vectors]

    def asked(self, sentences: Sequence[str], encoder: Encoder) -> "Background":
        """Its means, those of questions moved towards sentences of a collection."""
        vectors = encoder.encode_queries(sentences)
        languages = np.array([language_of(sentence) or "" for sentence in sentences])
        moved = dict(self.queries)
        for language in sorted(set(languages.tolist()) & set(moved)):
            own = vectors[languages == language]
            total = own.sum(0, dtype=np.float64) + PRIOR_COUNT * moved[language]
            mean = total / (len(own) + PRIOR_COUNT)
            moved[language] = ((1 - ASKED) * moved[language] + ASKED * mean).astype(np.float32)
        return replace(self, queries=moved)


@dataclass(frozen=True, slots=True)
class Centres:
    """What is taken from passages and from questions, by language; `""` is any other language.

    spread is the standard deviation of the cosine between two passages of this collection, both
    centred: the unit in which similarity is told; chance, where it begins, lies BELOW of them under
    their mean, since a question is farther from passages than they are from one another. shares
    says how much of the collection is in each language; everyday, by language, how near everyday
    questions come to it: the mean over them of the mean cosine of their NEAREST passages.
    """

    passages: Mapping[str, Vectors]
    queries: Mapping[str, Vectors]
    spread: float = 1.0
    chance: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    everyday: Mapping[str, float] = field(default_factory=dict)

    def centre_passages(self, vectors: Vectors, languages: Sequence[str | None]) -> Vectors:
        """(n, dim) unit vectors with their languages' centres taken out, unit again."""
        other = self.passages[""]
        return _unit(
            vectors - np.stack([self.passages.get(name or "", other) for name in languages])
        )

    def uncentred(self, vectors: Vectors, languages: Sequence[str | None]) -> Vectors:
        """(n, dim) unit vectors as the model made them, from what centre_passages gave.

        A centred vector u is (v - c) / t for a unit vector v, so that |t u + c| = 1 tells t.
        """
        other = self.passages[""]
        centres = np.stack([self.passages.get(name or "", other) for name in languages])
        along = np.einsum("ij,ij->i", vectors, centres)
        rest = 1 - np.einsum("ij,ij->i", centres, centres)
        lengths = np.sqrt(np.maximum(0, along * along + rest)) - along
        return np.asarray(vectors * lengths[:, None] + centres, np.float32)

    def centre_query(self, vector: Vectors, text: str) -> Vectors:
        """One (dim,) question vector centred by the language text is written in."""
        centre = self.queries.get(language_of(text) or "", self.queries[""])
        return np.asarray(_unit((vector - centre)[None])[0], np.float32)

    def measured(self, passages: FloatRows, questions: Mapping[str, Vectors]) -> "Centres":
        """These centres with the spread of passages and how near everyday questions come.

        passages are (n, dim) and centred; questions (m, dim) everyday ones by language, as
        embedded.
        """
        sample = passages[:: max(1, len(passages) // SAMPLE)]
        cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
        if not len(cosines):
            return self
        spread = max(1e-3, float(cosines.std(dtype=np.float64)))
        chance = float(cosines.mean(dtype=np.float64)) - BELOW * spread
        return replace(self, spread=spread, chance=chance, everyday=self._near(passages, questions))

    def _near(self, passages: FloatRows, questions: Mapping[str, Vectors]) -> Mapping[str, float]:
        """How near questions by language come to centred passages."""
        sizes = [len(vectors) for vectors in questions.values()]
        other = self.queries[""]
        queries = np.concatenate(
            [_unit(vectors - self.queries.get(name, other)) for name, vectors in questions.items()]
        )
        best = np.full((len(queries), NEAREST), -np.inf, np.float32)
        for start in range(0, len(passages), STRETCH):
            cosines = queries @ passages[start : start + STRETCH].T
            best = -np.partition(-np.hstack([best, cosines]), NEAREST - 1, axis=1)[:, :NEAREST]
        means = np.where(np.isfinite(best), best, 0).sum(1) / min(NEAREST, len(passages))
        parts = np.split(means, np.cumsum(sizes)[:-1])
        return {name: float(part.mean()) for name, part in zip(questions, parts, strict=True)}

    def save(self, path: Path) -> None:
        """Write to path as one .npz without pickles."""
        with path.open("wb") as out:
            np.savez(
                out,
                passage_languages=np.array(list(self.passages)),
                passage_centres=np.stack(list(self.passages.values())),
                query_languages=np.array(list(self.queries)),
                query_centres=np.stack(list(self.queries.values())),
                spread=self.spread,
                chance=self.chance,
                share_languages=np.array(list(self.shares), np.str_),
                shares=np.array(list(self.shares.values()), np.float64),
                everyday_languages=np.array(list(self.everyday), np.str_),
                everyday=np.array(list(self.everyday.values()), np.float64),
            )

    @classmethod
    def load(cls, file: Path | BinaryIO) -> "Centres":
        """Read what save wrote."""
        arrays = npy.read_all(file)
        return cls(
            dict(zip(arrays["passage_languages"].tolist(), arrays["passage_centres"], strict=True)),
            dict(zip(arrays["query_languages"].tolist(), arrays["query_centres"], strict=True)),
            float(arrays["spread"]),
            float(arrays["chance"]),
            _named(arrays, "share_languages", "shares"),
            _named(arrays, "everyday_languages", "everyday"),
        )


def background_questions() -> dict[str, list[str]]:
    """The everyday questions that ship with nextread, by language."""
    questions: dict[str, list[str]] = {}
    for line in BACKGROUND.read_text("utf-8").splitlines():
        language, question = line.split("\t", 1)
        questions.setdefault(language, []).append(question)
    return questions


def everyday_questions(encoder: Encoder) -> dict[str, Vectors]:
    """The background questions under encoder, (n, dim) by language."""
    return {
        language: encoder.encode_queries(texts)
        for language, texts in background_questions().items()
    }


def embed_background(encoder: Encoder) -> Background:
    """Means of the background questions under encoder."""
    questions = background_questions()
    everyday = everyday_questions(encoder)
    return Background(
        {language: _mean(vectors) for language, vectors in everyday.items()},
        {language: _mean(encoder.encode_passages(texts)) for language, texts in questions.items()},
    )


class Census:
    """Sums of passage vectors by language, fed in pieces so that no corpus need fit in memory."""

    def __init__(self, dim: int) -> None:
        """Start empty."""
        self._dim = dim
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._counts: dict[str, int] = {}

    def add(self, vectors: Vectors, languages: Sequence[str | None]) -> None:
        """Count (n, dim) vectors, one language each."""
        names = np.array([language or "" for language in languages])
        for name in sorted(set(names.tolist())):
            chosen = vectors[names == name]
            zero = np.zeros(self._dim)
            self._sums[name] = self._sums.get(name, zero) + chosen.sum(0, dtype=np.float64)
            self._counts[name] = self._counts.get(name, 0) + len(chosen)

    @property
    def count(self) -> int:
        """How many vectors were counted."""
        return sum(self._counts.values())

    def __add__(self, other: "Census") -> "Census":
        """What both counted."""
        both = Census(self._dim)
        for one in (self, other):
            for name, total in one._sums.items():
                both._sums[name] = both._sums.get(name, np.zeros(self._dim)) + total
                both._counts[name] = both._counts.get(name, 0) + one._counts[name]
        return both

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What of takes."""
        sums = np.array([self._sums[name] for name in self._sums]).reshape(-1, self._dim)
        counts = np.array([self._counts[name] for name in self._sums], np.int64)
        return {"languages": np.array(list(self._sums), np.str_), "sums": sums, "counts": counts}

    @classmethod
    def of(cls, held: Mapping[str, NDArray[Any]]) -> "Census":
        """What arrays gave. Raises KeyError or ValueError."""
        census, names = cls(held["sums"].shape[1]), held["languages"].tolist()
        census._sums = dict(zip(names, held["sums"], strict=True))
        census._counts = dict(zip(names, held["counts"].tolist(), strict=True))
        return census

    def centres(self, background: Background) -> Centres:
        """What to take out, given where everyday topics lie."""
        domain = self._domain(background)
        everyday = _mean(np.stack(list(background.passages.values())))
        passages = {"": everyday + domain}
        for language in sorted(set(self._sums) | set(background.passages)):
            expected = background.passages.get(language, everyday) + domain
            total = self._sums.get(language, 0) + PRIOR_COUNT * expected
            passages[language] = total / (self._counts.get(language, 0) + PRIOR_COUNT)
        queries = {"": _mean(np.stack(list(background.queries.values()))), **background.queries}
        return Centres(self._lowered(passages), self._lowered(queries), shares=self._shares())

    def turn(self, held: Centres, now: Centres) -> float:
        """Degrees by which the passages of a language, as they lie on the whole, would turn if held
        centres were taken from them instead of those of now: the most of any language that TOLD
        of the passages are in."""
        turns = [0.0]
        for language, share in self._shares().items():
            if share >= TOLD:
                centre = now.passages.get(language, now.passages[""]).astype(np.float64)
                mean = self._sums[language] / self._counts[language]
                length = np.sqrt(max(1e-12, 1 - 2 * float(mean @ centre) + float(centre @ centre)))
                moved = centre - held.passages.get(language, held.passages[""])
                turns.append(float(np.degrees(np.arctan2(np.linalg.norm(moved), length))))
        return max(turns)

    def _lowered(self, means: Mapping[str, Any]) -> dict[str, Vectors]:
        """The means less what is given back of their blend, alike on both sides."""
        shares = self._shares()
        blend = sum(
            (share * means.get(name, means[""]) for name, share in shares.items()),
            np.zeros(self._dim),
        )
        mix = 1 - sum(share * share for share in shares.values())
        share_back = KEPT * max(0.0, 1 - mix / MIXED)
        return {
            name: (mean - share_back * blend).astype(np.float32) for name, mean in means.items()
        }

    def _shares(self) -> dict[str, float]:
        """Share of each language among the passages counted."""
        total = max(1, sum(self._counts.values()))
        return {language: self._counts[language] / total for language in sorted(self._counts)}

    def _domain(self, background: Background) -> NDArray[np.float64]:
        """How far this collection lies from everyday topics, pooled over the known languages."""
        languages = [language for language in sorted(self._sums) if language in background.passages]
        count = sum(self._counts[language] for language in languages)
        moved = np.zeros(self._dim)
        for language in languages:
            moved += self._sums[language] - self._counts[language] * background.passages[language]
        return moved / (count + PRIOR_COUNT)


def _named(arrays: Any, names: str, values: str) -> dict[str, float]:
    """Two arrays of a file as a mapping; empty where an older version wrote it without them."""
    if names not in arrays:
        return {}
    return dict(zip(arrays[names].tolist(), arrays[values].tolist(), strict=True))


def _mean(vectors: Vectors) -> Vectors:
    return np.asarray(vectors.mean(0, dtype=np.float64), dtype=np.float32)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)

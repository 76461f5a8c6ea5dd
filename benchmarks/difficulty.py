"""How well difficulty and stars are estimated: cross-validation, written to docs/difficulty.md.

usage: python -m benchmarks.difficulty [--data ../shared/data] [--home HOME] [--repeats 10]

Every figure is of rows the fit had not seen. The figures that flatter are named as such, beside the
ones that cannot.
"""

import argparse
import csv
import itertools
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks import levels
from cache.layout import Layout
from cache.records import Entry, Facts, Resource
from cache.vectors import VectorCache
from indexer.estimate import difficulty
from indexer.estimate.difficulty import DIFFICULTY, STARS, Shelf, Target
from indexer.estimate.levels import Weights
from indexer.index.cards import card_text
from indexer.resources.facts import facts_of
from indexer.resources.merge import merge
from search.models.embed import DEFAULT_MODEL, builder, embed_cached

Floats = NDArray[np.float64]
Predict = Callable[[list[float | None], NDArray[np.intp]], tuple[Floats, Floats]]
"""(values with the judged rows hidden, judged rows) -> means and variances of all rows."""

ROOT = Path(__file__).parents[1]
FOLDS = 10

MANY = 5
"""Rows of gold on a list from which what ships is not learned here."""


@dataclass(frozen=True)
class Rated:
    """Rated resources with all that the estimators may look at."""

    resources: list[Resource]
    vectors: NDArray[np.float32]
    hard: Shelf
    good: Shelf
    difficulty: Floats
    stars: Floats


@dataclass(frozen=True)
class Figures:
    """accuracy of the rounded means, Spearman's rho, both averaged over repeats; and all rows."""

    accuracy: float
    spearman: float
    means: Floats
    variances: Floats
    truth: Floats


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--home", type=Path, help="whose vectors are used and kept")
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        layout = Layout(arguments.home or Path(scratch))
        embedder = builder(DEFAULT_MODEL, layout)
        with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as cache:
            encode = partial(embed_cached, embedder, cache)
            entries = _gold(arguments.data / "lists/ratings-gold.tsv")
            labelled = _unseen(levels.read(arguments.data, encode), entries)
            gold = _rated(entries, encode, _weights(labelled))
    report = "\n".join(_report(gold, arguments.repeats))
    print(report)
    (ROOT / "docs/difficulty.md").write_text(report, "utf-8")


def _unseen(labelled: levels.Labelled, entries: Sequence[Entry]) -> levels.Labelled:
    """The works that stand on no list that names MANY of the entries, and are none of them."""
    urls = {entry.url for entry in entries}
    named = Counter(
        m.list_id for work in labelled.resources for m in work.mentions if m.url in urls
    )
    barred = {name for name, count in named.items() if count >= MANY}
    kept = [
        not any(m.url in urls or m.list_id in barred for m in work.mentions)
        for work in labelled.resources
    ]
    return levels.some(labelled, np.flatnonzero(kept))


def _weights(labelled: levels.Labelled) -> Weights:
    """What would ship if those were all."""
    learned = levels.learn(labelled, np.arange(len(labelled.level)), vectors=True)
    low, high = levels.cuts(labelled, levels.validated(labelled, vectors=True))
    learned = levels.stretched(learned, low, high)
    return Weights(learned.start, learned.clues, learned.vector)


def _report(gold: Rated, repeats: int) -> Iterator[str]:
    yield HEAD
    yield from _table("Difficulty", DIFFICULTY, gold.hard, gold.difficulty, gold, repeats)
    yield from _table("Stars", STARS, gold.good, gold.stars, gold, repeats)
    yield TRIED
    yield "## Calibration\n"
    for name, shelf, target, truth in (
        ("difficulty", gold.hard, DIFFICULTY, gold.difficulty),
        ("stars", gold.good, STARS, gold.stars),
    ):
        figures = _validate(_with(shelf, target, gold), truth, target, repeats)
        yield from _calibration(name, figures, target)
    yield FOOT


def _table(
    name: str, target: Target, shelf: Shelf, truth: Floats, gold: Rated, repeats: int
) -> Iterator[str]:
    yield f"## {name}: {len(truth)} rows of ratings-gold.tsv\n"
    yield "| estimate | accuracy | Spearman |\n|---|---|---|"
    majority = Counter(truth.tolist()).most_common(1)[0][1] / len(truth)
    yield f"| always the most common value | {majority:.3f} | |"
    silent = replace(shelf, wording=np.zeros_like(shelf.wording))
    none: list[float | None] = [None] * len(truth)
    runs: Sequence[tuple[str, Predict]] = (
        ("plain ridge over the vectors", _ridge(gold.vectors)),
        ("neighbours only: nothing said beforehand", _with(silent, target, gold)),
        ("nothing learned from this list", lambda _, judged: _means(shelf, target, none, gold)),
        ("**shipped**", _with(shelf, target, gold)),
        ("shipped, beliefs chosen anew", _nested(shelf, target, gold)),
    )
    for label, predict in runs:
        figures = _validate(predict, truth, target, 2 if "anew" in label else repeats)
        yield f"| {label} | {figures.accuracy:.3f} | {figures.spearman:.3f} |"
    figures = _validate(_with(shelf, target, gold), truth, target, 1, _by_section(gold))
    yield (
        f"| shipped, a whole section judged at a time | {figures.accuracy:.3f} |"
        f" {figures.spearman:.3f} |"
    )
    if target is STARS:
        rho = _spearman(_beside(truth), truth)
        yield f"| not used: mean of the rows above and below in the list | | {rho:.3f} |"
    yield ""


def _beside(truth: Floats) -> Floats:
    padded = np.concatenate([truth[1:2], truth, truth[-2:-1]])
    return (padded[:-2] + padded[2:]) / 2


def _validate(
    predict: Predict,
    truth: Floats,
    target: Target,
    repeats: int,
    folds: Sequence[NDArray[np.intp]] | None = None,
) -> Figures:
    accuracies, spearmans, kept = [], [], []
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(len(truth))
        means, variances = np.zeros(len(truth)), np.zeros(len(truth))
        for judged in folds or [order[start::FOLDS] for start in range(FOLDS)]:
            hidden = set(judged.tolist())
            values = [None if row in hidden else float(v) for row, v in enumerate(truth)]
            found = predict(values, judged)
            means[judged], variances[judged] = found[0][judged], found[1][judged]
        accuracies.append(np.mean(_rounded(means, target) == truth))
        spearmans.append(_spearman(means, truth))
        kept.append((means, variances, truth))
    columns = map(np.concatenate, zip(*kept, strict=True))
    return Figures(float(np.mean(accuracies)), float(np.mean(spearmans)), *columns)


def _with(shelf: Shelf, target: Target, rated: Rated) -> Predict:
    return lambda values, judged: _means(shelf, target, values, rated)


def _means(
    shelf: Shelf, target: Target, values: Sequence[float | None], rated: Rated
) -> tuple[Floats, Floats]:
    chunks = list(difficulty.regress(shelf, target, values, rated.vectors))
    return np.concatenate([c[0] for c in chunks]), np.concatenate([c[1] for c in chunks])


def _ridge(vectors: NDArray[np.float32]) -> Predict:
    def predict(values: list[float | None], judged: NDArray[np.intp]) -> tuple[Floats, Floats]:
        known = np.array([row for row, value in enumerate(values) if value is not None])
        truth = np.array([values[row] for row in known], dtype=float)
        kernel = vectors.astype(float) @ vectors[known].T
        weights = np.linalg.solve(kernel[known] + 0.1 * np.eye(len(known)), truth - truth.mean())
        means = truth.mean() + kernel @ weights
        return means, np.ones_like(means)

    return predict


def _nested(shelf: Shelf, target: Target, rated: Rated) -> Predict:
    """Beliefs with the least squared error in five folds of the unjudged rows."""
    step, spread = target.said
    choices = [
        replace(target, said=(step * p, spread), vector=target.vector * v, group=target.group * g)
        for p, v, g in itertools.product((0.67, 1.5), (0.5, 2), (0.5, 2))
    ]

    def predict(values: list[float | None], judged: NDArray[np.intp]) -> tuple[Floats, Floats]:
        known = [row for row, value in enumerate(values) if value is not None]

        def error(choice: Target) -> float:
            total = 0.0
            for start in range(5):
                inner = set(known[start::5])
                seen = [None if row in inner else value for row, value in enumerate(values)]
                means, _ = _means(shelf, choice, seen, rated)
                total += sum((means[row] - (values[row] or 0)) ** 2 for row in inner)
            return total

        return _means(shelf, min(choices, key=error), values, rated)

    return predict


def _by_section(rated: Rated) -> list[NDArray[np.intp]]:
    names = [resource.mentions[0].section[-1] for resource in rated.resources]
    return [np.flatnonzero([name == one for name in names]) for one in sorted(set(names))]


def _calibration(name: str, figures: Figures, target: Target) -> Iterator[str]:
    means = np.clip(figures.means, target.least, target.most)
    sure = difficulty.confidence(means, figures.variances, target)
    yield f"| confidence of {name} | said | right |\n|---|---|---|"
    edges = np.quantile(sure, np.linspace(0, 1, 5))
    for low, high in itertools.pairwise(edges):
        rows = (sure >= low) & (sure <= high)
        right = np.mean(_rounded(means[rows], target) == figures.truth[rows])
        yield f"| {low:.2f} to {high:.2f} | {sure[rows].mean():.2f} | {right:.2f} |"
    right = np.mean(_rounded(means, target) == figures.truth)
    yield f"| all | {sure.mean():.2f} | {right:.2f} |\n"


def _gold(path: Path) -> list[Entry]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [_gold_entry(position, *row.values()) for position, row in enumerate(rows)]


def _gold_entry(position: int, *row: str) -> Entry:
    _, section, url, title, source, date, stars, level, note = row
    title = re.sub(r"\\(.)", r"\1", title)
    return Entry(
        "gold", url, title, note, (section,), position, source, date, int(stars), int(level)
    )


def _rated(
    entries: list[Entry],
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
    shipped: Weights,
) -> Rated:
    resources = merge(entries)
    facts: list[Facts] = [facts_of(resource, None) for resource in resources]
    cards = [card_text(r, f, ()) for r, f in zip(resources, facts, strict=True)]
    vectors = encode(cards)
    return Rated(
        resources,
        vectors,
        *difficulty.shelves(resources, facts, {}, shipped, vectors),
        np.array([fact.difficulty for fact in facts], dtype=float),
        np.array([fact.rating or 0 for fact in facts], dtype=float),
    )


def _rounded(means: Floats, target: Target) -> Floats:
    return np.clip(np.floor(means + 0.5), target.least, target.most)


def _spearman(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


HEAD = """# Difficulty and stars where nobody rated

Written by `python -m benchmarks.difficulty`; do not edit.

One Bayesian linear regression for each. It starts from the level that ships (docs/levels.md), for
stars from words of praise and the length of the note; the rest it learns from rated resources of
the collection, by vector, list, section and author. Confidence is the chance that the rounded
estimate is what the curator said.

Ten folds, repeated with other shuffles; every figure is of rows hidden from the fit, averaged over
the repeats. What ships was learned anew for this table without these works and without the lists
that name many of them. The *beliefs* were set on these rows; the line "chosen anew" picks them from
the unjudged rows of each fold. All rows are one curator's, on one topic: another list may do worse.
Nothing looks at the place in the list: this one is sorted by stars within its sections, and place
alone would give them away.
"""

TRIED = """## Tried and left out

Measured on the way to the table above, on the same rows, five or ten times ten folds; some with
earlier versions of the word table, so each is to be read against the figure in brackets. Difficulty
unless said; accuracy / Spearman.

| what | figures |
|---|---|
| ridge over vectors of the question side of the model | .539 / .512 (passage side .523 / .466) |
| vectors, fitted word groups, section, author, length | .547 / .542 |
| vectors, tf-idf of words, section, author, length | .531 / .556 |
| an axis between embedded "easy" and "hard" phrases, no ratings | Spearman .515 |
| that axis beside the word table | .556 / .617 (.579 / .623 without) |
| cut points by ordinal regression | .545 / .584 (.564 / .592 by rounding) |
| estimates stretched by 1.3 before rounding | accuracy .561 to .625, up as often as down |
| stars without the length of the note | Spearman .446 (.539 with it) |
| vectors less part of their mean, as centring by language does | no change |
"""

FOOT = """No labelled set has page texts; of those formulas, what is assumed and what is
taught from nothing count, with weights set by hand that nothing here measures.
"""


if __name__ == "__main__":
    main()

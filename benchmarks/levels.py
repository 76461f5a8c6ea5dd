"""How well levels hold on lists that were not learned from; with --ship, learn what ships.

usage: python -m benchmarks.levels [--data ../shared/data] [--home HOME] [--ship] [--plot FILE]

Labelled are the works of DATA/library/levels.tsv and of levels.tsv beside this file. Every figure
is of works on lists whose every other work was kept from the fit: a work that stands on a list of
the test is not learned from either. Writes docs/levels.md, with --ship also what ships.
"""

import argparse
import csv
import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.stated_hours import report
from cache.layout import Layout
from cache.records import Resource
from cache.vectors import VectorCache
from indexer.estimate import difficulty, level_cues, levels
from indexer.estimate.bayes import fit
from indexer.estimate.clues import clues_of
from indexer.index.cards import card_text
from indexer.lists.parse import read_list
from indexer.resources.facts import facts_of
from indexer.resources.merge import merge
from search.models.embed import DEFAULT_MODEL, builder, embed_cached

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

ROOT = Path(__file__).parents[1]
OWN = Path(__file__).with_name("levels.tsv")
TRIED = Path(__file__).with_name("levels_notes.md")

FOLDS, REPEATS = 10, 3

KINDS = {
    "paper": 0.7,
    "survey": 0.5,
    "book": 0.2,
    "talk": -0.2,
    "video": -0.2,
    "tutorial": -0.35,
}
"""Levels that a kind is believed to be worth before anything is seen."""

HEADING, POINT = 0.5, 0.15
"""The same for a level that a heading names, and for a point of level_cues."""

DEVIATIONS = {"title:": 0.15, "note:": 0.15, "at:": 0.1, "": 0.3}
"""How far a clue may be from what is believed of it, by how it begins."""

VECTOR, START = 0.8, 3.0
NOISE = (0.33, 0.15)
"""Variance of a judged level, and of whether there is something to learn."""

EVEN = 0.6
"""How far classes are evened out: 0 as they come, 1 as if there were as many of each level."""

LEAST = {"title:": 8, "note:": 10, "at:": 8, "": 3}
"""Labelled works that must have a clue for it to be learned."""

TELLING = 0.05
"""Weight below which a clue does not ship."""


@dataclass(frozen=True)
class Labelled:
    """Works, each with its level (0: nothing to learn from), clues and raw vector; and whether it
    is one of those that figures are of."""

    resources: Sequence[Resource]
    level: NDArray[np.int64]
    clues: Sequence[Mapping[str, float]]
    vectors: NDArray[np.float32]
    judged: NDArray[np.bool_]

    @property
    def lists(self) -> list[frozenset[str]]:
        """The lists that name each work."""
        return [frozenset(m.list_id for m in work.mentions) for work in self.resources]


@dataclass(frozen=True)
class Learned:
    """Weights of named clues and of vectors, columns level and matter."""

    start: Floats
    clues: dict[str, Floats]
    vector: Floats

    def __call__(self, clues: Sequence[Mapping[str, float]], vectors: Floats) -> Floats:
        """(n, 2) level and matter."""
        weights = levels.Weights(self.start, self.clues, self.vector)
        return np.stack([weights.of_clues(each) for each in clues]) + weights.of_vectors(vectors)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--home", type=Path, help="whose vectors are used and kept")
    parser.add_argument("--ship", action="store_true")
    parser.add_argument("--plot", type=Path, help="where calibration is drawn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        layout = Layout(arguments.home or Path(scratch))
        embedder = builder(DEFAULT_MODEL, layout)
        with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as cache:
            labelled = read(arguments.data, partial(embed_cached, embedder, cache))
    held = {vectors: validated(labelled, vectors) for vectors in (True, False)}
    if arguments.ship:
        ship(labelled, held, embedder.model_id)
    lines = [*_report(labelled, held, arguments.plot)]
    value = _levels(labelled, held[True])
    lines += report(arguments.data, embedder, labelled.resources, labelled.level, value)
    report_text = "\n".join([*lines, TRIED.read_text("utf-8")])
    print(report_text)
    (ROOT / "docs/levels.md").write_text(report_text, "utf-8")


def read(data: Path, encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> Labelled:
    """The labelled works of the 47 lists, as merging them makes them."""
    paths = [*sorted((data / "lists").glob("*.md")), *sorted((data / "seeds").glob("*.md"))]
    resources = merge([entry for path in paths for entry in read_list(path).entries])
    own, judged = _rows(OWN), _rows(data / "library/levels.tsv")
    found: dict[int, tuple[int, bool]] = {}
    named = [(work.url, *(mention.url for mention in work.mentions)) for work in resources]
    places = {url: row for row, urls in enumerate(named) for url in urls}
    for rows, is_judged in ((own, False), (judged, True)):
        for url, level in rows.items():
            if url in places and found.get(places[url], (0, False))[1] <= is_judged:
                found[places[url]] = level, is_judged
    works = [resources[row] for row in found]
    cards = [card_text(work, facts_of(work, None), ()) for work in works]
    return Labelled(
        works,
        np.array([level for level, _ in found.values()]),
        [clues_of(work) for work in works],
        encode(cards),
        np.array([was for _, was in found.values()]),
    )


def some(labelled: Labelled, rows: Rows) -> Labelled:
    """Those of rows alone."""
    return Labelled(
        [labelled.resources[row] for row in rows],
        labelled.level[rows],
        [labelled.clues[row] for row in rows],
        labelled.vectors[rows],
        labelled.judged[rows],
    )


def ship(labelled: Labelled, held: Mapping[bool, Floats], model_id: str) -> None:
    """Learn from all, and write what ships."""
    both = {
        vectors: stretched(
            learn(labelled, np.arange(len(labelled.level)), vectors),
            *cuts(labelled, held[vectors]),
        )
        for vectors in (True, False)
    }
    names = sorted(both[True].clues.keys() | both[False].clues.keys())
    nothing = np.zeros(2)
    clues = {
        name: _short([*both[True].clues.get(name, nothing), *both[False].clues.get(name, nothing)])
        for name in names
    }
    told = {
        "model": model_id,
        "start": _short([*both[True].start, *both[False].start]),
        "clues": {name: four for name, four in clues.items() if max(map(abs, four)) >= TELLING},
        "vector": {
            name: _short(column)
            for name, column in zip(("level", "matter"), both[True].vector.T, strict=True)
        },
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    levels.SHIPPED.write_text(text.replace('],"', '],\n"') + "\n", "utf-8")


def learn(labelled: Labelled, rows: Rows, vectors: bool) -> Learned:
    """The weights that the works of rows teach; levels from those that have one."""
    clues = [labelled.clues[row] for row in rows]
    counts = Counter(name for each in clues for name in each)
    names = sorted(name for name, count in counts.items() if count >= _by_start(LEAST, name))
    place = {name: column for column, name in enumerate(names)}
    table = np.zeros((len(rows), len(names)))
    for row, each in enumerate(clues):
        for name, value in each.items():
            if name in place:
                table[row, place[name]] = value
    raw = labelled.vectors[rows].astype(np.float64) if vectors else np.zeros((len(rows), 0))
    columns = np.hstack([np.ones((len(rows), 1)), table, raw - raw.mean(0)])
    dim = raw.shape[1]
    deviations = np.array([START, *(_by_start(DEVIATIONS, n) for n in names), *[VECTOR] * dim])
    believed = np.array([0.0, *map(_believed, names), *[0.0] * dim])
    level, taught = labelled.level[rows], labelled.level[rows] > 0
    even = _evened(level[taught])
    of_level = _fitted(columns[taught], level[taught] - 2.0, believed, deviations, NOISE[0], even)
    of_matter = _fitted(
        columns, taught - 0.5, np.zeros(len(believed)), deviations, NOISE[1], np.ones(len(rows))
    )
    both = np.column_stack([of_level, of_matter])
    vector = both[1 + len(names) :]
    start = both[0] + (2.0, 0.5) - raw.mean(0) @ vector
    return Learned(start, {name: both[1 + place[name]] for name in names}, vector)


def _fitted(
    columns: Floats,
    values: Floats,
    believed: Floats,
    deviations: Floats,
    noise: float,
    even: Floats,
) -> Floats:
    root = np.sqrt(even)
    posterior = fit(columns * root[:, None], values * root, believed, deviations, noise)
    return posterior.prior + posterior.scales * posterior.mean


def _evened(level: NDArray[np.int64]) -> Floats:
    counts = np.bincount(level, minlength=4)
    weight = (counts[1:].mean() / np.maximum(1, counts)) ** EVEN
    return np.asarray(weight[level] / weight[level].mean())


def _believed(name: str) -> float:
    where, _, group = name.partition(" ")
    if name == "heading":
        return HEADING
    if where == "kind":
        return KINDS.get(group, 0.0)
    points = {each.name: each.points for each in level_cues.HARD}
    return POINT * points.get(group, 0.0) if where in ("title", "note") else 0.0


def _by_start(table: Mapping[str, float], name: str) -> float:
    return next(value for start, value in table.items() if name.startswith(start))


def folds(labelled: Labelled) -> Iterator[tuple[Rows, Rows]]:
    """(learned from, judged) rows: lists are dealt out, and a work goes with its first list."""
    lists = labelled.lists
    names = sorted(frozenset().union(*lists))
    first = [work.mentions[0].list_id for work in labelled.resources]
    for repeat in range(REPEATS):
        order = np.random.default_rng(repeat).permutation(len(names))
        for start in range(FOLDS):
            held = {names[place] for place in order[start::FOLDS]}
            judged = np.flatnonzero([name in held for name in first])
            there = frozenset().union(*(lists[row] for row in judged))
            yield np.flatnonzero([not (own & there) for own in lists]), judged


def validated(labelled: Labelled, vectors: bool) -> Floats:
    """(n, 2) level and matter of every work, by weights that saw none of its lists."""
    found, times = np.zeros((len(labelled.level), 2)), np.zeros(len(labelled.level))
    for learned_from, judged in folds(labelled):
        learned = learn(labelled, learned_from, vectors)
        clues = [labelled.clues[row] for row in judged]
        found[judged] += learned(clues, labelled.vectors[judged])
        times[judged] += 1
    return found / times[:, None]


def cuts(labelled: Labelled, held: Floats) -> tuple[float, float]:
    """Where validated levels change, so that as many works are of each level as were judged so."""
    rows = (labelled.level > 0) & labelled.judged
    shares = [(labelled.level[rows] <= level).mean() for level in (1, 2)]
    low, high = np.quantile(held[rows, 0], shares)
    return float(low), float(high)


def stretched(learned: Learned, low: float, high: float) -> Learned:
    """The same with low and high at 1.5 and 2.5: regression alone huddles in the middle."""
    scale = np.array([1 / (high - low), 1.0])
    start = learned.start * scale + np.array([1.5 - low * scale[0], 0.0])
    clues = {name: pair * scale for name, pair in learned.clues.items()}
    return Learned(start, clues, learned.vector * scale)


def _report(labelled: Labelled, held: Mapping[bool, Floats], plot: Path | None) -> Iterator[str]:
    yield HEAD
    rows = labelled.judged & (labelled.level > 0)
    truth = labelled.level[rows]
    yield f"## Levels: {rows.sum()} judged works\n"
    yield "| estimate | accuracy | Spearman | recall beginner | intermediate | advanced |"
    yield "|---|---|---|---|---|---|"
    yield f"| always intermediate | {(truth == 2).mean():.3f} | | 0 | 1 | 0 |"
    for name, vectors in (("words alone", False), ("**words and vectors**", True)):
        value = _levels(labelled, held[vectors])
        yield f"| {name} | {_figures(value[rows], truth)} |"
        chinese = np.array([work.language == "zh" for work in labelled.resources])
        for language, some in (("Chinese", chinese), ("others", ~chinese)):
            figures = _figures(value[rows & some], labelled.level[rows & some])
            yield f"| {name}, {language} | {figures} |"
    yield "\n## Calibration\n"
    value = _levels(labelled, held[True])[rows]
    means = np.clip(value, 1, 3)
    variances = np.full(len(means), np.inf)
    sure = difficulty.confidence(means, variances, difficulty.DIFFICULTY)
    right = _rounded(value) == truth
    yield "| confidence | works | said | right |\n|---|---|---|---|"
    points = []
    for low, high in itertools.pairwise((0, 0.5, 0.6, 0.7, 0.8, 1)):
        some = (sure >= low) & (sure < high)
        if some.any():
            points.append((sure[some].mean(), right[some].mean()))
            yield f"| {low} to {high} | {some.sum()} | {points[-1][0]:.2f} | {points[-1][1]:.2f} |"
    yield f"| all | {len(sure)} | {sure.mean():.2f} | {right.mean():.2f} |\n"
    if plot is not None:
        _plot(points, plot)
    yield "## Something to learn from\n"
    yield from _matter(labelled, held)


def _levels(labelled: Labelled, held: Floats) -> Floats:
    low, high = cuts(labelled, held)
    return 1.5 + (held[:, 0] - low) / (high - low)


def _rounded(value: Floats) -> Floats:
    return np.clip(np.floor(value + 0.5), 1, 3)


def _figures(value: Floats, truth: NDArray[np.int64]) -> str:
    said = _rounded(value)
    recall = [np.mean(said[truth == level] == level) for level in (1, 2, 3)]
    rho = np.corrcoef(rankdata(value), rankdata(truth))[0, 1]
    return " | ".join(f"{each:.3f}" for each in (np.mean(said == truth), rho, *recall))


def _matter(labelled: Labelled, held: Mapping[bool, Floats]) -> Iterator[str]:
    rows, taught = labelled.judged, labelled.level > 0
    yield "| estimate | AUC | of what one learns from, no level | of the rest, a level |"
    yield "|---|---|---|---|"
    for name, vectors in (("words alone", False), ("**words and vectors**", True)):
        value = held[vectors][:, 1]
        high, low = value[rows & taught], value[rows & ~taught]
        ranks = rankdata(np.concatenate([high, low]))[: len(high)]
        auc = (ranks.sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low))
        lost, kept = (high < levels.MATTER).mean(), (low >= levels.MATTER).mean()
        yield f"| {name} | {auc:.3f} | {lost:.3f} | {kept:.3f} |"
    yield ""


def _plot(points: Sequence[tuple[float, float]], path: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(4, 4))
    axes.plot([0.3, 1], [0.3, 1], color="0.7")
    axes.plot(*zip(*points, strict=True), marker="o")
    axes.set(xlabel="confidence", ylabel="share right")
    figure.savefig(path, bbox_inches="tight")


def _rows(path: Path) -> dict[str, int]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["url"]: int(row["level"]) for row in csv.DictReader(lines, delimiter="\t")}


def _short(values: Sequence[float] | Floats) -> list[float]:
    return [round(float(value), 2) for value in values]


HEAD = """# Levels where nobody rated

Written by `python -m benchmarks.levels`; do not edit.

What ships (`indexer/estimate/levels.json`) is a linear estimate of how hard a work is and of
whether one learns from it at all, over named clues (groups of words, words, hosts, kinds, headings)
and, for the packaged model, the card's vector. It is learned from works judged one by one:
1,739 that answer the questions of a library of 47 lists, judged by two readers each (they agree in
84%), and 1,126 more of the same lists, judged by one from title, address, place and note
(`benchmarks/levels.tsv`), more of them books and tutorials, so that more topics are seen. Figures
are of the first alone, by weights that saw none of the lists a work stands on: lists are dealt into
ten folds, three times.

Levels are cut where as many works come out beginner, and advanced, as were judged so; regression
alone huddles in the middle. That costs a little accuracy and finds twice the beginner works.
"""


if __name__ == "__main__":
    main()

"""How well difficulty and stars are estimated: cross-validation, written to docs/difficulty.md.

usage: python benchmarks/difficulty.py [--data ../shared/data/lists] [--repeats 10]

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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from cache.layout import Layout
from cache.records import Entry, Facts, Resource
from indexer.estimate import difficulty, level_cues
from indexer.estimate.difficulty import DIFFICULTY, STARS, Shelf, Target
from indexer.index.cards import card_text
from indexer.lists.parse import read_list
from indexer.resources.facts import facts_of
from indexer.resources.merge import merge
from search.models.embed import DEFAULT_MODEL, builder
from search.text import fold

Floats = NDArray[np.float64]
Predict = Callable[[list[float | None], NDArray[np.intp]], tuple[Floats, Floats]]
"""(values with the judged rows hidden, judged rows) -> means and variances of all rows."""

ROOT = Path(__file__).parents[1]
FOLDS = 10


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
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/lists")
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        embedder = builder(DEFAULT_MODEL, Layout(Path(home)))
        gold = _rated(_gold(arguments.data / "ratings-gold.tsv"), embedder.encode_passages)
        levels = _rated(_level_sections(arguments.data), embedder.encode_passages)
    report = "\n".join(_report(gold, levels, arguments.repeats))
    print(report)
    (ROOT / "docs/difficulty.md").write_text(report, "utf-8")


def _report(gold: Rated, levels: Rated, repeats: int) -> Iterator[str]:
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
    yield "## Sections that name a level\n"
    yield from _sections(gold, levels, repeats)
    yield FOOT


def _table(
    name: str, target: Target, shelf: Shelf, truth: Floats, gold: Rated, repeats: int
) -> Iterator[str]:
    yield f"## {name}: {len(truth)} rows of ratings-gold.tsv\n"
    yield "| estimate | accuracy | Spearman |\n|---|---|---|"
    majority = Counter(truth.tolist()).most_common(1)[0][1] / len(truth)
    yield f"| always the most common value | {majority:.3f} | |"
    points = shelf.wording[:, 0]
    silent = replace(shelf, wording=np.zeros_like(shelf.wording))
    groups = level_cues.HARD if target is DIFFICULTY else level_cues.GOOD
    fixed = points - _attested(gold.resources, groups, frozenset(), 0)
    none: list[float | None] = [None] * len(truth)

    def attested(values: list[float | None], judged: NDArray[np.intp]) -> tuple[Floats, Floats]:
        points = fixed + _attested(gold.resources, groups, frozenset(judged.tolist()), 1)
        wording = np.column_stack([points, shelf.wording[:, 1:]])
        return _means(replace(shelf, wording=wording), target, values, gold)

    runs: Sequence[tuple[str, Predict]] = (
        ("plain ridge over the vectors", _ridge(gold.vectors)),
        ("neighbours only: no wording", _with(silent, target, gold)),
        ("wording only: nothing learned", lambda _, judged: _means(shelf, target, none, gold)),
        ("**shipped**", _with(shelf, target, gold)),
        ("shipped, beliefs chosen anew", _nested(shelf, target, gold)),
        ("shipped, only words that unjudged rows attest", attested),
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
    step, spread = target.points
    choices = [
        replace(target, points=(step * p, spread), vector=target.vector * v, group=target.group * g)
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


def _attested(
    resources: Sequence[Resource],
    groups: Sequence[level_cues.Group],
    judged: frozenset[int],
    least: int,
) -> Floats:
    """Points of title and note, where words of judged rows count only if other rows have them."""
    found = [_matches(resource, groups) for resource in resources]
    seen = Counter(
        match for row, matches in enumerate(found) if row not in judged for match in set(matches)
    )
    points = np.zeros(len(resources))
    for row, matches in enumerate(found):
        kept = [m for m in matches if row not in judged or seen[m] >= least]
        counts = Counter((name, each) for name, each, _ in kept)
        total = sum(each * min(count, 4) ** 0.5 for (_, each), count in counts.items())
        points[row] = max(-6, min(6, total))
    return points


def _matches(
    resource: Resource, groups: Sequence[level_cues.Group]
) -> list[tuple[str, float, str]]:
    note = " ".join(mention.note for mention in resource.mentions)
    texts = {"title": fold(resource.title), "note": fold(note)}
    return [
        (group.name, group.points, match.group(0))
        for group in groups
        for where in group.where.split()
        if where in texts
        for match in re.finditer(group.words, texts[where])
    ]


def _by_section(rated: Rated) -> list[NDArray[np.intp]]:
    names = [resource.mentions[0].section[-1] for resource in rated.resources]
    return [np.flatnonzero([name == one for name in names]) for one in sorted(set(names))]


def _calibration(name: str, figures: Figures, target: Target) -> Iterator[str]:
    means = np.clip(figures.means, target.least, target.most)
    sure = difficulty.confidence(means, figures.variances, target)
    yield f"| confidence of {name} | expected | found | rounded right |\n|---|---|---|---|"
    edges = np.quantile(sure, np.linspace(0, 1, 5))
    for low, high in itertools.pairwise(edges):
        rows = (sure >= low) & (sure <= high)
        errors = (means[rows] - figures.truth[rows]) ** 2
        right = np.mean(_rounded(means[rows], target) == figures.truth[rows])
        found = 1 - errors.mean() / target.usual
        yield f"| {low:.2f} to {high:.2f} | {sure[rows].mean():.2f} | {found:.2f} | {right:.2f} |"
    found = 1 - np.mean((means - figures.truth) ** 2) / target.usual
    yield f"| all | {sure.mean():.2f} | {found:.2f} | |\n"


def _sections(gold: Rated, levels: Rated, repeats: int) -> Iterator[str]:
    """The heading is hidden: neither read nor a group; the level it names is the truth."""
    truth, count = levels.difficulty, len(levels.difficulty)
    wording = levels.hard.wording.copy()
    wording[:, 1] = 0
    lists = [tuple(n for n in g if not n.startswith("section")) for g in levels.hard.groups]
    hidden = Shelf(wording, levels.hard.evidence, lists)
    nothing: list[float | None] = [None] * count
    both = replace(gold, vectors=np.vstack([gold.vectors, levels.vectors]))
    joint = Shelf(
        np.vstack([gold.hard.wording, wording]),
        np.concatenate([gold.hard.evidence, levels.hard.evidence]),
        gold.hard.groups + lists,
    )
    known: list[float | None] = [*gold.difficulty.tolist(), *nothing]
    names = np.array([resource.mentions[0].list_id for resource in levels.resources])
    yield "| list | rows | estimate | accuracy | Spearman |\n|---|---|---|---|---|"
    for name in sorted(set(names.tolist())):
        rows = names == name
        common = Counter(truth[rows].tolist()).most_common(1)[0][1] / rows.sum()
        yield f"| {name} | {rows.sum()} | always the most common level | {common:.3f} | |"
        alone = _means(hidden, DIFFICULTY, nothing, levels)[0]
        taught = _means(joint, DIFFICULTY, known, both)[0][-count:]
        own = _validate(_with(hidden, DIFFICULTY, levels), truth, DIFFICULTY, repeats)
        held = own.means[:count]
        for label, means in (
            ("wording only", alone),
            ("with the 99 ratings of the other list", taught),
            ("learned from the other rows of these sections", held),
        ):
            right = np.mean(_rounded(means[rows], DIFFICULTY) == truth[rows])
            rho = _spearman(means[rows], truth[rows])
            yield f"| {name} | {rows.sum()} | {label} | {right:.3f} | {rho:.3f} |"
    yield ""


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


def _level_sections(folder: Path) -> list[Entry]:
    """Entries of lists with more than one level among their headings; the level as difficulty."""
    found = []
    for path in sorted(folder.glob("*.md")):
        levels = {
            entry: level
            for entry in read_list(path).entries
            if (level := level_cues.section_level(entry.section)) is not None
        }
        if len(levels) >= FOLDS and len(set(levels.values())) > 1:
            found += [replace(e, difficulty=int(level)) for e, level in levels.items()]
    return found


def _rated(entries: list[Entry], encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> Rated:
    resources = merge(entries)
    facts: list[Facts] = [facts_of(resource, None) for resource in resources]
    cards = [card_text(r, f, ()) for r, f in zip(resources, facts, strict=True)]
    return Rated(
        resources,
        encode(cards),
        *difficulty.shelves(resources, facts, {}),
        np.array([fact.difficulty for fact in facts], dtype=float),
        np.array([fact.rating or 0 for fact in facts], dtype=float),
    )


def _rounded(means: Floats, target: Target) -> Floats:
    return np.clip(np.floor(means + 0.5), target.least, target.most)


def _spearman(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


HEAD = """# Difficulty and stars where nobody rated

Written by `python benchmarks/difficulty.py`; do not edit.

One Bayesian linear regression for each. What it believes beforehand ships with the code (words,
kind, headings, length of the note); the rest it learns from rated resources of the collection, by
vector, list, section and author. Confidence is the share of the squared error of always saying the
mean that an estimate is expected to avoid.

Ten folds, repeated with other shuffles; every figure is of rows hidden from the fit, averaged over
the repeats. Two things flatter the shipped line. The *beliefs* were set on these rows: the line
"chosen anew" picks them from the unjudged rows of each fold. The *words* were put together by
someone who had read these rows: the line "attest" drops, for each judged row, every word of the
table that no other row uses. That is harsher than life, where a word nobody used before still means
what it means. All rows are one curator's, on one topic: another list may do worse than either.
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

FOOT = """In the first list headings say nothing but a level, so the parser takes it for what the
curator said; here it is hidden. The second names levels of topics ("Advanced math"): 36 of its 38
rows are advanced. The words were written knowing the headings of both lists but before reading
their entries. Wording alone rarely leaves the middle level there: it orders the texts but does not
know the curator's scale. No labelled set has page texts; of those only formulas count, with a
weight set by hand that nothing here measures.
"""


if __name__ == "__main__":
    main()

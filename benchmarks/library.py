"""Answers over the judged library, 47 lists and 100 questions, and where they must not fall.

    python -m benchmarks.library [--home HOME] [--floor] [--judge] [--fresh]

The library is built once, offline, into .bench/library (six minutes; later builds take vectors from
the cache) and asked in this process. --floor fails where a figure is below tests/floors.toml;
--judge prints what nobody judged among the first ten as a sheet to grade; --fresh builds again.
Measured as ../shared/tools/library.py does: gain is 2**grade - 1, and what nobody judged counts as
nothing but in `condensed`, which leaves it out. Figures `, ours too` take the grades of
library_ours.tsv beside the shared ones: given by one of us to what came up unjudged, so that a find
is told from a miss; they are no measure.
"""

import argparse
import csv
import json
import math
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.measured import BENCH, ROOT, SHARED, load, save
from cache.records import Resource, Result
from cache.settings import Settings
from search.engine import Engine
from search.text import language_of

HOME = BENCH / "library"
FOLDER = SHARED / "library"
OURS = Path(__file__).with_name("library_ours.tsv")
FLOORS = ROOT / "tests" / "floors.toml"
DEPTH = 30
ENOUGH = 3
SHOWN = (
    "注意力机制 通俗讲解",
    "run periodic jobs in python",
    "build a chatbot from scratch",
    "how to bake sourdough bread",
    "分布式 数据库",
    "how do vector databases work",
    "Go web framework",
    "explain RLHF simply",
    "Python 爬虫 框架",
    "深度学习 中文 书",
)
"""Questions whose first five answers are printed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A judged question with its results: grade by address, and whether the lists answer it."""

    name: str
    text: str
    answered: bool
    grades: Mapping[str, int]
    results: Sequence[Result]
    fit: float | None

    def covered(self) -> list[tuple[Result, int | None]]:
        """Each result with the best grade of its addresses, each grade once; None: not judged."""
        return self._matched()[0]

    def ndcg(self, cutoff: int = 10, *, condensed: bool = False) -> float:
        """nDCG of the first results; condensed leaves out what nobody judged. Addresses of one
        result count once in the ideal too."""
        covered, left = self._matched()
        gains = [grade or 0 for _, grade in covered if grade is not None or not condensed]
        best = sorted([*gains, *left.values()], reverse=True)
        return dcg(gains[:cutoff]) / dcg(best[:cutoff])

    def _matched(self) -> tuple[list[tuple[Result, int | None]], dict[str, int]]:
        """What covered gives, and the judgments of addresses that no result has."""
        left = dict(self.grades)
        covered = []
        for result in self.results:
            found = [left.pop(url) for url in urls_of(result.resource) if url in left]
            covered.append((result, max(found, default=None)))
        return covered, left


def main() -> None:
    """Build where there is nothing yet, ask, print and keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    given = parser.parse_args()
    if given.fresh or not (given.home / "CURRENT").exists():
        from indexer.build import build

        sources = [str(SHARED / "seeds"), str(SHARED / "lists")]
        build(sources, Settings.load(given.home), offline=True)
    asked = ask(given.home)
    if given.judge:
        sheet(with_ours(asked))
        return
    found = figures(asked)
    more = figures(with_ours(asked))
    found |= {f"{name}, ours too": more[name] for name in ("ndcg@10", "p@5", "judged")}
    before = (load("library") or {}).get("before", {})
    save("library", {"figures": found, "shown": first_answers(asked), "before": before})
    print(json.dumps(found, indent=1))
    if given.floor:
        fallen = below(found)
        sys.exit(f"below the floor: {', '.join(fallen)}" if fallen else 0)


def ask(home: Path, folder: Path = FOLDER, *, some: bool = False) -> list[Asked]:
    """Every question with its results; some: the home holds some of the lists, so that of the
    questions those are asked that ENOUGH good works in it answer, by what was judged of it."""
    grades = _grades(folder / "judgments.tsv")
    questions = rows(folder / "questions.tsv")
    with Engine.open(home) as engine:
        if some:
            grades = {name: _held(engine, own) for name, own in grades.items()}
            questions = [row for row in questions if _good(grades, row["query-id"]) >= ENOUGH]
        return [_asked(engine, row, grades) for row in questions]


def with_ours(asked: Sequence[Asked]) -> list[Asked]:
    """The same answers, our own grades beside the shared ones, which stand where both are."""
    ours = _grades(OURS)
    return [replace(one, grades={**ours.get(one.name, {}), **one.grades}) for one in asked]


def figures(asked: Sequence[Asked]) -> dict[str, float]:
    """What ../shared/tools/library.py prints of rankings."""
    judged = [one for one in asked if one.answered and any(one.grades.values())]
    chinese = [one for one in judged if language_of(one.text) == "zh"]
    english = [one for one in judged if language_of(one.text) != "zh"]
    tops = [[grade for _, grade in one.covered()][:10] for one in judged]
    fits = {yes: [one.fit or 0 for one in asked if one.answered == yes] for yes in (True, False)}
    return {
        "ndcg@10": _mean(one.ndcg() for one in judged),
        "english": _mean(one.ndcg() for one in english),
        "chinese": _mean(one.ndcg() for one in chinese),
        "condensed": _mean(one.ndcg(condensed=True) for one in judged),
        "p@5": _mean(fmean((grade or 0) >= 2 for grade in top[:5]) for top in tops if top),
        "first": _mean(top[0] or 0 for top in tops if top),
        "judged": _mean(fmean(grade is not None for grade in top) for top in tops if top),
        "auc": auc(fits[True], fits[False]),
        "refused, answered": _mean(fit < _little() for fit in fits[True]),
        "refused, unanswered": _mean(fit < _little() for fit in fits[False]),
        "questions": len(judged),
    }


def below(found: Mapping[str, float]) -> list[str]:
    """The figures that fell below their floors."""
    floors = tomllib.loads(FLOORS.read_text("utf-8"))["library"]
    return [name for name, floor in floors.items() if found[name] < floor]


def first_answers(asked: Sequence[Asked]) -> dict[str, list[str]]:
    """The titles of the first five answers to the questions shown."""
    told = {one.text: one for one in asked}
    return {text: [r.resource.title for r in told[text].results[:5]] for text in SHOWN}


def sheet(asked: Sequence[Asked]) -> None:
    """Print what nobody judged among the first ten as TSV, the grade left open."""
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(["query-id", "query", "url", "grade", "title", "where", "note"])
    for one in asked:
        for result, grade in one.covered()[:10] if one.answered else []:
            if grade is None:
                said = result.resource.mentions[0]
                where = " > ".join((said.list_id, *said.section))
                row = [one.name, one.text, result.resource.url, "", result.resource.title]
                out.writerow([*row, where, " ".join(said.note.split())])


def urls_of(resource: Resource) -> set[str]:
    """The addresses a judgment may name."""
    return {resource.url, *(mention.url for mention in resource.mentions)}


def rows(path: Path) -> list[dict[str, str]]:
    """A table with a header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def dcg(grades: Sequence[int]) -> float:
    """Discounted gain of grades in order."""
    return sum((2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades))


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """How often one of high is above one of low."""
    return _mean((a > b) + (a == b) / 2 for a in high for b in low)


def _grades(path: Path) -> dict[str, dict[str, int]]:
    """Grade by question and address."""
    grades: dict[str, dict[str, int]] = {}
    for row in rows(path):
        grades.setdefault(row["query-id"], {})[row["url"]] = int(row["grade"])
    return grades


def _held(engine: Engine, grades: Mapping[str, int]) -> dict[str, int]:
    """The grades of what an index holds."""
    held = engine.collection.catalog.at(list(grades))
    pairs = zip(grades.items(), held, strict=True)
    return {url: grade for (url, grade), ordinal in pairs if ordinal is not None}


def _good(grades: Mapping[str, Mapping[str, int]], question: str) -> int:
    return sum(grade >= 2 for grade in grades.get(question, {}).values())


def _asked(engine: Engine, row: Mapping[str, str], grades: Mapping[str, Any]) -> Asked:
    answer = engine.search(row["query"], k=DEPTH)
    name, answered = row["query-id"], row["answered"] == "1"
    return Asked(name, row["query"], answered, grades.get(name, {}), answer.results, answer.fit)


def _little() -> float:
    from search.ask.fit import LITTLE

    return LITTLE


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return round(fmean(found), 4) if found else 0.0


if __name__ == "__main__":
    main()

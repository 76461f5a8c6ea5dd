"""Answers over the judged library, 47 lists and 100 questions, and where they must not fall.

    python -m benchmarks.library [--home HOME] [--floor] [--judge] [--fresh]

The library is built once, offline, into .bench/library (six minutes; later builds take vectors from
the cache) and asked in this process. --floor fails where a figure is below tests/floors.toml;
--judge prints what nobody judged among the first ten as a sheet to grade; --fresh builds again.
Measured as ../shared/tools/library.py does: gain is 2**grade - 1, and what nobody judged counts as
nothing but in `condensed`, which leaves it out.
"""

import argparse
import csv
import json
import math
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
FLOORS = ROOT / "tests" / "floors.toml"
DEPTH = 30
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

    def covered(self) -> Iterator[tuple[Result, int | None]]:
        """Each result with the best grade of its addresses, each grade once; None: not judged."""
        left = dict(self.grades)
        for result in self.results:
            found = [left.pop(url) for url in urls_of(result.resource) if url in left]
            yield result, max(found, default=None)

    def ndcg(self, cutoff: int = 10, *, condensed: bool = False) -> float:
        """nDCG of the first results; condensed leaves out what nobody judged."""
        grades = [grade for _, grade in self.covered()]
        gains = [grade or 0 for grade in grades if grade is not None or not condensed]
        return dcg(gains[:cutoff]) / dcg(sorted(self.grades.values(), reverse=True)[:cutoff])


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
        sheet(asked)
        return
    found = figures(asked)
    before = (load("library") or {}).get("before", {})
    save("library", {"figures": found, "shown": first_answers(asked), "before": before})
    print(json.dumps(found, indent=1))
    if given.floor:
        fallen = below(found)
        sys.exit(f"below the floor: {', '.join(fallen)}" if fallen else 0)


def ask(home: Path, folder: Path = FOLDER) -> list[Asked]:
    """Every question with its results."""
    grades: dict[str, dict[str, int]] = {}
    for row in rows(folder / "judgments.tsv"):
        grades.setdefault(row["query-id"], {})[row["url"]] = int(row["grade"])
    with Engine.open(home) as engine:
        return [_asked(engine, row, grades) for row in rows(folder / "questions.tsv")]


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
        for result, grade in list(one.covered())[:10] if one.answered else []:
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


def _asked(engine: Engine, row: Mapping[str, str], grades: Mapping[str, Any]) -> Asked:
    answer = engine.search(row["query"], k=DEPTH)
    name, answered = row["query-id"], row["answered"] == "1"
    return Asked(name, row["query"], answered, grades.get(name, {}), answer.results, answer.fit)


def _little() -> float:
    from search.ask.fit import LITTLE

    return LITTLE


def _mean(values: Iterable[float]) -> float:
    return round(fmean(values), 4)


if __name__ == "__main__":
    main()

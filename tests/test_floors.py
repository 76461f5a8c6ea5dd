"""Quality has floors: figures on fixed data that may rise and never fall."""

import csv
import hashlib
import math
import shutil
import tomllib
from itertools import islice

import pytest

from benchmarks import library
from cache.settings import Settings
from indexer.build import build
from indexer.evaluation.indexed import indexed, judged_of
from search.engine import Engine
from search.evaluate import Judged, ablate
from tests.conftest import ROOT

FLOORS = tomllib.loads((ROOT / "tests" / "floors.toml").read_text("utf-8"))


LISTS = (
    "HqWu-HITCS__Awesome-Chinese-LLM.md",
    "PlexPt__awesome-chatgpt-prompts-zh.md",
    "crownpku__Awesome-Chinese-NLP.md",
    "kdeldycke__awesome-falsehood.md",
    "kelvins__awesome-mlops.md",
    "margaretmz__awesome-tensorflow-lite.md",
    "opendilab__awesome-RLHF.md",
    "timofurrer__awesome-asyncio.md",
)
"""Lists beside the seeds that answer a third of the library's questions with 1,300 resources."""


def digest(*paths):
    seen = hashlib.sha256()
    for path in sorted(paths):
        seen.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def ndcg(covered, grades, cutoff=10):
    """As ../shared/tools/judged.py has it: a merged resource takes the highest of its grades."""
    left = dict(grades)
    gains = [max([left.pop(url) for url in urls if url in left], default=0) for urls in covered]

    def dcg(values):
        return sum((2**g - 1) / math.log2(rank + 2) for rank, g in enumerate(values[:cutoff]))

    return dcg(gains) / dcg(sorted([g for g in gains if g] + list(left.values()), reverse=True))


@pytest.fixture(scope="module")
def judged(shared):
    path = shared / "judged" / "reading-lists-dev.tsv"
    assert digest(path, *(shared / "seeds").glob("*.md")) == FLOORS["judged"]["sha256"], (
        "the judged data has changed: measure again, and set both in tests/floors.toml"
    )
    found = {}
    with path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            found.setdefault(row["query"], {})[row["url"]] = int(row["grade"])
    return found


def test_judged_reading_lists(seed_home, judged):
    scores = []
    with Engine.open(seed_home) as engine:
        for query, grades in judged.items():
            results = engine.search(query, k=100).results
            covered = [{r.resource.url, *(m.url for m in r.resource.mentions)} for r in results]
            scores.append(ndcg(covered, grades))
    assert sum(scores) / len(scores) >= FLOORS["judged"]["floor"]


def test_chinese_questions_over_english_texts(shared, background, tmp_path):
    """The first questions of xquad, Chinese over English; the whole is in docs/quality.md."""
    folder, known = shared / "ir" / "xquad-zh-en", FLOORS["xquad-zh-en"]
    assert digest(*folder.iterdir()) == known["sha256"], "measure again, and set both"
    whole = judged_of(folder)
    first = dict(islice(whole.queries.items(), known["questions"]))
    some = Judged(first, {name: whole.grades[name] for name in first})
    home = shutil.copytree(background, tmp_path / "home")
    with indexed(folder, Settings(home=home), some, lambda *_: None) as engine:
        figures = ablate(engine, some)
    assert figures["all"]["ndcg@10"] >= known["floor"]
    better = max(figures[leg]["ndcg@10"] for leg in ("dense alone", "lexical alone"))
    assert figures["fusion"]["ndcg@10"] >= better - 0.005


def test_some_lists_of_the_library(shared, background, once):
    """The whole library is measured by `python -m benchmarks.library --floor`."""
    known, folder = FLOORS["some-lists"], shared / "library"
    sources = [*sorted((shared / "seeds").glob("*.md")), *(shared / "lists" / n for n in LISTS)]
    judged = (folder / "questions.tsv", folder / "judgments.tsv")
    assert digest(*sources, *judged) == known["sha256"], "measure again, and set all of them"

    def fill(home):
        shutil.copytree(background, home, dirs_exist_ok=True)
        build([str(source) for source in sources], Settings(home=home), offline=True)

    found = library.figures(library.ask(once("some-lists", fill), folder, some=True))
    assert found["questions"] == known["questions"]
    assert found["ndcg@10"] >= known["ndcg@10"]
    assert found["condensed"] >= known["condensed"]

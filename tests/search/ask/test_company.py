import numpy as np
import pytest

from cache.settings import Settings
from indexer.build import build
from search.ask.company import FOREMOST, company
from search.engine import Engine
from search.rank.priors import WEIGHTS

LIST = """# Reading

## Databases

- [Vector indexes](https://a.example/1) - how an index of vectors is searched
- [Nearest neighbours](https://a.example/2) - how an index of vectors is built
- [Quantization](https://a.example/3) - how vectors in an index become small

## Cooking

- [Knives](https://a.example/4) - how an index of vectors is none of a cook's concerns
"""


def test_company_grows_with_others_and_never_beyond_one():
    worth = company(np.array([0, 1, 2, 5, FOREMOST])).tolist()
    assert worth[0] == 0
    assert worth[2] == 0.5
    assert worth == sorted(worth)
    assert worth[-1] < 1


def test_an_answer_among_others_has_company_and_one_by_itself_has_none(tmp_path):
    path = tmp_path / "list.md"
    path.write_text(LIST, "utf-8")
    build([str(path)], Settings.load(tmp_path / "home"), offline=True)
    with Engine.open(tmp_path / "home") as engine:
        results = engine.search("index of vectors", k=4).results
    parts = {result.resource.url[-1]: result.parts for result in results}
    assert parts["1"]["company"] == pytest.approx(WEIGHTS["company"] / 2)
    assert "company" not in parts["4"]
    assert all(sum(r.parts.values()) == pytest.approx(r.score) for r in results)

"""The lexical leg: ranking, filters, odd tokens, and plain BM25 as the oracle."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.errors import Damaged
from search.arrays import Said
from search.index import lexical
from search.index.lexical import Fields

ALL = {"title": 4.0, "text": 1.0}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> lexical.LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical") / "index"
    lexical.write(
        folder,
        [
            Fields(0, title="attent is all you need", text="vaswani"),
            Fields(1, title="bert", text="attent model 注意 意力 mask languag model"),
            Fields(2, title="c++ primer", text="book c++ c# .net"),
            Fields(3, title="noth"),
            Fields(4),
        ],
    )
    return lexical.open_index(folder)


def rows(index: lexical.LexicalIndex, tokens: list[str], k: int = 10, **kw: object) -> list[int]:
    return index.search(tokens, k, boosts=kw.pop("boosts", ALL), **kw)[1].tolist()  # type: ignore[arg-type]


def test_finds_tokens_in_every_field(index: lexical.LexicalIndex) -> None:
    assert rows(index, ["attent"]) == [0, 1]
    assert rows(index, ["vaswani"]) == [0]
    assert rows(index, ["注意"]) == [1]
    assert rows(index, ["book"]) == [2]
    assert rows(index, ["mask"]) == [1]


def test_boosts_choose_and_weigh_fields(index: lexical.LexicalIndex) -> None:
    assert rows(index, ["attent"], boosts={"text": 1.0}) == [1]
    assert rows(index, ["attent"], boosts={"title": 0.1, "text": 3.0}) == [1, 0]
    assert rows(index, ["attent"], boosts={"title": 0.0, "text": 1.0}) == [1]
    once = index.search(["attent"], 5, boosts={"title": 1.0})[0]
    twice = index.search(["attent", "attent"], 5, boosts={"title": 1.0})[0]
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-6)


@pytest.mark.parametrize(
    ("tokens", "held"),
    [
        ([], [0, 1, 2, 3, 4]),
        (["mask"], [1]),
        (["attent", "model", "model"], [1]),
        (["book", "mask"], []),
        (["no such token"], []),
        (["attent", "\ud800"], []),
    ],
)
def test_which_rows_hold_all_tokens(
    index: lexical.LexicalIndex, tokens: list[str], held: list[int]
) -> None:
    assert np.flatnonzero(index.holding(tokens)).tolist() == held


@pytest.mark.parametrize("odd", ["c++", "c#", ".net"])
def test_signs_are_no_operators(index: lexical.LexicalIndex, odd: str) -> None:
    assert rows(index, [odd]) == [2]


@pytest.mark.parametrize(
    "odd", ['"', "(", "AND", "*", "title:", "^2", "\\", "\x00", "", " ", "😀", "x" * 70_000]
)
def test_a_token_no_row_holds_takes_nothing_away(index: lexical.LexicalIndex, odd: str) -> None:
    assert rows(index, [odd, "attent"]) == [0, 1]
    assert rows(index, [odd]) == []


@settings(max_examples=50)
@given(st.lists(st.text()))
def test_any_text_may_be_asked(index: lexical.LexicalIndex, words: list[str]) -> None:
    scores, found = index.search(words, 3, boosts=ALL)
    assert len(scores) == len(found)


def test_only_allowed_rows_answer(
    index: lexical.LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    for few in (0, 1024):
        monkeypatch.setattr(lexical, "_FEW", few)
        allowed = np.array([False, True, True, False, False])
        scores, found = index.search(["attent", "c++"], 10, boosts=ALL, allowed_rows=allowed)
        free, everything = index.search(["attent", "c++"], 10, boosts=ALL)
        assert sorted(found.tolist()) == [1, 2]
        known = dict(zip(everything.tolist(), free.tolist(), strict=True))
        np.testing.assert_allclose(scores, [known[row] for row in found.tolist()], rtol=1e-6)
        assert rows(index, ["attent"], allowed_rows=np.zeros(5, np.bool_)) == []


def test_facets_find_the_allowed_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "_FEW", 0)
    colours = ["red", "blue", "blue", "green green", "blue"] * 400  # green green: one facet
    sizes = ["size 1", "size 2"] * 1000
    documents = [
        Fields(
            row,
            text="same " * (1 + row % 7) + ("word" if row % 9 else "word rare"),
            facets=(colour, size),
        )
        for row, (colour, size) in enumerate(zip(colours, sizes, strict=True))
    ]
    lexical.write(tmp_path / "x", documents)
    index = lexical.open_index(tmp_path / "x")
    asked: list[int] = []
    collect = lexical.TantivyIndex._collect
    monkeypatch.setattr(
        lexical.TantivyIndex,
        "_collect",
        lambda self, query, limit: asked.append(limit) or collect(self, query, limit),
    )
    some = tuple(range(0, 2000, 7))
    for facets in [
        (("green green",),),
        (("red", "green green"), ("size 2",)),
        (("green",),),
        (("red", *some), ("size 2",)),
        ((Said("rare"),), ("size 2",)),
    ]:
        has = [
            all({d.row, *d.facets, *map(Said, d.text.split())} & set(group) for group in facets)
            for d in documents
        ]
        allowed = np.array(has)
        allowed[::30] = False  # facets may find more than what is allowed
        slow = index.search(["same", "word"], 20, boosts=ALL, allowed_rows=allowed)
        deepest = max(asked, default=0)
        asked.clear()
        quick = index.search(["same", "word"], 20, boosts=ALL, allowed_rows=allowed, facets=facets)
        np.testing.assert_array_equal(slow[1], quick[1])
        np.testing.assert_allclose(slow[0], quick[0], rtol=1e-6)
        assert max(asked, default=0) <= deepest
        asked.clear()


def test_an_index_without_facets_answers_all_the_same(
    index: lexical.LexicalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = lexical._FACET
    monkeypatch.setattr(lexical, "_FACET", "facet")  # as recipe 13 wrote it
    monkeypatch.setattr(lexical, "_FEW", 0)
    lexical.write(tmp_path / "x", [Fields(row, text="attent") for row in range(9)])
    monkeypatch.setattr(lexical, "_FACET", now)
    old = lexical.open_index(tmp_path / "x")
    allowed = np.arange(9) % 4 == 1
    assert rows(old, ["attent"], allowed_rows=allowed, facets=(("red",),)) == [1, 5]


def test_counts_rows_and_tokens(index: lexical.LexicalIndex) -> None:
    assert index.count == 5
    assert index.document_frequency("attent") == 1
    assert index.document_frequency("model") == 1
    assert index.document_frequency("absent") == 0


def test_the_best_k_of_many_equals_come_by_row(tmp_path: Path) -> None:
    lexical.write(tmp_path / "x", (Fields(row, text="same word") for row in range(3000)))
    index = lexical.open_index(tmp_path / "x")
    assert rows(index, ["same"], 7) == list(range(7))
    allowed = np.arange(3000) % 2 == 1
    assert rows(index, ["same"], 4, allowed_rows=allowed) == [1, 3, 5, 7]
    assert rows(index, ["same"], 0) == []
    assert len(rows(index, ["same"], 5000)) == 3000


def test_an_empty_index_answers(tmp_path: Path) -> None:
    lexical.write(tmp_path / "x", [])
    index = lexical.open_index(tmp_path / "x")
    assert index.count == 0
    assert rows(index, ["anything"]) == []


def test_a_missing_or_broken_index_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="none"):
        lexical.open_index(tmp_path / "none")
    lexical.write(tmp_path / "x", [Fields(0, text="a")])
    (tmp_path / "x" / "meta.json").write_text("{")
    with pytest.raises(Damaged, match="x"):
        lexical.open_index(tmp_path / "x")


def bm25(documents: list[list[str]], query: list[str], k1: float, b: float) -> list[float]:
    """Robertson & Zaragoza 2009 with Lucene's idf, as tantivy has it."""
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        counts, score = Counter(document), 0.0
        for token in query:
            n = sum(token in d for d in documents)
            idf = math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
            norm = k1 * (1 - b + b * len(document) / mean)
            score += idf * counts[token] / (counts[token] + norm)
        scores.append(score)
    return scores


@pytest.mark.parametrize(
    ("shortest", "longest", "k1", "b"),
    [(1, 16, 0.4, 0.2), (40, 110, 0.6, 0.4), (90, 250, 1.2, 0.6)],
)
def test_scores_are_bm25_as_short_and_long_texts_need_it(
    tmp_path: Path, shortest: int, longest: int, k1: float, b: float
) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    documents = [list(rng.choice(words, rng.integers(shortest, longest))) for _ in range(200)]
    blank = [Fields(row) for row in range(200, 260)]  # rows without the field change nothing
    lexical.write(
        tmp_path / "x", [*(Fields(r, text=" ".join(d)) for r, d in enumerate(documents)), *blank]
    )
    scores, found = lexical.open_index(tmp_path / "x").search(
        ["w3", "w7"], 200, boosts={"text": 1.0}
    )
    expected = bm25(documents, ["w3", "w7"], k1, b)
    ratio = scores / np.array([expected[row] for row in found])
    assert ratio.std() / ratio.mean() < 0.03  # lengths above 40 are kept coarsely; idf counts 260


def test_tokens_may_have_weights(tmp_path: Path) -> None:
    lexical.write(
        tmp_path / "x", [Fields(0, text="a b"), Fields(1, text="a c"), Fields(2, text="d")]
    )
    index = lexical.open_index(tmp_path / "x")
    assert rows(index, {"b": 0.2, "c": 1.0}) == [1, 0]
    assert rows(index, {"b": 1.0, "c": 0.2}) == [0, 1]


def test_an_edit_drops_rows_and_adds_others(tmp_path: Path) -> None:
    documents = [Fields(row, f"title {row}", f"word{row} said by {row % 7}") for row in range(500)]
    lexical.write(tmp_path / "old", documents)
    before = {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()}
    new = [Fields(3, "another", "said instead"), Fields(500, "more", "said lately")]
    lexical.edit(tmp_path / "new", tmp_path / "old", [3, 9], new)
    index = lexical.open_index(tmp_path / "new")
    assert index.count == 500
    assert rows(index, ["word3"]) == rows(index, ["word9"]) == []
    assert rows(index, ["instead"]) == [3]
    assert rows(index, ["lately"]) == [500]
    assert rows(index, ["word10"]) == [10]
    assert {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()} == before


def test_an_edited_index_scores_as_one_written_so_does(tmp_path: Path) -> None:
    documents = [Fields(row, f"title {row}", f"word{row % 50} said") for row in range(1000)]
    lexical.write(tmp_path / "old", documents[:950])
    lexical.write(tmp_path / "whole", documents, tmp_path / "old")
    lexical.edit(tmp_path / "new", tmp_path / "old", [], documents[950:])
    one, other = (lexical.open_index(tmp_path / name) for name in ("whole", "new"))
    for tokens in (["word7"], ["said"], ["titl", "999"], ["word3", "word4"]):
        scores, found = one.search(tokens, 10, boosts=ALL)
        more, again = other.search(tokens, 10, boosts=ALL)
        assert found.tolist() == again.tolist()
        np.testing.assert_allclose(scores, more, rtol=1e-5)


def test_an_index_of_which_a_twentieth_is_dropped_is_worn(tmp_path: Path) -> None:
    lexical.write(tmp_path / "0", [Fields(row, text=f"word{row}") for row in range(100)])
    lexical.edit(tmp_path / "1", tmp_path / "0", [1, 2], [Fields(1, text="a"), Fields(2, text="b")])
    assert not lexical.is_worn(tmp_path / "1", 3, 100)
    assert lexical.is_worn(tmp_path / "1", 4, 100)
    with pytest.raises(Damaged):
        lexical.is_worn(tmp_path, 1, 1)

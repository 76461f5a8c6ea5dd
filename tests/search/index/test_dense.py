"""One contract over both kinds of vector index, with plain numpy as the oracle."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cache.errors import Damaged, StoreError
from search.index import dense
from search.index.dense_edit import edit

DIM = 24


def unit(rng: np.random.Generator, count: int, spread: float = 0.5) -> dense.Vectors:
    """Vectors in clumps, as embeddings are; questions stand a little apart (spread)."""
    centres = np.random.default_rng(0).standard_normal((60, DIM)).astype(np.float32)
    found = centres[rng.integers(0, 60, count)]
    found += spread * rng.standard_normal((count, DIM)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def oracle(
    vectors: dense.Vectors, query: dense.Vectors, k: int, allowed: dense.Mask | None = None
) -> tuple[dense.Scores, dense.Rows]:
    scores = vectors @ query
    rows = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    order = rows[np.lexsort((rows, -scores[rows]))][:k]
    return scores[order], order


Build = Callable[[dense.Vectors], dense.VectorIndex]


@pytest.fixture(params=["exact", "inverted"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def make(vectors: dense.Vectors) -> dense.VectorIndex:
        path = tmp_path / "dense.faiss"
        dense.write(path, vectors, exact_below=10**9 if request.param == "exact" else 0)
        index = dense.open_index(path)
        expected = {"exact": dense.ExactIndex, "inverted": dense.InvertedIndex}[request.param]
        assert isinstance(index, expected)
        return index

    return make


def recall(found: list[tuple[dense.Scores, dense.Rows]], exact: list[dense.Rows]) -> float:
    right = sum(len(set(rows) & set(best)) for (_, rows), best in zip(found, exact, strict=True))
    return right / sum(map(len, exact))


def test_finds_what_exact_comparison_finds(build: Build) -> None:
    rng = np.random.default_rng(1)
    vectors, queries = unit(rng, 6000), unit(rng, 50, 0.8)
    index = build(vectors)
    assert (index.count, index.dim) == (6000, DIM)
    found = index.search(queries, 10)
    assert recall(found, [oracle(vectors, q, 10)[1] for q in queries]) >= 0.98
    for (scores, rows), query in zip(found, queries, strict=True):
        np.testing.assert_allclose(scores, vectors[rows] @ query, atol=1e-3)
        assert (np.diff(scores) <= 0).all()
        assert len(set(rows)) == 10


@pytest.mark.parametrize("share", [0.001, 0.02, 0.5])
def test_answers_only_with_allowed_rows(
    build: Build, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_GATHER", 500)  # so that both ways of filtering are taken
    rng = np.random.default_rng(2)
    vectors, queries = unit(rng, 6000), unit(rng, 20, 0.8)
    allowed = rng.random(6000) < share
    allowed[17] = True
    found = build(vectors).search(queries, 10, allowed)
    assert all(allowed[rows].all() for _, rows in found)
    assert recall(found, [oracle(vectors, q, 10, allowed)[1] for q in queries]) >= 0.98


def test_nothing_allowed_and_nothing_asked_are_empty(build: Build) -> None:
    vectors = unit(np.random.default_rng(3), 300)
    index = build(vectors)
    for scores, rows in index.search(vectors[:2], 5, np.zeros(300, np.bool_)) + index.search(
        vectors[:1], 0
    ):
        assert len(scores) == len(rows) == 0


def test_asking_for_more_than_there_is_gives_all(build: Build) -> None:
    vectors = unit(np.random.default_rng(4), 90)
    [(scores, rows)] = build(vectors).search(vectors[:1], 500)
    assert sorted(rows) == list(range(90))
    assert (np.diff(scores) <= 0).all()


def test_equal_scores_come_in_row_order(build: Build) -> None:
    vectors = unit(np.random.default_rng(5), 200)
    vectors[[3, 50, 120]] = vectors[7]
    [(_, rows)] = build(vectors).search(vectors[7:8], 4)
    assert rows.tolist() == [3, 7, 50, 120]


def test_gives_vectors_back(build: Build) -> None:
    vectors = unit(np.random.default_rng(6), 400)
    index = build(vectors)
    rows = np.array([399, 0, 5, 5])
    np.testing.assert_allclose(index.reconstruct(rows), vectors[rows], atol=5e-4)
    assert index.reconstruct(np.empty(0, np.int64)).shape == (0, DIM)


def test_one_vector_is_an_index(build: Build) -> None:
    vectors = unit(np.random.default_rng(7), 1)
    [(scores, rows)] = build(vectors).search(vectors, 3)
    assert rows.tolist() == [0]
    assert scores[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("exact_below", [0, 10**9])
def test_equal_vectors_give_equal_bytes(tmp_path: Path, exact_below: int) -> None:
    vectors = unit(np.random.default_rng(8), 5000)
    written = []
    for name in ("a", "b"):
        path = tmp_path / name / "dense.faiss"
        path.parent.mkdir()
        np.save(tmp_path / "mapped.npy", vectors)
        given = vectors if name == "a" else np.load(tmp_path / "mapped.npy", mmap_mode="r")
        dense.write(path, given, exact_below=exact_below)
        written.append([file.read_bytes() for file in dense.companions(path)])
    assert len(written[0]) == (1 if exact_below else 2)
    assert written[0] == written[1]


def test_a_large_collection_is_inverted_by_default(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    vectors, queries = unit(rng, 120_000), unit(rng, 40, 0.8)
    dense.write(tmp_path / "dense.faiss", vectors)
    index = dense.open_index(tmp_path / "dense.faiss")
    assert isinstance(index, dense.InvertedIndex)
    exact = [oracle(vectors, query, 10)[1] for query in queries]
    assert recall(index.search(queries, 10), exact) >= 0.98


def test_no_vectors_is_an_empty_index(tmp_path: Path) -> None:
    dense.write(tmp_path / "dense.faiss", np.empty((0, DIM), np.float32))
    index = dense.open_index(tmp_path / "dense.faiss")
    [(scores, _)] = index.search(np.ones((1, DIM), np.float32), 3)
    assert len(scores) == 0


@pytest.mark.parametrize("harm", ["missing", "cut", "noise", "no halves"])
def test_a_broken_file_is_damaged(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "dense.faiss"
    dense.write(path, unit(np.random.default_rng(10), 500), exact_below=0)
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif harm == "noise":
        path.write_bytes(b"no index at all" * 100)
    else:
        dense.companions(path)[1].unlink()
    with pytest.raises(Damaged, match=r"dense\.faiss"):
        dense.open_index(path)


def test_a_disk_that_fails_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"dense\.faiss"):
        dense.write(tmp_path / "no such folder" / "dense.faiss", np.eye(4, dtype=np.float32))


def test_no_row_of_a_large_index_is_mapped(tmp_path: Path) -> None:
    """What is mapped counts as this process's memory, and the system maps more than was asked."""
    vectors = unit(np.random.default_rng(3), 2000)
    dense.write(tmp_path / "dense.faiss", vectors, exact_below=100)
    index = dense.open_index(tmp_path / "dense.faiss")
    index.search(vectors[:50], 10)
    assert np.allclose(index.reconstruct(np.array([1999, 0])), vectors[[1999, 0]], atol=1e-3)
    assert "dense.faiss.f16.npy" not in Path("/proc/self/maps").read_text()


@pytest.mark.parametrize("exact_below", [0, 10**9])
def test_an_edit_keeps_what_was_stored_and_adds_the_rest(tmp_path: Path, exact_below: int) -> None:
    rng = np.random.default_rng(12)
    vectors, queries = unit(rng, 6000), unit(rng, 50, 0.8)
    old, new, again = (tmp_path / name for name in ("old", "new", "again"))
    dense.write(old, vectors[:5800], exact_below=exact_below)
    before = {path: path.read_bytes() for path in dense.companions(old)}
    # 300 rows go, those behind move up, 200 others come between them and one at the end
    source = np.concatenate([np.arange(1000), np.full(199, -1), np.arange(1300, 5800), [-1]])
    edit(new, old, source, vectors[5800:])
    given = np.concatenate([vectors[:1000], vectors[5800:5999], vectors[1300:5800], vectors[5999:]])
    index = dense.open_index(new)
    assert index.count == len(given)
    assert np.allclose(index.reconstruct(np.arange(len(given))), given, atol=1e-3)
    found = index.search(queries, 10)
    assert recall(found, [oracle(given, q, 10)[1] for q in queries]) >= 0.98
    kept = np.flatnonzero(source >= 0)
    stored = dense.open_index(old).reconstruct(source[kept])
    assert np.array_equal(index.reconstruct(kept), stored)
    back = np.concatenate([np.arange(1000), np.full(300, -1), np.arange(1199, 5699)])
    edit(again, new, back, vectors[1000:1300])
    assert same(dense.open_index(again).search(queries, 10), dense.open_index(old), queries)
    assert {path: path.read_bytes() for path in dense.companions(old)} == before


def same(
    found: list[tuple[dense.Scores, dense.Rows]], index: dense.VectorIndex, queries: dense.Vectors
) -> bool:
    return all(
        np.array_equal(rows, others) and np.array_equal(scores, more)
        for (scores, rows), (more, others) in zip(found, index.search(queries, 10), strict=True)
    )

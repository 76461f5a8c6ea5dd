import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cache.errors import StoreError
from cache.vectors import ASKED, VectorCache, text_key

DIM = 8


def _vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, DIM), dtype=np.float32)


def test_vectors_come_back_bit_for_bit(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(3 * ASKED + 7)]
    vectors = _vectors(len(texts))
    with VectorCache.open(tmp_path, DIM) as cache:
        cache.append(texts, vectors)
    with VectorCache.open(tmp_path, DIM) as cache:
        found, missing = cache.lookup(texts[::-1])
        assert len(cache) == len(texts)
    assert np.array_equal(found, vectors[::-1])
    assert missing.tolist() == []


def test_missing_rows_are_named_and_zero(tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DIM) as cache:
        cache.append(["b"], _vectors(1))
        found, missing = cache.lookup(["a", "b", "c", "b"])
        assert missing.tolist() == [0, 2]
        assert not found[[0, 2]].any()
        assert np.array_equal(found[[1, 3]], _vectors(1).repeat(2, axis=0))
        assert cache.lookup([])[0].shape == (0, DIM)


def test_roles_are_kept_apart(tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DIM) as cache:
        cache.append(["a"], _vectors(1), role="query")
        assert cache.lookup(["a"], role="passage")[1].tolist() == [0]
        assert cache.lookup(["a"], role="query")[1].tolist() == []


@given(st.lists(st.text(st.characters()), unique=True), st.lists(st.text(st.characters())))
def test_keys_tell_texts_apart(texts: list[str], others: list[str]) -> None:
    keys = {text_key(text, "passage") for text in {*texts, *others}}
    assert len(keys) == len({*texts, *others})


def test_shapes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DIM) as cache:
        with pytest.raises(ValueError, match="8 dimensions"):
            cache.append(["a", "b"], _vectors(1))
        with pytest.raises(ValueError, match="8 dimensions"):
            cache.append(["a"], np.zeros((1, DIM + 1), np.float32))
        assert len(cache) == 0


def test_a_damaged_record_is_missing_and_can_be_mended(tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DIM) as cache:
        cache.append(["a", "b"], _vectors(2))
    damaged = bytearray(_vectors(2)[0].tobytes())
    damaged[5] ^= 1
    connection = sqlite3.connect(tmp_path / "vectors.db")
    with connection:
        connection.execute(
            "UPDATE vectors SET vector = ? WHERE key = ?",
            (bytes(damaged), text_key("a", "passage")),
        )
    connection.close()
    with VectorCache.open(tmp_path, DIM) as cache:
        assert cache.lookup(["a", "b"])[1].tolist() == [0]
        cache.append(["a"], _vectors(2)[:1])
        found, missing = cache.lookup(["a", "b"])
    assert missing.tolist() == []
    assert np.array_equal(found, _vectors(2))


def test_vectors_of_another_dimension_are_missing(tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DIM) as cache:
        cache.append(["a"], _vectors(1))
    with VectorCache.open(tmp_path, DIM * 2) as cache:
        assert cache.lookup(["a"])[1].tolist() == [0]


def _spoil_head(content: bytes) -> bytes:
    return b"not a database at all" + content[21:]


def _spoil_pages(content: bytes) -> bytes:
    return content[:16_384] + b"\xff" * (len(content) - 16_384)


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("spoil", [_spoil_head, _spoil_pages, _cut])
def test_a_file_beyond_repair_is_started_again(spoil: object, tmp_path: Path) -> None:
    assert callable(spoil)
    texts, vectors = [f"text {n}" for n in range(3000)], _vectors(3000)
    with VectorCache.open(tmp_path, DIM) as cache:
        cache.append(texts, vectors)
    path = tmp_path / "vectors.db"
    path.write_bytes(spoil(path.read_bytes()))
    with VectorCache.open(tmp_path, DIM) as cache:
        _, missing = cache.lookup(texts)
        assert len(missing) > 0
        cache.append([texts[row] for row in missing], vectors[missing])
        found, missing = cache.lookup(texts)
    assert missing.tolist() == []
    assert np.array_equal(found, vectors)


def test_a_reader_goes_on_while_a_build_writes(tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DIM) as writer, VectorCache.open(tmp_path, DIM) as reader:
        for n in range(20):
            writer.append([f"text {n}"], _vectors(1, n))
            found, missing = reader.lookup([f"text {n}", f"text {n + 1}"])
            assert missing.tolist() == [1]
            assert np.array_equal(found[:1], _vectors(1, n))


def test_a_kill_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    script = f"""
import numpy as np
from pathlib import Path
from cache.vectors import VectorCache
cache = VectorCache.open(Path({str(tmp_path)!r}), {DIM})
for n in range(10**9):
    row = np.random.default_rng(n).standard_normal((1, {DIM}), dtype=np.float32)
    cache.append([f"text {{n}}"], row)
    print(n, flush=True)
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert writer.stdout is not None
    with writer.stdout as lines:
        for line in lines:
            if int(line) >= 50:
                break
        os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    with VectorCache.open(tmp_path, DIM) as cache:
        found, missing = cache.lookup([f"text {n}" for n in range(51)])
    assert missing.tolist() == []
    assert np.array_equal(found, np.concatenate([_vectors(1, n) for n in range(51)]))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "vectors").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="vectors"):
        VectorCache.open(tmp_path / "vectors" / "model", DIM)

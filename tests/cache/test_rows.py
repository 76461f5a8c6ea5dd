import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.errors import Damaged
from cache.rows import RowFile

COUNT, DIM = 50, 3
VALUES = np.random.default_rng(0).normal(size=(COUNT, DIM)).astype(np.float32)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    with RowFile(tmp_path_factory.mktemp("rows") / "x.rows", COUNT, DIM) as made:
        for start in range(0, COUNT, 7):
            made[start : start + 7] = VALUES[start : start + 7]
        yield made


@given(st.lists(st.integers(0, COUNT - 1)))
def test_rows_come_back_in_the_order_asked_for(rows, numbers):
    wanted = np.array(numbers, np.int64)
    assert np.array_equal(rows[wanted], VALUES[wanted])


@given(st.slices(COUNT))
@settings(max_examples=200)
def test_stretches_are_those_of_an_array(rows, stretch):
    assert np.array_equal(rows[stretch], VALUES[stretch])


def test_it_has_a_shape_and_starts_with_zeros(tmp_path):
    path = tmp_path / "x.rows"
    with RowFile(path, 4, 2) as made:
        assert (made.shape, len(made)) == ((4, 2), 4)
        made[1:2] = np.ones((1, 2), np.float32)
        assert made[:].tolist() == [[0, 0], [1, 1], [0, 0], [0, 0]]
        with pytest.raises(ValueError, match="rows 1 to 3"):
            made[1:3] = np.ones((1, 2), np.float32)
    assert not path.exists()


def test_a_file_cut_short_is_damage_and_goes_all_the_same(tmp_path):
    path = tmp_path / "x.rows"
    with RowFile(path, 4, 2) as made:
        path.write_bytes(b"1234")
        with pytest.raises(Damaged, match="cut short"):
            made[:]
    assert not path.exists()


def test_no_rows_at_all(tmp_path):
    with RowFile(tmp_path / "x.rows", 0, 2) as made:
        assert made[:].shape == made[np.empty(0, np.int64)].shape == (0, 2)

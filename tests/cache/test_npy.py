"""Files of arrays read by many threads at once."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cache import npy


class Lingering:
    """Garbage whose collection lets another thread run, as real finalizers do now and then."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        time.sleep(0.0001)


@pytest.fixture
def eager_collection():
    before = gc.get_threshold()
    gc.set_threshold(10)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("eager_collection")
def test_threads_that_read_headers_at_once_meet_no_fault_of_the_interpreter(tmp_path):
    rows = np.arange(6, dtype=np.int32).reshape(2, 3)
    np.save(tmp_path / "rows.npy", rows)
    np.savez(tmp_path / "rows.npz", rows=rows)

    def read(_):
        for _ in range(300):
            Lingering()
            assert npy.mapped(tmp_path / "rows.npy").tolist() == rows.tolist()
            assert npy.read_all(tmp_path / "rows.npz")["rows"].tolist() == rows.tolist()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read, range(8)))


def test_a_mapped_array_cannot_be_written(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros(3))
    assert not npy.mapped(tmp_path / "rows.npy").flags.writeable

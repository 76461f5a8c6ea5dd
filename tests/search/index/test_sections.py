import numpy as np
import pytest

from search.index import sections as stored
from search.index.sections import Section, Sections

CODES = np.array([1, 2, 2, 0, 1, 2, 0], np.uint8)


@pytest.fixture
def sections(tmp_path):
    """Two lists, of two sections and one; resource 6 stands alone."""
    stored.write(
        tmp_path,
        [Section(11, 0, [0, 1, 3]), Section(12, 0, [2, 4]), Section(7, 1, [3, 5])],
    )
    return Sections(tmp_path / stored.FILE)


def test_what_stands_beside_is_counted_by_section_and_by_list(sections):
    beside = sections.tally(CODES).beside(np.array([3, 4, 6]))
    assert beside.section.tolist() == [[0, 1, 2], [0, 1, 1], [0, 0, 0]]
    assert beside.list.tolist() == [[0, 2, 3], [0, 2, 2], [0, 0, 0]]


def test_nothing_beside_where_no_section_was_kept(tmp_path):
    stored.write(tmp_path, [])
    beside = Sections(tmp_path / stored.FILE).tally(CODES).beside(np.array([0, 1]))
    assert not beside.section.any()
    assert not beside.list.any()

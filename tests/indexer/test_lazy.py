import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.lazy import LazySequence


@given(st.lists(st.integers()), st.slices(10))
def test_it_reads_like_the_list_of_what_it_makes(values, some):
    made = LazySequence(len(values), values.__getitem__)
    assert list(made) == [*made] == values
    assert len(made) == len(values)
    assert made[some] == values[some]
    for at in range(-len(values), len(values)):
        assert made[at] == values[at]
    for beyond in (len(values), -len(values) - 1):
        with pytest.raises(IndexError):
            made[beyond]


def test_nothing_is_made_before_it_is_asked_for():
    asked = []
    made = LazySequence(3, lambda at: asked.append(at) or at)
    assert len(made) == 3
    assert asked == []
    assert made[1:] == [1, 2]
    assert asked == [1, 2]

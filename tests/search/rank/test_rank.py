import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.rank.rank import rank

FLOATS = st.floats(-10, 10, width=32)


@given(st.lists(st.tuples(FLOATS, FLOATS, FLOATS), max_size=30), st.integers(1, 12))
def test_parts_add_up_to_scores_in_order(rows, k):
    ordinals = np.arange(len(rows))[::-1].copy()
    columns = np.array(rows, np.float32).reshape(-1, 3).T
    parts = dict(zip(("dense", "lexical", "stars"), columns, strict=True))
    ranked = rank(ordinals, ordinals + 100, parts, k)
    assert len(ranked) == min(k, len(rows))
    assert len({place.ordinal for place in ranked}) == len(ranked)
    for place in ranked:
        assert place.passage == place.ordinal + 100
        assert sum(place.parts.values()) == place.score
        kept = json.loads(json.dumps({"score": place.score, "parts": place.parts}))
        assert sum(kept["parts"].values()) == kept["score"]
    assert ranked == sorted(ranked, key=lambda place: (-place.score, place.ordinal))
    left_out = set(ordinals.tolist()) - {place.ordinal for place in ranked}
    if ranked:
        totals = {int(o): float(c) for o, c in zip(ordinals, columns.T.sum(1), strict=True)}
        worst = min(place.score for place in ranked)
        assert all(totals[ordinal] <= worst + 1e-4 for ordinal in left_out)


def test_equal_scores_keep_the_order_of_the_catalog():
    parts = {"dense": np.ones(5, np.float32)}
    ranked = rank(np.array([4, 2, 0, 3, 1]), np.full(5, -1), parts, 3)
    assert [place.ordinal for place in ranked] == [0, 1, 2]


def test_a_part_that_says_nothing_is_not_shown_but_dense_is():
    parts = {"dense": np.zeros(1, np.float32), "stars": np.zeros(1, np.float32)}
    assert rank(np.array([0]), np.array([-1]), parts, 1)[0].parts == {"dense": 0.0}

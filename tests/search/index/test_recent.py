"""What is kept is what was asked for last."""

from search.index.recent import Recent


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    recent: Recent[int, str] = Recent(3)
    recent.keep({1: "a", 2: "b", 3: "c"})
    assert recent.held([1, 4]) == {1: "a"}
    recent.keep({4: "d", 5: "e"})
    assert recent.held(range(9)) == {1: "a", 4: "d", 5: "e"}

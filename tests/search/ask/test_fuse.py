import numpy as np
import pytest

from search.ask.fuse import COVERED, FEW, SCALE, Candidates, Known, relevance


def candidates(dense, lexical, own=1.0, abroad=1.0, foreign=None, words=4):
    count = len(dense)
    return Candidates(
        np.arange(count),
        np.array(dense, np.float32),
        np.array(lexical, np.float32),
        np.full(count, -1),
        np.zeros(count, bool) if foreign is None else np.array(foreign),
        Known(own, abroad),
        words,
        np.sort(np.array(dense, np.float32))[::-1],
    )


def words_of(*given, count=10_000, **more):
    return relevance(candidates(*given, **more), 0.0, 1.0, count)["lexical"]


def test_dense_is_standard_deviations():
    parts = relevance(candidates([0.4, 0.2, -0.1], [0, 0, 0]), chance=0.0, spread=0.2, count=100)
    assert parts["dense"] == pytest.approx([2 * SCALE, SCALE, -0.5 * SCALE])
    assert not parts["lexical"].any()


def test_words_count_by_how_much_of_the_question_they_cover():
    covered = [float(words_of([0], [1.0], own=share)[0]) for share in (0, 0.1, 0.4, COVERED, 3)]
    assert covered == sorted(covered)
    assert covered[0] == 0
    assert covered[-1] == pytest.approx(covered[-2])


def test_the_best_match_of_words_leads_in_proportion():
    lexical = words_of([0, 0, 0], [1.0, 0.5, 0.0])
    assert lexical[0] == pytest.approx(2 * lexical[1])
    assert lexical[2] == 0


def test_each_language_is_measured_by_what_its_own_words_know():
    lexical = words_of([0, 0], [1.0, 1.0], own=0.0, abroad=1.0, foreign=[False, True])
    assert lexical[0] == 0 < lexical[1]
    alike = words_of([0, 0], [1.0, 1.0], foreign=[False, True])
    assert alike[0] == alike[1]


def test_nothing_found_and_unknown_words_are_no_trouble():
    for found in (candidates([], []), candidates([0.1], [0.0], own=0.0)):
        parts = relevance(found, 0.0, 0.5, 0)
        assert all(len(part) == len(found.ordinals) for part in parts.values())
        assert all(np.isfinite(part).all() for part in parts.values())


def test_few_words_are_worth_less_than_many():
    worths = [float(words_of([0, 0], [1.0, 0.5], words=words)[0]) for words in (1, 2, 5, 20)]
    assert worths == sorted(worths)
    assert worths[0] < worths[-1] < 2.5 * worths[0]


def test_rarity_among_few_texts_tells_little():
    worths = [float(words_of([0], [1.0], count=count)[0]) for count in (0, 10, FEW, 100 * FEW)]
    assert worths[0] == 0
    assert worths == sorted(worths)
    assert worths[2] < 0.6 * worths[3]

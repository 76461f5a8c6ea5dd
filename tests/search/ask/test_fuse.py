import numpy as np
import pytest

from search.ask.fuse import SCALE, Candidates, relevance


def candidates(dense, lexical, ideal=10.0, words=4):
    count = len(dense)
    return Candidates(
        np.arange(count),
        np.array(dense, np.float32),
        np.array(lexical, np.float32),
        np.full(count, -1),
        max(lexical, default=0.0) / ideal if ideal else 0.0,
        words,
    )


def test_dense_is_standard_deviations():
    parts = relevance(candidates([0.4, 0.2, -0.1], [0, 0, 0]), chance=0.0, spread=0.2, reach=1.0)
    assert parts["dense"] == pytest.approx([2 * SCALE, SCALE, -0.5 * SCALE])
    assert not parts["lexical"].any()


def test_words_count_by_how_much_of_the_question_they_cover():
    def best(lexical, reach=1.0):
        return float(relevance(candidates([0, 0], lexical), 0.0, 1.0, reach)["lexical"].max())

    covered = [best([share, 0.0]) for share in (0.0, 0.5, 1.0, 2.0, 10.0)]
    assert covered == sorted(covered)
    assert covered[0] == 0
    assert covered[-1] == pytest.approx(best([1000.0, 0.0]))
    assert best([1.0, 0.5], reach=0.0) < best([1.0, 0.5], reach=1.0)


def test_the_best_match_of_words_leads_in_proportion():
    lexical = relevance(candidates([0, 0, 0], [8.0, 4.0, 0.0]), 0.0, 1.0, 1.0)["lexical"]
    assert lexical[0] == pytest.approx(2 * lexical[1])
    assert lexical[2] == 0


def test_nothing_found_and_unknown_words_are_no_trouble():
    for found in (candidates([], []), candidates([0.1], [0.0], ideal=0.0)):
        parts = relevance(found, 0.0, 0.5, 0.5)
        assert all(len(part) == len(found.ordinals) for part in parts.values())
        assert all(np.isfinite(part).all() for part in parts.values())


def test_few_words_are_worth_less_than_many():
    def worth(words):
        found = candidates([0, 0], [10.0, 5.0], words=words)
        return float(relevance(found, 0.0, 1.0, 1.0)["lexical"].max())

    worths = [worth(words) for words in (1, 2, 5, 20)]
    assert worths == sorted(worths)
    assert worths[0] < worths[-1] < 2.5 * worths[0]

from collections import Counter

import numpy as np
import pytest

from search.ask.feedback import TELLING, WORDS, enlarged, stands_out, telling
from search.ask.retrieve import LegQuery
from search.index import lexical
from search.index.lexical import Fields, open_index

BODY = "wings lift drag boundary layer flow heat transfer shock wave mach number "
TEXTS = [BODY * 3 + word for word in ("aeroelastic", "hypersonic", "aeroelastic", "plate", "cone")]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words") / "lexical"
    other = [f"poem {n} of spring" for n in range(30)]
    lexical.write(folder, (Fields(n, text=t) for n, t in enumerate([*TEXTS, *other])))
    return open_index(folder)


def asked_for(*said):
    return LegQuery(lambda: unit(1), Counter(said), {}, "en", len(said))


def unit(*values):
    vector = np.zeros(8, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def test_one_text_that_answers_far_better_stands_out():
    assert stands_out(np.array([9, 4, 3, 2, 1, 0], np.float32))
    assert stands_out(np.array([9, 8, 7], np.float32))
    assert stands_out(np.zeros(10, np.float32))
    assert not stands_out(np.array([9, 8.5, 8, 8, 7, 1], np.float32))


def test_the_question_moves_towards_what_its_answers_share(words):
    cards = np.stack([unit(0, 1)] * 5)
    asked = enlarged(asked_for("aeroelastic", "wings"), cards, TEXTS, 1.0, words)
    assert np.linalg.norm(asked.vector()) == pytest.approx(1)
    assert 0 < asked.vector()[1] < asked.vector()[0]
    assert sum(asked.words.values()) == pytest.approx(1)
    assert asked.words["aeroelastic"] >= (1 - WORDS) / 2
    assert 0 < asked.words["flow"] < asked.words["aeroelastic"]
    assert len(asked.words) <= TELLING + 2


def test_what_words_do_not_know_is_not_fed_back(words):
    cards = np.stack([unit(0, 1)] * 5)
    asked = enlarged(asked_for("aeroelastic"), cards, TEXTS, 0.0, words)
    np.testing.assert_allclose(asked.vector(), unit(1))
    assert asked.words["aeroelastic"] == pytest.approx(1)


def test_cards_of_a_few_words_have_nothing_to_say(words):
    cards = np.stack([unit(0, 1)] * 5)
    assert enlarged(asked_for("wings"), cards, ["a few words"] * 5, 1.0, words) is None
    assert enlarged(asked_for(), cards, TEXTS, 1.0, words) is None


def test_telling_words_are_rare_ones_and_no_stop_words(words):
    shares = telling([["the", "flow", "zzz"], ["flow", "the"]], words)
    assert "the" not in shares
    assert sum(shares.values()) == pytest.approx(1)
    assert telling([[]], words) == {}

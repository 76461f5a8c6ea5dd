from dataclasses import replace

import numpy as np
import pytest

from search.index.centre import Census, Centres, background_questions, embed_background

RNG = np.random.default_rng(0)
DIM = 16


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


AXES = {language: unit(RNG.normal(size=(1, DIM)))[0] for language in ("en", "zh")}


def texts(language, count, seed=1):
    """Unit vectors that share their language's direction."""
    noise = np.random.default_rng(seed).normal(size=(count, DIM)) * 0.15
    return unit(2 * AXES.get(language, np.zeros(DIM)) + noise)


class ByLanguage:
    """An encoder that knows nothing but the language, told by its questions' characters."""

    def encode_queries(self, questions):
        language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in questions[0]) else "en"
        return texts(language, len(questions), seed=5)

    encode_passages = encode_queries


@pytest.fixture(scope="module")
def background():
    return embed_background(ByLanguage())


def centres_of(background, **counts):
    census = Census(DIM)
    for language, count in counts.items():
        census.add(texts(language, count), [language] * count)
    return census.centres(background)


def test_background_questions_are_alike_in_number_and_both_languages_are_there():
    questions = background_questions()
    assert {"en", "zh"} <= questions.keys()
    assert min(len(texts) for texts in questions.values()) >= 20


def test_a_mixed_collection_loses_its_languages(background):
    centres = centres_of(background, en=200, zh=200)
    raw = np.concatenate([texts("en", 50, 3), texts("zh", 50, 4)])
    languages = ["en"] * 50 + ["zh"] * 50
    centred = centres.centre_passages(raw, languages)
    assert np.linalg.norm(centred, axis=1) == pytest.approx(np.ones(100), abs=1e-5)

    def apart(vectors):
        return float(np.linalg.norm(vectors[:50].mean(0) - vectors[50:].mean(0)))

    assert apart(centred) < 0.3 * apart(raw)


def test_one_language_alone_keeps_most_of_what_it_shares(background):
    alone = centres_of(background, en=300)
    mixed = centres_of(background, en=300, zh=300)
    assert np.linalg.norm(alone.passages["en"]) < 0.5 * np.linalg.norm(mixed.passages["en"])
    assert alone.shares == {"en": 1.0}
    assert sum(mixed.shares.values()) == pytest.approx(1)


def test_unknown_languages_are_centred_by_everyday(background):
    centres = centres_of(background, en=20, zh=20)
    for language in (None, "xx"):
        assert np.isfinite(centres.centre_passages(texts("en", 2), [language] * 2)).all()
    assert np.isfinite(centres.centre_query(texts("en", 1)[0], "🦜")).all()


def test_an_empty_collection_has_centres(background):
    centres = Census(DIM).centres(background)
    assert centres.shares == {}
    assert np.isfinite(centres.centre_passages(texts("en", 1), ["en"])).all()


def test_pieces_give_what_the_whole_gives(background):
    whole, pieces = Census(DIM), Census(DIM)
    vectors, languages = texts("en", 60), ["en", "zh", None] * 20
    whole.add(vectors, languages)
    for start in range(0, 60, 7):
        pieces.add(vectors[start : start + 7], languages[start : start + 7])
    one, other = whole.centres(background), pieces.centres(background)
    for language, centre in one.passages.items():
        assert other.passages[language] == pytest.approx(centre, abs=1e-6)


def test_saved_centres_are_read_back(background, tmp_path):
    centres = centres_of(background, en=40, zh=10).measured(
        texts("en", 40), {"en": texts("en", 3), "zh": texts("zh", 2)}
    )
    centres.save(tmp_path / "centres.npz")
    back = Centres.load(tmp_path / "centres.npz")
    for name in ("chance", "spread", "shares", "everyday"):
        assert getattr(back, name) == getattr(centres, name)
    for side in ("passages", "queries"):
        one, other = getattr(centres, side), getattr(back, side)
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("count", [0, 1, 2, 3000])
def test_a_spread_is_positive_whatever_there_is(background, count):
    centres = centres_of(background, en=5)
    asked = {"en": texts("en", 4)}
    assert 0 < centres.measured(texts("en", count).reshape(-1, DIM), asked).spread <= 1


def test_everyday_questions_come_as_near_as_their_five_nearest(background):
    centres = centres_of(background, en=40)
    passages, asked = texts("en", 40), {"en": texts("en", 6), "xx": texts("zh", 2)}
    told = centres.measured(passages, asked).everyday
    for name, vectors in asked.items():
        moved = vectors - centres.queries.get(name, centres.queries[""])
        cosines = moved / np.linalg.norm(moved, axis=1, keepdims=True) @ passages.T
        assert told[name] == pytest.approx(np.sort(cosines, axis=1)[:, -5:].mean(), abs=1e-5)


def test_what_was_centred_comes_back() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    languages = ["en", "zh", None, "en", "fr", "zh"]
    means = {name: 0.4 * vectors[place] for name, place in (("", 0), ("en", 1), ("zh", 2))}
    centres = Centres(means, means)
    centred = centres.centre_passages(vectors, languages)
    assert centres.uncentred(centred, languages) == pytest.approx(vectors, abs=1e-5)


def test_a_language_turns_by_the_angle_its_centre_moved(background):
    census, english = Census(DIM), ["en"] * 400
    vectors = texts("en", 400)
    census.add(vectors, english)
    now = census.centres(background)
    assert census.turn(now, now) == 0
    moved = {**now.passages, "en": now.passages["en"] + 0.01 * AXES["zh"]}
    off = replace(now, passages=moved)
    pairs = (now.centre_passages(vectors, english), off.centre_passages(vectors, english))
    seen = np.degrees(np.arccos(np.clip((pairs[0] * pairs[1]).sum(1), -1, 1))).mean()
    assert 0.5 * census.turn(off, now) < seen <= 1.1 * census.turn(off, now)
    moved["zh"] = moved["zh"] + 1  # a language that nothing is in tells nothing
    assert census.turn(off, now) == census.turn(replace(now, passages=moved), now) > 0

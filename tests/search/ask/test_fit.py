import numpy as np
import pytest

from search.ask.fit import LITTLE, fit, is_little
from search.ask.fuse import Candidates, Known
from search.index.centre import Centres


def found(nearest, own=0.5, foreign=0.0):
    count = len(nearest)
    near = np.array(nearest, np.float32)
    zeros = np.zeros(count, np.float32)
    far = np.zeros(count, bool)
    return Candidates(np.arange(count), near, zeros, zeros, far, Known(own, foreign), 2, near)


def centres(**everyday):
    return Centres({}, {}, spread=0.1, everyday=everyday)


def test_the_nearer_and_the_better_known_the_likelier():
    told = [fit(found([cosine] * 5), centres(en=0.4), "en") for cosine in (0.1, 0.3, 0.4, 0.6)]
    assert told == sorted(told)
    assert 0 < told[0] < LITTLE < told[-1] < 1
    unknown, known = (fit(found([0.35], own=own), centres(en=0.4), "en") for own in (0, 1))
    assert unknown < known


def test_nearness_is_told_by_what_is_usual_for_the_language():
    told = {lang: fit(found([0.4]), centres(en=0.6, zh=0.2), lang) for lang in ("en", "zh", "fr")}
    assert told["en"] < told["fr"] < told["zh"]


def test_nothing_found_fits_nothing_and_an_old_build_cannot_tell():
    assert fit(found([]), centres(en=0.4), "en") == 0
    assert fit(found([0.4]), centres(), "en") is None
    assert is_little(0.0)
    assert not is_little(None)
    assert not is_little(0.9)


@pytest.mark.parametrize("cosine", [-1.0, 1.0])
def test_it_stays_between_0_and_1(cosine):
    tiny = Centres({}, {}, spread=1e-3, everyday={"en": 0.0})
    assert 0 <= fit(found([cosine]), tiny, "en") <= 1

import numpy as np
import pytest

from cache.records import KINDS
from search.ask.understand import understand
from search.index import sections as stored
from search.index.catalog_rows import FIGURES
from search.index.sections import Section, Sections
from search.rank.likely_kinds import with_likely_kinds
from search.rank.priors import prior_parts

BOOK, CODE = (KINDS.index(kind) + 1 for kind in ("book", "code"))


@pytest.fixture
def figures():
    rows = np.zeros(7, FIGURES)
    rows["rating"] = rows["difficulty"] = np.nan
    rows["kind"] = [BOOK, BOOK, 0, CODE, CODE, CODE, 0]
    return rows


@pytest.fixture
def tally(figures, tmp_path):
    """A section of books, one of code, one list; resource 6 stands in none."""
    stored.write(tmp_path, [Section(1, 0, [0, 1, 2]), Section(2, 0, [3, 4, 5])])
    return Sections(tmp_path / stored.FILE).tally(figures["kind"])


def test_what_nobody_calls_anything_is_what_stands_beside_it(figures, tally):
    filled, sure = with_likely_kinds(figures, np.arange(7), tally)
    assert filled["kind"].tolist() == [BOOK, BOOK, BOOK, CODE, CODE, CODE, 0]
    assert sure[[0, 1, 3, 4, 5]].tolist() == [1] * 5
    assert 0.5 < sure[2] < 1
    assert sure[6] == 0
    assert figures["kind"].tolist() == [BOOK, BOOK, 0, CODE, CODE, CODE, 0]


def test_a_likely_kind_serves_as_far_as_it_is_likely(figures, tally):
    filled, sure = with_likely_kinds(figures, np.arange(7), tally)
    asked = prior_parts(understand("book on compilers"), filled, sure=sure)["kind"]
    assert asked[0] == asked[1] > asked[2] > asked[3] == asked[6] == 0
    assert asked[2] == pytest.approx(asked[0] * sure[2])

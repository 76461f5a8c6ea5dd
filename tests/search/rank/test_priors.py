import numpy as np
import pytest

from cache.records import INTENTS, KINDS
from search.ask.understand import understand
from search.index.catalog_rows import FIGURES, dated
from search.rank.priors import AKIN, MEAN_STARS, PRIORS, USUAL, WEIGHTS, prior_parts


def table(**columns):
    """Facts of as many resources as the longest column, nothing known of the rest."""
    count = max(len(values) for values in columns.values())
    rows = np.zeros(count, FIGURES)
    rows["rating"] = rows["difficulty"] = np.nan
    rows["lists"] = 1
    for name, values in columns.items():
        rows[name] = values
    return rows


def parts(question, rows, **flags):
    return prior_parts(understand(question, **flags), rows)


def test_every_prior_has_a_weight_and_every_weight_a_prior_or_the_author():
    assert {prior.name for prior in PRIORS} <= WEIGHTS.keys()
    assert all(weight > 0 for weight in WEIGHTS.values())
    assert set(USUAL) == {None, *INTENTS}
    usual = {kind for kinds in USUAL.values() for kind in kinds}
    assert usual | set(AKIN) | {k for akin in AKIN.values() for k in akin} <= set(KINDS)


def test_nothing_known_says_nothing():
    assert parts("RLHF", table(rating=[np.nan, np.nan])) == {}


def test_stars_pull_by_their_confidence():
    rows = table(rating=[5, 5, MEAN_STARS, 1, np.nan], rating_confidence=[1, 0.3, 1, 1, 0])
    stars = parts("RLHF", rows)["stars"]
    assert stars[0] == pytest.approx(WEIGHTS["stars"])
    assert stars[0] > stars[1] > stars[2] == pytest.approx(0)
    assert stars[3] < stars[4] == 0


def test_level_speaks_only_where_asked_and_by_confidence():
    rows = table(difficulty=[1, 2, 3, 1], difficulty_confidence=[1, 1, 1, 0.4])
    assert "level" not in parts("RLHF", rows)
    easy = parts("explain RLHF simply", rows)["level"]
    assert easy[0] > easy[3] > easy[1] > easy[2]
    hard = parts("RLHF", rows, level="advanced")["level"]
    assert hard[2] > hard[1] > hard[0]


def test_agreement_of_lists_grows_slowly_and_stops():
    agreed = parts("RLHF", table(lists=[1, 2, 8, 500]))["lists"]
    assert agreed[0] == 0
    assert 0 < agreed[1] < agreed[2] == agreed[3] == pytest.approx(WEIGHTS["lists"])


def test_tiers():
    tier = parts("RLHF", table(tier=[1, 2, 3, 0]))["tier"]
    assert tier[0] > tier[1] == tier[3] == 0 > tier[2]


def code(kind):
    return KINDS.index(kind) + 1


def test_a_kind_in_words_steers_and_a_flag_does_not():
    kinds = [0, *map(code, ("paper", "survey", "video"))]
    rows = table(kind=kinds)
    asked = parts("RLHF papers", rows)
    assert asked["kind"][1] > asked["kind"][2] > asked["kind"][3] == asked["kind"][0] == 0
    assert "usual kind" not in asked
    assert "kind" not in parts("RLHF", rows, kinds=["paper"])
    usual = parts("RLHF", table(kind=[0, *map(code, ("tutorial", "tool"))]))["usual kind"]
    assert usual[1] > usual[0] == 0 > usual[2]


def test_what_a_question_wants_decides_which_kinds_serve():
    rows = table(kind=[0, *map(code, ("course", "code", "dataset"))])
    usual = {
        wanted: parts(question, rows)["usual kind"].tolist()
        for wanted, question in [
            ("learning", "how do vector databases work"),
            ("tool", "async PostgreSQL driver for Python"),
            ("dataset", "气候 公开数据"),
        ]
    }
    assert usual["learning"].index(max(usual["learning"])) == 1
    assert usual["tool"].index(max(usual["tool"])) == 2
    assert usual["dataset"].index(max(usual["dataset"])) == 3
    assert all(points[0] == 0 for points in usual.values())


def test_who_asks_to_learn_asks_for_something_to_learn_from():
    rows = table(difficulty=[np.nan, 1])
    for question in ("explain RLHF simply", "RLHF in depth", "what is RLHF"):
        assert parts(question, rows)["teaches"].tolist() == pytest.approx([-WEIGHTS["teaches"], 0])
    assert parts("RLHF", rows, level="beginner")["teaches"][0] < 0
    for question in ("RLHF", "a framework for RLHF", "advanced RLHF frameworks"):
        assert "teaches" not in parts(question, rows)


def test_languages_and_dates_in_words():
    rows = table(language=[b"zh", b"en"], published=[20230100, 20180000])
    assert parts("RLHF in Chinese", rows)["language"].tolist() == pytest.approx(
        [WEIGHTS["language"], 0]
    )
    since = parts("RLHF since 2022", rows)["date"]
    assert since[0] > 0 > since[1]
    newest = parts("latest RLHF", rows)["fresh"]
    assert newest[0] > newest[1]
    assert "date" not in parts("RLHF", rows)


def test_no_candidates():
    assert (
        prior_parts(understand("latest RLHF papers in Chinese since 2022"), table(lists=[])) == {}
    )


@pytest.mark.parametrize(
    ("question", "signs"),
    [
        ("RLHF since 2023-06", [0, -1, 1, 1, -1, 0]),
        ("RLHF before 2023-06", [0, 1, -1, -1, 1, 0]),
        ("RLHF since 2023", [1, 1, 1, 1, -1, 0]),
        ("RLHF before 2024", [1, 1, 1, -1, 1, 0]),
    ],
)
def test_a_date_that_may_be_of_either_side_says_nothing(question, signs):
    rows = table(published=[20230000, 20230500, 20230600, 20240101, 20220000, 0])
    assert np.sign(parts(question, rows)["date"]).tolist() == signs
    given = understand(question)
    may, _ = dated(rows["published"], given.after, given.before)
    outside = [sign < 0 for sign in signs]
    assert may[:5].tolist() == [not out for out in outside[:5]]  # the filter leaves these

import pytest

from cache.records import Facts, Resource
from search.recommend.path_reasons import Step, reasons


def step(title: str, kind: str | None, level: int = 2, facts: Facts | None = None) -> Step:
    url = f"https://example.org/{title}"
    return Step(Resource(title, url, (), title, kind, "en", ()), facts or Facts(), level, 1.0)


def test_a_form_that_the_path_has_not_had_is_a_reason_once():
    steps = [step("a", "article"), step("b", "video"), step("c", "video"), step("d", "tutorial")]
    assert reasons(steps, chinese=False, ended=False)[1:] == [
        "the same ground, to watch",
        "more on the same level",
        "the same ground, step by step",
    ]


@pytest.mark.parametrize(("chinese", "said"), [(False, "now in depth"), (True, "现在深入")])
def test_what_is_harder_says_so_whatever_its_form(chinese, said):
    assert reasons([step("a", "article"), step("b", "video", 3)], chinese=chinese, ended=False)[
        1
    ].startswith(said)


def test_what_is_required_names_the_step_that_covers_it():
    steps = [
        step("Linear algebra", "article"),
        step("Learning", None, 2, Facts(requires="linear algebra")),
    ]
    told = reasons(steps, chinese=False, ended=True)[1]
    assert "assumes linear algebra, which step 1 covers" in told
    assert told.endswith("here the lists end")

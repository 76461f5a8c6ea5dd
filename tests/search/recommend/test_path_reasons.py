import pytest

from cache.records import Entry, Facts, Resource
from search.recommend.path_reasons import CHINESE, ENGLISH, Step, reasons


def step(
    title: str,
    kind: str | None,
    level: int = 2,
    facts: Facts | None = None,
    section: tuple[str, ...] = (),
    language: str | None = "en",
    after: int | None = None,
) -> Step:
    url = f"https://example.org/{title}"
    mentions = (Entry("a.md", url, title, section=section),)
    resource = Resource(title, url, (), title, kind, language, mentions)
    return Step(resource, facts or Facts(), level, after)


def told(*steps: Step, topic: str = "Go", chinese: bool = False, ended: bool = False) -> list[str]:
    return reasons(steps, topic, chinese=chinese, ended=ended)


def test_both_languages_say_the_same_things():
    assert ENGLISH.keys() == CHINESE.keys()
    for name, said in ENGLISH.items():
        assert said.count("{") == CHINESE[name].count("{")


def test_each_step_says_what_one_does_with_it():
    steps = [step("a", "article"), step("b", "video"), step("c", "video"), step("d", "course")]
    assert told(*steps)[1:] == ["a video to watch", "one more video", "the course to work through"]
    assert told(*steps, chinese=True)[3].startswith("主要跟着学的课程")


def test_a_second_course_says_whether_it_goes_further():
    steps = [step("a", "course", 1), step("b", "course", 1), step("c", "course", 2)]
    assert told(*steps)[1:] == [
        "another course, where that one does not suit you",
        "now for those who know the basics; a course that goes further",
    ]


@pytest.mark.parametrize(("chinese", "said"), [(False, "now in depth"), (True, "现在深入")])
def test_what_is_harder_says_so_whatever_its_form(chinese, said):
    assert told(step("a", "article"), step("b", "video", 3), chinese=chinese)[1].startswith(said)


def test_what_is_required_names_the_step_that_covers_it():
    steps = [
        step("Linear algebra", "article"),
        step("Learning", None, 2, Facts(requires="linear algebra")),
    ]
    said = told(*steps, ended=True)[1]
    assert "assumes linear algebra, which step 1 covers" in said
    assert said.endswith("here the lists end")


def test_a_step_says_the_part_of_the_topic_it_is_filed_under_once():
    steps = [
        step("a", "article"),
        step("b", None, section=("Awesome Go", "Concurrency")),
        step("c", None, section=("Awesome Go", "Concurrency")),
        step("d", None, section=("Awesome Go", "Books")),
        step("e", None, section=("Awesome Rust", "Concurrency")),
    ]
    assert ["Concurrency" in said for said in told(*steps)] == [False, True, False, False, False]


@pytest.mark.parametrize(
    ("language", "chinese", "said"),
    [("zh", False, "in Chinese"), ("en", True, "英文"), ("en", False, ""), (None, False, "")],
)
def test_another_language_than_the_topic_is_said(language, chinese, said):
    named = told(step("a", None, language=language), chinese=chinese)[0]
    languages = {"in Chinese", "in English", "英文", "中文"}
    assert languages & set(named.replace("；", "; ").split("; ")) == ({said} if said else set())


def test_what_curators_put_right_before_is_named():
    assert "right after step 1" in told(step("a", None), step("b", None, after=1))[1]
    assert "紧接在第 1 步之后" in told(step("a", None), step("b", None, after=1), chinese=True)[1]

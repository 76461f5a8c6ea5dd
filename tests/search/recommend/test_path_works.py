from dataclasses import replace

from cache.records import Entry, Facts, Ranked, Resource
from search.ask.understand import understand
from search.recommend.path_works import FEW, Found, on_topic
from search.recommend.scope import Wording

SPARK = [Wording(0.9, [(5.0, [("spark",)])])]


def found(title: str, scope: float, kind: str | None = "tutorial", behind: float = 0.5) -> Found:
    url = f"https://example.org/{title}"
    place = Ranked(0, -1, 1.0, {})
    return Found(
        place, Resource(title, url, (), title, kind, "en", ()), Facts(), scope, 0.6, behind
    )


def titles(*there: Found, topic: str = "Spark", named_only: bool = False) -> list[str]:
    query = understand(topic)
    chosen = on_topic(list(there), query, SPARK, named_only=named_only)
    return [each.resource.title for each in chosen]


SURE = [found(f"Learning Spark {n}", 1.0) for n in range(FEW)]
LOOSE = found("Spark for trains", 0.4)
STORY = found("Spark at Example", 1.0, "article")
PAPER = found("Spark, a paper", 1.0, "paper")
BESIDE = found("Trains", 0.0)


def test_where_enough_is_on_a_topic_nothing_else_joins():
    assert titles(*SURE, LOOSE, STORY, PAPER) == [each.resource.title for each in SURE]


def test_where_little_is_on_a_topic_what_names_it_among_others_joins_then_asides():
    there = titles(SURE[0], STORY, PAPER, LOOSE, BESIDE)
    assert there == ["Learning Spark 0", "Spark for trains", "Spark at Example"]


def test_what_names_a_topic_loosely_and_is_further_off_does_not_join():
    assert titles(SURE[0], LOOSE._replace(behind=2.0)) == ["Learning Spark 0"]


def test_where_there_is_nothing_else_stories_and_research_on_a_topic_will_do():
    assert titles(STORY, PAPER, BESIDE) == ["Spark at Example", "Spark, a paper"]


def test_a_kind_that_is_asked_for_is_no_aside():
    assert titles(*SURE, PAPER, topic="Spark paper")[-1] == "Spark, a paper"


def test_a_course_whose_note_names_the_topic_will_do_where_no_title_does():
    noted = Entry("a.md", BESIDE.resource.url, "Trains", note="Engines, rails and Spark.")
    course = replace(BESIDE.resource, kind="course", mentions=(noted,))
    article = replace(course, kind="article")
    assert titles(BESIDE._replace(resource=course)) == ["Trains"]
    assert titles(BESIDE._replace(resource=article)) == []
    assert titles(BESIDE._replace(resource=course), named_only=True) == []

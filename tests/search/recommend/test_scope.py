import pytest

from search.recommend.scope import names, scope, short_forms

SQL = [(0.9, {"sql": 4.3})]
DEEP_LEARNING = [(0.9, {"deep": 3.1, "learn": 1.9}), (0.6, {"深度": 1.0, "学习": 1.0, "度学": 1.0})]
ASYNC = [(0.9, {"python": 2.2, "asyncio": 5.4})]
GO = [(0.9, {"go": 1.9})]


def rarity(token: str) -> float:
    return 4.0


@pytest.mark.parametrize(
    ("title", "wordings"),
    [
        ("Learning SQL", SQL),
        ("The SQL Handbook (2nd edition)", SQL),
        ("SQL: a gentle introduction to databases of all sorts", SQL),
        ("Deep Learning by Kaggle", DEEP_LEARNING),
        ("深度学习入门教程", DEEP_LEARNING),
        ("Go语言圣经", GO),
        ("Go 指南", GO),
        ("Understanding Queries in Relational Databases (SQL)", SQL),
    ],
)
def test_a_title_that_names_a_topic_and_how_it_is_taught_is_on_it(title, wordings):
    assert scope(title, "", wordings, rarity) == 1


@pytest.mark.parametrize(
    ("title", "wordings"),
    [
        ("Go database/sql tutorial", SQL),
        ("Deep Learning for Melanoma Detection", DEEP_LEARNING),
        ("Go语言定制指南", GO),
    ],
)
def test_what_else_a_title_names_counts_against_it(title, wordings):
    assert 0 < scope(title, "", wordings, rarity) < 0.7


def test_a_title_that_does_not_name_the_topic_is_not_on_it():
    assert scope("Learning Python", "", SQL, rarity) == 0
    assert scope("", "", SQL, rarity) == 0


def test_headings_may_say_what_a_title_leaves_out():
    assert scope("asyncio", "", ASYNC, rarity) == 0
    assert scope("asyncio", "Python > Networking", ASYNC, rarity) == 1
    assert scope("Networking", "Python asyncio", ASYNC, rarity) == 0


def test_a_topic_is_named_in_either_language():
    assert names(frozenset({"deep", "learn"}), DEEP_LEARNING)
    assert names(frozenset({"深度", "度学"}), DEEP_LEARNING)
    assert not names(frozenset({"learn"}), DEEP_LEARNING)


def test_titles_tell_what_a_topic_is_called_for_short():
    titles = [
        "Machine Learning Operations (MLOps): an overview",
        "MLOps (machine learning operations) on a cloud",
        "Machine Learning (ML) at work",
        "Machine learning operations (paper)",
    ]
    assert short_forms("machine learning operations", titles) == {"mlops"}
    assert short_forms("machine learning", titles) == {"ml"}
    assert short_forms("operations", titles) == short_forms("深度学习", titles) == frozenset()

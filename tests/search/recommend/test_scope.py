import pytest

from search.recommend.scope import Wording, besides, names, scope


def called(**weights: float) -> Wording:
    return Wording(0.9, [(weight, [(token,)]) for token, weight in weights.items()])


SQL = [called(sql=4.3)]
DEEP_LEARNING = [
    called(deep=3.1, learn=1.9),
    Wording(0.9, [(1.0, [("深度", "度学", "学习"), ("deep", "learn")])]),
]
ASYNC = [called(python=2.2, asyncio=5.4)]
GO = [called(go=1.9)]


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
        ("动手学深度学习", DEEP_LEARNING),
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
    assert names(frozenset({"深度", "度学", "学习"}), DEEP_LEARNING)
    assert not names(frozenset({"learn"}), DEEP_LEARNING)
    assert not names(frozenset({"深度", "度学"}), DEEP_LEARNING)


TITLES = [
    "Machine Learning Operations (MLOps): an overview",
    "MLOps (machine learning operations) on a cloud",
    "Machine Learning (ML) at work",
    "Machine learning operations (paper)",
    "Reinforcement Learning from Human Feedback (RLHF)",
    "Gene ontology (GO)",
]


@pytest.mark.parametrize(
    ("topic", "others"),
    [
        ("machine learning operations", {"mlops", "ml operations"}),
        ("machine learning", {"ml"}),
        ("Python for machine learning", {"python for ml"}),
        ("RLHF", {"reinforcement learning from human feedback"}),
        ("math for chemists", {"mathematics for chemists"}),
        ("mathematics", {"math"}),
        ("Go", set()),
        ("operations", set()),
        ("深度学习", set()),
    ],
)
def test_lists_tell_what_else_a_topic_is_called(topic, others):
    assert besides(topic, TITLES) == others

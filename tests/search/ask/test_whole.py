import pytest

from search.ask.understand import telling, understand
from search.ask.whole import MANY, asks_for_all, says_all
from search.text import query_tokens


def own(question):
    return [[(word,)] for word in query_tokens(question)]


def test_a_common_word_is_not_bought_off_by_a_rare_one():
    texts = ["periodic jobs for Go", "jobs run periodically, in Python", "Python"]
    assert says_all(own("periodic jobs in python"), texts).tolist() == [0, 1, 0]


def test_one_of_several_names_of_a_word_is_enough():
    groups = [[("web", "crawler"), ("crawler",), ("scraper",)], [("python",)]]
    texts = ["a Python scraper", "Python on the web", "crawler in Go"]
    assert says_all(groups, texts).tolist() == [1, 0, 0]


def test_topics_of_a_few_words_ask_for_nothing_in_particular():
    assert not asks_for_all(["linear", "programming"], something=False)
    assert asks_for_all(["linear", "programming"], something=True)
    assert asks_for_all([f"word{n}" for n in range(MANY)], something=False)
    assert not asks_for_all([], something=True)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("how do vector databases work", "vector databases work"),
        ("build a chatbot from scratch", "build a chatbot"),
        ("分布式系统原理", "分布式系统"),
        ("why", "why"),
    ],
)
def test_what_only_says_that_one_wants_to_learn_is_not_looked_for(question, left):
    assert " ".join(telling(understand(question)).split()) == left

import numpy as np
import pytest

from search.ask.understand import telling, understand
from search.ask.whole import MANY, asks_for_all, named_fields, says_all
from search.text import query_tokens, tokens


def said(*texts):
    return [frozenset(tokens(text)) for text in texts]


def none(texts):
    return np.zeros(len(texts), bool)


def test_a_common_word_is_not_bought_off_by_a_rare_one():
    texts = said("periodic jobs for Go", "jobs run periodically, in Python", "Python")
    words = query_tokens("periodic jobs in python")
    assert says_all(words, None, none(texts), texts).tolist() == [0, 1, 0]


def test_of_several_names_in_another_language_one_is_enough():
    abroad = [[("web", "crawler"), ("crawler",), ("scraper",)], [("python",)]]
    texts = said("a Python scraper", "Python on the web", "crawler in Go", "Python 爬虫")
    foreign = np.array([True, True, True, False])
    words = query_tokens("Python 爬虫")
    assert says_all(words, abroad, foreign, texts).tolist() == [1, 0, 0, 1]
    assert says_all(words, None, foreign, texts).tolist() == [0, 0, 0, 1]


def test_a_heading_of_its_own_names_a_field():
    texts = said("patterns in Java", "patterns in Go", "patterns")
    headings = ["Java", "Awesome Go", "Design Patterns"]
    words = query_tokens("design patterns in Java")
    assert named_fields(words, headings, none(texts), texts).tolist() == [1, 0, 0]
    assert not named_fields(words, ["Design Patterns"], none(texts), texts).any()


def test_a_text_in_another_language_may_call_the_field_otherwise():
    texts = said("a database", "a queue", "数据库")
    shares = named_fields(["databas"], ["Databases"], np.array([False, False, True]), texts)
    assert shares.tolist() == [1, 0, 0.5]


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

import pytest

from search.ask.crossing import crossed, each_called
from search.index import lexical
from search.index.dictionary import Dictionary
from search.index.lexical import Fields, open_index
from search.text import query_tokens, tokens

TEXTS = [
    "a distributed database",
    "databases for beginners",
    "design of operating systems",
    "web crawler framework",
    "a reptile house",
    "分布式数据库",
    "神经网络教程",
    *(f"filler {n}" for n in range(20)),
]


@pytest.fixture(scope="module")
def dictionary(layout):
    return Dictionary.open(layout)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words") / "lexical"
    said = (" ".join(tokens(text)) for text in TEXTS)
    lexical.write(folder, (Fields(n, text=text) for n, text in enumerate(said)))
    return open_index(folder)


def asked(topic, language, dictionary, words):
    return crossed(topic, language, query_tokens(topic), dictionary, words)


def best(found, words):
    _, rows = words.search(found, 3, boosts={"text": 1.0})
    return TEXTS[rows[0]]


def test_a_chinese_question_finds_english_texts(dictionary, words):
    assert best(asked("分布式 数据库", "zh", dictionary, words), words) == TEXTS[0]
    assert best(asked("作業系統的設計", "zh", dictionary, words), words) == TEXTS[2]


def test_an_english_question_finds_chinese_texts(dictionary, words):
    assert best(asked("neural networks", "en", dictionary, words), words) == TEXTS[6]


def test_words_that_no_text_has_are_left_out(dictionary, words):
    found = asked("爬虫", "zh", dictionary, words)
    assert {"reptil", "web", "crawler"} == set(found)


def test_a_word_with_many_meanings_counts_as_one_word(dictionary, words):
    found = asked("数据库", "zh", dictionary, words)
    assert found["databas"] == pytest.approx(1)
    both = asked("爬虫", "zh", dictionary, words)
    assert max(both.values()) < 1


def test_latin_words_are_the_same_everywhere(dictionary, words):
    found = asked("Python 数据库", "zh", dictionary, words)
    assert found["python"] == 1
    assert asked("bases de données", "fr", dictionary, words).keys() >= {"base"}


def test_without_a_dictionary_or_a_word_nothing_is_lost(dictionary, words):
    assert asked("数据库", "zh", None, words) == {}
    assert asked("是什么", "zh", dictionary, words) == {}
    assert asked("", None, dictionary, words) == {}


def test_each_word_is_called_something_or_nothing_is_said(dictionary):
    groups = each_called("Python 爬虫", "zh", dictionary)
    assert ("python",) in groups[0]
    assert any("crawler" in phrase for phrase in groups[1])
    groups = each_called("neural RLHF", "en", dictionary)
    assert [("rlhf",)] in groups
    assert any(not token.isascii() for group in groups for phrase in group for token in phrase)
    assert each_called("囧囧囧囧囧", "zh", dictionary) is None
    assert each_called("爬虫", "ja", dictionary) is None

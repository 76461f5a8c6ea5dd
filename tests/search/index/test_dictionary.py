import pytest

from search.index.dictionary import Dictionary


@pytest.fixture(scope="module")
def dictionary(layout):
    return Dictionary.open(layout)


def test_chinese_words_have_their_glosses(dictionary):
    called = dictionary.called("zh", ["数据库", "操作系统", "没有这个词"])
    assert ("databas",) in called["数据库"]
    assert ("oper", "system") in called["操作系统"]
    assert "没有这个词" not in called


def test_every_reading_of_a_word_counts(dictionary):
    said = dictionary.called("zh", ["行", "并发"])
    assert ("concurr",) in said["并发"]
    assert len(said["行"]) > 4


def test_english_words_have_chinese_ones(dictionary):
    called = dictionary.called("en", ["databas", "neural network", "qwxyz"])
    assert ("数据", "据库") in called["databas"]
    assert ("神经", "经网", "网络") in called["neural network"]
    assert "qwxyz" not in called


def test_glosses_say_nothing_of_the_dictionary_itself(dictionary):
    for phrases in dictionary.called("zh", ["书", "猫", "图灵", "人工智能"]).values():
        assert phrases
        assert all(0 < len(phrase) <= 4 for phrase in phrases)
        assert not any(token in ("cl", "variant") for phrase in phrases for token in phrase)


def test_it_is_made_once_and_done_without_where_nothing_can_be_written(layout, tmp_path):
    from cache.layout import Layout

    folder = layout.model("cc-cedict-1")
    before = (folder / "words.db").stat().st_mtime_ns
    assert Dictionary.open(layout) is not None
    assert (folder / "words.db").stat().st_mtime_ns == before
    (tmp_path / "models").write_text("a file where a folder should be")
    assert Dictionary.open(Layout(tmp_path)) is None

import threading
from dataclasses import replace

import pytest

from cache.errors import NoIndex, QueryError, UnknownResource
from cache.records import LEVELS
from cache.settings import Settings
from search.answers import answer_json
from search.engine import Engine

ODD = [
    "🦜🔗 emoji 👩‍👩‍👧",
    "ＲＬＨＦ　ｅｘｐｌａｉｎｅｄ",
    "the of and to",
    "的 了 吗",
    "simply",
    "入门",
    "xyzzyqwv",
    "注意力 " * 500,
    "a\x00b\x1b[31mc\u202e",
    "RLHF \udcff",
    '"quoted AND (x OR y) title:attention - minus *',
    "SELECT * FROM resources; --",
]


@pytest.fixture(scope="module")
def engine(example_home):
    with Engine.open(example_home) as opened:
        yield opened


def ids(answer):
    return [result.resource.id for result in answer.results]


@pytest.mark.parametrize("question", ODD)
def test_odd_questions_have_answers(engine, question):
    answer = engine.search(question, k=5)
    assert len(answer.results) == (3 if answer.little else 5)
    assert answer.query.topic


def test_where_nothing_is_about_a_question_that_is_said(engine):
    answer = engine.search("how to bake sourdough bread")
    assert answer.little
    assert len(answer.results) <= 3
    assert engine.path("how to bake sourdough bread") == []
    answer = engine.search("explain RLHF simply")
    assert not answer.little
    assert len(answer.results) == 10


def test_questions_that_lists_answer_fit_better_than_others(engine):
    elsewhere = ["sourdough bread", "yoga poses for back pain", "广场舞 教学", "宝宝 辅食 食谱"]
    here = ["explain RLHF simply", "注意力机制 通俗讲解", "GPT-4 technical report"]
    least = min(engine.search(question).fit for question in here)
    assert max(engine.search(question).fit for question in elsewhere) < least


def test_a_filter_is_answered_however_little_there_is(engine):
    assert len(engine.search("sourdough bread", languages=["en"]).results) == 10


@pytest.mark.parametrize("question", ["explain RLHF simply", "深入讲解注意力机制", "latest papers"])
def test_scores_are_the_sum_of_their_parts_in_order(engine, question):
    answer = engine.search(question, k=80)
    scores = [result.score for result in answer.results]
    assert scores == sorted(scores, reverse=True)
    assert all(sum(result.parts.values()) == result.score for result in answer.results)
    assert len(set(ids(answer))) == len(answer.results)
    assert answer.took_ms > 0


def test_k_cuts_and_changes_nothing_else(engine):
    assert ids(engine.search("RLHF", k=3)) == ids(engine.search("RLHF", k=30))[:3]


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [("注意力機制", "注意力机制"), ("強化學習入門", "强化学习入门"), ("語言模型", "语言模型")],
)
def test_traditional_and_full_width_ask_the_same(engine, traditional, simplified):
    one, other = engine.search(traditional), engine.search(simplified)
    assert len(set(ids(one)[:5]) & set(ids(other)[:5])) >= 4
    assert one.query.level == other.query.level
    assert ids(engine.search("ＧＰＴ－３")) == ids(engine.search("GPT-3"))


def test_one_unknown_word_does_not_empty_the_answer(engine):
    assert ids(engine.search("RLHF"))[0] in ids(engine.search("RLHF xyzzyqwv"))[:3]


def test_a_question_in_one_language_finds_the_other(engine):
    for question, language, title in [
        ("思维链提示让模型会推理", "en", "Chain-of-Thought"),
        ("how ChatGPT came to be, a lecture by Hung-yi Lee", "zh", "李宏毅"),
    ]:
        works = [result.resource for result in engine.search(question, k=3).results]
        titles = [m.title for work in works if work.language == language for m in work.mentions]
        assert any(title in one for one in titles)


def test_filters_leave_only_what_they_name(engine):
    for result in engine.search("transformer", kinds=["paper"], languages=["en"], k=50).results:
        assert (result.resource.kind, result.resource.language) == ("paper", "en")
    dated = engine.search("transformer", after="2020", before="2022", k=50).results
    assert dated
    assert all("2020" <= result.facts.published[:4] < "2022" for result in dated)
    assert engine.search("transformer", after="2022", before="2020").results == ()


def test_words_steer_and_leave_everything_in(engine):
    """Nothing is left out, and what was asked for stands further up on average."""
    total = engine.collection.catalog.count

    def mean_rank(question, field, value):
        found = enumerate(engine.search(question, k=total).results)
        ranks = [rank for rank, result in found if getattr(result.resource, field) == value]
        return sum(ranks) / len(ranks)

    assert len(engine.search("transformer papers in english", k=total).results) == total
    for plain, asked, field, value in [
        ("transformer", "transformer papers", "kind", "paper"),
        ("transformer", "transformer in english", "language", "en"),
        ("transformer", "transformer 中文资料", "language", "zh"),
    ]:
        assert mean_rank(asked, field, value) < mean_rank(plain, field, value) - 2


def test_a_list_is_a_filter_and_an_unknown_one_is_named(engine):
    (list_id,) = engine.collection.catalog.list_ids()
    assert ids(engine.search("RLHF", lists=[list_id])) == ids(engine.search("RLHF"))
    with pytest.raises(QueryError, match="no list is named 'nope'"):
        engine.search("RLHF", lists=["nope"])


def test_levels_order_what_is_known(engine):
    def mean(level):
        found = engine.search("ChatGPT", level=level, k=10).results
        known = [r.facts.difficulty for r in found if r.facts.difficulty is not None]
        return sum(known) / len(known)

    assert mean("beginner") < mean("advanced")
    assert engine.search("ChatGPT", level=LEVELS[0]).query.level == LEVELS[0]


def test_marks_leave_out_what_was_read(example_home, tmp_path):
    import shutil

    home = tmp_path / "home"
    shutil.copytree(example_home, home)
    with Engine.open(home) as engine:
        first = engine.search("RLHF").results[0].resource
        assert ids(engine.search("RLHF", unread=True))[0] == first.id
        assert engine.mark(first.url, "read") == first
        assert first.id not in ids(engine.search("RLHF", unread=True, k=100))
        assert first.id in ids(engine.search("RLHF"))
        engine.mark(first.id, "clear")
        assert ids(engine.search("RLHF", unread=True))[0] == first.id
        with pytest.raises(QueryError, match="love"):
            engine.mark(first.id, "love")


def test_a_pasted_paragraph_is_read_in_part_and_says_so(engine):
    answer = engine.search("explain RLHF simply " + "and how it is trained " * 500, k=3)
    shown = answer_json(answer)["query"]
    assert (shown["shortened"], shown["level"]) == (True, "beginner")
    assert len(answer.results) == 3
    assert not answer_json(engine.search("RLHF"))["query"]["shortened"]


@pytest.mark.parametrize("key", ["\udcff", "\udcff" * 9, "https://example.org/\ud800"])
def test_a_key_that_is_no_text_is_unknown(engine, key):
    with pytest.raises(UnknownResource):
        engine.similar([key])
    with pytest.raises(UnknownResource):
        engine.mark(key, "like")


def test_what_is_alike_is_never_what_was_named(engine):
    first = engine.search("RLHF").results[0].resource
    alike = engine.similar([first.url], k=5)
    assert len(alike) == 5
    assert first.id not in [result.resource.id for result in alike]
    assert all(sum(result.parts.values()) == result.score for result in alike)
    less = engine.similar([first.id], without=[alike[0].resource.id], k=5)
    assert alike[0].resource.id not in [result.resource.id for result in less]
    with pytest.raises(UnknownResource, match=r"https://nowhere\.example"):
        engine.similar(["https://nowhere.example"])


def test_threads_share_an_engine(engine):
    questions = ["RLHF", "注意力机制", "GPT-3", "scaling laws"] * 3
    expected = {question: ids(engine.search(question)) for question in questions}
    wrong = []

    def ask(question):
        if ids(engine.search(question)) != expected[question]:
            wrong.append(question)

    threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_empty_home_says_so(tmp_path):
    with pytest.raises(NoIndex, match="nothing has been built"):
        Engine.open(tmp_path)
    with pytest.raises(NoIndex):
        Engine.open(settings=replace(Settings(home=tmp_path), delay=2.0))

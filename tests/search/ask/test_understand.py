from itertools import chain
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.errors import QueryError
from cache.records import KINDS, LEVELS
from search.ask import cues
from search.ask.understand import READ_LENGTH, _compiled, _may_match, checked_date, understand

WORDS = st.sampled_from(
    [
        "explain",
        "simply",
        "in",
        "depth",
        "RLHF",
        "入门",
        "深入",
        "讲解",
        "综述",
        "论文",
        "视频",
        "中文",
        "in",
        "english",
        "since",
        "2023",
        "before",
        "2020年以后",
        "latest",
        "最新的",
        "papers",
        "video",
        "course",
        "for",
        "beginners",
        "attention",
        "注意力",
        "机制",
        "的",
        "，",
        "?",
        "🦜",
        "ＦＵＬＬ",
        "簡單",
        "入門",
        "什么是",
        "请",
        "推荐",
        "2023年的",
        "in",
        "2022",
    ]
)
QUESTIONS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=9).map(" ".join))


@pytest.mark.parametrize(
    ("question", "topic", "level"),
    [
        ("explain RLHF simply", "RLHF", "beginner"),
        ("explain RLHF in depth", "RLHF", "advanced"),
        ("RLHF for beginners", "RLHF", "beginner"),
        ("通俗易懂地讲解 RLHF", "RLHF", "beginner"),
        ("RLHF 入门", "RLHF", "beginner"),
        ("RLHF 入門", "RLHF", "beginner"),
        ("小白也能懂的强化学习", "强化学习", "beginner"),
        ("深入讲解 RLHF", "RLHF", "advanced"),
        ("深入浅出 RLHF", "RLHF", "beginner"),
        ("ＲＬＨＦ　ｓｉｍｐｌｙ", "RLHF", "beginner"),
        ("RLHF", "RLHF", None),
        ("什么是注意力机制", "注意力机制", None),
    ],
)
def test_a_level_is_understood_and_taken_out(question, topic, level):
    query = understand(question)
    assert query.level == level
    assert topic in query.topic
    assert len(query.topic) <= len(topic) + 5
    assert query.text == question


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [
        ("RLHF papers", "kinds", ("paper",)),
        ("RLHF 论文", "kinds", ("paper",)),
        ("大模型综述", "kinds", ("survey",)),
        ("RLHF 视频", "kinds", ("video",)),
        ("transformer course", "kinds", ("course",)),
        ("RLHF in Chinese", "languages", ("zh",)),
        ("RLHF 中文资料", "languages", ("zh",)),
        ("RLHF in English", "languages", ("en",)),
        ("GPT since 2022", "after", "2022"),
        ("GPT 2022年以后", "after", "2022"),
        ("GPT before 2020-05", "before", "2020-05"),
    ],
)
def test_kinds_languages_and_dates_are_understood(question, field, value):
    query = understand(question)
    assert getattr(query, field) == value
    assert field in query.cues


def test_a_year_is_from_its_start_to_the_next():
    query = understand("transformers in 2023 lectures on attention")
    assert (query.after, query.before) == ("2023", "2024")
    assert query.topic == "transformers lectures on attention"


@pytest.mark.parametrize("question", ["simply", "for beginners", "入门", "论文", "what is", "???"])
def test_a_question_of_cues_alone_keeps_its_words(question):
    assert understand(question).topic


@pytest.mark.parametrize(
    ("question", "flags", "named"),
    [
        ("", {}, "empty"),
        (" \t\n\u3000\x00", {}, "empty"),
        ("x", {"level": "hard"}, "hard"),
        ("x", {"kinds": ["poem"]}, "poem"),
        ("x", {"after": "soon"}, "--after"),
        ("x", {"before": "2023-13"}, "--before"),
        ("x", {"k": 0}, "-k 0"),
        ("x", {"k": 1001}, "1001"),
    ],
)
def test_nonsense_is_refused_by_name(question, flags, named):
    with pytest.raises(QueryError) as refused:
        understand(question, **flags)
    assert named in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("written", "read"),
    [("2023", "2023"), ("2023-6", "2023-06"), ("2023-06-3", "2023-06-03"), (" 2023 ", "2023")],
)
def test_a_date_keeps_its_precision(written, read):
    assert checked_date(written, "--after") == read
    assert checked_date(read, "--after") == read
    assert checked_date(None, "--after") is None


def test_a_question_of_two_thousand_characters_is_read():
    query = understand("word " * 399 + "RLHF")
    assert query.topic.endswith("RLHF")
    assert not query.shortened


@pytest.mark.parametrize("word", ["attention ", "注意力", "x"])
def test_of_a_longer_question_the_first_part_is_read(word):
    pasted = "explain RLHF simply: " + word * (2 * READ_LENGTH)
    query = understand(pasted)
    assert query.shortened
    assert query.text == pasted.strip()
    assert query.level == "beginner"
    assert query.topic.startswith("RLHF")
    assert 0.9 * READ_LENGTH < len(query.topic) <= READ_LENGTH


@given(QUESTIONS)
def test_any_text_is_a_question_or_refused(question):
    try:
        query = understand(question)
    except QueryError:
        return
    assert query.topic.strip() == query.topic
    assert query.topic
    assert query.level in (None, *LEVELS)
    assert set(query.kinds) <= set(KINDS)
    assert understand(question) == query


@given(QUESTIONS)
def test_every_cue_is_words_of_the_question(question):
    """What is said to have been understood can be found in the question."""
    try:
        query = understand(question)
    except QueryError:
        return
    plain = normalize("NFKC", question)
    shown = " ".join("".join(" " if category(c)[0] in "CZ" else c for c in plain).split())
    for words in query.cues.values():
        assert words
        assert all(part in shown for part in words.split(", "))


@given(QUESTIONS, st.sampled_from(LEVELS), st.sampled_from(KINDS), st.sampled_from(["en", "zh"]))
def test_flags_win_over_words(question, level, kind, language):
    flags = {"level": level, "kinds": [kind], "languages": [language], "after": "1999", "k": 3}
    try:
        query = understand(question, **flags)
    except QueryError:
        return
    assert (query.level, query.kinds, query.languages) == (level, (kind,), (language,))
    assert (query.after, query.k) == ("1999", 3)
    assert not {"level", "kinds", "languages", "after"} & query.cues.keys()


@given(
    st.lists(st.sampled_from(["RLHF", "注意力", "GPT-3", "transformer"]), min_size=1, max_size=4)
)
def test_a_question_without_cues_is_its_own_topic(words):
    assert understand(" ".join(words)).topic == " ".join(words)


PATTERNS = (
    *chain.from_iterable(chain(cues.LEVELS.values(), cues.KINDS.values())),
    *chain.from_iterable(chain(cues.LANGUAGES.values(), cues.DATES.values())),
    *cues.FRAMES,
    cues.FRESH,
)


@given(st.lists(WORDS, max_size=6).map(" ".join))
def test_a_pattern_not_worth_compiling_could_not_have_matched(question):
    assert not [
        p for p in PATTERNS if not _may_match(p, question) and _compiled(p).search(question)
    ]


def test_a_question_compiles_no_pattern_of_the_other_language():
    english = [p for p in PATTERNS if _may_match(p, "explain RLHF simply")]
    chinese = [p for p in PATTERNS if _may_match(p, "注意力机制入门")]
    assert len(english) < 0.75 * len(PATTERNS)
    assert len(chinese) < 0.75 * len(PATTERNS)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("how do vector databases work", "learning"),
        ("how transformers work", "learning"),
        ("difference between SQL and NoSQL", "learning"),
        ("操作系统 怎么 学", "learning"),
        ("ChatGPT 是怎样训练出来的", "learning"),
        ("图解 卷积", "learning"),
        ("TCP 和 UDP 的区别", "learning"),
        ("HTML 解析", None),
        ("对比学习", None),
        ("注意力機制 通俗講解", "learning"),
        ("Go web framework", "tool"),
        ("async PostgreSQL driver for Python", "tool"),
        ("模型部署 工具", "tool"),
        ("satellite images public dataset", "dataset"),
        ("中文 命名实体识别 数据集", "dataset"),
        ("graph neural networks", None),
        ("工具书", "learning"),
        ("强化学习", None),
        ("advanced Go concurrency", "learning"),
        ("an advanced Go web framework", "tool"),
    ],
)
def test_what_a_question_wants(question, intent):
    assert understand(question).intent == intent

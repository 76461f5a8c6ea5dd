"""What is an operator in a question and what is plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ask.operators import TYPED, split
from search.ask.understand import understand


@pytest.mark.parametrize(
    ("question", "rest", "operators"),
    [
        ("transformers -video", "transformers", [("without", "video", "-video")]),
        ("注意力 －视频", "注意力", [("without", "视频", "－视频")]),
        ('-"deep learning" nets', "nets", [("without", "deep learning", '-"deep learning"')]),
        ("site:arxiv.org gpt", "gpt", [("sites", "arxiv.org", "site:arxiv.org")]),
        ("gpt Site：WWW.arXiv.org", "gpt", [("sites", "arxiv.org", "Site：WWW.arXiv.org")]),
        ("网站：arxiv.org", "arxiv.org", [("sites", "arxiv.org", "网站：arxiv.org")]),
        (
            "site:https://arxiv.org/abs/1 gpt",
            "gpt",
            [("sites", "arxiv.org", "site:https://arxiv.org/abs/1")],
        ),
        (
            'author:"Andrej Karpathy" gpt',
            "gpt",
            [("authors", "Andrej Karpathy", 'author:"Andrej Karpathy"')],
        ),
        ("作者：李沐 注意力", "注意力", [("authors", "李沐", "作者：李沐")]),
        ("list:awesome-nlp gpt", "gpt", [("lists", "awesome-nlp", "list:awesome-nlp")]),
        ("书单:「读过的」 gpt", "gpt", [("lists", "读过的", "书单:「读过的」")]),
        (
            '"chain of thought" explained',
            "chain of thought explained",
            [("exact", "chain of thought", '"chain of thought"')],
        ),
        ("什么是“涌现”呢", "什么是涌现呢", [("exact", "涌现", "“涌现”")]),
        (
            "＂思维链＂ 「涌现」",
            "思维链 涌现",
            [("exact", "思维链", "＂思维链＂"), ("exact", "涌现", "「涌现」")],
        ),
    ],
)
def test_operators_are_taken_out(question, rest, operators):
    assert split(question) == (rest, tuple(operators))


@pytest.mark.parametrize(
    "question",
    [
        "state-of-the-art NLP",
        "C++ - a primer",
        "gcc -O2 and git commit -m",
        "x -1.5 or - 2",
        'a 15" screen and a 27" one',
        'say "hello',
        "what does ” mean",
        '"" and “ ”',
        "std::vector",
        "author: who wrote it",
        "site:nowhere",
        "-help",
        "-video -paper",
        "recommend:author:x",
        "",
        "a long text “that quotes” " * TYPED,
    ],
)
def test_plain_text_stays_as_it_is(question):
    assert split(question) == (question, ())


@given(st.text(alphabet=' -－"“”「」:：site.authorlista数据', max_size=40))
def test_any_text_leaves_something_to_ask(text):
    rest, operators = split(text)
    assert bool(rest) == bool(text)
    assert all(one.said in text and one.value for one in operators)


def test_what_is_quoted_says_no_level_and_no_kind():
    query = understand('"papers for beginners" explained simply')
    assert query.kinds == ()
    assert (query.level, query.cues) == ("beginner", {"level": "explained simply"})
    assert query.topic == "papers for beginners"
    assert query.exact == ("papers for beginners",)
    assert query.text == '"papers for beginners" explained simply'

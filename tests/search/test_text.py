"""The analyzer: both languages, every way of writing the same word, and text nobody expected."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import STOP, fold, language_of, query_tokens, spans, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ChatGPT", "ＣｈａｔＧＰＴ"),
        ("機器學習的數學基礎", "机器学习的数学基础"),
        ("Chat\u200bGPT", "chatgpt"),
        ("❤️ love", "❤ LOVE"),
        ("Straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("ﾃｽﾄ", "テスト"),
        ("pre‑training", "Pre-Training"),
        ("don’t", "don't"),
    ],
)
def test_spellings_of_one_text_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("😀 — … !!", []),
        ("Learning transformers", ["learn", "transform"]),
        ("ChatGPT背后的技術", ["chatgpt", "背后", "后的", "的技", "技术"]),
        ("图 神经", ["图", "神经"]),
        ("GPT-3", ["gpt3", "gpt", "3"]),
        ("InstructGPT", ["instructgpt"]),
        ("C++ and C# and .NET", ["c++", "and", "c#", "and", ".net", "net"]),
        ("C++17", ["c++17", "c++"]),
        ("Node.js", ["nodej", "node", "js"]),
        ("v1.2.3 of 3.5", ["v1.2.3", "of", "3.5"]),
        ("End.Next", ["endnext", "end", "next"]),
        ("OpenAI's models", ["openai", "model"]),
        ("R&D", ["rd", "r", "d"]),
        ("Schrödinger", ["schroding"]),
        ("カタカナ", ["カタ", "タカ", "カナ"]),
        ("한국어", ["한국", "국어"]),
        ("Глубокое обучение", ["глубокое", "обучение"]),
        ("हिन्दी", ["हिन्दी"]),
        ("𠮷野家", ["𠮷野", "野家"]),
        ("a" * 500, ["a" * 48]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    "family",
    [
        ["fine-tuning", "finetuning", "Fine‑Tuning", "fine_tuning"],
        ["GPT-3", "gpt3", "ＧＰＴ－３"],
        ["LLMs", "LLM"],
        ["CNNs", "cnn"],
        ["node.js", "NodeJS"],
        ["don't", "dont"],
        ["naïve", "naive"],
    ],
)
def test_spellings_of_one_name_share_their_first_token(family: list[str]) -> None:
    assert len({tokens(name)[0] for name in family}) == 1


@given(st.text())
def test_tokens_are_never_empty_and_never_hold_space(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not any(c.isspace() for c in token)
        assert tokens(token)  # a token can be asked for


@given(st.text(alphabet=st.sampled_from("ab学習カ-.+#'& 😀é\u0301\u200d3")))
def test_a_question_of_only_text_finds_its_own_tokens(text: str) -> None:
    assert set(query_tokens(text)) <= set(tokens(text))
    assert bool(query_tokens(text)) == bool(tokens(text))


def test_stop_words_leave_unless_nothing_else_is_left() -> None:
    assert query_tokens("what is the attention mechanism") == ["attent", "mechan"]
    assert query_tokens("什么是 注意力") == ["注意", "意力"]
    assert query_tokens("what is it") == ["what", "is", "it"]
    assert query_tokens("what is it", stop=()) == tokens("what is it")


def test_stop_words_are_spelled_as_tokens_are() -> None:
    words = ["please", "before", "because", "any", "only", "hers", "why", "very", "does", "once"]
    assert {token for word in words for token in tokens(word)} <= STOP
    for word in ("什麼", "如何", "為什麼", "哪些", "です"):
        assert set(tokens(word)) <= STOP


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("123 😀", None),
        ("explain RLHF simply", "en"),
        ("通俗易懂的 ChatGPT 原理介绍", "zh"),
        ("什么是 reinforcement learning", "zh"),
        ("The Transformer by Vaswani, read in detail by 李沐", "en"),
        ("機械学習の入門", "ja"),
        ("딥러닝 입문", "ko"),
        ("Глубокое обучение на Python", "ru"),
        ("Βαθιά μάθηση", "el"),
        ("التعلم العميق", "ar"),
        ("למידה עמוקה", "he"),
        ("การเรียนรู้เชิงลึก", "th"),
        ("गहन शिक्षण", "hi"),
        ("深度学习 https://example.org/a/very/long/address/that/says/nothing", "zh"),
    ],
)
def test_language_of(text: str, expected: str | None) -> None:
    assert language_of(text) == expected


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("Fine-tuning GPT", "finetuning", ["Fine-tuning"]),
        ("深入理解機器學習", "机器学习", ["機器學習"]),
        ("ﬁne ＴＵＮＩＮＧ 😀 tuned", "tune", ["ＴＵＮＩＮＧ", "tuned"]),
        ("cafe\u0301 and Chat\u200bGPT", "café chatgpt", ["cafe\u0301", "Chat\u200bGPT"]),
        ("ﾊﾞｯｸ と バック", "バック", ["ﾊﾞｯｸ", "バック"]),
        ("nothing here", "absent", []),
    ],
)
def test_spans_mark_the_text_as_it_was_written(text: str, question: str, marked: list[str]) -> None:
    found = spans(text, query_tokens(question))
    assert [text[start:end] for start, end in found] == marked


@given(st.text(), st.text())
def test_spans_are_sorted_apart_and_inside(text: str, question: str) -> None:
    found = spans(text + question, tokens(question))
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(text + question) for start, end in found)


def test_every_token_of_real_notes_can_be_marked(shared: Path) -> None:
    gold = shared / "seeds" / "gold.jsonl"
    for line in gold.read_text("utf-8").splitlines():
        text = unicodedata.normalize("NFC", json.loads(line)["title"])
        for token in tokens(text):
            marked = [text[start:end] for start, end in spans(text, [token])]
            assert marked, (text, token)
            assert any(token in tokens(part) for part in marked)


def test_naughty_strings_are_text_too(naughty_strings: list[str]) -> None:
    for text in naughty_strings:
        assert all(tokens(token) for token in tokens(text))
        assert bool(spans(text, tokens(text))) == bool(tokens(text))
        language_of(text)


def test_no_text_is_slow_to_cut() -> None:
    for unit in ("a-", "a.b'", "é\u0301", "机", "c++", "." * 3):
        assert len(tokens(unit * 20_000)) < 120_001

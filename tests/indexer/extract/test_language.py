"""Language of titles and texts, short, mixed and strange."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.extract.language import detect

TITLES = [
    ("zh", "GPT-3 论文精读"),
    ("zh", "Transformer论文逐段精读【论文精读】"),
    ("zh", "李宏毅 Machine Learning 2021"),
    ("zh", "機器學習 Machine Learning 入門"),
    ("zh", "CS224n 笔记"),
    ("ja", "図解 Transformer"),
    ("ja", "機械学習の教科書"),
    ("ja", "ゼロから作る Deep Learning"),
    ("ko", "딥러닝 Transformer 이해"),
    ("en", "Attention Is All You Need"),
    ("en", "BERT explained"),
    ("en", "minGPT"),
    ("en", "Visualizing MNIST"),
    ("en", "Word2Vec Tutorial - The Skip-Gram Model"),
    ("en", "Let's build GPT: from scratch, in code, spelled out. 🚀"),
    ("de", "Maschinelles Lernen für Anfänger"),
    ("fr", "Apprentissage profond pour débutants"),
    ("es", "Aprendizaje automático para principiantes"),
    ("pt", "Introdução ao aprendizado de máquina"),
    ("ru", "Машинное обучение для начинающих"),
    ("uk", "Вступ до машинного навчання"),
    ("vi", "Giới thiệu về học máy"),
    ("ar", "مقدمة في التعلم الآلي"),
    ("fa", "مقدمه‌ای بر یادگیری ماشین"),
    ("he", "מבוא ללמידת מכונה"),
    ("el", "Εισαγωγή στη μηχανική μάθηση"),
    ("hi", "मशीन लर्निंग का परिचय"),
    ("th", "การเรียนรู้ของเครื่องเบื้องต้น"),
]


@pytest.mark.parametrize(("language", "title"), TITLES)
def test_short_titles(language, title):
    assert detect(title) == language
    assert detect("", title) == language


def test_code_and_names_do_not_outvote_chinese_prose():
    code = "model = AutoModel.from_pretrained('bert-base')\nfor batch in loader:\n    loss(batch)\n"
    prose = "这里我们先加载预训练模型，然后在训练数据上逐批计算损失，最后更新参数并保存结果。"
    assert detect((code + prose + "\n") * 5) == "zh"
    assert detect("A quotation, 学而时习之, opens this long essay on classical learning.") == "en"


@pytest.mark.parametrize(
    "text", ["", "   ", "123 456", "🎉🎉", "https://example.org/abc", "=> != 42"]
)
def test_nothing_to_tell_by(text):
    assert detect(text) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=20))
def test_any_text_has_a_language_code_or_none(text, title):
    found = detect(text, title)
    assert found is None or (len(found) == 2 and found.islower())
    assert found == detect(text, title)


def test_naughty_strings(naughty_strings):
    for text in naughty_strings:
        found = detect(text)
        assert found is None or len(found) == 2


@pytest.mark.parametrize(
    ("collection", "language", "share"),
    [("scifact", "en", 0.995), ("cmrc2018", "zh", 0.99), ("drcd-dev", "zh", 0.99)],
)
def test_collections(shared, collection, language, share):
    folder = shared / "ir" / collection
    for name in ("corpus", "queries"):
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line, _ in zip(lines, range(500), strict=False)]
        found = [detect(row.get("title") or row["text"]) for row in rows]
        assert found.count(language) >= share * len(found)

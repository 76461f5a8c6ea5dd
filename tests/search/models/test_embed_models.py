import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cache.errors import ModelError
from cache.layout import Layout
from search.models.convert import CLOSE
from search.models.embed import DEFAULT_ID, Embedder, builder, identity, quick, token_counter
from search.models.model_source import describe
from search.models.torch_engine import SentenceTransformerEmbedder

TEXTS = [
    "attention",
    "What is attention, and why does a transformer need it?",
    "注意力机制入门：从零开始理解 Transformer，繁體也行",
    "🦜🔗 LangChain 教程，ＦＵＬＬ－ＷＩＤＴＨ 𰻞𰻞面 <mask>",
    "A long one: 深度学习 deep learning 101, with numbers 3.14159 and code. " * 9,
]


def test_every_runtime_of_the_default_agrees_with_sentence_transformers(
    full_folder: Path, build_embedder: Embedder, ask_embedder: Embedder
) -> None:
    reference = SentenceTransformerEmbedder(str(full_folder), "cpu")
    expected = reference.encode_passages(TEXTS)
    engine = np.sum(expected * ask_embedder.encode_passages(TEXTS), axis=1)
    assert engine.mean() >= 0.9999
    assert engine.min() >= 0.9998  # the engine rounds activations to 8 bits
    assert np.sum(expected * build_embedder.encode_passages(TEXTS), axis=1).min() >= 0.999
    assert reference.encode_passages([]).shape == (0, 384)
    assert reference.network.prompts["query"] == "query: "
    ids = reference.network.tokenizer([f"query: {text}" for text in TEXTS])["input_ids"]
    counted = token_counter(DEFAULT_ID, Layout(Path("unused")))([f"query: {t}" for t in TEXTS])
    assert [len(row) for row in ids] == [count + 2 for count in counted]


@pytest.fixture(scope="module")
def converted(other_folder: Path, layout: Layout) -> Embedder:
    return builder(str(other_folder), layout)


def test_another_model_is_converted_once(
    converted: Embedder, other_folder: Path, layout: Layout
) -> None:
    assert converted.model_id == identity(str(other_folder))
    assert converted.model_id.startswith("small-e5@")
    expected = SentenceTransformerEmbedder(str(other_folder), "cpu")
    for encode in ("encode_passages", "encode_queries"):
        both = getattr(expected, encode)(TEXTS), getattr(converted, encode)(TEXTS)
        assert np.sum(both[0] * both[1], axis=1).min() >= CLOSE
    before = (layout.model(converted.model_id) / "runtime").stat().st_mtime_ns
    assert builder(str(other_folder), layout).model_id == converted.model_id
    assert (layout.model(converted.model_id) / "runtime").stat().st_mtime_ns == before


def test_another_model_answers_without_torch(
    converted: Embedder, layout: Layout, tmp_path: Path
) -> None:
    script = f"""
import sys
import numpy as np
from pathlib import Path
from cache.layout import Layout
from search.models.embed import quick
found = quick({converted.model_id!r}, Layout(Path({str(layout.home)!r}))).encode_queries({TEXTS!r})
np.save({str(tmp_path / "found.npy")!r}, found)
print([name for name in ("torch", "transformers", "sentence_transformers") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "[]\n"
    assert np.array_equal(np.load(tmp_path / "found.npy"), converted.encode_queries(TEXTS))


def test_another_model_counts_tokens(
    converted: Embedder, other_folder: Path, layout: Layout
) -> None:
    texts = [*TEXTS, "学习 " * 700]
    rows = SentenceTransformerEmbedder(str(other_folder), "cpu").network.tokenizer(texts)[
        "input_ids"
    ]
    counted = token_counter(str(other_folder), layout)(texts)
    assert counted == [len(row) - 2 for row in rows]
    assert counted[-1] >= 700


def test_a_model_that_gives_no_numbers_is_refused(other_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(other_folder, folder)
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.dense.bias"] *= np.float32("nan")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="not numbers"):
        builder(str(folder), Layout(tmp_path / "home"))
    assert not list((tmp_path / "home").rglob("model.xml"))


def test_a_damaged_runtime_does_not_answer(converted: Embedder, layout: Layout) -> None:
    graph = layout.model(converted.model_id) / "runtime" / "model.bin"
    whole = graph.read_bytes()
    graph.write_bytes(whole[:-1])
    try:
        with pytest.raises(ModelError, match="small-e5"):
            quick(converted.model_id, layout)
    finally:
        graph.write_bytes(whole)


def test_no_model_no_network() -> None:
    script = "from search.models.embed import identity; identity('someone/a-model-nobody-has')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    last = done.stderr.strip().splitlines()[-1]
    assert "ModelError: someone/a-model-nobody-has: not on this machine" in last


@pytest.mark.parametrize("name", ["two words", "a/b/c", "http://example.com/x"])
def test_names_the_hub_cannot_have(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        identity(name)
    assert "folder" in caught.value.hint


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model here"):
        identity(str(tmp_path))


def test_a_folder_with_broken_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        builder(str(tmp_path), Layout(tmp_path / "home"))
    assert not list((tmp_path / "home").rglob("runtime"))


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("multilingual-e5-large", {}, ("query: ", "passage: ")),
        ("e5_base_v2", {"query": "", "document": ""}, ("query: ", "passage: ")),
        ("multilingual-e5-large-instruct", {"query": "Ask: "}, ("Ask: ", "")),
        ("some-model", {"query": "Q: ", "document": "D: "}, ("Q: ", "D: ")),
        ("some-model", {"query": "Q: ", "passage": "P: "}, ("Q: ", "P: ")),
        ("granite", {"web_search_query": "Q: ", "document": "D: "}, ("Q: ", "D: ")),
        ("jina", {"retrieval.query": "Q: ", "retrieval.passage": "P: "}, ("Q: ", "P: ")),
        ("gemma", {"Retrieval-query": "q | ", "Retrieval-document": "d | "}, ("q | ", "d | ")),
        (
            "qwen",
            {"query": "Instruct: find\nQuery:", "document": ""},
            ("Instruct: find\nQuery:", ""),
        ),
        ("some-model", {"Clustering": "c: "}, ("", "")),
        ("stella", {"s2p_query": "Q: ", "s2s_query": "S: "}, ("Q: ", "")),
        ("harrier", {"sts_query": "S: ", "web_search_query": "Q: "}, ("Q: ", "")),
        ("some-model", {"instruction": "Represent: "}, ("Represent: ", "")),
        ("some-model", {"qa_query": "Q: ", "qa_document": "D: "}, ("Q: ", "D: ")),
        ("some-model", {"qa_query": "Q: ", "sts_query": "S: "}, ("", "")),
        ("some-model", {"query": "", "retrieval.query": "Q: "}, ("Q: ", "")),
        ("multilingual-e5-base", {"Clustering": "c: "}, ("query: ", "passage: ")),
        ("all-MiniLM-L6-v2", {}, ("", "")),
        ("made5-small", {}, ("", "")),
    ],
)
def test_what_is_written_before_a_text(
    name: str, own: dict[str, str], expected: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": own}))
    source = describe(tmp_path, name)
    assert (source.query, source.passage) == expected


@pytest.mark.parametrize(
    ("own", "default", "expected"),
    [
        ({"search": "S: "}, "search", ("S: ", "S: ")),
        ({"search": "S: ", "document": "D: "}, "search", ("S: ", "D: ")),
        ({"query": "", "document": "", "search": "S: "}, "search", ("", "")),
        ({"web_search_query": "Q: "}, "web_search_query", ("Q: ", "")),
        ({"query": "Q: "}, "no such name", ("Q: ", "")),
        ({"query": "Q: "}, None, ("Q: ", "")),
        ({"query": 1, "document": None}, 7, ("", "")),
        ("Q: ", "query", ("", "")),
    ],
)
def test_the_prompt_a_model_writes_by_default(
    own: object, default: object, expected: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text("{}")
    settings = {"prompts": own, "default_prompt_name": default}
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(settings))
    source = describe(tmp_path, "some-model")
    assert (source.query, source.passage) == expected


@pytest.mark.parametrize("content", ["", "[]", "{", '{"prompts": null}', "null"])
def test_settings_that_say_nothing_are_passed_over(content: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "config_sentence_transformers.json").write_text(content)
    assert describe(tmp_path, "some-model").query == ""


def test_identity_follows_weights_and_prompts_but_not_the_readme(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    first = describe(tmp_path, "m").model_id
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "pytorch_model.bin").write_bytes(b"the same, in another form")
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.json").write_text("{}")
    assert describe(tmp_path, "m").model_id == first
    seen = {first, describe(tmp_path, "e5-m").model_id.replace("e5-m", "m")}
    (tmp_path / "model.safetensors").write_bytes(b"Weights")
    seen.add(describe(tmp_path, "m").model_id)
    assert len(seen) == 3

"""A real CrossEncoder, tiny and untrained, saved to a folder: what is tested is how it is used."""

import subprocess
import sys

import numpy as np
import pytest

from cache.errors import ModelError
from search.ask.rerank import Reranker, judged
from search.engine import Engine
from tests.conftest import ROOT

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz",
    *"人类反馈强化学习",
]


@pytest.fixture(scope="module")
def engine(example_home):
    with Engine.open(example_home) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("cross")
    (folder / "vocab.txt").write_text("\n".join(WORDS), "utf-8")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
        num_labels=1,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=128).save_pretrained(
        folder
    )
    CrossEncoder(str(folder)).save_pretrained(str(folder))
    return folder


def test_what_the_model_says_decides_where_both_legs_did(engine, model):
    asked = "reinforcement learning from human feedback"
    reranker = Reranker(str(model))
    plain, read = engine.search(asked, k=20), engine.search(asked, k=20, reranker=reranker)
    assert {r.resource.id for r in read.results} <= set(engine.collection.catalog.ids())
    for result in read.results:
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-5)
        assert "rerank" in result.parts
        assert not result.parts.get("lexical")
    assert [r.resource.id for r in plain.results] != [r.resource.id for r in read.results]
    assert "rerank" not in plain.results[0].parts


def test_a_judgment_keeps_the_scale_of_what_it_replaces():
    parts = {
        "dense": np.array([0.9, 0.8, 0.7, 0.2], np.float32),
        "lexical": np.array([0.4, 0.1, 0.0, 0.0], np.float32),
        "stars": np.array([0.0, 0.1, 0.0, 0.0], np.float32),
    }
    told = judged(parts, np.array([0, 1, 2]), np.array([-3.0, 9.0, 5.0], np.float32))
    assert np.argsort(-told["rerank"][:3]).tolist() == [1, 2, 0]
    legs = parts["dense"][:3] + parts["lexical"][:3]
    assert told["rerank"][:3].mean() == pytest.approx(legs.mean())
    assert told["rerank"][:3].std() == pytest.approx(legs.std())
    assert told["dense"].tolist() == [0, 0, 0, pytest.approx(0.2)]
    assert told["stars"] is parts["stars"]
    even = judged(parts, np.array([0, 1]), np.array([2.0, 2.0], np.float32))
    assert np.isfinite(even["rerank"]).all()


def test_a_model_that_is_not_here_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(ModelError, match=r"no/such-model.*nothing was reranked") as raised:
        Reranker("no/such-model")
    assert "hf download no/such-model" in raised.value.hint
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError):
        Reranker(str(tmp_path))


def test_the_command_answers_without_it_and_says_so(engine):
    home = str(engine.collection.settings.layout.home)
    command = [sys.executable, "-m", "cli", "--home", home, "search", "RLHF", "--rerank", "no/such"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    assert "note: no cross-encoder no/such" in done.stderr
    assert "hint: `hf download no/such`" in done.stderr
    assert done.stdout.lstrip().startswith("1")

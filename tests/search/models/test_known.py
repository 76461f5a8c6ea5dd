"""Models by name: what is written before a text, which vector of many is taken, what is here.

Small random models of each architecture stand for the real ones; nothing is fetched.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cache.errors import ModelError
from cache.layout import Layout
from cache.settings import Settings
from search.models.convert import CLOSE
from search.models.embed import DEFAULT_MODEL, builder
from search.models.inventory import models_here
from search.models.known import MODELS, PACKAGED, hub_name, known_model
from search.models.model_source import describe
from search.models.torch_engine import LONGEST, SentenceTransformerEmbedder
from tests.architectures import MADE, write_files, write_model, write_reranker
from tests.conftest import ROOT, run
from tests.loopback import LoopbackWeb, Reply

TEXTS = [
    "attention",
    "What is attention, and why does a transformer need it?",
    "注意力机制入门：从零开始理解 Transformer",
    "A longer one: 深度学习 deep learning 101, in three languages.",
]
EMBEDDERS = [model.name for model in MODELS if model.role == "embed" and model.name != PACKAGED]


def called(model):
    return hub_name(model).rsplit("/", 1)[-1]


def in_cache(cache: Path, model: str) -> Path:
    """The folder of a model's snapshot in a hub cache, as huggingface_hub lays it out."""
    repository = cache / f"models--{hub_name(model).replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123abc", "utf-8")
    folder = repository / "snapshots" / "0123abc"
    folder.mkdir(parents=True)
    return folder


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    named = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", **environment}
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **named},
        check=False,
    )


def test_a_model_has_one_name_and_every_name_leads_to_it():
    names = [name for m in MODELS for name in {m.name, m.hub, called(m.name)}]
    assert len(names) == len(set(names))
    assert all(known_model(name) is not None for name in names)
    assert known_model("granite-97m").hub == "ibm-granite/granite-embedding-97m-multilingual-r2"
    assert hub_name("someone/else") == "someone/else"
    assert known_model(DEFAULT_MODEL).name == PACKAGED == DEFAULT_MODEL
    assert set(MADE) == set(EMBEDDERS)


@pytest.mark.parametrize("name", EMBEDDERS)
def test_the_files_on_the_hub_say_what_is_known_of_a_model(name, tmp_path):
    model = known_model(name)
    folder = write_files(MADE[name], tmp_path / called(name))
    source = describe(folder, called(name))
    assert (source.query, source.passage) == (model.query, model.passage)
    assert source.model_id.startswith(f"{called(name)}@")


@pytest.mark.parametrize("name", ["granite-97m", "gte-base", "bge-m3", "qwen3-0.6b",
                                  "embeddinggemma"])  # fmt: skip
def test_its_runtime_gives_the_vectors_of_its_own_pooling(name, tmp_path):
    folder = write_model(MADE[name], tmp_path / called(name))
    ours = builder(str(folder), Layout(tmp_path / "home"))
    theirs = SentenceTransformerEmbedder(str(folder), "cpu")
    model = known_model(name)
    for encode, prompt in (("encode_queries", model.query), ("encode_passages", model.passage)):
        vectors = getattr(ours, encode)(TEXTS)
        apart = vectors @ vectors.T
        assert apart.min() < 0.95  # where all texts have one vector, anything agrees
        assert np.sum(vectors * getattr(theirs, encode)(TEXTS), axis=1).min() >= CLOSE
        by_hand = np.stack([pooled(theirs, prompt + text, model.pooling) for text in TEXTS])
        assert np.sum(vectors * by_hand, axis=1).min() >= CLOSE


def pooled(embedder, text, pooling):
    """The vector of one text: its tokens' states, one of them or their mean, and what follows."""
    import torch

    network = embedder.network
    with torch.no_grad():
        tokens = network.tokenizer([text], return_tensors="pt")
        states = network[0].auto_model(**tokens).last_hidden_state[0]
        one = {"cls": states[0], "lasttoken": states[-1], "mean": states.mean(0)}[pooling]
        for layer in list(network)[2:-1]:
            one = layer({"sentence_embedding": one[None]})["sentence_embedding"][0]
        return torch.nn.functional.normalize(one, dim=0).numpy()


def test_what_a_model_reads_of_a_text_is_bounded(tmp_path):
    folder = write_model(MADE["qwen3-0.6b"], tmp_path / "long")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 32768}', "utf-8")
    assert SentenceTransformerEmbedder(str(folder), "cpu").network.max_seq_length == LONGEST


def test_a_folder_that_would_pool_otherwise_is_refused(tmp_path):
    folder = write_files(MADE["granite-97m"], tmp_path / called("granite-97m"))
    (folder / "modules.json").unlink()  # sentence-transformers takes the mean then
    with pytest.raises(ModelError, match=r"pools by mean, .* by cls") as caught:
        describe(folder, folder.name)
    assert f"hf download {hub_name('granite-97m')}" in caught.value.hint
    assert describe(folder, "a model of mine").name == "a model of mine"


def test_the_newer_way_to_write_a_pooling_is_read(tmp_path):
    folder = write_files(MADE["qwen3-0.6b"], tmp_path / called("qwen3-0.6b"))
    written = {"embedding_dimension": 32, "pooling_mode": "lasttoken", "include_prompt": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(written), "utf-8")
    assert describe(folder, folder.name).query.startswith("Instruct: ")
    written["pooling_mode"] = "mean"
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(written), "utf-8")
    with pytest.raises(ModelError, match="pools by mean"):
        describe(folder, folder.name)


@pytest.mark.parametrize("name", ["granite-97m", "BAAI/bge-m3"])
def test_a_model_that_is_not_here_names_the_way_out(name, tmp_path):
    script = f"""
import sys
import cli
cli.main(["--home", {str(tmp_path / "home")!r}, "build", {str(ROOT / "lists")!r}, "--offline",
          "--model", {name!r}])
"""
    ran = python(script, HF_HUB_CACHE=str(tmp_path), HF_HUB_OFFLINE="0")  # --offline suffices
    assert ran.returncode == 1
    error, hint = ran.stderr.strip().splitlines()[-2:]
    assert error.startswith(f"error: {name}")
    assert hub_name(name) in error
    assert "not on this machine" in error
    assert f"`hf download {hub_name(name)}`" in hint
    assert "--model PATH" in hint


def test_a_model_behind_terms_says_where_to_accept_them(tmp_path):
    asked = "localhost/api/models/google/embeddinggemma-300m/revision/main"
    with LoopbackWeb({asked: Reply("", 403, {"X-Error-Code": "GatedRepo"})}) as web:
        ran = python(
            "from search.models.model_source import find_model; find_model('embeddinggemma')",
            HF_HUB_OFFLINE="0",
            HF_HUB_CACHE=str(tmp_path),
            HF_ENDPOINT=f"http://localhost:{web.port}",
        )
    assert "the hub wants its terms accepted first" in ran.stderr, ran.stderr


def test_a_name_finds_the_snapshot_in_the_hub_cache(tmp_path):
    write_files(MADE["arctic-l"], in_cache(tmp_path, "arctic-l"))
    script = """
from search.models.model_source import find_model
found = find_model("arctic-l")
print(found.model_id.split("@")[0], repr(found.query), repr(found.passage))
"""
    ran = python(script, HF_HUB_CACHE=str(tmp_path))
    assert ran.stdout == "snowflake-arctic-embed-l-v2.0 'query: ' ''\n", ran.stderr


def test_a_reranker_is_named_in_a_word(tmp_path):
    write_reranker(in_cache(tmp_path, "bge-reranker-v2-m3"))
    script = """
from cache.errors import ModelError
from search.ask.rerank import Reranker
print(len(Reranker("bge-reranker-v2-m3").scores("attention", ["a", "b"])))
try:
    Reranker("mmarco-minilm")
except ModelError as error:
    print(error.hint)
"""
    ran = python(script, HF_HUB_CACHE=str(tmp_path))
    scored, hint = ran.stdout.splitlines()
    assert scored == "2"
    assert "`hf download cross-encoder/mmarco-mMiniLMv2-L12-H384-v1`" in hint


def test_the_list_tells_what_is_here_and_what_the_home_uses(tmp_path, fresh_home, tiny_model):
    folder = in_cache(tmp_path, "granite-97m")
    write_files(MADE["granite-97m"], folder)
    (folder / "model.safetensors").write_bytes(b"weights")
    write_files(MADE["bge-m3"], in_cache(tmp_path, "bge-m3"))  # its weights never came
    command = f"import cli; cli.main(['--home', {str(tmp_path / 'new')!r}, 'models', '--json'])"
    ran = python(command, HF_HUB_CACHE=str(tmp_path))
    listed = {one["name"]: one for one in json.loads(ran.stdout)["models"]}
    assert list(listed) == [model.name for model in MODELS]
    assert listed[PACKAGED]["here"] == "packaged"
    assert [name for name, one in listed.items() if one["used"]] == [PACKAGED]
    assert listed["granite-97m"]["here"] == str(folder)
    assert listed["bge-m3"]["here"] is None
    assert listed["embeddinggemma"]["miracl_zh"] == 0.649
    assert listed["mmarco-minilm"]["miracl_zh"] is None

    own = tmp_path / called("arctic-l")
    own.mkdir()
    for named, name, here in (
        (str(own), "arctic-l", str(own)),
        ("gte-base", "gte-base", ""),
        (str(tiny_model), str(tiny_model), str(tiny_model)),
        ("someone/a-model-nobody-has", "someone/a-model-nobody-has", ""),
        (str(tmp_path / "gone"), str(tmp_path / "gone"), ""),
    ):
        [used] = [one for one in models_here(Settings(fresh_home, model=named)) if one.used]
        assert (used.model.name, used.here) == (name, here)


def test_the_list_is_a_table_for_people(tmp_path):
    ran = run("models", home=tmp_path)
    lines = ran.out.splitlines()
    assert len(lines) == 1 + len(MODELS)
    assert lines[1].startswith(f"*  {PACKAGED}")
    assert "--rerank" in lines[-1]
    assert "nextread build --model NAME" in ran.err

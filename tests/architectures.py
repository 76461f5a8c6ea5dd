"""Small random models of every architecture that search/models/known.py names.

What is real of them is what is read and traced: the transformer's own code, its special tokens, its
pooling, the layers after it, and the configuration files as they lie on the hub (facts of
2026-11, written out here). The weights are random and the tokenizer knows bytes only. Nothing is
fetched.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WIDTH = 32
SIZES: dict[str, Any] = {
    "vocab_size": 264,
    "hidden_size": WIDTH,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "initializer_range": 0.2,  # at the usual 0.02 all texts have nearly the same vector
}
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
BOS, PAD, EOS = 0, 1, 2


@dataclass(frozen=True)
class Made:
    """One model to write: transformers' class, what differs from SIZES, and the files beside it."""

    transformer: str
    sizes: dict[str, Any]
    template: str
    pooling: dict[str, Any]
    settings: dict[str, Any] | None
    dense: int = 0
    """How many linear layers follow the pooling."""


def _old_pooling(mode: str) -> dict[str, Any]:
    """1_Pooling/config.json as sentence-transformers 2 to 5 wrote it."""
    modes = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens",
             "weightedmean_tokens", "lasttoken")  # fmt: skip
    flags = {f"pooling_mode_{name}": name == mode for name in modes}
    return {"word_embedding_dimension": WIDTH, **flags, "include_prompt": True}


def _settings(prompts: dict[str, str]) -> dict[str, Any]:
    return {"prompts": prompts, "default_prompt_name": None, "similarity_fn_name": "cosine"}


_XLMR = {"max_position_embeddings": 514, "type_vocab_size": 1, "pad_token_id": PAD}
_MODERN = {
    "max_position_embeddings": 512,
    "local_attention": 16,
    "global_attn_every_n_layers": 2,
    "pad_token_id": PAD,
    "bos_token_id": BOS,
    "eos_token_id": EOS,
    "cls_token_id": BOS,
    "sep_token_id": EOS,
}
_HEADS = {"num_key_value_heads": 1, "head_dim": 16, "max_position_embeddings": 512,
          "pad_token_id": PAD, "bos_token_id": BOS, "eos_token_id": EOS}  # fmt: skip
_GEMMA = {
    "query": "task: search result | query: ",
    "document": "title: none | text: ",
    "BitextMining": "task: search result | query: ",
    "Clustering": "task: clustering | query: ",
    "Classification": "task: classification | query: ",
    "InstructionRetrieval": "task: code retrieval | query: ",
    "PairClassification": "task: sentence similarity | query: ",
    "Retrieval": "task: search result | query: ",
    "Retrieval-query": "task: search result | query: ",
    "Retrieval-document": "title: none | text: ",
    "STS": "task: sentence similarity | query: ",
}
_QWEN = {
    "query": "Instruct: Given a web search query, retrieve relevant passages that answer the query"
    "\nQuery:",
    "document": "",
}
_AROUND = "<s> $A </s>"

MADE = {
    "granite-97m": Made("ModernBert", _MODERN, _AROUND, _old_pooling("cls_token"), _settings({})),
    "granite-311m": Made("ModernBert", _MODERN, _AROUND, _old_pooling("cls_token"), _settings({})),
    "gte-base": Made(
        "Gte", {"max_position_embeddings": 512}, _AROUND, _old_pooling("cls_token"), None
    ),
    "bge-m3": Made("XLMRoberta", _XLMR, _AROUND, _old_pooling("cls_token"), _settings({})),
    "arctic-l": Made(
        "XLMRoberta", _XLMR, _AROUND, _old_pooling("cls_token"), _settings({"query": "query: "})
    ),
    "qwen3-0.6b": Made(
        "Qwen3", _HEADS, "$A </s>", _old_pooling("lasttoken"), _settings(_QWEN)
    ),
    "embeddinggemma": Made(
        "Gemma3Text",
        {**_HEADS, "use_bidirectional_attention": True, "sliding_window": 16,
         "query_pre_attn_scalar": 16},
        _AROUND,
        _old_pooling("mean_tokens"),
        _settings(_GEMMA),
        dense=2,
    ),
    "e5-base": Made("XLMRoberta", _XLMR, _AROUND, _old_pooling("mean_tokens"), None),
}  # fmt: skip


def write_model(made: Made, folder: Path) -> Path:
    """Fill folder as the hub's snapshot of such a model would be."""
    import torch
    import transformers

    write_files(made, folder)
    torch.manual_seed(3)
    config = getattr(transformers, f"{made.transformer}Config")(**{**SIZES, **made.sizes})
    getattr(transformers, f"{made.transformer}Model")(config).save_pretrained(folder)
    _tokenizer(made.template).save_pretrained(folder)
    for number in range(made.dense):
        _dense(folder / f"{number + 2}_Dense")
    return folder


def write_reranker(folder: Path) -> Path:
    """Fill folder with a cross-encoder as bge-reranker-v2-m3 is one."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

    torch.manual_seed(3)
    config = XLMRobertaConfig(**{**SIZES, **_XLMR, "num_labels": 1})
    XLMRobertaForSequenceClassification(config).save_pretrained(folder)
    _tokenizer(_AROUND, pair="<s> $A </s> </s> $B </s>").save_pretrained(folder)
    return folder


def write_files(made: Made, folder: Path) -> Path:
    """Fill folder with what says how the model is asked: all but weights and tokenizer."""
    steps = ["", "1_Pooling", *(f"{n + 2}_Dense" for n in range(made.dense))]
    kinds = ["Transformer", "Pooling", *["Dense"] * made.dense, "Normalize"]
    steps.append(f"{len(steps)}_Normalize")
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "config.json", {})
    _write(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": step, "type": f"sentence_transformers.models.{kind}"}
        for i, (step, kind) in enumerate(zip(steps, kinds, strict=True))
    ])  # fmt: skip
    _write(folder / "1_Pooling" / "config.json", made.pooling)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 256, "do_lower_case": False})
    if made.settings is not None:
        _write(folder / "config_sentence_transformers.json", made.settings)
    return folder


def _tokenizer(template: str, pair: str | None = None) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: n for n, piece in enumerate([*SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=template, pair=pair, special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=256,
        padding_side="right",
    )


def _dense(folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    _write(folder / "config.json", {
        "in_features": WIDTH, "out_features": WIDTH, "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
    })  # fmt: skip
    save_file({"linear.weight": torch.randn(WIDTH, WIDTH)}, folder / "model.safetensors")


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2), "utf-8")

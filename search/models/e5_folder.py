"""The packaged multilingual-e5-small written out as a sentence-transformers folder.

For a GPU, for comparison with other runtimes, and for anyone who wants the weights elsewhere. The
quick engines read the packaged file themselves. Must not import torch or transformers.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from search.arrays import Floats
from search.models.e5_file import (
    BOS,
    EOS,
    PAD,
    PASSAGE,
    QUERY,
    UNWRITTEN,
    E5File,
    Shape,
    build_tokenizer,
)

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDS = {"w": "weight", "b": "bias"}
_SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>",
            "pad_token": "<pad>", "unk_token": UNWRITTEN, "mask_token": "<mask>"}  # fmt: skip


def write_folder(file: E5File, folder: Path) -> None:
    """Fill an existing empty folder: 470 MB of float32 safetensors, tokenizer and module files."""
    from safetensors.numpy import save_file

    save_file(_weights(file), folder / "model.safetensors", {"format": "pt"})
    tokenizer = build_tokenizer(file.vocabulary())
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    for name, value in _settings(file.shape).items():
        (folder / name).write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def _weights(file: E5File) -> dict[str, Floats]:
    width = file.shape.hidden
    weights = {
        "embeddings.word_embeddings.weight": file.weight("emb.word"),
        "embeddings.position_embeddings.weight": file.weight("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": file.weight("emb.type").reshape(-1, width),
        "embeddings.LayerNorm.weight": file.weight("emb.ln.w"),
        "embeddings.LayerNorm.bias": file.weight("emb.ln.b"),
    }
    for layer in range(file.shape.layers):
        for short, long in _PARTS.items():
            for end, name in _ENDS.items():
                weights[f"encoder.layer.{layer}.{long}.{name}"] = file.weight(
                    f"l{layer}.{short}.{end}"
                )
    weights["pooler.dense.weight"] = np.zeros((width, width), np.float32)  # unused, but looked for
    weights["pooler.dense.bias"] = np.zeros(width, np.float32)
    return {name: np.ascontiguousarray(value) for name, value in weights.items()}


def _settings(shape: Shape) -> dict[str, Any]:
    bert = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": round(shape.epsilon, 15),
        "hidden_act": "gelu",
        "pad_token_id": PAD,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "dtype": "float32",
    }
    tokenizer = {
        **_SPECIAL,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.positions,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }
    pooling = {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True,
               "pooling_mode_cls_token": False}  # fmt: skip
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "config.json": bert,
        "tokenizer_config.json": tokenizer,
        "special_tokens_map.json": _SPECIAL,
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": pooling,
        "config_sentence_transformers.json": {
            "prompts": {"query": QUERY, "document": PASSAGE},
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
    }

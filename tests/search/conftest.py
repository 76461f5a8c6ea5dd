"""Models that several tests share: loading one takes seconds."""

from dataclasses import replace
from pathlib import Path

import pytest

from cache.layout import Layout
from search.arrays import Floats
from search.models.e5_file import E5File
from search.models.e5_folder import write_folder
from search.models.embed import DEFAULT_ID, DEFAULT_MODEL, Embedder, builder, quick
from search.models.packaged import packaged_file


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """One home for every test that only reads it."""
    return Layout(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def build_embedder(layout: Layout) -> Embedder:
    """The default model as a build uses it."""
    return builder(DEFAULT_MODEL, layout)


@pytest.fixture(scope="session")
def ask_embedder(layout: Layout) -> Embedder:
    """The default model as a question uses it."""
    return quick(DEFAULT_ID, layout)


@pytest.fixture(scope="session")
def full_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default model as a sentence-transformers folder."""
    folder = tmp_path_factory.mktemp("models") / "multilingual-e5-small"
    folder.mkdir()
    write_folder(E5File(packaged_file()), folder)
    return folder


class _Small(E5File):
    """The first two layers and the most frequent pieces of the default model: quick to convert."""

    pieces = 30_000

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.shape = replace(self.shape, layers=2, vocabulary=self.pieces)

    def vocabulary(self) -> list[tuple[str, float]]:
        known = super().vocabulary()
        return [*known[: self.pieces - 1], known[-1]]  # the last is <mask>

    def weight(self, name: str) -> Floats:
        found = super().weight(name)
        return found[: self.pieces] if name == "emb.word" else found


@pytest.fixture(scope="session")
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model, as a sentence-transformers folder."""
    folder = tmp_path_factory.mktemp("models") / "small-e5"
    folder.mkdir()
    write_folder(_Small(packaged_file()), folder)
    return folder

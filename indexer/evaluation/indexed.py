"""A test collection, indexed as lists are and opened to be asked: what `nextread eval` measures.

The index goes to a folder that is removed afterwards; vectors stay in the home's cache, so that
measuring again embeds nothing. Must not know how answers are judged.
"""

import csv
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from cache.errors import ListError, QueryError
from cache.generation import Writer
from cache.home_model import with_model
from cache.layout import Layout
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.evaluation.beir import works_of_beir
from indexer.index import write as index
from search.arrays import Floats
from search.ask.answer import embedded
from search.ask.understand import understand
from search.engine import Engine
from search.evaluate import Judged
from search.index.dictionary import Dictionary
from search.models.embed import Embedder, builder, embed_cached, token_counter

Progress = Callable[[str, int, int], None]


@contextmanager
def indexed(
    folder: Path, settings: Settings, judged: Judged, progress: Progress
) -> Iterator[Engine]:
    """An Engine over the documents of a folder in BEIR layout, ready for the judged questions.

    Raises ListError, ModelError.
    """
    settings = with_model(settings)
    layout = settings.layout
    works = works_of_beir(folder, token_counter(settings.model, layout))
    embedder = builder(settings.model, layout)
    with tempfile.TemporaryDirectory(prefix="nextread-eval-") as home:
        there = replace(settings, home=Path(home), index="")
        with Writer(there.layout, "nextread eval") as writer:
            with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as cache:
                vectors, centres, *_ = index.embed(works, embedder, cache, progress)
            index.write(writer.folder, works, vectors, centres, drawn=False)
            writer.publish(
                model_id=embedder.model_id,
                dim=embedder.dim,
                counts=index.counts(works),
                settings={"recipe": index.RECIPE},
                digest=index.content_digest(works, embedder.model_id),
            )
        asked = _JudgedQuestions(embedder, layout, judged)
        with Engine.open(settings=there, embedder=asked) as engine:
            engine.collection.dictionary = Dictionary.open(layout)  # not made for each collection
            yield engine


class _JudgedQuestions:
    """The vectors of questions known beforehand, embedded in one batch and kept."""

    def __init__(self, embedder: Embedder, layout: Layout, judged: Judged) -> None:
        self.model_id, self.dim = embedder.model_id, embedder.dim
        topics = list(dict.fromkeys(embedded(understand(text)) for text in judged.queries.values()))
        with VectorCache.open(layout.vectors(embedder.model_id), embedder.dim) as cache:
            vectors = embed_cached(embedder, cache, topics, role="query")
        self._rows = dict(zip(topics, vectors, strict=True))

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        return np.stack([self._rows[text] for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        raise QueryError("a question is not a passage", "embed passages with the builder")


def judged_of(folder: Path) -> Judged:
    """The judged questions of a folder in BEIR layout (queries.jsonl; qrels.tsv or qrels/test.tsv).

    Questions without a word or a judgment above 0 are left out. Raises ListError where files are
    missing.
    """
    qrels = next(filter(Path.is_file, [folder / "qrels.tsv", folder / "qrels" / "test.tsv"]), None)
    if qrels is None or not (folder / "queries.jsonl").is_file():
        hint = "BEIR layout: corpus.jsonl, queries.jsonl and qrels.tsv"
        raise ListError(f"{folder} is not a test collection", hint)
    grades: dict[str, dict[str, int]] = {}
    for question, document, grade in _judgments(qrels):
        grades.setdefault(question, {})[document] = grade
    asked = {q: text for q, text in _questions(folder) if text.strip() and _any_of(grades, q)}
    return Judged(asked, {question: grades[question] for question in asked})


def _any_of(grades: dict[str, dict[str, int]], question: str) -> bool:
    return any(grade > 0 for grade in grades.get(question, {}).values())


def _judgments(path: Path) -> Iterator[tuple[str, str, int]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            yield row["query-id"], row["corpus-id"], int(row["score"])


def _questions(folder: Path) -> Iterator[tuple[str, str]]:
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            question = json.loads(line)
            yield str(question["_id"]), str(question["text"])

"""The collection as static files: the same page over an index that a browser loads in pieces.

The lexical index is the engine's own, a score for each word of each resource; card vectors are
kept in 8 bits; the tables of the analyzer are made by the analyzer. Must not know how the page
asks.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cache import disk
from cache.errors import StoreError
from cache.records import Facts, Resource, Result
from cache.settings import Settings
from search.answers import result_json
from search.arrays import Floats, Ordinals
from search.ask.answer import TOPIC
from search.ask.retrieve import boosts, first_rows
from search.engine import Engine
from search.models.embed import DEFAULT_ID, builder
from search.text import STOP, simplify, tokens
from server.collection_map import ordinals_of, packed
from server.detail import facets
from server.pages import FOLDER, render, words_module
from server.site_asking import asking_piece, narrow_columns, weighed_columns
from server.site_likeness import first_choice, likeness_pieces
from server.site_meaning import meanings
from server.site_meaning import packed as packed_meaning
from server.site_path import path_piece
from server.site_shards import (
    BLOCK,
    Pieces,
    cells_of,
    compact,
    write_columns,
    write_ids,
    write_meanings,
    write_records,
    write_vectors,
    write_words,
)
from server.site_tables import tables
from server.wording import page_words

OWN = Path(__file__).with_name("static_site")
MARKER = "nextread-site.json"
PLAN = "site.json"
PIECES = "data-"
"""How the folder of pieces begins; the rest of its name follows from what they hold."""

AT_ONCE = 400
"""Titles from which the engine of a build, which takes seconds to load, is sooner done."""

WORDS = 3
"""Words of a usual question: what weighs titles against texts where no question is known yet."""

_OF_ANSWERS = {"rank", "score", "parts", "also_at"}  # what only an answer has


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was written; bytes of page and scripts, which load before the first search, and of
    everything."""

    resources: int
    first_load: int
    total: int


def export(settings: Settings, folder: Path) -> SiteReport:
    """Write the site into folder, which is new, empty, or an earlier export.

    Raises StoreError where folder holds something else or the disk fails, NoIndex before a build.
    """
    with Engine.open(settings=settings) as engine, disk.faults(folder):
        _clear(folder)
        records = engine.collection.catalog.records(range(engine.collection.catalog.count))
        _copy_page(folder)
        plan = _pieces(engine, records, Pieces(folder / PIECES))
        _write(folder / PLAN, plan)
        _write(folder / MARKER, {"digest": engine.collection.generation.manifest.digest})
    files = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    first = sum(size for path, size in files.items() if path.parent == folder)
    return SiteReport(len(records), first, sum(files.values()))


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise StoreError(f"{folder}: holds something else", "name a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
        elif old.name.startswith(PIECES):
            shutil.rmtree(old)


def _pieces(
    engine: Engine, records: Sequence[tuple[Resource, Facts]], pieces: Pieces
) -> dict[str, Any]:
    """Write all that a question may need; what the page must know to ask for it."""
    cells, texts = cells_of(_cards(engine)), _texts(engine, records)
    shown = _shown(engine, [records[ordinal] for ordinal in cells.order.tolist()])
    place_of = np.argsort(cells.order)
    pieces.write("analyzer", tables())
    pieces.write("facets", facets(engine))
    drawn = {"places": place_of[ordinals_of(engine)].tolist()}
    pieces.write("map", packed(engine) | drawn)
    told, triangle = likeness_pieces(engine.collection, cells.vectors)
    pieces.write("likeness", told)
    pieces.write("covariance", triangle)
    pieces.write("path", path_piece())
    place_by_id = {one["id"]: place for place, one in enumerate(shown)}
    first = [[place_by_id[name], parts] for name, parts in first_choice(engine.collection)]
    pieces.write("first", first)
    write_records(pieces, shown)
    write_columns(pieces, shown, weighed_columns(engine.collection, cells.order))
    pieces.write("asking", asking_piece(engine.collection))
    pieces.write("narrow", narrow_columns(shown))
    plan = {"count": len(shown), "block": BLOCK, **write_vectors(pieces, cells)}
    plan["words"] = write_words(pieces, _postings(engine, texts, place_of))
    plan["meanings"] = write_meanings(pieces, _meanings(engine, records, texts, cells.vectors))
    plan["ids"] = write_ids(pieces, [one["id"] for one in shown])
    return {"pieces": pieces.named(), **plan}


def _copy_page(folder: Path) -> None:
    for source in (FOLDER, OWN):  # the second replaces source.js
        for file in source.iterdir():
            if file.suffix in {".js", ".css", ".svg"}:
                shutil.copyfile(file, folder / file.name)
    (folder / "words.js").write_text(words_module(), "utf-8")
    look = {"ui": "en", "theme": "", "words": page_words()["en"], "other": "?ui=zh", "static": True}
    html = render(q="", results=(), problem=None, status="", base="./", home="./", **look)
    (folder / "index.html").write_text(html, "utf-8")


def _shown(engine: Engine, records: Sequence[tuple[Resource, Facts]]) -> list[dict[str, Any]]:
    """Records as answers show them, and how much the words of their titles
    weigh, and the headings they stand under."""
    words, shown = engine.collection.title_words, []
    words.prepare(resource.title for resource, _ in records)
    for resource, facts in records:
        one = result_json(1, Result(resource, 0.0, {}, None, facts.evidence, facts))
        one["lists"] = [{"list": name} for name in dict.fromkeys(m["list"] for m in one["lists"])]
        kept = {name: value for name, value in one.items() if name not in _OF_ANSWERS}
        headings = {" ".join(mention.section[-1:]): None for mention in resource.mentions}
        kept |= {"headings": [heading for heading in headings if heading]}
        shown.append(kept | {"length": round(words.length(resource.title), 2)})
    return shown


def _texts(engine: Engine, records: Sequence[tuple[Resource, Facts]]) -> list[str]:
    """All that is indexed of each resource, one text a resource."""
    texts = []
    for ordinal, (resource, facts) in enumerate(records):
        parts = [resource.title, facts.author or ""]
        for mention in resource.mentions:
            parts += [mention.title, mention.author or "", mention.note, *mention.section]
        parts += [passage.text for passage in engine.collection.catalog.passages(ordinal)]
        texts.append("\n".join(parts))
    return texts


def _postings(
    engine: Engine, texts: Sequence[str], place_of: Ordinals
) -> dict[str, tuple[Ordinals, Ordinals]]:
    """For each token the places that have it, rising, and their hundredths of BM25."""
    vocabulary = sorted({token for text in texts for token in tokens(text)} - STOP)
    postings = {}
    for token in vocabulary:
        scores, ordinals = engine.collection.lexical.search(
            [token], len(texts), boosts=boosts(WORDS)
        )
        order = np.argsort(place_of[ordinals])
        if len(order):
            points = np.rint(scores * 100).astype(np.int64)
            postings[token] = place_of[ordinals][order], points[order]
    return postings


def _meanings(
    engine: Engine,
    records: Sequence[tuple[Resource, Facts]],
    texts: Sequence[str],
    cards: Floats,
) -> dict[str, Any]:
    """What each word of titles means, packed."""
    collection, titles = engine.collection, [resource.title for resource, _ in records]
    many = len(titles) > AT_ONCE
    packaged = collection.embedder.model_id == DEFAULT_ID
    layout = collection.settings.layout
    embedder = builder("", layout) if many and packaged else collection.embedder

    def asked(texts: Sequence[str]) -> Floats:
        vectors = embedder.encode_queries([simplify(text)[:TOPIC] for text in texts])
        centre = collection.centres.centre_query
        return np.stack([centre(*pair) for pair in zip(vectors, texts, strict=True)])

    found = meanings(titles, texts, cards, asked)
    return {word: packed_meaning(vector) for word, vector in found.items()}


def _cards(engine: Engine) -> Floats:
    """The unit vector of each resource's card."""
    ordinals = np.arange(engine.collection.catalog.count)
    return engine.collection.dense.reconstruct(first_rows(ordinals, engine.collection.catalog))


def _write(path: Path, value: Any) -> None:
    path.write_text(compact(value), "utf-8")

"""The collection as static files: the same page over an index that a browser can hold.

The lexical index is the engine's own, a score for each word of each resource; card vectors are
kept in 8 bits; the tables of the analyzer are made by the analyzer. Must not know how the page
asks.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cache import disk
from cache.errors import StoreError
from cache.records import Facts, Resource, Result
from cache.settings import Settings
from search.answers import result_json
from search.ask.retrieve import boosts, first_rows
from search.engine import Engine
from search.text import STOP, tokens
from server.collection_map import ordinals_of, packed
from server.detail import facets
from server.pages import FOLDER, render, words, words_module
from server.site_tables import tables

OWN = Path(__file__).with_name("static_site")
MARKER = "nextread-site.json"
FIRST = ("index.html", "style.css", "icon.svg", "facets.json")
"""What a browser loads before the first search, beside the scripts."""

WORDS = 3
"""Words of a usual question: what weighs titles against texts where no question is known yet."""

_OF_ANSWERS = {"rank", "score", "parts", "also_at"}  # what only an answer has


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was written; bytes of all that loads before the first search, and of everything."""

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
        _write(folder / "map.json", packed(engine) | {"ordinals": ordinals_of(engine)})
        _write(folder / "facets.json", facets(engine))
        data = {"resources": _shown(records), "postings": _postings(engine, records)}
        _write(folder / "data.json", data)
        _write(folder / "tables.json", tables(_texts(engine, records)))
        (folder / "vectors.bin").write_bytes(_vectors(engine))
        _write(folder / MARKER, {"digest": engine.collection.generation.manifest.digest})
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    first = sum(size for name, size in sizes.items() if name in FIRST or name.endswith(".js"))
    return SiteReport(len(records), first, sum(sizes.values()))


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise StoreError(f"{folder}: holds something else", "name a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()


def _copy_page(folder: Path) -> None:
    for source in (FOLDER, OWN):  # the second replaces source.js
        for file in source.iterdir():
            if file.suffix in {".js", ".css", ".svg"}:
                shutil.copyfile(file, folder / file.name)
    (folder / "words.js").write_text(words_module(), "utf-8")
    look = {"ui": "en", "theme": "", "words": words("en"), "other": "?ui=zh", "static": True}
    html = render(q="", results=(), problem=None, status="", base="./", home="./", **look)
    (folder / "index.html").write_text(html, "utf-8")


def _shown(records: Sequence[tuple[Resource, Facts]]) -> list[dict[str, Any]]:
    shown = []
    for resource, facts in records:
        one = result_json(1, Result(resource, 0.0, {}, None, facts.evidence, facts))
        one["lists"] = [{"list": name} for name in dict.fromkeys(m["list"] for m in one["lists"])]
        shown.append({name: value for name, value in one.items() if name not in _OF_ANSWERS})
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


def _postings(engine: Engine, records: Sequence[tuple[Resource, Facts]]) -> Mapping[str, list[int]]:
    """For each token, ordinals and scores (hundredths of BM25) in turn."""
    texts = _texts(engine, records)
    vocabulary = sorted({token for text in texts for token in tokens(text)} - STOP)
    postings = {}
    for token in vocabulary:
        scores, ordinals = engine.collection.lexical.search(
            [token], len(records), boosts=boosts(WORDS)
        )
        pairs = zip(ordinals.tolist(), np.rint(scores * 100).astype(int).tolist(), strict=True)
        if numbers := [number for pair in pairs for number in pair]:
            postings[token] = numbers
    return postings


def _vectors(engine: Engine) -> bytes:
    ordinals = np.arange(engine.collection.catalog.count)
    cards = engine.collection.dense.reconstruct(first_rows(ordinals, engine.collection.catalog))
    return np.clip(np.rint(cards * 127), -127, 127).astype(np.int8).tobytes()


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")

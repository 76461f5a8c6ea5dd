"""A generation's tables as rows to copy: what the files of a home hold, in the database's form.

Must not know connections or transactions.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from search.index.catalog import Catalog
from search.index.lexical import FIELDS
from search.index.lexical import open_index as open_words
from search.index.map import FILE as MAP
from search.index.opened import Files
from search.index.postgres import binary
from search.index.postgres.snapshot import ARRIVALS, NEWS
from search.index.sections import FILE

_CHUNK = 4096  # vectors in memory at once
_PART = 16 << 20  # bytes of a file in one row


def rows_of(catalog: Catalog, parts: Files, folder: Path) -> Mapping[str, Iterable[bytes]]:
    """The rows of each table of schema.TABLES; made when they are read."""
    return {
        "resources": _resources(catalog),
        "passages": _passages(catalog),
        "addresses": _addresses(catalog),
        "lists": _lists(catalog),
        "sites": _sites(catalog),
        "files": _files(folder, parts),
        "vectors": _vectors(catalog, parts),
        "postings": _postings(folder),
    }


def _resources(catalog: Catalog) -> Iterator[bytes]:
    for stored, figures in zip(catalog.stored("resources"), catalog.figures, strict=True):
        ordinal, *texts, first, passages = stored
        author = json.loads(texts[-1])[0]
        yield binary.row(
            binary.integer(ordinal),
            *map(binary.text, texts),
            binary.integer(first),
            binary.integer(passages),
            binary.text(author),
            binary.integer(int(figures["published"])) if figures["published"] else None,
            binary.real(float(figures["rating"])),
            binary.real(float(figures["difficulty"])),
        )


def _passages(catalog: Catalog) -> Iterator[bytes]:
    for *places, packed in catalog.stored("passages"):
        yield binary.row(*map(binary.integer, places), packed)


def _addresses(catalog: Catalog) -> Iterator[bytes]:
    for url, ordinal in catalog.stored("addresses"):
        yield binary.row(binary.text(url), binary.integer(ordinal))


def _lists(catalog: Catalog) -> Iterator[bytes]:
    for number, list_id, members in catalog.stored("lists"):
        yield binary.row(binary.integer(number), binary.text(list_id), members)


def _sites(catalog: Catalog) -> Iterator[bytes]:
    for site, members in catalog.stored("sites"):
        yield binary.row(binary.text(site), members)


def _files(folder: Path, parts: Files) -> Iterator[bytes]:
    contents = {
        name: (folder / name).read_bytes()
        for name in ("facts.npy", "rows.npy", "centres.npz", FILE, MAP)
    }
    contents[NEWS] = json.dumps(list(parts.added())).encode()
    contents[ARRIVALS] = json.dumps(list(parts.arrivals())).encode()
    for name, content in contents.items():
        for part, start in enumerate(range(0, len(content), _PART)):
            yield binary.row(
                binary.text(name), binary.integer(part), content[start : start + _PART]
            )


def _vectors(catalog: Catalog, parts: Files) -> Iterator[bytes]:
    dense = parts.dense()
    for start in range(0, dense.count, _CHUNK):
        rows = np.arange(start, min(dense.count, start + _CHUNK))
        ordinals = catalog.row_resources[rows]
        yield binary.vector_rows(start, ordinals, dense.reconstruct(rows))


def _postings(folder: Path) -> Iterator[bytes]:
    for posting in open_words(folder / "lexical").postings():
        yield binary.row(
            binary.text(posting.token),
            binary.short(FIELDS.index(posting.field)),
            binary.integer(len(posting.rows)),
            binary.integers(posting.rows),
            binary.reals(posting.scores),
        )

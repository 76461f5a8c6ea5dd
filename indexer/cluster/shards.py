"""What the shards of a build hold, as bytes: documents with their passages, texts, vectors.

Plain formats that run nothing when they are read: JSON lines and numpy arrays without pickles.
Must not know where shards lie or who makes them.
"""

import gzip
import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from cache import npy
from cache.errors import Damaged
from cache.records import Document

Vectors = NDArray[np.float32]
_BROKEN = (ValueError, KeyError, TypeError, IndexError, EOFError, OSError, zlib.error, BadZipFile)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was made of one page. key is the document's in the cache; outcome is the document, or
    why there is none; cuts are the starts and ends of its passages, one after the other."""

    key: str
    outcome: Document | str
    cuts: Sequence[int] = ()


def packed_documents(found: Iterable[Extracted]) -> bytes:
    """Documents in JSON lines, compressed."""
    return packed_rows(
        {
            "key": one.key,
            "document": None if isinstance(one.outcome, str) else asdict(one.outcome),
            "failure": one.outcome if isinstance(one.outcome, str) else None,
            "cuts": list(one.cuts),
        }
        for one in found
    )


def documents_in(content: bytes, name: str) -> Iterator[Extracted]:
    """The documents of a shard. Raises Damaged where it holds anything else."""
    for row in rows_in(content, name):
        try:
            outcome = Document(**row["document"]) if row["document"] else str(row["failure"])
            yield Extracted(row["key"], outcome, array("I", row["cuts"]))
        except _BROKEN as error:
            raise _damaged(name) from error


def packed_rows(rows: Iterable[Any]) -> bytes:
    """Any plain values in JSON lines, compressed; equal values give equal bytes."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return gzip.compress(lines.encode("ascii"), compresslevel=4, mtime=0)


def rows_in(content: bytes, name: str) -> list[Any]:
    """The values of a shard. Raises Damaged."""
    try:
        return [json.loads(line) for line in gzip.decompress(content).splitlines()]
    except _BROKEN as error:
        raise _damaged(name) from error


def packed_vectors(keys: Sequence[bytes], vectors: Vectors) -> bytes:
    """Vectors and the key of each in the cache."""
    out = BytesIO()
    names = np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), -1)
    np.savez(out, keys=names, vectors=np.asarray(vectors, "<f4"))
    return out.getvalue()


def vectors_in(content: bytes, name: str) -> tuple[list[bytes], Vectors]:
    """Keys and vectors of a shard. Raises Damaged."""
    try:
        found = npy.read_all(BytesIO(content))
        return [row.tobytes() for row in found["keys"]], found["vectors"].astype(np.float32)
    except _BROKEN as error:
        raise _damaged(name) from error


def _damaged(name: str) -> Damaged:
    return Damaged(f"{name}: not a shard of this version", "build again without --resume")

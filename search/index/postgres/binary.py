"""Rows as COPY takes and gives them in binary: PostgreSQL's own form, made by numpy.

See "Binary Format" of COPY in PostgreSQL's manual, array_send and halfvec_send for the values.
A million vectors pass through here without one Python object each. Must not know tables.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)

_INT4, _FLOAT4 = 23, 700  # object identifiers of the element types

BUFFER = 1 << 18
"""Bytes that are sent at once."""


def row(*values: bytes | None) -> bytes:
    """One row of values that are binary already, None for NULL."""
    parts = [struct.pack("!h", len(values))]
    for value in values:
        parts.append(struct.pack("!i", -1 if value is None else len(value)))
        if value is not None:
            parts.append(value)
    return b"".join(parts)


def text(value: str | None) -> bytes | None:
    """A text; the one character that PostgreSQL does not take is replaced."""
    return None if value is None else value.replace("\0", "\ufffd").encode()


def integer(value: int) -> bytes:
    """An int."""
    return struct.pack("!i", value)


def short(value: int) -> bytes:
    """A smallint."""
    return struct.pack("!h", value)


def real(value: float) -> bytes | None:
    """A real, NULL for NaN."""
    return None if np.isnan(value) else struct.pack("!f", value)


def integers(values: NDArray[Any]) -> bytes:
    """An int[]."""
    return _array(values, ">i4", _INT4)


def reals(values: NDArray[Any]) -> bytes:
    """A real[]."""
    return _array(values, ">f4", _FLOAT4)


def vector_rows(first: int, ordinals: NDArray[np.int32], vectors: NDArray[np.float32]) -> bytes:
    """Rows (number, ordinal, halfvec) for (n, dim) vectors, numbered from first."""
    count, dim = vectors.shape
    layout = [
        ("fields", ">i2"),
        ("number_size", ">i4"),
        ("number", ">i4"),
        ("ordinal_size", ">i4"),
        ("ordinal", ">i4"),
        ("vector_size", ">i4"),
        ("dim", ">i2"),
        ("unused", ">i2"),
        ("vector", ">f2", (dim,)),
    ]
    rows = np.zeros(count, np.dtype(layout))
    rows["fields"], rows["number_size"], rows["ordinal_size"] = 3, 4, 4
    rows["vector_size"], rows["dim"] = 4 + 2 * dim, dim
    rows["number"] = np.arange(first, first + count)
    rows["ordinal"], rows["vector"] = ordinals, vectors
    return rows.tobytes()


def vectors_of(values: list[bytes], dim: int) -> NDArray[np.float32]:
    """(n, dim) from halfvecs as they are sent."""
    whole = np.frombuffer(b"".join(values), ">f2").reshape(len(values), dim + 2)
    return whole[:, 2:].astype(np.float32)


def blocks(rows: Iterable[bytes]) -> Iterator[bytes]:
    """A whole COPY in pieces of a fair size."""
    waiting, size = [HEADER], 0
    for one in rows:
        waiting.append(one)
        size += len(one)
        if size > BUFFER:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join([*waiting, TRAILER])


def _array(values: NDArray[Any], kind: str, element: int) -> bytes:
    if not len(values):
        return struct.pack("!iii", 0, 0, element)
    rows = np.empty(len(values), np.dtype([("size", ">i4"), ("value", kind)]))
    rows["size"], rows["value"] = 4, values
    return struct.pack("!iiiii", 1, 0, element, len(values), 1) + rows.tobytes()

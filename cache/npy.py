"""Arrays on disk: numpy's own .npy and .npz files, read by one thread at a time.

numpy reads a file's header with ast.literal_eval, and CPython before 3.11.8 and 3.12.2 counts how
deep its syntax trees are for all threads together, so that two threads that read a header at once
could meet "SystemError: AST constructor recursion depth mismatch" (python/cpython issue 106905).
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_reading = threading.Lock()


def read(file: Path | BinaryIO) -> NDArray[Any]:
    """The array of a .npy file, in memory. Raises OSError or ValueError."""
    with _reading:
        return np.asarray(np.load(file, allow_pickle=False))


def mapped(file: Path) -> "np.memmap[Any, Any]":
    """The array of a .npy file, left on disk and read-only. Raises OSError or ValueError."""
    with _reading:
        return np.lib.format.open_memmap(file, "r")


def read_all(file: Path | BinaryIO) -> dict[str, NDArray[Any]]:
    """Every array of a .npz file by its name. Raises OSError, ValueError or BadZipFile."""
    with _reading, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def write_all(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a .npz file of arrays, each under its name. Raises OSError."""
    given: dict[str, Any] = dict(arrays)
    with path.open("wb") as out:
        np.savez(out, **given)


def packed(value: Any) -> NDArray[np.uint8]:
    """A value of JSON types as an array, to lie in a file with others."""
    text = json.dumps(value, ensure_ascii=False)
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def unpacked(array: NDArray[np.uint8]) -> Any:
    """The value that was packed. Raises ValueError."""
    return json.loads(array.tobytes().decode("utf-8", "surrogatepass"))

"""Memory that a stage has let go of, given back to the system before the next one needs its own.

Why it exists: the C library keeps what is freed, so that a model of 800 MB would count beside an
index that is built after it. Must not know stages.
"""

import ctypes
from functools import cache


def give_back() -> None:
    """Return freed memory to the system, where the C library can (glibc, malloc_trim(3))."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> "ctypes._NamedFuncPointer | None":
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library
        return None

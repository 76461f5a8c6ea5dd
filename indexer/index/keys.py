"""What tells a work from any other, and from itself before it changed.

Must not know files, lists or pages.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import numpy as np

from cache.records import Document, Entry, Passage, Resource

NAME = np.dtype("S16")
"""An id of a resource, as numpy compares them; or a key."""


def key_of(
    resource: Resource, lists: int, document: Document | None, passages: Sequence[Passage]
) -> bytes:
    """128 bits of all that the facts, texts and records of a work follow from; lists is how many
    independent lists name it."""
    mentions = tuple(map(_values_of[Entry], resource.mentions))
    key = _hashed((_values_of[Resource](resource), mentions))
    if document is None:
        return key if lists == 1 else _hashed((key.hex(), lists))
    cuts = tuple((passage.start, passage.end) for passage in passages)
    return _hashed((key.hex(), lists, _values_of[Document](document), cuts))


def _hashed(values: tuple[Any, ...]) -> bytes:
    spelled = _JSON.encode(values).encode("ascii")
    return hashlib.blake2b(spelled, digest_size=NAME.itemsize).digest()


_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)


_values_of = {
    cls: attrgetter(*(f.name for f in fields(cls) if f.name != "mentions"))
    for cls in (Resource, Entry, Document)
}

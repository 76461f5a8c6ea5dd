"""Lists as they were parsed, one file a list, so that an unchanged list is not parsed again.

A record stands under its list's id and says which key it was made for; a list that changed has
another key and replaces it, so that there are never more records than lists. What is damaged or
missing is parsed again. Must not know what is in a record, nor how a list is read.
"""

import hashlib
import zlib
from collections.abc import Collection
from pathlib import Path

from cache import disk

KEY = 32
"""Bytes of a key: a SHA-256."""

_CHECKSUM = 4


class ParsedCache:
    """Records of parsed lists in one folder, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        """Touch nothing yet."""
        self._folder = folder

    def get(self, list_id: str, key: bytes) -> bytes | None:
        """The record of a list, None where there is none for this key that is whole."""
        try:
            stored = self._path(list_id).read_bytes()
        except OSError:
            return None
        head, packed = stored[: KEY + _CHECKSUM], stored[KEY + _CHECKSUM :]
        if head != key + _checksum(key, packed):
            return None
        try:
            return zlib.decompress(packed)
        except zlib.error:
            return None

    def put(self, list_id: str, key: bytes, record: bytes) -> None:
        """Keep the record of a list in place of any other. Raises StoreError."""
        packed = zlib.compress(record, 1)
        with disk.faults(self._folder):
            disk.make_private(self._folder)
            disk.write_atomic(self._path(list_id), key + _checksum(key, packed) + packed)

    def keep(self, list_ids: Collection[str]) -> None:
        """Forget every list but these. Only for the one writer; raises StoreError."""
        named = {self._path(list_id) for list_id in list_ids}
        with disk.faults(self._folder):
            disk.sweep(self._folder)
            for path in self._folder.glob("*.list"):
                if path not in named:
                    path.unlink(missing_ok=True)

    def _path(self, list_id: str) -> Path:
        name = hashlib.sha256(list_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._folder / f"{name}.list"


def _checksum(key: bytes, packed: bytes) -> bytes:
    return zlib.crc32(packed, zlib.crc32(key)).to_bytes(_CHECKSUM, "big")

"""What a generation is made of: the record that says so, and the digest that compares two.

The digest covers what lists, pages and model determine, so it is equal on any machine; the files'
own hashes are beside it. Must not know how a generation is written or found.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cache.errors import Damaged


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of a generation: SHA-256 in hex, bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation. files is by path inside its folder, with `/`; created_at is RFC 3339 UTC.

    settings holds those that change what is built. digest is `sha256:<hex>` of the content.
    """

    format_version: int
    number: int
    created_at: str
    model_id: str
    dim: int
    counts: Mapping[str, int]
    settings: Mapping[str, Any]
    digest: str
    files: Mapping[str, FileRecord]

    def to_bytes(self) -> bytes:
        """The manifest as it is stored: JSON, keys sorted, one a line."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> "Manifest":
        """The manifest stored in content. Raises Damaged, naming where."""
        try:
            values = json.loads(content)
            files = {name: FileRecord(**record) for name, record in values.pop("files").items()}
            return cls(files=files, **values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Damaged(f"{where}: not a manifest", "nextread build --offline") from error


class ContentDigest:
    """SHA-256 over a sequence of canonical parts, each with its length before it."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._hash = hashlib.sha256()

    def update(self, *parts: bytes | str) -> None:
        """Add parts in order; two sequences that join to equal bytes still differ."""
        for part in parts:
            content = part.encode() if isinstance(part, str) else part
            self._hash.update(len(content).to_bytes(8, "big"))
            self._hash.update(content)

    def digest(self) -> str:
        """`sha256:<hex>` of what was added."""
        return f"sha256:{self._hash.hexdigest()}"


def canonical(value: Any) -> bytes:
    """One spelling of a value of JSON types, for hashing: keys sorted, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode("utf-8", "surrogatepass")


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)

"""Where the machines of a build leave work for each other: shards under one fsspec URL.

A shard's name is its kind, a key of the work that made it, and a digest of its bytes. So a task
that runs again after its machine died finds what it had done, a shard that was cut short is told
by its name, and nothing is ever overwritten. Must not know what is in a shard.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cache.errors import Damaged, StoreError

_DIGITS = 32  # hexadecimal digits of a key or a digest: 128 bits


@dataclass(frozen=True, slots=True)
class Store:
    """Shards under url, which fsspec understands. Cheap to make and to send to a worker."""

    url: str

    def put(self, kind: str, key: str, content: bytes) -> str:
        """Keep content whole or not at all; returns its name. Raises StoreError."""
        name = f"{kind}/{key}.{_digest(content)}"
        with self._opened() as (files, root):
            target = f"{root}/{name}"
            files.makedirs(f"{root}/{kind}", exist_ok=True)
            if not _is_local(files):
                files.pipe_file(target, content)
            elif not files.exists(target):
                aside = f"{root}/{kind}/.{uuid4().hex}"
                files.pipe_file(aside, content)
                files.mv(aside, target)
        return name

    def read(self, name: str) -> bytes:
        """The bytes of a shard. Raises Damaged where they are not what was put, StoreError."""
        with self._opened() as (files, root):
            content: bytes = files.cat_file(f"{root}/{name}")
        if _digest(content) != name.rpartition(".")[2]:
            raise Damaged(f"{self.url}/{name}: not what was written", "nextread build --resume")
        return content

    def bring(self, name: str, folder: Path) -> Path:
        """A copy of a shard in folder. Raises as read does."""
        path = folder / name.replace("/", "-")
        path.write_bytes(self.read(name))
        return path

    def names(self, kind: str, key: str = "") -> list[str]:
        """The shards of a kind, or of those only that key begins, ordered by name."""
        with self._opened() as (files, root):
            folder = f"{root}/{kind}"
            files.invalidate_cache(folder)  # others write here too
            if not files.isdir(folder):
                return []
            found = [path.rpartition("/")[2] for path in files.ls(folder, detail=False)]
        # A name that begins with a dot is being written, or was when its writer died.
        return sorted(f"{kind}/{n}" for n in found if n.startswith(key) and n[0] != ".")

    def whole(self, kind: str, key: str = "") -> Iterator[str]:
        """The shards of names that are as they were put; what was cut short is removed."""
        for name in self.names(kind, key):
            try:
                self.read(name)
            except Damaged:
                self.remove(name)
            else:
                yield name

    def remove(self, name: str) -> None:
        """Forget one shard."""
        with self._opened() as (files, root):
            files.rm_file(f"{root}/{name}")

    def clear(self) -> None:
        """Forget everything."""
        with self._opened() as (files, root):
            if files.isdir(root):
                files.rm(root, recursive=True)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """The file system and the folder in it; what goes wrong with either as StoreError."""
        from fsspec.core import url_to_fs

        try:
            yield url_to_fs(self.url)
        except (OSError, ValueError, ImportError) as error:
            hint = "--store names a folder or URL that every node of the cluster can write"
            raise StoreError(f"{self.url}: {error}", hint) from error


def key_of(work: Mapping[str, Any]) -> str:
    """The key of a piece of work: equal work, equal key."""
    said = json.dumps(work, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode("ascii")).hexdigest()[:_DIGITS]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def _is_local(files: Any) -> bool:
    protocols = files.protocol
    return "file" in ((protocols,) if isinstance(protocols, str) else protocols)

"""Generations: written aside, published whole, opened by readers that never wait.

CURRENT names one generation and the digest of its manifest, the manifest names every file; so a
reader knows that it has what was published. Order of publication: files and their hashes, the
manifest, sync, the folder's rename, CURRENT last. Whatever is killed in between, CURRENT names a
whole generation. Must not know what the files hold.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from cache import disk, lock
from cache.errors import Damaged, ModelError, NoIndex, StoreError
from cache.layout import FORMAT_VERSION, Layout
from cache.manifest import ContentDigest, FileRecord, Manifest, canonical

__all__ = [
    "ContentDigest",
    "FileRecord",
    "Generation",
    "Manifest",
    "Writer",
    "canonical",
    "open_current",
    "prune",
    "verify",
]

_MANIFEST = "manifest.json"
_REBUILD = "nextread build --offline makes it anew from the pages kept here"


@dataclass(frozen=True, slots=True)
class Generation:
    """A published generation, held open: it stays on disk until close, or the process ends."""

    path: Path
    manifest: Manifest
    held: int  # the descriptor that carries this reader's shared lock

    @property
    def number(self) -> int:
        """Which generation this is; later ones have higher numbers."""
        return self.manifest.number

    def close(self) -> None:
        """Let a later publish remove it."""
        with contextlib.suppress(OSError):  # closed before
            os.close(self.held)

    def __enter__(self) -> "Generation":
        """Itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close."""
        self.close()


def open_current(layout: Layout, model_id: str | None = None) -> Generation:
    """The generation that CURRENT names, its files present and whole.

    Every file's size is compared each time; contents are hashed where this machine has not hashed
    these very files before. Raises NoIndex before the first build, Damaged where files are not
    what was published, StoreError for another format, ModelError for another model than model_id.
    """
    while True:
        named = _read_current(layout)
        try:
            generation = _open(layout, *named)
            break
        except Damaged:
            if _read_current(layout) == named:
                raise
            # it was replaced, and perhaps removed, while it was being opened: take the new one
    try:
        _check_fit(generation, model_id)
        _check_files(layout, generation)
    except BaseException:
        generation.close()
        raise
    return generation


def verify(generation: Generation) -> list[str]:
    """What is wrong with the generation's files, one line each; every byte is read and hashed."""
    return list(_damage(generation.path, generation.manifest, hashing=True))


class Writer:
    """The one writer of a home folder, and the generation it is making.

    Entering takes the lock (raises Locked) and sweeps up after writers that died; leaving without
    publish removes what was written and leaves CURRENT as it was.
    """

    def __init__(self, layout: Layout, command: str = "nextread build") -> None:
        """Prepare; nothing is touched before entering."""
        self._layout = layout
        self._lock = lock.writing(layout.lock, command)
        self.number = 0
        self.folder = layout.generations

    def __enter__(self) -> "Writer":
        """Lock, sweep, and make the folder to fill."""
        self._lock.__enter__()
        try:
            with disk.faults(self._layout.generations):
                disk.make_private(self._layout.generations)
                _sweep(self._layout)
            self.begin()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def begin(self) -> None:
        """Make the folder of the next generation, after one that was published. Raises StoreError
        where the disk fails."""
        with disk.faults(self._layout.generations):
            self.number = 1 + max(_numbers(self._layout), default=0)
            self.folder = self._layout.generations / f"{self.number}.tmp-{os.getpid()}"
            self.folder.mkdir(mode=0o700)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what was not published; unlock."""
        disk.remove_tree(self.folder)
        self._lock.__exit__(kind, error, trace)

    def publish(
        self,
        *,
        model_id: str,
        dim: int,
        counts: Mapping[str, int],
        settings: Mapping[str, Any],
        digest: str,
        whole: Manifest | None = None,
    ) -> Manifest:
        """Make folder the current generation, and remove those nobody needs.

        whole is that of a generation whose every file was read by this process and is as it was
        published: files shared with it are not read again. Raises StoreError where the disk
        fails; CURRENT then names what it named before.
        """
        try:
            with disk.faults(self.folder):
                manifest = Manifest(
                    FORMAT_VERSION,
                    self.number,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    model_id,
                    dim,
                    counts,
                    settings,
                    digest,
                    _hash_files(self.folder, self._known(whole)),
                )
                self._put_in_place(manifest)
        except BaseException:
            if _current_number(self._layout) != self.number:
                disk.remove_tree(self._layout.generation(self.number))
            raise
        prune(self._layout)
        return manifest

    def _known(self, whole: Manifest | None) -> Mapping[tuple[int, int], FileRecord]:
        """What is known of files by where they lie on the disk."""
        if whole is None:
            return {}
        folder = self._layout.generation(whole.number)
        return {_place(folder / name): record for name, record in whole.files.items()}

    def _put_in_place(self, manifest: Manifest) -> None:
        content = manifest.to_bytes()
        disk.write_synced(self.folder / _MANIFEST, content)
        disk.sync_tree(self.folder)
        place = self._layout.generation(self.number)
        disk.rename(self.folder, place)
        _remember(self._layout, place, manifest)
        named = f"{self.number} {_digest_of(content)}\n"
        disk.write_atomic(self._layout.current, named.encode())


def prune(layout: Layout) -> None:
    """Remove generations that neither CURRENT, nor one step back, nor any reader needs.

    Only for the holder of the lock. What cannot be removed now is left for the next time.
    """
    current = _current_number(layout)
    earlier = [number for number in _numbers(layout) if number < current]
    for number in sorted(earlier)[:-1]:
        with contextlib.suppress(OSError), _unread(layout.generation(number)):
            gone = layout.generations / f"{number}.old-{os.getpid()}"
            disk.rename(layout.generation(number), gone)
            disk.remove_tree(gone)
            (layout.verified / str(number)).unlink(missing_ok=True)


def _sweep(layout: Layout) -> None:
    """Remove what writers that died left: unfinished folders, and ones CURRENT never named."""
    current = _current_number(layout)
    for folder in list(layout.generations.iterdir()):
        number = folder.name.partition(".")[0]
        if number.isdecimal() and (number != folder.name or int(number) > current):
            disk.remove_tree(folder)
    disk.sweep(layout.home)
    disk.sweep(layout.verified)
    prune(layout)
    for note in layout.verified.glob("[0-9]*"):
        if not layout.generation(int(note.name)).is_dir():
            note.unlink(missing_ok=True)


def _numbers(layout: Layout) -> list[int]:
    return [int(f.name) for f in layout.generations.iterdir() if f.name.isdecimal()]


def _current_number(layout: Layout) -> int:
    try:
        return _read_current(layout)[0]
    except NoIndex:
        return 0
    except Damaged:  # a rebuild mends it, and until then takes nothing away
        return max(_numbers(layout), default=0)


def _read_current(layout: Layout) -> tuple[int, str]:
    try:
        number, digest = layout.current.read_text("ascii").split()
        return int(number), digest
    except FileNotFoundError as error:
        raise NoIndex(
            f"{layout.home}: nothing has been built here yet", "nextread build LIST"
        ) from error
    except (OSError, ValueError) as error:
        raise Damaged(f"{layout.current}: {error}", _REBUILD) from error


def _digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _open(layout: Layout, number: int, digest: str) -> Generation:
    path = layout.generation(number)
    try:
        held = os.open(path / _MANIFEST, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Damaged(f"{path / _MANIFEST}: {error.strerror}", _REBUILD) from error
    try:
        content = _hold(held, path)
        _check_manifest(path, content, digest)
        return Generation(path, Manifest.from_bytes(content, str(path / _MANIFEST)), held)
    except BaseException:
        os.close(held)
        raise


def _hold(held: int, path: Path) -> bytes:
    """Take the shared lock that keeps the generation, and read the manifest."""
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(held), (path / _MANIFEST).stat()):
            raise FileNotFoundError(str(path))
        with os.fdopen(os.dup(held), "rb") as file:
            return file.read()
    except OSError as error:  # being removed: another generation is current by now
        raise Damaged(f"{path}: gone", _REBUILD) from error


def _check_manifest(path: Path, content: bytes, digest: str) -> None:
    if _digest_of(content) != digest:
        raise Damaged(f"{path / _MANIFEST}: not the manifest that was published", _REBUILD)


@contextlib.contextmanager
def _unread(path: Path) -> Iterator[None]:
    """Hold a generation so that no reader can open it; OSError where one has."""
    descriptor = os.open(path / _MANIFEST, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _check_fit(generation: Generation, model_id: str | None) -> None:
    manifest = generation.manifest
    if manifest.format_version != FORMAT_VERSION:
        message = f"{generation.path}: format {manifest.format_version}, not {FORMAT_VERSION}"
        raise StoreError(message, _REBUILD)
    if model_id is not None and manifest.model_id != model_id:
        message = f"{generation.path}: built with {manifest.model_id}, asked with {model_id}"
        raise ModelError(message, f"nextread build --offline --model {model_id}")


def _check_files(layout: Layout, generation: Generation) -> None:
    hashing = not _is_remembered(layout, generation)
    damage = next(_damage(generation.path, generation.manifest, hashing=hashing), None)
    if damage:
        raise Damaged(f"{generation.path}: {damage}", _REBUILD)
    if hashing:
        with contextlib.suppress(OSError):  # a read-only home is hashed each time
            _remember(layout, generation.path, generation.manifest)


def _damage(path: Path, manifest: Manifest, *, hashing: bool) -> Iterator[str]:
    for name, record in sorted(manifest.files.items()):
        try:
            size = (path / name).stat().st_size
            if size != record.size:
                yield f"{name} has {size} bytes, not {record.size}"
            elif hashing and disk.sha256(path / name) != record.sha256:
                yield f"{name} is not what was published"
        except OSError as error:
            yield f"{name}: {error.strerror}"


def _files(folder: Path) -> list[Path]:
    found = [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]
    return sorted(file for file in found if file != folder / _MANIFEST)


def _place(file: Path) -> tuple[int, int]:
    state = file.stat()
    return state.st_dev, state.st_ino


def _hash_files(folder: Path, known: Mapping[tuple[int, int], FileRecord]) -> dict[str, FileRecord]:
    records = {}
    for file in _files(folder):
        if file.suffix == ".lock":  # tantivy's, empty; it makes them as it needs them
            file.unlink()
            continue
        name = file.relative_to(folder).as_posix()
        record = known.get(_place(file))
        records[name] = record or FileRecord(disk.sha256(file), file.stat().st_size)
    return records


def _remember(layout: Layout, path: Path, manifest: Manifest) -> None:
    disk.make_private(layout.verified)
    disk.write_atomic(layout.verified / str(manifest.number), _fingerprint(path, manifest))


def _is_remembered(layout: Layout, generation: Generation) -> bool:
    try:
        noted = (layout.verified / str(generation.number)).read_bytes()
        return noted == _fingerprint(generation.path, generation.manifest)
    except OSError:
        return False


def _fingerprint(path: Path, manifest: Manifest) -> bytes:
    """Which files were hashed: another copy, or one written to since, has another fingerprint."""
    states = {name: (path / name).stat() for name in sorted(manifest.files)}
    marks = [
        [name, s.st_dev, s.st_ino, s.st_mtime_ns, manifest.files[name].sha256]
        for name, s in states.items()
    ]
    return json.dumps(marks).encode()

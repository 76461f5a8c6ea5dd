"""Writing so that a crash leaves the old or the new, never a mixture; hashing what was written.

Every durable change to the home folder goes through here, so that one place is tested against
full disks and kills. Follows the order of SQLite's and LevelDB's publication: contents, their
sync, the rename, the folder's sync. Must not know what is written.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from cache.errors import StoreError

_HINTS = {
    errno.ENOSPC: "free some space and try again; what was there before still works",
    errno.EDQUOT: "your disk quota is used up; what was there before still works",
    errno.EFBIG: "this file system takes no larger file; choose another with --home",
    errno.EROFS: "this file system is read-only; choose another with --home",
    errno.EACCES: "you may not write here; choose another folder with --home",
    errno.EPERM: "you may not write here; choose another folder with --home",
    errno.EIO: "the disk reports a fault; check it before writing again",
}


@contextlib.contextmanager
def faults(subject: Path, *also: type[Exception]) -> Iterator[None]:
    """Turn OSError, and the exceptions named, into StoreError about subject, with a way out."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (OSError, *also)):
            raise
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else (str(error).splitlines() or ["failed"])[0]
        hint = _HINTS.get(number or 0, "nothing was changed; check this disk and try again")
        raise StoreError(f"{subject}: {reason}", hint) from error


def make_private(folder: Path) -> Path:
    """The folder, made where it is missing; only its owner may look inside what is made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def make_home(folder: Path, expected: Collection[str] = ()) -> None:
    """A folder of our own: made private, also where it was made by hand and holds nothing yet but
    the names expected. One that holds more is somebody's choice, which `exposure` tells."""
    if folder.is_dir():
        if {entry.name for entry in folder.iterdir()} <= set(expected) and exposure(folder):
            with contextlib.suppress(PermissionError):  # another user's, lent to us
                folder.chmod(0o700)
    else:
        make_private(folder)


def exposure(folder: Path) -> str | None:
    """Why folder is not private, in one line, or None where it is or where there are no modes."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if os.name != "posix" or not mode & 0o077:
        return None
    return f"{folder} is open to other users of this machine (mode {mode:04o})"


def write_atomic(path: Path, content: bytes) -> None:
    """Replace path by content: readers and survivors of a crash see all of it or none.

    Raises OSError; path is then as it was, unless only the last sync failed.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_synced(aside, content)
        os.replace(aside, path)  # noqa: PTH105  one place where faults are injected
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sweep(folder: Path) -> None:
    """Remove what write_atomic left in folder where it was killed. Only for the one writer; of a
    reader that notes something at this moment, the note is lost, which readers bear."""
    for left in folder.glob(".*"):
        if left.name.rpartition(".")[2].isdecimal() and not left.is_dir():
            left.unlink(missing_ok=True)


def write_synced(path: Path, content: bytes) -> None:
    """Write content to path, which nobody reads yet, and wait until the disk has it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def rename(old: Path, new: Path) -> None:
    """Rename a folder or file on one file system, and wait until the disk knows."""
    os.rename(old, new)  # noqa: PTH104  see write_atomic
    sync(new.parent)


def sync(path: Path) -> None:
    """Wait until the disk has this file's content, or this folder's names."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until the disk has everything in folder, the innermost first."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(parent, name))
        sync(Path(parent))


def remove_tree(folder: Path) -> None:
    """Remove a folder that readers cannot see; what will not go is left for the next sweep."""
    shutil.rmtree(folder, ignore_errors=True)


def share(path: Path, other: Path) -> None:
    """Have other be the file at path, which nobody writes to any more; a copy of it where the file
    system has no hard links. Raises OSError."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)


def sha256(path: Path) -> str:
    """SHA-256 of a file's content in hex, in constant memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What a home remembers of a build on a cluster that has not ended: where its work lies.

Written before any work is given out and removed after the publish, so that `--resume` finds what a
lost cluster had done, and a build that begins anew leaves nothing of the old one behind. Must not
know what the work is.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from cache import disk
from cache.errors import StoreError
from cache.layout import Layout
from indexer.cluster.store import Store


@dataclass(slots=True)
class Unfinished:
    """One build's work. store is where it lies; adopted maps each shard of pages that is in the
    home to the segment it became."""

    layout: Layout
    store: Store
    adopted: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begun(cls, layout: Layout, url: str, *, resume: bool) -> "Unfinished":
        """The build that did not end, where there is one and resume is asked for; else a new one,
        in a folder of its own under url. Raises StoreError."""
        left = _left(layout)
        if left is not None and resume:
            return left
        if left is not None:
            with suppress(StoreError):
                left.store.clear()
        work = cls(layout, Store(f"{url.rstrip('/')}/nextread-{uuid4().hex}"))
        work.save()
        return work

    def save(self) -> None:
        """Write it down. Raises StoreError where the disk fails."""
        said = json.dumps({"store": self.store.url, "adopted": self.adopted}, indent=1)
        with disk.faults(self.layout.unfinished):
            disk.make_private(self.layout.home)
            disk.write_atomic(self.layout.unfinished, said.encode())

    def end(self) -> None:
        """Forget it: all is in the home."""
        self.store.clear()
        self.layout.unfinished.unlink(missing_ok=True)


def _left(layout: Layout) -> Unfinished | None:
    try:
        said = json.loads(layout.unfinished.read_bytes())
        return Unfinished(layout, Store(str(said["store"])), dict(said["adopted"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "remove it: what its build had done on the cluster will be done again"
        raise StoreError(f"{layout.unfinished}: {error}", hint) from error

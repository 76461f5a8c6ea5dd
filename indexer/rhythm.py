"""When a crawl pauses so that what it has brought is published, and when it ends.

Why it exists: pages of a large library come for hours, and its reader is asking meanwhile. Must not
know how pages come or how an index is made.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from cache.manifest import Manifest

SHARE = 4
"""How many times as long as the last publication took at least lies before the next."""


def _unheard(manifest: Manifest, coming: int) -> None:
    """Nobody wants to hear of publications on the way."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What whoever builds wants of a crawl: seconds it may take at most (None: until it is done),
    stop, which ends it once it is set, and announce, which hears of each generation that is
    published while pages still come, and of how many are to come."""

    seconds: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    announce: Callable[[Manifest, int], None] = _unheard


class Pauses:
    """The pauses of one crawl."""

    def __init__(
        self,
        rhythm: Rhythm,
        every: float,
        publish: Callable[[], object],
        announce: Callable[[], object] = lambda: None,
    ) -> None:
        """publish makes a generation of what is there, at most every so many seconds; announce
        says, as the crawl begins, that pages are coming."""
        self._rhythm = rhythm
        self._every = every
        self._publish = publish
        self._announce = announce
        self.start()

    def start(self) -> None:
        """The crawl begins now."""
        self._began = monotonic()
        self._next = self._began + self._every

    def announce(self) -> None:
        """There is a network, and pages are coming."""
        self._announce()
        self.start()

    @property
    def over(self) -> bool:
        """Whether the crawl has to end."""
        seconds, stop = self._rhythm.seconds, self._rhythm.stop
        return stop.is_set() or (seconds is not None and monotonic() >= self._began + seconds)

    @property
    def due(self) -> bool:
        """Whether the crawl has to rest, for a pause or for good."""
        return self.over or monotonic() >= self._next

    def take(self) -> None:
        """Publish."""
        began = monotonic()
        self._publish()
        self._next = monotonic() + max(self._every, SHARE * (monotonic() - began))

"""Builds that the page asks for: one at a time, in a thread, told to everyone who listens.

Must not know HTTP or how an index is made.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator
from typing import Any

from cache.errors import NextreadError
from cache.settings import Settings

log = logging.getLogger(__name__)

Event = dict[str, Any]
LISTENERS = 64
_WAITING = 256  # events that a slow listener may fall behind


class Builds:
    """The build that runs, if any, and who follows it."""

    def __init__(self, settings: Settings) -> None:
        """Nothing runs yet."""
        self._settings = settings
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Queue[Event], asyncio.AbstractEventLoop] = {}
        self.state = "idle"

    def start(self, *, offline: bool, lists: tuple[str, ...] = ()) -> bool:
        """Begin a build in the background; False where one runs already."""
        with self._lock:
            if self.state == "building":
                return False
            self.state = "building"
        work = threading.Thread(
            target=self._build, args=(offline, lists), name="nextread build", daemon=True
        )
        work.start()
        return True

    @property
    def has_room(self) -> bool:
        """Whether one more may listen."""
        return len(self._listeners) < LISTENERS

    async def follow(self) -> AsyncGenerator[Event, None]:
        """Events from now on: `progress` (stage, done, of), then `built` or `failed`."""
        queue: asyncio.Queue[Event] = asyncio.Queue(_WAITING)
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
        try:
            yield {"event": "state", "state": self.state}
            while True:
                yield await queue.get()
        finally:
            with self._lock:
                del self._listeners[queue]

    def tell(self, event: Event) -> None:
        """Tell everyone who listens, from any thread; who has fallen behind misses it."""
        with self._lock:
            listeners = list(self._listeners.items())
        for queue, loop in listeners:
            try:
                loop.call_soon_threadsafe(_offer, queue, event)
            except RuntimeError:  # that loop has ended
                continue

    def _build(self, offline: bool, lists: tuple[str, ...]) -> None:
        from indexer.build import build

        try:
            report = build(lists, self._settings, offline=offline, progress=self._progress)
            ended: Event = {"event": "built", "generation": report.manifest.number}
            ended |= {
                "published": report.published,
                "resources": report.manifest.counts["resources"],
            }
        except NextreadError as error:
            ended = {"event": "failed", "detail": error.message, "hint": error.hint}
        except Exception:
            log.exception("a build failed")
            ended = {
                "event": "failed",
                "detail": "the build failed",
                "hint": "see the server's log",
            }
        self.state = "idle"
        self.tell(ended)

    def _progress(self, stage: str, done: int, of: int) -> None:
        self.tell({"event": "progress", "stage": stage, "done": done, "of": of})


def _offer(queue: asyncio.Queue[Event], event: Event) -> None:
    if not queue.full():
        queue.put_nowait(event)

"""The one Engine a server answers from, exchanged when a new generation is published.

CURRENT is looked at for each request (one stat); whoever sees it changed opens the new generation
while all others go on with the old one, which is closed when its last request ends. So an answer
comes from exactly one generation and no request waits for a build. Must not know HTTP.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cache.errors import NextreadError, StoreError
from cache.manifest import Manifest
from cache.settings import Settings
from search.engine import Engine
from search.index.threads import one_thread
from search.models.staying import staying

if TYPE_CHECKING:
    from search.index.postgres.watch import Watch
    from search.models.embed import Embedder

log = logging.getLogger(__name__)

RETRY = 2.0
"""Seconds after which a generation that could not be opened is tried again."""

Stamp = tuple[int, int]


@dataclass(slots=True)
class _Held:
    engine: Engine
    stamp: Stamp
    users: int = 0
    retired: bool = False


class EngineHolder:
    """Lends the newest Engine to threads; close when the server stops."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet: a server may start before the first build."""
        self.settings = settings
        self._state = threading.Lock()  # guards the fields below
        self._opening = threading.Lock()  # held by whoever opens a generation
        self._held: _Held | None = None
        self._failed: tuple[Stamp, float] | None = None
        self._watch = _watch(settings)
        self._questions: Embedder | None = None  # outlives generations: what it loaded and knows

    @contextmanager
    def lease(self) -> Iterator[Engine]:
        """The newest engine, not closed before the block ends.

        Raises NoIndex before the first build, Damaged and ModelError as Engine.open does where no
        earlier generation can answer instead.
        """
        one_thread()
        held = self._take()
        try:
            yield held.engine
        finally:
            self._give_back(held)

    def ready(self) -> Manifest | None:
        """What answers now is made of, where that is known without opening or asking anything."""
        if self._watch:
            return None
        held = self._held
        return (
            held.engine.collection.generation.manifest
            if held and held.stamp == self._stamp()
            else None
        )

    def number(self) -> int:
        """The generation that answers, a new one opened if need be; 0 where none can."""
        try:
            with self.lease() as engine:
                return engine.collection.generation.number
        except NextreadError:
            return 0

    def close(self) -> None:
        """Let go of the generation once its last request has ended."""
        with self._state:
            held, self._held = self._held, None
        if held:
            self._retire(held)
        if self._watch:
            self._watch.close()

    def _take(self) -> _Held:
        stamp = self._stamp()
        with self._state:
            held = self._held
            if held and not self._is_due(held, stamp):
                held.users += 1
                return held
        # The first engine is waited for; later ones are opened by one thread, beside the old one.
        if self._opening.acquire(blocking=held is None):
            try:
                self._renew(stamp)
            finally:
                self._opening.release()
        with self._state:
            if self._held is None:
                raise StoreError("this server is stopping", "start it again")
            self._held.users += 1
            return self._held

    def _is_due(self, held: _Held, stamp: Stamp) -> bool:
        if held.stamp == stamp:
            return False
        failed = self._failed
        return not (failed and failed[0] == stamp and time.monotonic() - failed[1] < RETRY)

    def _renew(self, stamp: Stamp) -> None:
        with self._state:
            old = self._held
            if old and not self._is_due(old, stamp):
                return
        try:
            engine = _warm(self._open())
        except NextreadError as error:
            if old is None:
                raise
            self._failed = (stamp, time.monotonic())
            log.warning("the new generation cannot be opened: %s", error)
            return
        with self._state:
            self._held, self._failed = _Held(engine, stamp), None
        if old:
            self._retire(old)

    def _give_back(self, held: _Held) -> None:
        with self._state:
            held.users -= 1
            last = held.retired and held.users == 0
        if last:
            held.engine.close()

    def _retire(self, held: _Held) -> None:
        with self._state:
            held.retired = True
            unused = held.users == 0
        if unused:
            held.engine.close()

    def _open(self) -> Engine:
        if self._questions is None:
            with Engine.open(settings=self.settings) as engine:
                self._questions = staying(engine.collection.embedder)
        engine = Engine.open(settings=self.settings, embedder=self._questions)
        if self._watch:
            try:
                self._watch.check(engine.collection.generation)
            except NextreadError:
                engine.close()
                raise
        return engine

    def _stamp(self) -> Stamp:
        """What tells one CURRENT from the next: it is replaced by rename, so its inode changes.

        A database numbers what is published to it.
        """
        if self._watch:
            return (self._watch.newest(), 0)
        try:
            status = self.settings.layout.current.stat()
        except OSError:
            return (0, 0)
        return (status.st_ino, status.st_mtime_ns)


def _watch(settings: Settings) -> "Watch | None":
    if not settings.index:
        return None
    from search.index.postgres.watch import Watch

    return Watch(settings.index)


def _warm(engine: Engine) -> Engine:
    """engine with all its parts open, so that no request pays for it."""
    try:
        engine.search("warm", k=1)
    except BaseException:
        engine.close()
        raise
    return engine

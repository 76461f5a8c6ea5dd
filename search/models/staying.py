"""Questions in a process that stays: answered at once, then by what is faster, each embedded once.

The runtime that starts quickest answers while the fastest loads beside it. Questions that arrive
while others are embedded go together, so that nobody waits for company. Must not know who asks.
"""

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from cache.errors import ModelError
from search.arrays import Floats
from search.models.embed import Embedder

log = logging.getLogger(__name__)

KEPT = 4096
"""Questions whose vectors are kept: typing one asks each of its beginnings."""

AFTER = 16
"""Questions after which the faster runtime loads: seconds of a core and 500 MiB, which a process
that is asked little need not pay."""

MOST = 32
"""Questions embedded together at most. Alone one of 22 tokens takes 7.5 ms of a processor, by twos
5.7, by fours 4.7 each. Nobody waits 2 ms for company: who finds every lane taken waits anyway,
and goes with all who wait then. With such a wait 4, 16 and 32 clients had batches of 2.04 questions
for 1.92, and neither answers sooner nor more of them."""

THREADS = 2
"""Threads that embed a batch. Alone a question of 25 tokens takes 1.8 times as long on one, for 1.1
times less of the processors; four askers on two cores are answered as often either way, since those
who wait are embedded together."""


class _Waiting:
    """A question that somebody waits for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done = threading.Event()
        self.vector: Floats | None = None
        self.fault: Exception | None = None


class StayingEmbedder:
    """An Embedder over two runtimes of one model. Safe to share between threads."""

    def __init__(
        self,
        first: Embedder,
        faster: Callable[[], Embedder] | None = None,
        *,
        lanes: int | None = None,
    ) -> None:
        """Answer with first; after AFTER questions faster is called on a thread of its own, and
        what it returns answers from then on. lanes (None: one a core) are how many batches may be
        embedded at a time."""
        self.model_id = first.model_id
        self.dim = first.dim
        self._runtime = first
        self._state = threading.Lock()  # guards what is below
        self._recent: OrderedDict[str, Floats] = OrderedDict()
        self._queue: list[_Waiting] = []
        self._lanes = threading.Semaphore(lanes or os.cpu_count() or 1)
        self.settled = threading.Event()
        """Set when no other runtime is to come."""
        self._faster = faster
        self._embedded = 0
        if faster is None:
            self.settled.set()

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a question."""
        vectors = np.empty((len(texts), self.dim), np.float32)
        waiting: list[tuple[int, _Waiting]] = []
        with self._state:
            for row, text in enumerate(texts):
                kept = self._recent.get(text)
                if kept is None:
                    waiting.append((row, _Waiting(text)))
                    self._queue.append(waiting[-1][1])
                else:
                    self._recent.move_to_end(text)
                    vectors[row] = kept
        for row, one in waiting:
            vectors[row] = self._vector(one)
        return vectors

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, one row a passage; nothing is kept."""
        return self._runtime.encode_passages(texts)

    def _vector(self, one: _Waiting) -> Floats:
        """The vector of one question, embedded here with all that wait, or by somebody else."""
        if not one.done.is_set():
            with self._lanes:
                if not one.done.is_set():
                    self._embed_waiting()
            one.done.wait()
        if one.fault is not None:
            raise one.fault
        assert one.vector is not None
        return one.vector

    def _embed_waiting(self) -> None:
        with self._state:
            batch, self._queue[:] = self._queue[:MOST], self._queue[MOST:]
        if not batch:
            return  # somebody has taken ours along and will be done soon
        try:
            vectors = self._runtime.encode_queries([one.text for one in batch])
        except Exception as fault:  # each who waits is told
            for one in batch:
                one.fault = fault
                one.done.set()
            return
        with self._state:
            for one, vector in zip(batch, vectors, strict=True):
                one.vector = vector
                self._recent[one.text] = vector
            while len(self._recent) > KEPT:
                self._recent.popitem(last=False)
            self._embedded += len(batch)
            faster = self._faster if self._embedded >= AFTER else None
            if faster is not None:
                self._faster = None
        for one in batch:
            one.done.set()
        if faster is not None:
            name = "the faster model runtime"
            threading.Thread(target=self._load, args=(faster,), name=name, daemon=True).start()

    def _load(self, faster: Callable[[], Embedder]) -> None:
        try:
            runtime = faster()
            runtime.encode_queries(["warm"])
            self._runtime = runtime
        except (ModelError, OSError, RuntimeError, MemoryError) as fault:
            log.warning("questions stay with the runtime they began with: %s", fault)
        finally:
            self.settled.set()


def staying(first: Embedder, *, cores: int | None = None) -> StayingEmbedder:
    """What embeds questions in a server: first, which answers already, and where it is the packaged
    model's engine the OpenVINO graph of the same weights when that has loaded (how near the two
    are: docs/design.md, "Two runtimes of one model")."""
    from search.models.e5_engine import E5Engine
    from search.models.embed import streaming

    cores = cores or os.cpu_count() or 1
    threads = min(THREADS, cores)
    lanes = cores // threads
    faster = (lambda: streaming(lanes, threads)) if isinstance(first, E5Engine) else None
    return StayingEmbedder(first, faster, lanes=lanes)

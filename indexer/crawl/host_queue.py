"""When each host may be asked next: one request at a time, and never sooner than promised.

Times are seconds of a monotonic clock. Must not know HTTP or the page cache.
"""

import asyncio
import contextlib
import heapq
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

POLL = 0.2
"""Seconds between two looks whether a crawl that may be paused has to."""


@dataclass(slots=True)
class _Gate:
    delay: float
    next_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Gates:
    """One gate a host. The gap runs from the end of an answer to the start of the next request."""

    def __init__(self, delay: float) -> None:
        """delay is the least gap, in seconds."""
        self._delay = delay
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Hold host's only turn, after its gap has passed."""
        gate = self._gate(host)
        async with gate.lock:
            while (wait := gate.next_at - monotonic()) > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                gate.next_at = max(gate.next_at, monotonic() + gate.delay)

    def slow(self, host: str, delay: float) -> None:
        """Widen host's gap to delay, if it is narrower."""
        gate = self._gate(host)
        if delay > gate.delay:
            gate.next_at += delay - gate.delay
            gate.delay = delay

    def rest(self, host: str, seconds: float) -> None:
        """Leave host alone for that long."""
        gate = self._gate(host)
        gate.next_at = max(gate.next_at, monotonic() + seconds)

    def next_at(self, host: str) -> float:
        """When host's gap has passed."""
        return self._gate(host).next_at

    def delay(self, host: str) -> float:
        """Host's gap, in seconds."""
        return self._gate(host).delay

    def _gate(self, host: str) -> _Gate:
        if host not in self._gates:
            self._gates[host] = _Gate(self._delay)
        return self._gates[host]


class Schedule(Generic[T]):
    """Jobs in a queue a host, run a few hosts at once, each when its gate opens.

    Of the hosts whose gate is open that comes first which has most minutes of work left, so that
    one with thousands of pages is asked from the first minute on and is not the last hour of all;
    among the others, that whose next job was added first. Memory is a queue entry a job and a task
    a running job, however many jobs there are.
    """

    def __init__(self, gates: Gates, limit: int) -> None:
        """limit is how many hosts are asked at once."""
        self._gates = gates
        self._limit = limit
        self._queues: dict[str, deque[tuple[int, T]]] = {}
        self._shut: list[tuple[float, str]] = []  # hosts by when their gates open
        self._open: list[tuple[float, int, str]] = []  # those that may be asked, by turn
        self._added = 0
        self._running = 0
        self._wake = asyncio.Event()

    def add(self, host: str, job: T, *, first: bool = False) -> None:
        """Queue job, before host's others where first."""
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = deque()
            heapq.heappush(self._shut, (self._gates.next_at(host), host))
        self._added += 1
        if first:
            queue.appendleft((0, job))
        else:
            queue.append((self._added, job))
        self._wake.set()

    async def run(
        self, work: Callable[[T], Awaitable[None]], enough: Callable[[], bool] | None = None
    ) -> bool:
        """Do every job, those that work adds included; an error of work ends all.

        Once enough says so (asked every POLL seconds), no more is begun, and what runs is waited
        for. Returns whether every job is done.
        """
        async with asyncio.TaskGroup() as group:
            while self._queues and not (enough and enough()):
                wait = self._next_wait()
                if self._running < self._limit and wait == 0:
                    host = heapq.heappop(self._open)[-1]
                    group.create_task(self._one(host, work))
                    self._running += 1
                    continue
                await self._sleep(wait if self._running < self._limit else None, enough is not None)
        return not self._queues

    def _next_wait(self) -> float | None:
        """Seconds until a host may be asked, None where none waits."""
        now = monotonic()
        while self._shut and self._shut[0][0] <= now:
            _, host = heapq.heappop(self._shut)
            minutes_left = len(self._queues[host]) * self._gates.delay(host) // 60
            heapq.heappush(self._open, (-minutes_left, self._queues[host][0][0], host))
        if self._open:
            return 0
        return self._shut[0][0] - now if self._shut else None

    async def _sleep(self, wait: float | None, polling: bool) -> None:
        """Until a job is added or done; at most wait seconds, or POLL where polling."""
        limits = [limit for limit in (wait, POLL if polling else None) if limit is not None]
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(limits, default=None)):
                await self._wake.wait()

    async def _one(self, host: str, work: Callable[[T], Awaitable[None]]) -> None:
        try:
            await work(self._queues[host].popleft()[1])
        finally:
            if self._queues[host]:
                heapq.heappush(self._shut, (self._gates.next_at(host), host))
            else:
                del self._queues[host]
            self._running -= 1
            self._wake.set()

"""When each host may be asked next: one request at a time, and never sooner than promised.

Times are seconds of a monotonic clock. Must not know HTTP or the page cache.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


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

    def _gate(self, host: str) -> _Gate:
        if host not in self._gates:
            self._gates[host] = _Gate(self._delay)
        return self._gates[host]


class Schedule(Generic[T]):
    """Jobs in a queue a host, run a few hosts at once, each when its gate opens.

    Memory is a queue entry a job and a task a running job, however many jobs there are.
    """

    def __init__(self, gates: Gates, limit: int) -> None:
        """limit is how many hosts are asked at once."""
        self._gates = gates
        self._limit = limit
        self._queues: dict[str, deque[T]] = {}
        self._ready: list[tuple[float, str]] = []
        self._running = 0
        self._wake = asyncio.Event()

    def add(self, host: str, job: T, *, first: bool = False) -> None:
        """Queue job, before host's others where first."""
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = deque()
            heapq.heappush(self._ready, (self._gates.next_at(host), host))
        if first:
            queue.appendleft(job)
        else:
            queue.append(job)
        self._wake.set()

    async def run(self, work: Callable[[T], Awaitable[None]]) -> None:
        """Do every job, those that work adds included; an error of work ends all."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while self._ready or self._running:
                wait = self._ready[0][0] - monotonic() if self._ready else None
                if self._running < self._limit and wait is not None and wait <= 0:
                    group.create_task(self._one(heapq.heappop(self._ready)[1], work))
                    self._running += 1
                    continue
                self._wake.clear()
                alarm = None
                if wait is not None and self._running < self._limit:
                    alarm = loop.call_later(wait, self._wake.set)
                await self._wake.wait()
                if alarm is not None:
                    alarm.cancel()

    async def _one(self, host: str, work: Callable[[T], Awaitable[None]]) -> None:
        try:
            await work(self._queues[host].popleft())
        finally:
            if self._queues[host]:
                heapq.heappush(self._ready, (self._gates.next_at(host), host))
            else:
                del self._queues[host]
            self._running -= 1
            self._wake.set()

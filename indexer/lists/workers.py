"""Lists parsed in as many processes as there are cores.

A worker answers with the record that the cache keeps: smaller and sooner handed over than entries.
A worker that dies takes nothing along: its list is parsed here. Must not know where lists are.
"""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType

from indexer.lists.memo import decoded, encoded
from indexer.lists.parse import Parsed

WORTH = 400_000
"""Bytes of lists from which processes are started: less is parsed before they are there."""


def cores() -> int:
    """How many processes can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Parses lists elsewhere, from the first one handed in; here, where there is one core."""

    def __init__(self, size: int) -> None:
        """size is how many bytes there are to parse, as far as known."""
        self._count = cores() if size >= WORTH else 1
        self._pool: ProcessPoolExecutor | None = None

    @property
    def are_there(self) -> bool:
        """Whether anything is parsed elsewhere."""
        return self._count > 1

    def __enter__(self) -> "Workers":
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes; what is still being parsed is given up."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def hand_in(self, parse: Callable[[], Parsed], list_id: str) -> Callable[[], Parsed]:
        """What gives the parsed list when called: what no process has begun by then is parsed here,
        so that this process works too. parse must be picklable."""
        if self._pool is None:
            context = multiprocessing.get_context(
                "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
            )
            self._pool = ProcessPoolExecutor(self._count - 1, mp_context=context)
        try:
            future = self._pool.submit(_record, parse)
        except (BrokenProcessPool, OSError):
            return parse
        return lambda: _result(future, parse, list_id)


def _record(parse: Callable[[], Parsed]) -> bytes:
    return encoded(parse())


def _result(future: "Future[bytes]", parse: Callable[[], Parsed], list_id: str) -> Parsed:
    if future.cancel():
        return parse()
    try:
        record = future.result()
    except (BrokenProcessPool, OSError):
        return parse()
    return decoded(record, list_id) or parse()

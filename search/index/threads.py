"""How many threads one question may use. Must not know questions or servers."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock, Thread
from typing import TypeVar

T = TypeVar("T")


def one_thread() -> None:
    """Have FAISS and BLAS use the calling thread alone.

    For servers, whose askers are as many as cores: OpenMP threads spin at their barriers, so that
    two questions on two cores wait for one another (22,993 vectors: 25 ms with two threads a
    question, 5 with one). OpenMP remembers it by thread, BLAS for the whole process.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    _one_for_blas()


@cache
def _one_for_blas() -> None:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1, user_api="blas")


class Cores:
    """How many of so many cores are at work. Safe to share between threads."""

    def __init__(self, count: int) -> None:
        """None is, of count."""
        self._count, self._busy, self._state = count, 0, Lock()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """One more is, by who answers a question."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def beside(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin work on a thread of its own, where a core is free; else it is done before this
        returns: askers who are as many as cores would only wait for one another.

        What is returned waits for its end, and gives what it gave or raises what it raised, as
        often as it is called.
        """
        with self._state:
            free = self._busy < self._count
            self._busy += free
        if not free:
            return at_once(work)
        given: list[T] = []
        raised: list[BaseException] = []

        def run() -> None:
            try:
                given.append(work())
            except BaseException as error:  # for whoever waits
                raised.append(error)
            finally:
                self._change(-1)

        thread = Thread(target=run, daemon=True)
        thread.start()

        def wait() -> T:
            thread.join()
            if raised:
                raise raised[0]
            return given[0]

        return wait

    def _change(self, by: int) -> None:
        with self._state:
            self._busy += by


def at_once(work: Callable[[], T]) -> Callable[[], T]:
    """What work gives, found before this returns."""
    given = work()
    return lambda: given


CORES = Cores(os.cpu_count() or 1)
"""Those of this machine."""

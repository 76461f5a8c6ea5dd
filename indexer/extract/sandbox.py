"""A pool of expendable processes: whatever a stranger's page does to its parser, we go on.

Each worker has a memory limit, a deadline for every job and a pipe of its own, so that killing one
can neither lock nor garble another's. A crash, a limit or an unexpected error costs one job and is
reported as ExtractError. Must not know what the jobs do.
"""

import contextlib
import itertools
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Self

from cache.errors import ExtractError
from cache.records import Document, Page

Job = tuple[Page, bytes, str, Sequence[tuple[Page, bytes]]]

_START_SECONDS = 120.0  # for a worker to import its parsers, on a machine busy with other things
_JOBS_PER_WORKER = 500  # then it is replaced: parsers leak, and the memory limit is for one page
_AHEAD = 3  # jobs a worker that are read before the first result is taken
_PRELOAD = ["trafilatura", "turbohtml", "pypdfium2", "py3langid.langid"]


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    pipe: Connection
    deadline: float
    ready: bool = False
    ticket: int | None = None  # the job it is doing
    done: int = 0


@dataclass(slots=True)
class _Task:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    name: str


@dataclass(slots=True)
class _Batch:
    """One call of map: what waits, is being done, and is finished but not yet handed over."""

    source: Iterator[_Task]
    waiting: deque[int] = field(default_factory=deque)
    tasks: dict[int, _Task] = field(default_factory=dict)  # waiting or being done, by ticket
    results: dict[int, Any] = field(default_factory=dict)
    issued: int = 0

    def fill(self, most: int) -> None:
        """Read jobs until most are on hand, finished ones included, or there are no more."""
        room = most - len(self.tasks) - len(self.results)
        for task in itertools.islice(self.source, max(0, room)):
            self.tasks[self.issued] = task
            self.waiting.append(self.issued)
            self.issued += 1


class SafePool:
    """Runs functions in worker processes; close it, or use it in a `with` block.

    workers processes, seconds for one job, memory bytes of address space for one worker beyond
    what its libraries reserve (not enforced on macOS and Windows). Functions and arguments must be
    picklable; functions are found by import. Not to be shared between threads.
    """

    def __init__(
        self,
        workers: int = 2,
        seconds: float = 10.0,
        memory: int = 1 << 30,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        """Workers start with the first job, and with prepare, which no job's seconds pay for."""
        self._size = workers
        self._seconds = seconds
        self._memory = memory
        self._prepare = prepare
        self._workers: list[_Worker] = []
        self._context = _context()

    def __enter__(self) -> Self:
        """The pool itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Kill every worker and wait until it is gone."""
        for worker in list(self._workers):
            self._discard(worker)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """function(*args), run in a worker. Raises ExtractError for all that goes wrong in it."""
        result = next(self.map(function, [args]))
        if isinstance(result, ExtractError):
            raise result
        return result

    def map(
        self,
        function: Callable[..., Any],
        jobs: Iterable[tuple[Any, ...]],
        name: Callable[[tuple[Any, ...]], str] = lambda job: "job",
    ) -> Iterator[Any]:
        """function(*job) for each of jobs, in their order; an ExtractError where a job failed.

        name gives the words that errors begin with. jobs is read lazily, a few ahead.
        """
        batch = _Batch(_Task(function, args, name(args)) for args in jobs)
        try:
            for turn in itertools.count():
                batch.fill(_AHEAD * self._size)
                while turn not in batch.results and batch.tasks:
                    self._step(batch)
                if turn not in batch.results:
                    return
                yield batch.results.pop(turn)
        finally:
            for worker in [one for one in self._workers if one.ticket is not None]:
                self._discard(worker)  # the caller left: nobody will take its result

    def _step(self, batch: _Batch) -> None:
        """Hand out work, then wait for one thing to happen."""
        wanted = min(self._size, len(batch.tasks))
        while len(self._workers) < wanted:
            self._workers.append(self._start())
        for worker in list(self._workers):
            if worker.ready and worker.ticket is None and batch.waiting:
                self._give(worker, batch)
        busy = [one for one in self._workers if not one.ready or one.ticket is not None]
        if not busy:
            return
        left = min(worker.deadline for worker in busy) - time.monotonic()
        heard = wait([worker.pipe for worker in busy], timeout=max(0.0, left))
        now = time.monotonic()
        for worker in busy:
            if worker.pipe in heard:
                self._hear(worker, batch)
            elif now >= worker.deadline:
                self._fail(worker, batch, f"took more than {self._seconds:g} seconds")

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe(duplex=True)
        process = self._context.Process(
            target=_serve,
            args=(theirs, self._seconds, self._memory, self._prepare),
            daemon=True,
        )
        process.start()
        theirs.close()
        return _Worker(process, ours, time.monotonic() + _START_SECONDS)

    def _give(self, worker: _Worker, batch: _Batch) -> None:
        task = batch.tasks[batch.waiting[0]]
        try:
            worker.pipe.send((task.function, task.args))
        except (BrokenPipeError, ConnectionResetError):  # died while idle: not this job's fault
            self._discard(worker)
            return
        worker.ticket = batch.waiting.popleft()
        worker.deadline = time.monotonic() + self._seconds

    def _hear(self, worker: _Worker, batch: _Batch) -> None:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._fail(worker, batch, _epitaph(worker))
            return
        if not worker.ready:
            worker.ready = True
            return
        assert worker.ticket is not None
        value, fit = message
        task = batch.tasks.pop(worker.ticket)
        batch.results[worker.ticket] = _named(value, task) if not fit else value
        worker.ticket = None
        worker.done += 1
        if not fit or worker.done >= _JOBS_PER_WORKER:
            self._discard(worker)

    def _fail(self, worker: _Worker, batch: _Batch, reason: str) -> None:
        ticket, ready = worker.ticket, worker.ready
        self._discard(worker)
        if not ready:
            raise ExtractError(f"a worker process did not start: {reason}", "see its memory limit")
        if ticket is not None:
            hint = "the page is broken or hostile; skipped"
            error = ExtractError(f"its reader {reason}", hint, passing=True)
            batch.results[ticket] = _named(error, batch.tasks.pop(ticket))

    def _discard(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.process.close()
        worker.pipe.close()


class ExtractPool(SafePool):
    """Documents of pages, each parsed where it can do no harm."""

    def __init__(self, workers: int = 2, seconds: float = 10.0) -> None:
        """As SafePool; every parser is loaded before the first page."""
        super().__init__(workers, seconds, prepare=_warm)

    def documents(self, jobs: Iterable[Job]) -> Iterator[Document | ExtractError]:
        """indexer.extract.page.extract of each (page, body, resource_id, sequels), in order; an
        ExtractError stands for each page that could not be read."""
        return self.map(_extract, jobs, name=lambda job: str(job[0].final_url))


def _extract(
    page: Page, body: bytes, resource_id: str, sequels: Sequence[tuple[Page, bytes]] = ()
) -> Document:
    from indexer.extract.page import extract

    return extract(page, body, resource_id, sequels)


def _warm() -> Document:
    """Load what the first page would else wait for: on a busy machine, longer than it may take."""
    text = b"".join(b"<p>Sentence %d of a page that nobody reads.</p>" % n for n in range(40))
    body = b"<title>A page</title><article>" + text + b"</article>"
    return _extract(Page("https://a.test/", "https://a.test/", 200, "text/html", "", ""), body, "")


def _named(error: ExtractError, task: _Task) -> ExtractError:
    if error.message.startswith(task.name):
        return error
    return ExtractError(f"{task.name}: {error.message}", error.hint, passing=error.passing)


def _epitaph(worker: _Worker) -> str:
    worker.process.join(1.0)
    code = worker.process.exitcode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"crashed ({signal.Signals(-code).name})"
    return f"died (exit {code})"


def _context() -> Any:
    """Fork server where there is one: a new worker in 20 ms with its parsers loaded, and no fork
    of our own threads. Windows starts workers afresh."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    return context


def _serve(
    pipe: Connection, seconds: float, memory: int, prepare: Callable[[], object] | None
) -> None:
    """The life of a worker: limits, then jobs until the pipe closes."""
    _quieten()
    if prepare is not None:
        with contextlib.suppress(ExtractError):
            prepare()
    _limit(memory)
    pipe.send("ready")
    while True:
        try:
            function, args = pipe.recv()
        except (EOFError, OSError):
            return
        _limit_processor(seconds)
        pipe.send(_answer(function, args))


def _answer(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, bool]:
    """The result or ExtractError of a job, and whether this worker is fit for another."""
    try:
        return function(*args), True
    except ExtractError as error:
        return error, True
    except MemoryError:
        return ExtractError(
            "its reader needed too much memory", "the page is broken; skipped", passing=True
        ), False
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return ExtractError(f"its reader failed ({detail})", "please report this page"), False


def _quieten() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    logging.disable(logging.CRITICAL)
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(quiet, stream.fileno())  # parsers in C write where only results may go


def _limit(memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = _reserved() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _reserved() -> int:
    """Bytes of address space in use before any page: numpy alone reserves 41 MB a processor, which
    on a large machine would be all of a limit for pages."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf(
            "SC_PAGESIZE"
        )
    return 0


def _limit_processor(seconds: float) -> None:
    """A second line of defence: if we die, a worker in an endless loop must not outlive us long."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))

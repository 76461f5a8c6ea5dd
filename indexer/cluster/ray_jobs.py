"""Jobs run by Ray Data. The one module that imports ray, and only when a cluster is asked for.

Only names of shards pass through Ray: what a dead node held is in the store or is done again. Must
not know what a job does.
"""

import json
import logging
import os
import queue
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any, Self

from cache.errors import ClusterError, MissingExtra, NextreadError

Job = Mapping[str, Any]
Task = Callable[[Job], Mapping[str, Any]]

OLDEST = (2, 52)  # of Ray: the first that can ask for a token
NEEDED = 2  # CPUs: an actor holds one, and what feeds it needs another (ray issue 44687)
_OBJECTS = 256 << 20  # bytes of Ray's shared memory: only names and counts lie there
_RESUME = "nextread build --resume goes on where it stopped"


class Cluster:
    """A Ray cluster for the time of one build. Use as a context manager."""

    def __init__(self, address: str, deadline: float) -> None:
        """address as ray.init takes it, or `local` for a cluster of this machine alone; deadline is
        the seconds that all jobs together may take."""
        self._address = address
        self._deadline = deadline
        self._ends = 0.0
        self._quiet = redirect_stdout(sys.stderr)  # where Ray says which node has died

    def __enter__(self) -> Self:
        """Connect. Raises MissingExtra, and ClusterError where the cluster cannot be used."""
        self._ray = _imported(self._address)
        self._quiet.__enter__()
        try:
            self._connect()
            self._check()
        except BaseException:
            self.__exit__()
            raise
        self._ends = time.monotonic() + self._deadline
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect, and end a cluster that was started here."""
        self._ray.shutdown()
        self._quiet.__exit__(None, None, None)

    @property
    def cpus(self) -> int:
        """CPUs of all nodes alive."""
        return int(self._ray.cluster_resources().get("CPU", 0))

    def run(self, stage: str, task: Task, jobs: Sequence[Job]) -> Iterator[Mapping[str, Any]]:
        """task(job) for each of jobs, on any node, each answer when it is there.

        Raises ClusterError where the deadline passes or the cluster is lost; what task raises.
        """
        yield from self._answers(stage, jobs, lambda data: data.map(_Plain(task), num_cpus=1))

    def run_actors(
        self, stage: str, make: Callable[[], Task], jobs: Sequence[Job]
    ) -> Iterator[Mapping[str, Any]]:
        """The same by actors that call make once: one a GPU, else one a node, as one model uses
        all processors of its node. One CPU at least is left free. Raises as run does."""
        from ray.data import ActorPoolStrategy

        gpus = int(self._ray.cluster_resources().get("GPU", 0))
        nodes = sum(_cpus(node) > 0 for node in self._ray.nodes())
        size = max(1, min(gpus or nodes, self.cpus - 1, len(jobs)))
        yield from self._answers(
            stage,
            jobs,
            lambda data: data.map(
                _Actor,
                fn_constructor_args=(make,),
                compute=ActorPoolStrategy(size=size),
                num_cpus=1,
                num_gpus=1 if gpus else 0,
            ),
        )

    def _answers(
        self, stage: str, jobs: Sequence[Job], laid: Callable[[Any], Any]
    ) -> Iterator[Mapping[str, Any]]:
        if not jobs:
            return
        rows = [{"job": json.dumps(job)} for job in jobs]
        data = laid(self._ray.data.from_items(rows, override_num_blocks=len(rows)))
        heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(data, heard), daemon=True).start()
        for done in range(len(jobs)):
            said = f"{done} of {len(jobs)} jobs of {stage} were done"
            yield json.loads(self._next(heard, said))

    def _next(self, heard: "queue.SimpleQueue[Any]", said: str) -> str:
        try:
            found = heard.get(timeout=max(0.0, self._ends - time.monotonic()))
        except queue.Empty:
            hint = f"{_RESUME}; ray_deadline in settings.toml is {self._deadline:g} seconds"
            raise ClusterError(f"the cluster took too long; {said}", hint) from None
        if isinstance(found, BaseException):
            reason = (str(found).strip().splitlines() or [type(found).__name__])[-1]
            raise ClusterError(f"the cluster was lost; {said}: {reason}", _RESUME) from found
        if found["error"]:
            message, hint = found["error"].split("\n")
            raise ClusterError(f"a worker failed; {said}: {message}", hint or _RESUME)
        answer: str = found["answer"]
        return answer

    def _connect(self) -> None:
        options: dict[str, Any] = {}
        if self._address == "local":
            options = {
                "num_cpus": os.cpu_count(),
                "include_dashboard": False,
                "object_store_memory": _OBJECTS,
            }
        try:
            self._ray.init(
                self._address, log_to_driver=False, logging_level=logging.ERROR, **options
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            hint = "see `ray status` there, and that RAY_AUTH_MODE and the token are its own"
            raise ClusterError(
                f"{self._address}: no Ray cluster answers: {reason}", hint
            ) from error
        context = self._ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)

    def _check(self) -> None:
        if self.cpus < NEEDED:
            has = f"{self._address}: the cluster has {self.cpus} CPUs,"
            hint = "add a node, or build without --ray"
            raise ClusterError(f"{has} and {NEEDED} are needed", hint)


class _Plain:
    """A task as Ray Data calls it: one row in, one row out."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __call__(self, row: Mapping[str, str]) -> Mapping[str, str]:
        # Ray's worker is a script. Fork servers run their parent's script again in every child,
        # which would import ray in each sandbox: 0.7 s and 100 MB for nothing.
        vars(sys.modules["__main__"]).pop("__file__", None)
        try:
            return {"answer": json.dumps(self._task(json.loads(row["job"]))), "error": ""}
        except NextreadError as error:  # Ray would bury it under pages of traces
            lines = (" ".join(said.split()) for said in (error.message, error.hint))
            return {"answer": "", "error": "\n".join(lines)}


class _Actor(_Plain):
    """The same, with a task that is made once."""

    def __init__(self, make: Callable[[], Task]) -> None:
        super().__init__(make())


def _pump(data: Any, heard: "queue.SimpleQueue[Any]") -> None:
    """Pass answers on as they come: Ray's own iterator cannot be given a deadline."""
    try:
        for row in data.iter_rows():
            heard.put(row)
        heard.put(RuntimeError("answers are missing"))
    except BaseException as error:
        heard.put(error)


def _imported(address: str) -> Any:
    """ray, told to ask for a token, and to tell nobody how it is used."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # else it writes over our progress
    if address == "local":
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtra("building on a cluster", "ray") from error
    if tuple(map(int, ray.__version__.split(".")[:2])) < OLDEST:
        has = f"ray {ray.__version__} cannot ask for a token"
        raise ClusterError(has, "pip install 'nextread[ray]'")
    return ray


def _cpus(node: Mapping[str, Any]) -> float:
    return float(node["Resources"].get("CPU", 0)) if node["Alive"] else 0.0

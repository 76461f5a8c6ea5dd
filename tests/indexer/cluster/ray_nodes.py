"""A Ray cluster on this machine, in a process of its own.

`python -m tests.indexer.cluster.ray_nodes` runs it.

Prints its address, then obeys lines on stdin (`add`, `kill`), answering each with a line, and ends
with it. The head has no CPU, so that all work is on nodes that can be added and killed.
"""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

MEMORY = 100 << 20  # bytes of shared memory a node


def main() -> None:
    from ray.cluster_utils import Cluster

    options = {"object_store_memory": MEMORY, "include_dashboard": False}
    head = {"num_cpus": 0, **options}
    cluster = Cluster(initialize_head=True, connect=False, head_node_args=head)
    nodes = []
    print(cluster.address, flush=True)
    for line in sys.stdin:
        word, _, cpus = line.strip().partition(" ")
        if word == "add":
            nodes.append(cluster.add_node(num_cpus=int(cpus), object_store_memory=MEMORY))
            cluster.wait_for_nodes()
        elif word == "kill":
            cluster.remove_node(nodes.pop(), allow_graceful=False)
        print("done", flush=True)
    cluster.shutdown()


class Nodes:
    """The cluster, from outside. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        """folder is for what workers keep between builds."""
        self.environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
            "XDG_CACHE_HOME": str(folder),
        }

    def __enter__(self) -> "Nodes":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.indexer.cluster.ray_nodes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=self.environment,
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self.address = self._process.stdout.readline().strip()
        assert self.address
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def add(self, cpus: int) -> None:
        """One more node."""
        self._say(f"add {cpus}")

    def kill(self) -> None:
        """End the newest node as a power cut would."""
        self._say("kill")

    def _say(self, line: str) -> None:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == "done"


if __name__ == "__main__":
    main()

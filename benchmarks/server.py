"""Many clients while generations are published: `python -m benchmarks.server [--seconds 60]`.

Clients ask the HTTP API in a closed loop over real sockets while a second process publishes. Each
generation dates every entry to its own year, so an answer that mixed two would show. Before that,
1 to 32 clients and an in-process Engine answer questions in turns, and an open loop asks at a
steady rate. No question comes twice: a server keeps the vectors of those it was asked. Writes
benchmarks/results/server.json.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import chain, permutations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cache.settings import Settings

ROOT = Path(__file__).parents[1]
YEAR = 1990
CLIENTS = (1, 4, 16, 32)
PATIENCE = 60  # seconds until a published generation must have answered
LIST = ROOT / "lists" / "how-chatgpt-works.md"
QUESTIONS = (
    "explain RLHF simply",
    "ChatGPT 是怎样训练出来的",
    "how do transformers work, with pictures",
    "large language models",
    "什么是思维链",
    "videos about GPT-3",
    "in-context learning",
    "强化学习 人类反馈",
)


def distinct() -> Iterator[str]:
    """Questions of which none was asked before in this process: each of QUESTIONS about each title
    of the list, then about two of them."""
    from indexer.lists.parse import read_list

    titles = [entry.title for entry in read_list(LIST).entries]
    pairs = (f"{one} / {other}" for one, other in permutations(titles, 2))
    return (f"{question} {about}" for about in chain(titles, pairs) for question in QUESTIONS)


ASKED = distinct()
"""What everybody here asks next."""


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/server.json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), given.clients, given.seconds, given.publishes, given.rounds)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))
    if figures["errors"] or figures["mixed"]:
        raise SystemExit("an answer failed, or came from two generations")


def measure(
    folder: Path, clients: int, seconds: float, publishes: int, rounds: int = 1
) -> dict[str, Any]:
    """Every figure; folder is for a home and the list."""
    settings = Settings.load(folder / "home")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as publisher:
        publisher.submit(publish, settings, folder / "list.md", 1).result()
        return served(settings, publisher, folder / "list.md", clients, seconds, publishes, rounds)


def served(
    settings: Settings,
    publisher: ProcessPoolExecutor,
    file: Path,
    clients: int,
    seconds: float,
    publishes: int,
    rounds: int,
) -> dict[str, Any]:
    """Figures of an in-process engine and of a server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server_process", str(settings.home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        turns = in_turns(settings, port, rounds, max(2.0, seconds / 30))
        work = partial(publisher.submit, publish, settings, file)
        found = asyncio.run(load(port, work, clients, seconds, publishes))
    finally:
        process.terminate()
        process.wait(20)
    return {"in_process_ms": turns["engine_ms"], "in_turns": turns, **found}


def publish(settings: Settings, file: Path, number: int) -> None:
    """Build a generation whose every entry says its number, as the year it is dated to.

    Years are not embedded, so a publish costs what it costs a reader whose lists hardly changed.
    """
    from indexer.build import build
    from indexer.lists.parse import read_list
    from server.added import plain

    entries = read_list(LIST).entries
    lines = [f"* {YEAR + number} [{plain(e.title)}](<{e.url}>) - {plain(e.note)}" for e in entries]
    file.write_text("\n".join(["# Edition", "", *lines]), "utf-8")
    build([str(file)], settings, offline=True)


def in_turns(settings: Settings, port: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Milliseconds of the engine in this process and of 1 to 32 keep-alive clients, a stretch of
    each in every round, so that a busy machine slows all alike; then an open loop at half of what
    the clients were answered, whose waiting counts from when a question was due."""
    from search.engine import Engine

    alone: list[float] = []
    tallies = {clients: Tally() for clients in CLIENTS}
    with Engine.open(settings=settings) as engine:
        for question in QUESTIONS:
            engine.search(question)
        for _ in range(rounds):
            alone += engine_for(engine, seconds)
            for clients, tally in tallies.items():
                asyncio.run(closed_loop(port, clients, seconds, tally))
    rate = len(tallies[max(CLIENTS)].taken) / (rounds * seconds) / 2
    waited = asyncio.run(open_loop(port, rate, rounds * seconds))
    engine_ms = quantiles(alone)
    one = quantiles(tallies[1].taken)
    return {
        "engine_ms": engine_ms,
        "one_client_to_engine": round(one["p50"] / engine_ms["p50"], 2),
        "clients": {
            clients: quantiles(tally.taken)
            | {"per_second": round(len(tally.taken) / (rounds * seconds), 1)}
            for clients, tally in tallies.items()
        },
        "open_loop": {"per_second": round(rate, 1), **quantiles(waited)},
        "errors": sum(tally.errors for tally in tallies.values()),
    }


def engine_for(engine: Any, seconds: float) -> list[float]:
    """Milliseconds of each question, answered one after the other for a while."""
    taken, until = [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        engine.search(next(ASKED))
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def closed_loop(port: int, clients: int, seconds: float, tally: "Tally") -> None:
    """Each client asks as soon as it is answered."""
    until = time.monotonic() + seconds
    over = [asking(port, lambda: time.monotonic() > until, tally) for _ in range(clients)]
    await asyncio.gather(*over)


async def open_loop(port: int, rate: float, seconds: float) -> list[float]:
    """Questions at a steady rate, whoever waits: milliseconds from when each was due."""
    free: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(max(CLIENTS)):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    began, taken = time.perf_counter(), []

    async def ask(number: int) -> None:
        due = began + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        reader, writer = await free.get()
        await answered(reader, writer, next(ASKED))
        taken.append((time.perf_counter() - due) * 1000)
        free.put_nowait((reader, writer))

    await asyncio.gather(*(ask(number) for number in range(max(2, int(rate * seconds)))))
    while not free.empty():
        free.get_nowait()[1].close()
    return taken


async def load(
    port: int,
    work: Callable[[int], Future[None]],
    clients: int,
    seconds: float,
    publishes: int,
) -> dict[str, Any]:
    """Ask from many clients while generations are published."""
    alone_until = time.monotonic() + min(5, seconds / 4)
    alone = await asking(port, lambda: time.monotonic() > alone_until, Tally())
    tally, done = Tally(), asyncio.Event()
    began = time.monotonic()
    asked = [asyncio.create_task(asking(port, done.is_set, tally)) for _ in range(clients)]
    gap = seconds / (publishes + 1)
    for number in range(2, publishes + 2):
        await asyncio.sleep(max(0, began + gap * (number - 1) - time.monotonic()))
        await asyncio.wrap_future(work(number))
        await answering(tally, number)
    await asyncio.sleep(max(1, began + seconds - time.monotonic()))
    done.set()
    await asyncio.gather(*asked)
    seconds = round(time.monotonic() - began, 1)
    return {
        "clients": clients,
        "seconds": seconds,
        "publishes": publishes,
        "generations_seen": len(tally.generations),
        "requests": len(tally.taken),
        "requests_per_second": round(len(tally.taken) / seconds, 1),
        "errors": tally.errors,
        "mixed": tally.mixed,
        "one_client_ms": quantiles(alone.taken),
        "all_clients_ms": quantiles(tally.taken),
    }


async def answering(tally: "Tally", number: int) -> None:
    """Wait until a client has an answer of generation number. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while str(number) not in tally.generations:
            await asyncio.sleep(0.02)


class Tally:
    """What the clients saw."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.taken: list[float] = []
        self.errors = 0
        self.mixed = 0
        self.generations: Counter[str] = Counter()

    def add(self, status: int, headers: str, body: bytes, milliseconds: float) -> None:
        """Count one answer, and look whether all of it is of one generation."""
        self.taken.append(milliseconds)
        if status != 200:
            self.errors += 1
            return
        results = json.loads(body)["results"]
        editions = {result["published"] for result in results}
        generation = next(h.split(":")[1].strip() for h in headers.splitlines()
                          if h.lower().startswith("nextread-generation"))  # fmt: skip
        self.generations[generation] += 1
        self.mixed += editions != {str(YEAR + int(generation))}


async def asking(port: int, ended: Callable[[], bool], tally: Tally) -> Tally:
    """One client: a question after the other over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not ended():
        began = time.perf_counter()
        head, body = await answered(reader, writer, next(ASKED))
        tally.add(int(head.split()[1]), head, body, (time.perf_counter() - began) * 1000)
    writer.close()
    return tally


async def answered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: str
) -> tuple[str, bytes]:
    """The head and the body of an answer over a kept connection."""
    target = f"/api/search?{urlencode({'q': question})}"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(h.split(":")[1]) for h in head.splitlines()
                  if h.lower().startswith("content-length"))  # fmt: skip
    return head, await reader.readexactly(length)


def quantiles(taken: list[float]) -> dict[str, float]:
    """p50 and p99."""
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


if __name__ == "__main__":
    main()

"""Many clients while generations are published: whether an answer fails or mixes two of them.

Each generation dates every entry to its own year, so an answer that mixed two would show.
"""

import asyncio
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.clients import LIST, Tally, asking, distinct, quantiles
from benchmarks.programs import Program, server_of
from cache.settings import Settings

YEAR = 1990
PATIENCE = 60  # seconds until a published generation must have answered


class Editions(Tally):
    """What the clients saw, and of which generations."""

    def __init__(self, questions: Iterator[str]) -> None:
        """Nothing yet."""
        super().__init__(questions)
        self.mixed = 0
        self.generations: Counter[str] = Counter()

    def add(self, status: int, headers: str, body: bytes, milliseconds: float) -> None:
        """Count one answer, and look whether all of it is of one generation."""
        super().add(status, headers, body, milliseconds)
        if status != 200:
            return
        editions = {result["published"] for result in json.loads(body)["results"]}
        generation = next(h.split(":")[1].strip() for h in headers.splitlines()
                          if h.lower().startswith("nextread-generation"))  # fmt: skip
        self.generations[generation] += 1
        self.mixed += editions != {str(YEAR + int(generation))}


def measure(folder: Path, clients: int, seconds: float, publishes: int) -> dict[str, Any]:
    """Errors, mixed answers and milliseconds; folder is for a home and the list."""
    settings = Settings.load(folder / "home")
    file = folder / "list.md"
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as publisher:
        publisher.submit(publish, settings, file, 1).result()
        work = partial(publisher.submit, publish, settings, file)
        with server_of(Program(home=settings.home)) as (port, _):
            return asyncio.run(_load(port, work, clients, seconds, publishes))


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


async def _load(
    port: int,
    work: Callable[[int], Future[None]],
    clients: int,
    seconds: float,
    publishes: int,
) -> dict[str, Any]:
    questions = distinct()
    tally, done = Editions(questions), asyncio.Event()
    began = time.monotonic()
    asked = [asyncio.create_task(asking(port, done.is_set, tally)) for _ in range(clients)]
    gap = seconds / (publishes + 1)
    for number in range(2, publishes + 2):
        await asyncio.sleep(max(0, began + gap * (number - 1) - time.monotonic()))
        await asyncio.wrap_future(work(number))
        await _answering(tally, number)
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
        "per_second": round(len(tally.taken) / seconds, 1),
        "errors": tally.errors,
        "mixed": tally.mixed,
        "ms": quantiles(tally.taken),
    }


async def _answering(tally: Editions, number: int) -> None:
    """Wait until a client has an answer of generation number. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while str(number) not in tally.generations:
            await asyncio.sleep(0.02)

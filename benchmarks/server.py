"""The server beside the engine in it, by size of collection and number of clients.

usage: python -m benchmarks.server [--homes FOLDER] [--before CHECKOUT] [--seconds 6] [--rounds 3]

Over 80 resources (the example list), the judged library's and 1,000,000, in turns within each round
so that a busy machine slows all alike: the engine alone in a process, then 1, 4, 16 and 32 clients
that keep their connections; after the rounds an open loop at shares of what they were answered.
Over the example list also an older checkout's engine, and its server for 1 and 4 clients. Then 32
clients for a minute while 20 generations are published. Homes that are missing are made in FOLDER
(.bench): --prepare does only that. Clients and server share the machine's cores.
"""

import argparse
import asyncio
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import published
from benchmarks.clients import Tally, closed_loop, distinct, open_loop, quantiles
from benchmarks.measured import BENCH, ROOT, SHARED, memory, save
from benchmarks.programs import Program, engine_of, run, server_of

CLIENTS = (1, 4, 16, 32)
BEFORE = (1, 4)
SHARES = (0.25, 0.5, 0.8)
"""Of what 32 clients are answered, asked for by open loops."""

WARM = 40
"""Questions until a server is warm; it loads its faster runtime beside them."""

MILLION = 1_000_000


def main() -> None:
    """Prepare, measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=BENCH)
    parser.add_argument("--before", type=Path, help="a checkout to compare with")
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--publishing", type=float, default=60, help="seconds")
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--sizes", nargs="*", default=["example", "library", "million"])
    given = parser.parse_args()
    homes = {name: HOMES[name](given.homes) for name in given.sizes}
    before = given.before and Program(earlier(given.homes, given.before), given.before.resolve())
    if given.prepare:
        return
    collections = {}
    for name, home in homes.items():
        other = before if name == "example" else None
        collections[name] = over(home, given.rounds, given.seconds, other)
        print(name, collections[name], flush=True)
    with TemporaryDirectory() as folder:
        found = published.measure(Path(folder), max(CLIENTS), given.publishing, given.publishes)
    print(found)
    told = {"rounds": given.rounds, "seconds": given.seconds}
    save("server", {**told, "collections": collections, "published": found})
    if found["errors"] or found["mixed"]:
        raise SystemExit("an answer failed, or came from two generations")


def over(home: Path, rounds: int, seconds: float, before: Program | None = None) -> dict[str, Any]:
    """Figures over one home; before is an older checkout with a home of the same lists."""
    with ExitStack() as stack:
        now = Contest(stack, Program(home), CLIENTS)
        earlier = Contest(stack, before, BEFORE) if before else None
        contests = [one for one in (now, earlier) if one]
        for _ in range(rounds):
            for contest in contests:
                for stretch in contest.stretches:
                    stretch(seconds)
        figures = {"resources": resources(home), **now.figures(rounds * seconds)}
        figures["open_loop"] = now.open_loops(rounds * seconds)
        figures["server_memory"] = memory(now.process)
        if earlier:
            figures["before"] = earlier.figures(rounds * seconds)
            figures["against_before"] = ratios(figures)
        return figures


class Contest:
    """An engine alone and the server of the same code over the same home, both warm."""

    def __init__(self, stack: ExitStack, program: Program, clients: tuple[int, ...]) -> None:
        """Start both; stack ends them."""
        questions = distinct()
        self.port, self.process = stack.enter_context(server_of(program))
        self._waited = Tally(questions)
        asyncio.run(self._warm())
        self._engine = stack.enter_context(engine_of(program))  # takes as long as the server needs
        asyncio.run(self._warm())
        self._alone: list[float] = []
        self._tallies = {count: Tally(questions) for count in clients}
        self._questions = questions
        self.stretches: list[Callable[[float], None]] = [
            self._ask_engine,
            *(partial(self._ask_server, count) for count in clients),
        ]

    async def _warm(self) -> None:
        await open_loop(self.port, 20, WARM / 20, self._waited)

    def _ask_engine(self, seconds: float) -> None:
        self._alone += self._engine(seconds)

    def _ask_server(self, clients: int, seconds: float) -> None:
        asyncio.run(closed_loop(self.port, clients, seconds, self._tallies[clients]))

    def figures(self, seconds: float) -> dict[str, Any]:
        """What the stretches of so many seconds each found."""
        engine = quantiles(self._alone)
        asked = {
            str(count): quantiles(tally.taken)
            | {"per_second": round(len(tally.taken) / seconds, 1), "errors": tally.errors}
            for count, tally in self._tallies.items()
        }
        one = round(asked["1"]["p50"] / engine["p50"], 2)
        return {"engine_ms": engine, "clients": asked, "one_client_to_engine": one}

    def open_loops(self, seconds: float) -> list[dict[str, float]]:
        """An open loop for each of SHARES, for so many seconds together."""
        most = max(CLIENTS)
        capacity = len(self._tallies[most].taken) / seconds
        found = []
        for share in SHARES:
            tally = Tally(self._questions)
            rate, each = capacity * share, seconds / len(SHARES)
            asyncio.run(open_loop(self.port, rate, each, tally))
            found.append({"per_second": round(rate, 1), **quantiles(tally.taken)})
        return found


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """Of now to before."""
    before = figures["before"]
    four = (figures["clients"]["4"]["per_second"], before["clients"]["4"]["per_second"])
    engine = (figures["engine_ms"]["p50"], before["engine_ms"]["p50"])
    return {
        "four_clients_answers": round(four[0] / four[1], 2),
        "engine_p50": round(engine[0] / engine[1], 2),
    }


def example(homes: Path) -> Path:
    """The home of the example list."""
    home = homes / "example"
    if not (home / "CURRENT").exists():
        run(Program(home), "cli", "--home", home, "build", ROOT / "lists", "--offline")
    return home


def library(homes: Path) -> Path:
    """The home of the judged library: 47 lists."""
    home = homes / "library"
    if not (home / "CURRENT").exists():
        folders = (SHARED / "seeds", SHARED / "lists")
        run(Program(home), "cli", "--home", home, "build", *folders, "--offline")
    return home


def million(homes: Path) -> Path:
    """The home of a million mixed resources."""
    home = homes / "million"
    if not (home / "CURRENT").exists():
        run(Program(home), "benchmarks.collection", str(MILLION), home)
    return home


HOMES: dict[str, Callable[[Path], Path]] = {
    "example": example,
    "library": library,
    "million": million,
}


def earlier(homes: Path, root: Path) -> Path:
    """A home of the example list as the older checkout builds it."""
    home = homes / "before"
    if not (home / "CURRENT").exists():
        shutil.rmtree(home, ignore_errors=True)
        lists = root.resolve() / "lists"
        run(Program(home, root.resolve()), "cli", "--home", home, "build", lists, "--offline")
    return home


def resources(home: Path) -> int:
    """How many resources a home has."""
    from search.engine import Engine

    with Engine.open(home) as engine:
        return int(engine.collection.catalog.count)


if __name__ == "__main__":
    main()

"""Clients that ask a server over real sockets, as fast as it answers or at a steady rate.

No question comes twice: a server keeps the vectors of those it was asked. Must not know which
server answers.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import chain, permutations
from typing import Any
from urllib.parse import urlencode

from benchmarks.measured import ROOT

LIST = ROOT / "lists" / "how-chatgpt-works.md"
KEPT = 32
"""Connections of an open loop."""

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
    """Questions of which none is given twice: each of QUESTIONS about each title of the list, then
    about two of them."""
    from indexer.lists.parse import read_list

    titles = [entry.title for entry in read_list(LIST).entries]
    pairs = (f"{one} / {other}" for one, other in permutations(titles, 2))
    return (f"{question} {about}" for about in chain(titles, pairs) for question in QUESTIONS)


class Tally:
    """What clients of one server saw, and the questions they have left."""

    def __init__(self, questions: Iterator[str]) -> None:
        """Nothing yet; questions are what they ask."""
        self.questions = questions
        self.taken: list[float] = []
        self.errors = 0

    def add(self, status: int, headers: str, body: bytes, milliseconds: float) -> None:
        """Count one answer."""
        self.taken.append(milliseconds)
        self.errors += status != 200


async def closed_loop(port: int, clients: int, seconds: float, tally: Tally) -> None:
    """Each client asks as soon as it is answered."""
    until = time.monotonic() + seconds
    over = [asking(port, lambda: time.monotonic() > until, tally) for _ in range(clients)]
    await asyncio.gather(*over)


async def asking(port: int, ended: Callable[[], bool], tally: Tally) -> Tally:
    """One client: a question after the other over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not ended():
        began = time.perf_counter()
        head, body = await answered(reader, writer, next(tally.questions))
        tally.add(int(head.split()[1]), head, body, (time.perf_counter() - began) * 1000)
    writer.close()
    return tally


async def open_loop(port: int, rate: float, seconds: float, tally: Tally) -> None:
    """Questions at a steady rate, whoever waits: milliseconds count from when each was due, so that
    a server that halts is not asked less meanwhile (coordinated omission)."""
    free: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(KEPT):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    began = time.perf_counter()

    async def ask(number: int) -> None:
        due = began + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        reader, writer = await free.get()
        head, body = await answered(reader, writer, next(tally.questions))
        tally.add(int(head.split()[1]), head, body, (time.perf_counter() - due) * 1000)
        free.put_nowait((reader, writer))

    await asyncio.gather(*(ask(number) for number in range(max(2, int(rate * seconds)))))
    while not free.empty():
        free.get_nowait()[1].close()


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

"""Pages a second on loopback: ours, a bare httpx gather, Scrapy, each in a process, in turns.

usage: python -m benchmarks.crawl [--rounds 3] [--pages 2000]

2,000 pages of 8 kB on 50 hosts, 20 ms before every answer, no delay between requests. Ours does
what a build does: robots.txt, the address guard, judging, WARC records with digests on disk. The
gather does nothing but GET. The last figures are ours with 0.2 s of politeness, beside what the
slowest host's delay alone would take.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
from typing import Any

from benchmarks.measured import BENCH, PYTHON, ROOT, in_turns, run, save

HOSTS, PAGES, LATENCY, POLITE, POLITE_PAGES = 50, 2_000, 0.02, 0.2, 500
URLS = BENCH / "urls.txt"
SCRAPY = BENCH / "venv-scrapy/bin/python"


async def gather(urls: list[str]) -> int:
    """The least: every address asked for, as many at once as httpx allows."""
    import httpx

    async with httpx.AsyncClient(timeout=httpx.Timeout(60, pool=None)) as client:
        answers = await asyncio.gather(*(client.get(url) for url in urls))
    return sum(answer.status_code == 200 and bool(answer.text) for answer in answers)


def ours(urls: list[str], delay: float) -> int:
    """A crawl into an empty page cache."""
    from cache.pages import PageCache
    from cache.settings import Settings
    from indexer.crawl.crawler import Fetcher

    home = BENCH / "crawl"
    shutil.rmtree(home, ignore_errors=True)
    port = int(urls[0].split(":")[2].split("/")[0])
    settings = Settings(home, delay=delay, concurrency=HOSTS, allow_private=True, ports=(port,))
    with PageCache(settings.layout.pages) as pages:
        report = asyncio.run(Fetcher(settings, pages).crawl(urls))
    return report.fetched


def measure(rounds: int, pages: int = PAGES) -> dict[str, Any]:
    """All of them against one server."""
    web = subprocess.Popen(
        [PYTHON, ROOT / "benchmarks/peers/small_web.py", str(LATENCY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert web.stdout is not None
    port = web.stdout.readline().strip()
    urls = [f"http://127.0.1.{1 + i % HOSTS}:{port}/page/{i}" for i in range(pages)]
    URLS.write_text("\n".join(urls))
    me = [PYTHON, "-m", "benchmarks.crawl", "--client"]
    commands = {"nextread": [*me, "ours"], "httpx gather": [*me, "gather"]}
    if SCRAPY.exists():
        peer = ROOT / "benchmarks/peers/scrapy_crawl.py"
        commands["Scrapy"] = [str(SCRAPY), str(peer), str(URLS)]
    try:
        figures: dict[str, Any] = in_turns(commands, rounds)
        for found in figures.values():
            found["pages_per_second"] = round(pages / found["median_ms"] * 1000, 1)
        polite = run([*me, "polite"])
        least = (POLITE_PAGES // HOSTS - 1) * POLITE * 1000
    finally:
        web.communicate("")
    return {
        "pages": pages,
        "commands": figures,
        "polite": {"ms": round(polite["ms"]), "slowest_host_ms": round(least)},
    }


def client(name: str) -> None:
    """Be one of those measured."""
    urls = URLS.read_text().split()
    if name == "gather":
        came = asyncio.run(gather(urls))
    elif name == "ours":
        came = ours(urls, 0)
    else:
        urls = urls[:POLITE_PAGES]
        came = ours(urls, POLITE)
    if came != len(urls):
        sys.exit(f"{came} of {len(urls)} pages came")


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--client")
    given = parser.parse_args()
    if given.client:
        client(given.client)
        return
    figures = measure(given.rounds, given.pages)
    save("crawl", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

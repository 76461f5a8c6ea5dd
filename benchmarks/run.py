"""`make bench`: every benchmark of speed, then docs/performance.md.

usage: python -m benchmarks.run [--quick] [--without-peers]

Peers are installed into .bench/venv-* on first use, each in its own environment. --quick leaves
out collections beyond 100,000 resources, which take minutes to make.
"""

import argparse
import subprocess
import venv

from benchmarks.measured import BENCH, PYTHON

PEERS = {"venv-scrapy": "scrapy", "venv-txtai": "txtai==9.14.0"}


def install_peers() -> None:
    """Make the environments that are missing."""
    for name, requirement in PEERS.items():
        folder = BENCH / name
        if not folder.exists():
            venv.create(folder, with_pip=True)
            subprocess.run([folder / "bin/pip", "install", "--quiet", requirement], check=True)


def main() -> None:
    """Run them one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--without-peers", action="store_true")
    given = parser.parse_args()
    BENCH.mkdir(exist_ok=True)
    if not given.without_peers:
        install_peers()
    sizes = ["--sizes", "1000", "10000", "100000"] if given.quick else []
    for name, *arguments in (
        ("warm", *sizes),
        ("cold",),
        ("embedding",),
        ("rebuild",),
        ("crawl", "--pages", "600"),  # a bare gather of 2,000 takes minutes: its pool is quadratic
        ("profiles",),
        ("report",),
    ):
        print(f"== {name}", flush=True)
        subprocess.run([PYTHON, "-m", f"benchmarks.{name}", *arguments], check=True)


if __name__ == "__main__":
    main()

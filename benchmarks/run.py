"""`make bench`: every benchmark of speed, then docs/performance.md.

usage: python -m benchmarks.run [NAME …] [--again] [--without-peers] [--homes FOLDER]
                                [--before CHECKOUT] [--quick]

Says beforehand what it does and how long each part takes, keeps the figures of each part as it
ends, and when called again after it was stopped goes on with what is left: what was measured with
other code, or before a day, is measured anew, and so is what is named or all with --again. Peers
are installed into .bench/venv-*, each in its own environment; collections are made in FOLDER
(.bench). --before measures an older checkout in turns with this one. --quick is a trial: shorter,
and no collection beyond 100,000 resources.
"""

import argparse
import json
import subprocess
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measured import BENCH, PYTHON, ROOT

PEERS = {"venv-scrapy": "scrapy", "venv-txtai": "txtai==9.14.0"}
DONE = BENCH / "done.json"
DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Part:
    """A benchmark: what it measures, minutes on two idle cores, and how it is called."""

    tells: str
    minutes: float
    arguments: Sequence[str] = ()
    quick: Sequence[str] = ()
    homes: bool = False
    before: bool = False


QUIET = ("million", "server", "cold")
"""What needs a quiet machine most: answers, and the process that gives one."""

PARTS = {
    "prepare": Part("collections of 80, 23,000 and 1,000,000 resources, where missing", 15,
                    ("server", "--prepare"), ("--sizes", "example"), True, True),
    "million": Part("one question over 1,000,000 resources, filters, recall, memory", 2,
                    ("warm", "--sizes", "1000000"), ("--sizes", "1000"), True),
    "server": Part("1 to 32 clients, open loops, the engine alone, 20 publishes", 10,
                   ("server",),
                   ("--sizes", "example", "--seconds", "2", "--rounds", "1", "--publishing", "15",
                    "--publishes", "3"), True, True),
    "cold": Part("from process start to the answer", 2, ("cold",), ("--rounds", "3"), True, True),
    "warm": Part("one question over 1,000 to 100,000 resources", 4,
                 ("warm", "--sizes", "1000", "10000", "100000"), ("--sizes", "1000"), True),
    "embedding": Part("texts a second", 3, ("embedding",)),
    "rebuild": Part("reading and building again", 4, ("rebuild",)),
    # A bare gather of 2,000 takes minutes: its pool is quadratic.
    "crawl": Part("pages a second", 1, ("crawl", "--pages", "600")),
    "profiles": Part("where the time goes", 1, ("profiles",)),
}  # fmt: skip


def main() -> None:
    """Run what is left, one after the other, and write the document after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PARTS) + ", quiet")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--homes", type=Path, default=BENCH)
    parser.add_argument("--before", type=Path)
    given = parser.parse_args()
    if unknown := set(given.names) - {*PARTS, "quiet"}:
        parser.error(f"no part is named {', '.join(sorted(unknown))}: {', '.join(PARTS)}")
    BENCH.mkdir(exist_ok=True)
    named = [part for name in given.names for part in (QUIET if name == "quiet" else (name,))]
    done = {} if given.again or named else finished()
    left = [name for name in named or PARTS if name not in done]
    announce(left, done)
    if not given.without_peers and not named:
        install_peers()
    for name in left:
        print(f"== {name}: {PARTS[name].tells}", flush=True)
        began = time.monotonic()
        subprocess.run(command(name, given), check=True, cwd=ROOT)
        print(f"== {name} took {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
        done = finished() | {name: [code(), time.time()]}
        DONE.write_text(json.dumps(done))
        subprocess.run([PYTHON, "-m", "benchmarks.report"], check=True, cwd=ROOT)


def announce(left: Sequence[str], done: dict[str, list[object]]) -> None:
    """What will be done."""
    for name in done:
        print(f"{name:10} done; --again measures it anew")
    for name in left:
        print(f"{name:10} {PARTS[name].minutes:4.0f} min  {PARTS[name].tells}")
    total = sum(PARTS[name].minutes for name in left)
    print(
        f"{total:.0f} minutes on two idle cores; stop it when you like, it goes on where it was\n"
    )


def command(name: str, given: argparse.Namespace) -> list[str]:
    """How a part is called."""
    part = PARTS[name]
    module, *arguments = part.arguments
    if given.quick and part.quick:
        arguments = [*(["--prepare"] if "--prepare" in arguments else []), *part.quick]
    if part.homes:
        arguments += ["--homes", str(given.homes)]
    if part.before and given.before:
        arguments += ["--before", str(given.before)]
    return [PYTHON, "-m", f"benchmarks.{module}", *arguments]


def finished() -> dict[str, list[object]]:
    """The parts measured with this code within a day."""
    try:
        kept: dict[str, list[object]] = json.loads(DONE.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    now, here = time.time(), code()
    return {name: at for name, at in kept.items() if at[0] == here and now - float(at[1]) < DAY}


def code() -> str:
    """The commit that is checked out; without git, one and the same name."""
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "as it is"


def install_peers() -> None:
    """Make the environments that are missing."""
    for name, requirement in PEERS.items():
        folder = BENCH / name
        if not folder.exists():
            venv.create(folder, with_pip=True)
            subprocess.run([folder / "bin/pip", "install", "--quiet", requirement], check=True)


if __name__ == "__main__":
    main()

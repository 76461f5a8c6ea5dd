"""Targets that take a stranger's bytes, lists, addresses, questions: for the tests and atheris.

    python -m tests.torture.fuzz lists 180     # seconds; needs `pip install atheris`
    python -m tests.torture.fuzz lists keep    # what reached lines that no seed reaches: new seeds

atheris starts from the seeds beside this file and leaves what it finds in build/fuzz; an input that
breaks a promise is written among the seeds, is committed, and is a test from then on. Only our own
functions are instrumented: all that is loaded would take longer than the run.
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

from cache.errors import QueryError, UrlError
from indexer.lists.parse import MEDIA_TYPES, parse
from indexer.resources.canonical import canonical_url
from search.ask.understand import understand
from tests.conftest import ROOT

SEEDS = Path(__file__).parent / "seeds"
FOUND = ROOT / "build" / "fuzz"
OURS = ("indexer", "search", "cache")
LONGEST = 400
KINDS = sorted(set(MEDIA_TYPES.values()))


def lists(data: bytes) -> None:
    """A list never raises, and its entries are web addresses without control characters."""
    text = data[1:].decode("utf-8", "replace")
    parsed = parse(text, "x", media_type=KINDS[data[0] % len(KINDS)] if data else KINDS[0])
    for position, entry in enumerate(parsed.entries):
        assert entry.position == position
        assert entry.url.lower().startswith(("http://", "https://"))
        assert not {"\x00", "\x1b", "\n"} & set(entry.url + entry.title)


def urls(data: bytes) -> None:
    """canonical_url raises nothing but UrlError, and is idempotent."""
    try:
        once = canonical_url(data.decode("utf-8", "replace"))
    except UrlError:
        return
    assert canonical_url(once) == once


def queries(data: bytes) -> None:
    """A question is understood or refused; what is left to search for is never empty."""
    try:
        query = understand(data.decode("utf-8", "replace"))
    except QueryError:
        return
    assert query.topic.strip()


TARGETS = {target.__name__: target for target in (lists, urls, queries)}


def seeds(name: str) -> list[bytes]:
    """The inputs kept for a target."""
    return [path.read_bytes() for path in sorted((SEEDS / name).iterdir())]


def find(name: str, seconds: str) -> None:
    """Let atheris look for an input that breaks the target's promise."""
    import atheris

    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    for function in _our_functions():
        atheris.instrument_func(function)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=20"]
    options += [f"-artifact_prefix={SEEDS / name}/", "-rss_limit_mb=4096"]
    atheris.Setup([sys.argv[0], *options, str(found), str(SEEDS / name)], TARGETS[name])
    atheris.Fuzz()


def _our_functions() -> Iterator[FunctionType]:
    for found in gc.get_objects():  # a list: what follows makes more
        if isinstance(found, FunctionType) and _package(found) in OURS:
            yield found


def _package(function: FunctionType) -> str:
    return (function.__module__ or "").partition(".")[0]


def keep(name: str) -> int:
    """Add the fewest of what atheris found that reach every line it reached; returns how many."""
    reached = lines_of(TARGETS[name], seeds(name))
    inputs = [path.read_bytes() for path in sorted((FOUND / name).iterdir())]
    reach = {data: lines_of(TARGETS[name], [data]) for data in inputs}
    kept = 0
    while reach:
        best = max(reach, key=lambda data: (len(reach[data] - reached), -len(data)))
        new = reach.pop(best) - reached
        if not new:
            break
        (SEEDS / name / sha256(best).hexdigest()[:12]).write_bytes(best)
        reached |= new
        kept += 1
    return kept


def lines_of(target: Callable[[bytes], None], inputs: Iterable[bytes]) -> set[tuple[str, int]]:
    """The lines of our own code that the inputs reach."""
    reached: set[tuple[str, int]] = set()

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(tuple(str(ROOT / folder) for folder in OURS)):
            return None
        reached.add((file, frame.f_lineno))
        return enter

    sys.settrace(enter)
    try:
        for data in inputs:
            target(data)
    finally:
        sys.settrace(None)
    return reached


def main(name: str, seconds: str = "180") -> None:
    """Look for so many seconds, or keep what was found."""
    if seconds == "keep":
        print(f"{keep(name)} new seeds for {name}")
    else:
        find(name, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])

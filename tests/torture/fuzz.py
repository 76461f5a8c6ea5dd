"""Targets that take a stranger's bytes, lists, addresses, questions: for the tests and atheris.

    python -m tests.torture.fuzz lists 60      # seconds; needs `pip install atheris`

atheris starts from the seeds beside this file; an input that breaks a promise is written there, is
committed, and is a test from then on.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cache.errors import QueryError, UrlError
from indexer.lists import MEDIA_TYPES, parse
from indexer.urls import canonical_url
from search.query import understand

SEEDS = Path(__file__).parent / "seeds"
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


def main(name: str, seconds: str = "60") -> None:
    """Let atheris look for an input that breaks the target's promise."""
    import atheris

    atheris.instrument_all()
    kept = str(SEEDS / name)
    options = [f"-max_total_time={seconds}", "-max_len=2000", f"-artifact_prefix={kept}/"]
    with TemporaryDirectory() as found:  # libFuzzer writes into the first folder, reads both
        atheris.Setup([sys.argv[0], *options, "-rss_limit_mb=4096", found, kept], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])

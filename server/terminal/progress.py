"""How far a build is, on stderr, and how it is told to stop. Must not know what its stages do."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from cache.manifest import Manifest
from server.terminal.output import in_its_language, tell

STAGE_NAMES = {
    "read": "Reading lists",
    "fetch": "Fetching pages",
    "extract": "Extracting text",
    "split": "Splitting",
    "embed": "Embedding",
    "index": "Writing the index",
    "copy": "Copying",
    "link": "Linking neighbours",
}


@contextmanager
def build_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a stage on stderr, with counts and time left; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda stage, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(in_its_language(STAGE_NAMES[stage]), total=of)
            bars.update(tasks[stage], completed=done, total=of)

        yield progress


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that what was had can be published; the second ends
    the program as ever."""
    stop = threading.Event()

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)
        tell("stopping: what was had is published; Ctrl-C again leaves at once")

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def announce(manifest: Manifest, coming: int) -> None:
    """Say that a generation answers while pages still come."""
    counts = manifest.counts
    tell(
        f"generation {manifest.number} answers: {counts['resources']} resources, "
        f"{counts['documents']} with text; ask away, {coming} pages are coming"
    )

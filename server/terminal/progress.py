"""How far a build is, on stderr. Must not know what its stages do."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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
                tasks[stage] = bars.add_task(STAGE_NAMES[stage], total=of)
            bars.update(tasks[stage], completed=done, total=of)

        yield progress

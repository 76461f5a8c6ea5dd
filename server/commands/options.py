"""Options that several commands share, and the settings they make. Must not know any command."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cache.records import KINDS
from server.bounds import FEWEST_STEPS, MOST_RESULTS, MOST_STEPS

if TYPE_CHECKING:
    from cache.settings import Settings

Robots = Literal["obey", "listed"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Index = Annotated[
    str | None,
    typer.Option(
        "--index", metavar="URL", help="Ask what was published to postgresql://… instead."
    ),
]
Count = Annotated[int, typer.Option("-k", help="How many results.", min=1, max=MOST_RESULTS)]
Steps = Annotated[int, typer.Option("--steps", min=FEWEST_STEPS, max=MOST_STEPS)]
Private = Annotated[
    bool,
    typer.Option("--allow-private", help="Fetch from private addresses too, as an intranet's."),
]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Where everything is kept.",
        envvar="NEXTREAD_HOME",
        show_envvar=True,
    ),
]


def duration(text: str) -> float:
    """Seconds of `90`, `90s`, `10m`, `1h30m`; typer says so where it is none."""
    match = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text)
    if not match or not text:
        raise typer.BadParameter(f"{text!r} is no length of time: write 90s, 10m or 2h")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + seconds


Kind = StrEnum("Kind", list(KINDS))  # type: ignore[misc]  # typer repeats no other choice


class _Given:
    """What was said before the command's name."""

    home: Path | None = None


def use_home(home: Path | None) -> None:
    """Let every command that follows use home."""
    _Given.home = home


def settings(**overrides: Any) -> "Settings":
    """The settings of the home in use; overrides that are None change nothing."""
    from cache.settings import Settings

    return Settings.load(_Given.home, **overrides)

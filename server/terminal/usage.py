"""How commands are to be used, in the language of the terminal: help, and what was typed wrong.

English is typer's own, word for word. Must not know any command.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

import typer

from server.terminal.output import in_its_language, tell

_EXTRAS = re.compile(r"^(?P<help>.*?)(?P<gap>\s*)(?:\[(?P<extras>[^\]]*)\])?$", re.DOTALL)
"""A line of help, and what typer says of an option after it."""


def run(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    """Run a command line; the exit code, 2 where it was typed wrong, which is told."""
    command = typer.main.get_command(app)
    _speak(command)
    try:
        code = command.main(args=arguments, prog_name="nextread", standalone_mode=False)
    except typer.TyperException as error:
        shown = io.StringIO()
        error.show(file=shown)  # type: ignore[attr-defined]  # every one raised here has it
        for line in shown.getvalue().splitlines():
            tell(line)
        return error.exit_code
    return code if isinstance(code, int) else 0


_Formatter: Any = typer.Context.formatter_class  # typer exports it by no other name


class _Pages(_Formatter):  # type: ignore[misc]
    """Pages of help as typer lays them out."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or in_its_language("Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(in_its_language(heading))

    def write_text(self, text: str) -> None:
        super().write_text(in_its_language(text))

    def write_dl(self, rows: Sequence[tuple[str, str]], *layout: Any, **more: Any) -> None:
        told = [(name, _told(text)) for name, text in rows]
        super().write_dl(told, *layout, **more)


class _Context(typer.Context):
    formatter_class = _Pages


def _speak(command: Any) -> None:
    command.context_class = _Context
    if (told := in_its_language(command.help or "")) != command.help:
        command.short_help = told.partition("\n")[0]  # typer's own is cut where it has no spaces
    for inner in getattr(command, "commands", {}).values():
        _speak(inner)


def _told(text: str) -> str:
    """A line of help with what stands in brackets after it."""
    match = _EXTRAS.match(text)
    if not match or match["extras"] is None:
        return in_its_language(text)
    extras = "; ".join(map(in_its_language, match["extras"].split("; ")))
    return f"{in_its_language(match['help'])}{match['gap']}[{extras}]"

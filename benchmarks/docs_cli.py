"""Write docs/cli.md from the commands themselves: `python -m benchmarks.docs_cli`.

tests/test_docs.py is red where the file and the commands differ. Must not know what commands do.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import cli

FILE = Path(__file__).parents[1] / "docs" / "cli.md"
HEAD = """# Commands

Written by `python -m benchmarks.docs_cli`; change `server/commands/`, not this file.

Results go to stdout, everything else to stderr. Exit code 0: done; 1: an error, said in one
`error:` and one `hint:` line; 2: wrong usage. `--json` prints what [json.md](json.md) describes,
settings are in [settings.md](settings.md). `NO_COLOR` turns colours off.
Where the locale is Chinese (`LC_ALL`, `LC_MESSAGES`, `LANG`), all is said in Chinese but JSON.
"""


def page() -> str:
    """The whole of docs/cli.md."""
    parts = [HEAD]
    for words in commands(typer.main.get_command(cli.app)):
        name = " ".join(["nextread", *words])
        parts.append(f"\n## `{name}`\n\n```text\n{help_of(words)}\n```\n")
    return "".join(parts)


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command's words below command, itself first."""
    yield words
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*words, name))


def help_of(words: tuple[str, ...]) -> str:
    """What --help prints at 80 columns."""
    said = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"
    try:
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            cli.main([*words, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    return said.getvalue().strip()


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")

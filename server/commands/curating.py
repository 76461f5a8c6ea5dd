"""Look after a list of one's own: check. Must not know what is wrong with one."""

from typing import Annotated, Literal

import typer

from server.bounds import Ui
from server.commands import options
from server.commands.options import Json, Private, Robots

CheckForm = Literal["text", "md", "json"]


def check(
    source: Annotated[
        str,
        typer.Argument(metavar="LIST", help="File, folder, URL, or owner/repo on GitHub."),
    ],
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no socket: tell what was fetched before.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Print a patch that changes moved addresses alone.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="With --fix: change the files instead.")
    ] = False,
    form: Annotated[
        CheckForm, typer.Option("--format", help="`md` is the text of an issue.")
    ] = "text",
    ui: Annotated[
        Ui | None, typer.Option("--ui", help="The report's language; else your terminal's.")
    ] = None,
    robots: Annotated[
        Robots | None,
        typer.Option("--robots", help="`listed` asks for links of your lists as a click does."),
    ] = None,
    allow_private: Private = False,
    json: Json = False,
) -> None:
    """Ask after every link of a list: dead, moved, walled, twice there; exit 1 where one is dead.

    Links are asked as politely as a build asks them, and not again where a build has the page.
    """
    from indexer.check.run import check as check_list
    from indexer.check.run import patch_of
    from indexer.check.run import write as write_lists
    from server.terminal.check_reports import print_check, print_patch
    from server.terminal.progress import build_progress

    if write and not fix:
        raise typer.BadParameter("--write goes with --fix")
    settings = options.settings(allow_private=allow_private or None, robots=robots)
    with build_progress() as progress:
        checked = check_list(source, settings, offline=offline, progress=progress)
    if fix:
        files = write_lists(checked) if write else []
        code = print_patch(checked.report, b"" if write else patch_of(checked), files, ui)
    else:
        code = print_check(checked.report, "json" if json else form, ui)
    raise typer.Exit(code)

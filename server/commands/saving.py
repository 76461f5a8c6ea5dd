"""Keep what a browser saved. Must not know formats of files."""

from pathlib import Path
from typing import Annotated

import typer

from server.commands import options
from server.commands.options import Json


def save(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE|FOLDER", help="HTML, MHTML, HAR, WACZ, WARC or PDF."),
    ],
    url: Annotated[str, typer.Option("--url", help="Where a file is from that does not say.")] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with what comes into the folder.")
    ] = False,
    json: Json = False,
) -> None:
    """Keep pages that your browser saved; the next build indexes those that a list links to."""
    from server.terminal.reports import print_saved

    settings = options.settings()
    if watch:
        from indexer.save import watch as follow

        follow(settings, files, lambda report: print_saved(report, json=json))
    else:
        from indexer.save import save as keep

        raise typer.Exit(print_saved(keep(settings, files, url), json=json))

"""The reader's marks: mark, taste import and export. Must not know what they change."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cache.records import MarkName
from server.commands import options
from server.commands.options import Index

Mark = Literal[MarkName, "clear"]


def mark(
    resource: Annotated[str, typer.Argument(metavar="URL|ID")],
    how: Annotated[Mark, typer.Argument()],
    index: Index = None,
) -> None:
    """Remember what you have started, read, like, dislike or put off."""
    from search.engine import Engine
    from server.terminal.results import print_marked

    with Engine.open(settings=options.settings(index=index)) as engine:
        marked = engine.mark(resource, how)
    print_marked(how, marked)


def taste_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".html, .csv, .bib or .json")],
    mark_as: Annotated[
        MarkName | None, typer.Option("--as", help="Instead of what FILE says.")
    ] = None,
    index: Index = None,
) -> None:
    """Mark what another program saved, by what was read of it there.

    Bookmarks, Pocket, Instapaper, Raindrop, Readwise, Matter, Omnivore (its folder), Zotero.
    """
    from indexer.taste_files import import_taste
    from search.engine import Engine
    from server.terminal.reports import print_imported

    with Engine.open(settings=options.settings(index=index)) as engine:
        imported = import_taste(engine, file, mark_as)
    print_imported(imported)


def taste_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".html, .csv, .bib, .json, .opml")],
    marked: Annotated[MarkName, typer.Option("--mark", help="What to write.")] = "like",
    index: Index = None,
) -> None:
    """Write what you marked for other programs."""
    from indexer.taste_files import export_taste
    from search.engine import Engine
    from server.terminal.output import tell

    with Engine.open(settings=options.settings(index=index)) as engine:
        count = export_taste(engine, file, marked)
    tell(f"{count} resources in {file}")

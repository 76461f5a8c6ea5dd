"""Look after a home: status, verify, cache import and export. Must not know what is on disk."""

from pathlib import Path
from typing import Annotated

import typer

from server.commands import options
from server.commands.options import Index, Json


def status(index: Index = None, json: Json = False) -> None:
    """Say what is indexed, how fresh it is, and what failed and why."""
    from indexer.status import status as status_of
    from server.terminal.reports import print_exposure, print_status

    settings = options.settings(index=index)
    print_status(status_of(settings), json=json)
    print_exposure(settings.home)


def verify() -> None:
    """Check the index and every cache against their digests; say what mends what is damaged."""
    from indexer.verify import damage
    from server.terminal.reports import print_damage

    raise typer.Exit(print_damage(damage(options.settings())))


def cache_import(file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz")]) -> None:
    """Take pages from a WARC file into the cache."""
    from indexer.crawl.warc_files import import_pages
    from server.terminal.reports import print_import

    print_import(import_pages(options.settings(), file))


def cache_export(file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz")]) -> None:
    """Write every cached page to a WARC file."""
    from indexer.crawl.warc_files import export_pages

    typer.echo(f"{export_pages(options.settings(), file):,} bytes in {file}", err=True)

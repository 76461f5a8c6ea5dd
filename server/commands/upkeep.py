"""Look after a home: status, verify, models, lists, pages. Must not know what is on disk."""

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


def models(json: Json = False) -> None:
    """Show the models one can name in --model and --rerank, and which are on this machine."""
    from search.models.inventory import models_here
    from server.terminal.reports import print_models

    print_models(models_here(options.settings()), json=json)


def lists(context: typer.Context, json: Json = False) -> None:
    """Show which lists were added, when they were read, and what the index has of them."""
    if context.invoked_subcommand:
        return
    from indexer.lists.added import added_lists
    from server.terminal.reports import print_lists

    print_lists(added_lists(options.settings()), json=json)


def lists_remove(
    name: Annotated[str, typer.Argument(metavar="LIST", help="Its name, or what was added.")],
) -> None:
    """Forget a list; the next build takes it out of the index."""
    from indexer.lists.added import remove_list
    from server.terminal.reports import print_removed

    print_removed(remove_list(options.settings(), name))


def cache_import(file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz")]) -> None:
    """Take pages from a WARC file into the cache."""
    from indexer.crawl.warc_files import import_pages
    from server.terminal.reports import print_import

    print_import(import_pages(options.settings(), file))


def cache_export(file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz")]) -> None:
    """Write every cached page to a WARC file."""
    from indexer.crawl.warc_files import export_pages
    from server.terminal.output import tell

    tell(f"{export_pages(options.settings(), file):,} bytes in {file}")

"""The `nextread` command: which words call which function, and how an error ends. No logic.

The functions are in server/commands. stdout carries results only; progress and errors go to
stderr.
"""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

import typer

from cache.errors import NextreadError
from server.commands import asking, building, curating, marking, saving, sharing, upkeep
from server.commands.options import Home, use_home

app = typer.Typer(
    help="Ask your reading lists: ranked, levelled, bilingual, offline.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(home: Home = None) -> None:
    """Ask your reading lists: ranked, levelled, bilingual, offline."""
    use_home(home)


app.command()(building.build)
app.command()(building.parse)
app.command()(saving.save)
app.command()(curating.check)
app.command()(asking.search)
app.command()(asking.similar)
app.command()(asking.path)
app.command()(asking.recommend)
app.command()(asking.new)
app.command()(asking.digest)
app.command()(marking.mark)
app.command("eval")(building.evaluate)
app.command()(upkeep.status)
app.command()(upkeep.verify)
app.command()(upkeep.models)
app.command()(sharing.serve)
app.command()(sharing.publish)
app.command()(sharing.mcp)

lists_words = typer.Typer(invoke_without_command=True)
app.add_typer(lists_words, name="lists")
lists_words.callback()(upkeep.lists)
lists_words.command("remove")(upkeep.lists_remove)

cache_words = typer.Typer(
    help="Bring pages in from WARC files, or take them out.", no_args_is_help=True
)
app.add_typer(cache_words, name="cache")
cache_words.command("import")(upkeep.cache_import)
cache_words.command("export")(upkeep.cache_export)

export_words = typer.Typer(
    help="Save an answer as a list, or all lists as a site.", no_args_is_help=True
)
app.add_typer(export_words, name="export")
export_words.command("list")(sharing.export_list)
export_words.command("site")(sharing.export_site)

taste_words = typer.Typer(help="Bring your taste in, or take it out.", no_args_is_help=True)
app.add_typer(taste_words, name="taste")
taste_words.command("import")(marking.taste_import)
taste_words.command("export")(marking.taste_export)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a clear error is two lines on stderr and exit 1."""
    from server.terminal.usage import run

    gc.set_threshold(50_000, 20, 20)  # what a search imports is no garbage: 3% of its time
    atexit.register(gc.freeze)  # nor is it when Python ends and looks through all: 15% of it
    try:
        try:
            code = run(app, arguments)
        finally:
            sys.stdout.flush()
    except NextreadError as error:
        from server.terminal.output import print_error

        raise SystemExit(print_error(error)) from None
    except BrokenPipeError:  # `nextread search … | head`: what is left goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    raise SystemExit(code)


if __name__ == "__main__":
    main()

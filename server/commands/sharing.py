"""Let others ask: serve, mcp, publish, export. Must not know how a request is answered."""

from pathlib import Path
from typing import Annotated

import typer

from server.commands import options
from server.commands.options import Count, Index, Json


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8377,
    token: Annotated[
        str | None, typer.Option("--token", envvar="NEXTREAD_TOKEN", help="Who asks must know it.")
    ] = None,
    index: Index = None,
) -> None:
    """Answer in a browser, over HTTP and over MCP at /mcp, until interrupted."""
    from server.guard import Access
    from server.listening import listen
    from server.terminal.reports import print_served

    listen(options.settings(index=index), Access.bound_to(host, token), port, print_served)


def mcp(
    allow_marks: Annotated[
        bool, typer.Option("--allow-marks", help="Let the assistant mark what was read or liked.")
    ] = False,
    index: Index = None,
) -> None:
    """Be a tool of an assistant: speak MCP on stdin and stdout."""
    from server.assistant import answer_stdio

    answer_stdio(options.settings(index=index), allow_marks=allow_marks)


def publish(
    address: Annotated[
        str | None,
        typer.Argument(
            metavar="URL", help="postgresql://user@host/database; NEXTREAD_INDEX where not given."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Copy the index into PostgreSQL with pgvector, for others to ask with --index."""
    from search.index.postgres.publish import publish as publish_index
    from server.terminal.progress import build_progress
    from server.terminal.reports import print_publication

    settings = options.settings(index=address)
    with build_progress() as progress:
        publication = publish_index(settings, settings.index, progress)
    print_publication(publication, json=json)


def export_list(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In any language.")],
    k: Count = 20,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write it there.")
    ] = None,
    index: Index = None,
) -> None:
    """Save the answer to a question as a Markdown list, which nextread reads back."""
    from search.engine import Engine
    from server.formats import reading_list
    from server.terminal.results import print_list

    with Engine.open(settings=options.settings(index=index)) as engine:
        answer = engine.search(question, k=k)
    print_list(reading_list(question, answer.results), answer, output)


def export_site(
    folder: Annotated[Path, typer.Argument(metavar="DIR")], index: Index = None
) -> None:
    """Write static files with search in the browser, for any static host."""
    from server.site import export
    from server.terminal.reports import print_site

    print_site(export(options.settings(index=index), folder), folder)

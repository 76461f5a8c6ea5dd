"""Make an index: build, parse, eval. Must not know what a build does."""

import os
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from server.commands import options
from server.commands.options import Json, Private, Robots


def build(
    lists: Annotated[
        list[str] | None,
        typer.Argument(metavar="LIST", help="File, folder, URL, or owner/repo on GitHub."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no socket: use what is cached.")
    ] = False,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Hold on to nothing of the last build: as if it were the first."
        ),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", help="One of `nextread models`, or any hub name or folder."),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--for", metavar="TIME", parser=options.duration, help="Fetch no longer: 90s, 10m, 2h."
        ),
    ] = None,
    robots: Annotated[
        Robots | None,
        typer.Option("--robots", help="`listed` fetches links of your lists as a click does."),
    ] = None,
    allow_private: Private = False,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray", metavar="ADDRESS", help="Build on a Ray cluster, or on a `local` one."
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="What every node of the cluster can write."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what a lost cluster had done.")
    ] = False,
    json: Json = False,
) -> None:
    """Index lists, and all that were added before; fetch what they link to.

    What the lists say answers first, then pages as they come; Ctrl-C publishes what was had.
    """
    from indexer.build import build as build_index
    from indexer.cluster.stages import stages_for
    from indexer.rhythm import Rhythm
    from server.terminal.progress import announce, build_progress, stopping
    from server.terminal.reports import print_exposure, print_report

    if offline:  # the hub's client reads this when it is first imported
        os.environ["HF_HUB_OFFLINE"] = "1"
    settings = options.settings(
        model=model, allow_private=allow_private or None, store=store, robots=robots
    )
    with (
        stages_for(settings, ray, resume=resume) as stages,
        build_progress() as progress,
        nullcontext(Event()) if offline else stopping() as stop,
    ):
        report = build_index(
            lists or (),
            settings,
            offline=offline,
            full=full,
            progress=progress,
            stages=stages,
            rhythm=Rhythm(seconds, stop, announce),
        )
    print_report(report, json=json)
    print_exposure(settings.home)


def parse(
    source: Annotated[str, typer.Argument(metavar="LIST", help="A list file.")], json: Json = False
) -> None:
    """Show what a list says, one entry a line."""
    from indexer.lists.parse import check_read, read_list
    from server.terminal.reports import print_parsed

    parsed = read_list(Path(source))
    print_parsed(parsed, json=json)
    check_read(parsed, source)


def evaluate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="corpus.jsonl, queries.jsonl, qrels.tsv")
    ],
    ablations: Annotated[
        bool, typer.Option("--ablate", help="Each leg alone, and without each prior.")
    ] = False,
    model: Annotated[str | None, typer.Option("--model", help="As in build.")] = None,
    json: Json = False,
) -> None:
    """Measure answers on a test collection in BEIR layout."""
    from indexer.evaluation.indexed import indexed, judged_of
    from search.evaluate import ablate
    from search.evaluate import evaluate as measure
    from server.terminal.progress import build_progress
    from server.terminal.reports import print_figures

    judged = judged_of(folder)
    with (
        build_progress() as progress,
        indexed(folder, options.settings(model=model), judged, progress) as engine,
    ):
        figures = ablate(engine, judged) if ablations else measure(engine, judged)
    print_figures(figures, json=json)

"""The `nextread` command: parse arguments, call one function, print. No logic.

Everything but typer is imported inside the command that needs it, so that a search pays for
nothing else. stdout carries results only; progress and errors go to stderr.
"""

import os
import sys
from collections.abc import Sequence
from enum import StrEnum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cache.errors import NextreadError

if TYPE_CHECKING:
    from cache.settings import Settings

app = typer.Typer(
    help="Ask your reading lists: ranked, levelled, bilingual, offline.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(
    help="Bring pages in from WARC files, or take them out.", no_args_is_help=True
)
app.add_typer(cache_app, name="cache")
export_app = typer.Typer(help="Publish the lists for others.", no_args_is_help=True)
app.add_typer(export_app, name="export")

taste_app = typer.Typer(help="Bring your taste in, or take it out.", no_args_is_help=True)
app.add_typer(taste_app, name="taste")

Level = Literal["beginner", "intermediate", "advanced"]
Mark = Literal["read", "like", "dislike", "later", "clear"]
Kept = Literal["read", "like", "dislike", "later"]
PathForm = Literal["text", "md", "json"]
NewForm = Literal["text", "rss", "md", "json"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Index = Annotated[
    str | None,
    typer.Option(
        "--index", metavar="URL", help="Ask what was published to postgresql://… instead."
    ),
]
Count = Annotated[int, typer.Option("-k", help="How many results.", min=1, max=1000)]
Private = Annotated[
    bool,
    typer.Option("--allow-private", help="Fetch from private addresses too, as an intranet's."),
]


class Kind(StrEnum):
    """cache.records.KINDS, as typer takes a choice that may be given more than once."""

    paper = auto()
    survey = auto()
    course = auto()
    tutorial = auto()
    video = auto()
    talk = auto()
    book = auto()
    article = auto()
    code = auto()
    dataset = auto()
    tool = auto()
    reference = auto()


class _Options:
    """What was said before the command's name."""

    home: Path | None = None


def _settings(**overrides: Any) -> "Settings":
    from cache.settings import Settings

    return Settings.load(_Options.home, **overrides)


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            metavar="DIR",
            help="Where everything is kept.",
            envvar="NEXTREAD_HOME",
            show_envvar=True,
        ),
    ] = None,
) -> None:
    """Ask your reading lists: ranked, levelled, bilingual, offline."""
    _Options.home = home


@app.command()
def build(
    lists: Annotated[
        list[str] | None,
        typer.Argument(metavar="LIST", help="File, folder, URL, or owner/repo on GitHub."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no socket: use what is cached.")
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", help="Any sentence-transformers model or folder.")
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
    """Index lists, and all that were added before; fetch what they link to."""
    from indexer.build import build as build_index
    from indexer.cluster.stages import stages_for
    from server.terminal import build_progress, print_exposure, print_report

    settings = _settings(model=model, allow_private=allow_private or None, store=store)
    with stages_for(settings, ray, resume=resume) as stages, build_progress() as progress:
        report = build_index(
            lists or (), settings, offline=offline, progress=progress, stages=stages
        )
    print_report(report, json=json)
    print_exposure(settings.home)


@app.command()
def parse(
    source: Annotated[str, typer.Argument(metavar="LIST", help="A list file.")], json: Json = False
) -> None:
    """Show what a list says, one entry a line."""
    from indexer.lists.parse import read_list
    from server.terminal import print_parsed

    print_parsed(read_list(Path(source)), json=json)


@app.command()
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A question, in any language.")],
    k: Count = 10,
    level: Annotated[
        Level | None, typer.Option("--level", help="How hard it may be: what fits comes first.")
    ] = None,
    kind: Annotated[list[Kind] | None, typer.Option("--kind", help="Only this kind.")] = None,
    lang: Annotated[list[str] | None, typer.Option("--lang", help="en, zh, ja …")] = None,
    after: Annotated[str | None, typer.Option("--after", help="YYYY[-MM[-DD]], inclusive.")] = None,
    before: Annotated[str | None, typer.Option("--before", help="YYYY[-MM[-DD]].")] = None,
    list_: Annotated[list[str] | None, typer.Option("--list", help="Only this list.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only what is not marked read.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each score is made of.")
    ] = False,
    rerank: Annotated[
        str | None,
        typer.Option("--rerank", metavar="MODEL", help="A cross-encoder to read the first 50."),
    ] = None,
    index: Index = None,
    json: Json = False,
) -> None:
    """Answer a question from the lists, best first."""
    from search.engine import Engine
    from server.terminal import print_answer, reranker

    with Engine.open(settings=_settings(index=index)) as engine:
        answer = engine.search(
            query,
            k=k,
            level=level,
            kinds=kind or (),
            languages=lang or (),
            after=after,
            before=before,
            lists=list_ or (),
            unread=unread,
            reranker=reranker(rerank),
        )
    print_answer(answer, json=json, explain=explain)


@app.command()
def similar(
    resources: Annotated[list[str], typer.Argument(metavar="URL|ID")],
    without: Annotated[
        list[str] | None, typer.Option("--not", metavar="URL|ID", help="Less like this.")
    ] = None,
    k: Count = 10,
    allow_private: Private = False,
    index: Index = None,
    json: Json = False,
) -> None:
    """Show what is like these, and why; a page that is not indexed is read and not kept."""
    from indexer.preview import examples
    from search.engine import Engine
    from server.terminal import print_results

    settings = _settings(allow_private=allow_private or None, index=index)
    with Engine.open(settings=settings) as engine:
        asked = examples(engine, resources), examples(engine, without or ())
        results = engine.similar(asked[0], without=asked[1], k=k)
    print_results(results, json=json)


@app.command()
def path(
    topic: Annotated[str, typer.Argument(help="What to learn, in any language.")],
    steps: Annotated[int, typer.Option("--steps", min=1, max=50)] = 7,
    level: Annotated[Level | None, typer.Option("--level", help="Where you stand.")] = None,
    form: Annotated[PathForm, typer.Option("--format", help="How to print it.")] = "text",
    index: Index = None,
    json: Json = False,
) -> None:
    """Lay an ordered path through a topic, from easy to hard, and say why each step."""
    from search.engine import Engine
    from server.terminal import print_results_as

    with Engine.open(settings=_settings(index=index)) as engine:
        results = engine.path(topic, steps=steps, level=level)
    print_results_as("json" if json else form, results, topic)


@app.command()
def recommend(k: Count = 10, index: Index = None, json: Json = False) -> None:
    """Show what you would like next, by what you marked."""
    from search.engine import Engine
    from server.terminal import print_results

    with Engine.open(settings=_settings(index=index)) as engine:
        results = engine.recommend(k)
    print_results(results, json=json)


@app.command()
def new(
    k: Count = 10,
    for_me: Annotated[bool, typer.Option("--for-me", help="By what you marked.")] = False,
    form: Annotated[NewForm, typer.Option("--format", help="How to print it.")] = "text",
    index: Index = None,
    json: Json = False,
) -> None:
    """Show the best of what the last build added."""
    from search.engine import Engine
    from server.terminal import print_results_as

    with Engine.open(settings=_settings(index=index)) as engine:
        results = engine.new(k, for_me=for_me)
    print_results_as("json" if json else form, results, "New")


@app.command()
def mark(
    resource: Annotated[str, typer.Argument(metavar="URL|ID")],
    how: Annotated[Mark, typer.Argument()],
    index: Index = None,
) -> None:
    """Remember what you have read, like, dislike or put off."""
    from search.engine import Engine
    from server.terminal import print_marked

    with Engine.open(settings=_settings(index=index)) as engine:
        marked = engine.mark(resource, how)
    print_marked(how, marked)


@app.command("eval")
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
    from server.terminal import build_progress, print_figures

    judged = judged_of(folder)
    with (
        build_progress() as progress,
        indexed(folder, _settings(model=model), judged, progress) as engine,
    ):
        figures = ablate(engine, judged) if ablations else measure(engine, judged)
    print_figures(figures, json=json)


@app.command()
def status(index: Index = None, json: Json = False) -> None:
    """Say what is indexed, how fresh it is, and what failed and why."""
    from indexer.status import status as status_of
    from server.terminal import print_exposure, print_status

    settings = _settings(index=index)
    print_status(status_of(settings), json=json)
    print_exposure(settings.home)


@app.command()
def verify() -> None:
    """Check the index and every cache against their digests; say what mends what is damaged."""
    from indexer.verify import damage
    from server.terminal import print_damage

    raise typer.Exit(print_damage(damage(_settings())))


@taste_app.command("import")
def taste_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".html, .csv, .bib or .json")],
    mark_as: Annotated[Kept | None, typer.Option("--as", help="Instead of what FILE says.")] = None,
    index: Index = None,
) -> None:
    """Mark what bookmarks, Pocket, Instapaper or Zotero saved."""
    from indexer.taste_files import import_taste
    from search.engine import Engine
    from server.terminal import print_imported

    with Engine.open(settings=_settings(index=index)) as engine:
        imported = import_taste(engine, file, mark_as)
    print_imported(imported)


@taste_app.command("export")
def taste_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".html, .csv, .bib, .json, .opml")],
    marked: Annotated[Kept, typer.Option("--mark", help="What to write.")] = "like",
    index: Index = None,
) -> None:
    """Write what you marked for other programs."""
    from indexer.taste_files import export_taste
    from search.engine import Engine

    with Engine.open(settings=_settings(index=index)) as engine:
        count = export_taste(engine, file, marked)
    typer.echo(f"{count} resources in {file}", err=True)


@cache_app.command("import")
def cache_import(file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz")]) -> None:
    """Take pages from a WARC file into the cache."""
    from indexer.crawl.warc_files import import_pages
    from server.terminal import print_import

    print_import(import_pages(_settings(), file))


@cache_app.command("export")
def cache_export(file: Annotated[Path, typer.Argument(metavar="FILE.warc.gz")]) -> None:
    """Write every cached page to a WARC file."""
    from indexer.crawl.warc_files import export_pages

    typer.echo(f"{export_pages(_settings(), file):,} bytes in {file}", err=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8377,
    token: Annotated[
        str | None, typer.Option("--token", envvar="NEXTREAD_TOKEN", help="Who asks must know it.")
    ] = None,
    index: Index = None,
) -> None:
    """Answer in a browser, over HTTP and over MCP at /mcp, until interrupted."""
    from server import commands

    commands.serve(_settings(index=index), host, port, token)


@app.command()
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
    from server.terminal import build_progress, print_publication

    settings = _settings(index=address)
    with build_progress() as progress:
        publication = publish_index(settings, settings.index, progress)
    print_publication(publication, json=json)


@app.command()
def mcp(
    allow_marks: Annotated[
        bool, typer.Option("--allow-marks", help="Let the assistant mark what was read or liked.")
    ] = False,
    index: Index = None,
) -> None:
    """Be a tool of an assistant: speak MCP on stdin and stdout."""
    from server.commands import mcp_stdio

    mcp_stdio(_settings(index=index), allow_marks=allow_marks)


@export_app.command("site")
def export_site(
    folder: Annotated[Path, typer.Argument(metavar="DIR")], index: Index = None
) -> None:
    """Write static files with search in the browser, for any static host."""
    from server import commands

    commands.export_site(_settings(index=index), folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a clear error is two lines on stderr and exit 1."""
    try:
        try:
            app(args=arguments, prog_name="nextread")
        finally:
            sys.stdout.flush()
    except NextreadError as error:
        from server.terminal import print_error

        raise SystemExit(print_error(error)) from None
    except BrokenPipeError:  # `nextread search … | head`: what is left goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()

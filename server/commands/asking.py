"""Ask the index: search, similar, path, recommend, new, digest.

Must not know how an answer is found.
"""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cache.records import Level
from server.bounds import Ui
from server.commands import options
from server.commands.options import Count, Index, Json, Kind, Private, Steps

if TYPE_CHECKING:
    from search.ask.rerank import Reranker

PathForm = Literal["text", "md", "json"]
NewForm = Literal["text", "rss", "md", "json"]


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
    list_: Annotated[
        list[str] | None, typer.Option("--list", help="Only this list, or those so named.")
    ] = None,
    author: Annotated[
        list[str] | None,
        typer.Option("--author", help="Only what they wrote; a last name will do."),
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="HOST", help="Only what opens there.")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option("--max-minutes", help="Known to take no longer.")
    ] = None,
    min_stars: Annotated[
        float | None, typer.Option("--min-stars", help="So many stars of curators, 1 to 5.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="7d|DATE",
            help="Came into the lists or was published since: 7d, 2w, 3m, 1y or a date.",
        ),
    ] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only what is not marked read.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each score is made of.")
    ] = False,
    rerank: Annotated[
        str | None,
        typer.Option(
            "--rerank",
            metavar="MODEL",
            help="A cross-encoder to read the first 50: see `nextread models`.",
        ),
    ] = None,
    index: Index = None,
    json: Json = False,
) -> None:
    """Answer a question from the lists, best first.

    The question takes -word, "exact words", site:HOST, author:NAME and list:NAME.
    """
    from search.engine import Engine
    from server.terminal.results import print_answer

    with Engine.open(settings=options.settings(index=index)) as engine:
        answer = engine.search(
            query,
            k=k,
            level=level,
            kinds=kind or (),
            languages=lang or (),
            after=after,
            before=before,
            lists=list_ or (),
            authors=author or (),
            sites=site or (),
            max_minutes=max_minutes,
            min_stars=min_stars,
            since=since,
            unread=unread,
            reranker=_reranker(rerank),
        )
    print_answer(answer, json=json, explain=explain)


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
    from server.terminal.results import print_results

    settings = options.settings(allow_private=allow_private or None, index=index)
    with Engine.open(settings=settings) as engine:
        wanted, unwanted = examples(engine, resources), examples(engine, without or ())
        results = engine.similar(wanted, without=unwanted, k=k)
    print_results(results, json=json)


def path(
    topic: Annotated[str, typer.Argument(help="What to learn, in any language.")],
    steps: Steps = 7,
    level: Annotated[Level | None, typer.Option("--level", help="Where you stand.")] = None,
    hours: Annotated[float | None, typer.Option("--hours", help="The time there is.")] = None,
    form: Annotated[PathForm, typer.Option("--format", help="How to print it.")] = "text",
    index: Index = None,
    json: Json = False,
) -> None:
    """Lay an ordered path through a topic, from easy to hard, and say why each step."""
    from search.engine import Engine
    from server.terminal.output import tell, terminal_language
    from server.terminal.results import print_results_as

    ui = "zh" if terminal_language() == "zh" else None  # a topic in Chinese has a reader of it
    with Engine.open(settings=options.settings(index=index)) as engine:
        results = engine.path(topic, steps=steps, level=level, hours=hours, ui=ui)
    if not results:
        tell("the lists hold nothing to learn this from; see what comes near: nextread search")
    print_results_as("json" if json else form, results, topic)


def recommend(k: Count = 10, index: Index = None, json: Json = False) -> None:
    """Show what you would like next, by what you marked."""
    from search.engine import Engine
    from server.terminal.results import print_results

    with Engine.open(settings=options.settings(index=index)) as engine:
        results = engine.recommend(k)
    print_results(results, json=json)


def new(
    k: Count = 10,
    for_me: Annotated[bool, typer.Option("--for-me", help="By what you marked.")] = False,
    form: Annotated[NewForm, typer.Option("--format", help="How to print it.")] = "text",
    index: Index = None,
    json: Json = False,
) -> None:
    """Show the best of what the last build added."""
    from search.engine import Engine
    from server.terminal.results import print_results_as

    with Engine.open(settings=options.settings(index=index)) as engine:
        results, came = engine.new(k, for_me=for_me), engine.collection.came
    print_results_as("json" if json else form, results, "New", came)


def digest(
    since: Annotated[
        str, typer.Option("--since", help="A date, or back from today: 7d, 2w, 3m, 1y.")
    ] = "7d",
    each: Annotated[int, typer.Option("-k", min=1, max=100, help="Works of a topic.")] = 5,
    form: Annotated[NewForm, typer.Option("--format", help="How to print it.")] = "text",
    ui: Annotated[
        Ui | None, typer.Option("--ui", help="The digest's language; else your terminal's.")
    ] = None,
    index: Index = None,
    json: Json = False,
) -> None:
    """Show what came into the lists since a day, by topic."""
    from search.ask.understand import day_of
    from search.engine import Engine
    from server.terminal.digests import print_digest

    with Engine.open(settings=options.settings(index=index)) as engine:
        chapters, came = engine.digest(since, each), engine.collection.came
    print_digest(chapters, day_of(since), "json" if json else form, ui, came)


def _reranker(model: str | None) -> "Reranker | None":
    """The cross-encoder asked for; None where none was, or it cannot be had, which is told."""
    if model is None:
        return None
    from cache.errors import ModelError
    from search.ask.rerank import Reranker
    from server.terminal.output import print_error

    try:
        return Reranker(model)
    except ModelError as error:
        print_error(error, "note")
        return None

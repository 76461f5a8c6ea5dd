"""The page, its files and its feeds: plain search as HTML for any browser, the rest by script.

Every title, note and address is escaped by the template or left out. Must not know how an answer
is found.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from cache.errors import NextreadError
from cache.records import Result
from search.answers import Answer, snippet
from search.engine import Engine
from server import feeds, problem
from server.answering import GENERATION, Workers, etag, matches, unchanged
from server.bounds import Ui
from server.problem import Refusal
from server.state import ServerState
from server.wording import page_words

FOLDER = Path(__file__).with_name("page")
IMMUTABLE = "public, max-age=31536000, immutable"
FEED_LENGTH = 30
"""Entries of a feed."""

FEED_SINCE = "30d"
"""How far back the feed of a question goes, where its address does not say."""

SHOWN = 20
"""Results of plain search."""


def page_routes(state: ServerState, workers: Workers) -> list[BaseRoute]:
    """The routes of all that is not API."""
    return [
        Route("/", _endpoint(state, workers, _page), methods=["GET"]),
        Route("/feed.xml", _endpoint(state, workers, _feed), methods=["GET"]),
        Route("/opensearch.xml", _opensearch, methods=["GET"]),
        Route(f"{assets()}words.js", _words_module, methods=["GET"]),
        Mount(assets().rstrip("/"), _Assets(directory=FOLDER)),
        Route("/static/words.js", _words_module, methods=["GET"]),
        Mount("/static", StaticFiles(directory=FOLDER)),
    ]


class _Assets(StaticFiles):
    """Files under an address that names their content, which a browser need not ask for again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """See StaticFiles."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = IMMUTABLE
        return response


@cache
def assets() -> str:
    """The folder of the page's files in this server's addresses, named by what they say: another
    version has another address, so browsers keep each for ever (RFC 8246)."""
    seen = hashlib.blake2b(words_module().encode(), digest_size=8)
    for file in sorted(FOLDER.iterdir()):
        seen.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"/static/{seen.hexdigest()}/"


def words_module() -> str:
    """All the page's words as a script module."""
    return f"export default {json.dumps(page_words(), ensure_ascii=False)};\n"


def render(**values: Any) -> str:
    """The page; see index.html for what it takes."""
    return str(_template().render(**values))


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader

    loader = FileSystemLoader(FOLDER)
    return Environment(autoescape=True, loader=loader).get_template("index.html")


def _endpoint(state: ServerState, workers: Workers, answer: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        if same := unchanged(state, request):
            return same
        try:
            response: Response = await workers.run(partial(answer, state, request))
        except Refusal as refusal:
            return problem.response(refusal, request)
        except NextreadError as error:
            return problem.response(problem.refusal_of(error), request)
        return response

    return endpoint


def _page(state: ServerState, request: Request) -> Response:
    """The page with its answer in it; a question that fails is answered in words."""
    question = request.query_params.get("q", "").strip()
    values: dict[str, Any] = {"q": question, "results": (), "problem": None, "status": ""}
    headers = {"cache-control": "private, no-cache", "vary": "accept-language, cookie"}
    status = 200
    try:
        with state.holder.lease() as engine:
            headers |= {
                "etag": etag(engine.collection.generation.manifest, state.settings, request)
            }
            headers |= {GENERATION: str(engine.collection.generation.number)}
            if matches(request, headers["etag"]):
                return Response(status_code=304, headers=headers)
            if question:
                values |= _answered(engine, question, problem.language_of(request))
    except NextreadError as error:
        refused = problem.refusal_of(error)
        values["problem"] = problem.told(refused, problem.language_of(request))
        status = refused.status
    html = render(**values, **_look(request))
    return Response(html, status, headers, "text/html; charset=utf-8")


def _look(request: Request) -> dict[str, Any]:
    ui = problem.language_of(request)
    theme = request.cookies.get("nextread_theme", "")
    other = str(request.url.include_query_params(ui="en" if ui == "zh" else "zh").query)
    return {
        "ui": ui,
        "asked_ui": ui if "ui" in request.query_params else "",  # without scripts nothing keeps it
        "theme": theme if theme in {"light", "dark"} else "",
        "words": page_words()[ui],
        "other": f"/?{other}",
        "base": assets(),
        "home": "/",
        "static": False,
    }


def _answered(engine: Engine, question: str, ui: Ui) -> dict[str, Any]:
    answer: Answer = engine.search(question, k=SHOWN)
    say = page_words()[ui]
    name = "foundOne" if len(answer.results) == 1 else "found"
    if answer.little:
        name = "little"
    status = say[name].format(n=len(answer.results), ms=round(answer.took_ms))
    if answer.query.unsaid:
        status = f"{say['unsaid'].format(words='”, “'.join(answer.query.unsaid))} {status}"
    return {"results": [_shown(result, say) for result in answer.results], "status": status}


def _told(fact: str, confidence: float) -> str:
    """A level or stars; `~` before what no curator gave."""
    return f"~{fact}" if fact and confidence < 1 else fact


def _shown(result: Result, say: Mapping[str, str]) -> dict[str, str]:
    resource, facts = result.resource, result.facts
    facets = [
        _told(say.get(facts.level or "", ""), facts.difficulty_confidence),
        _told("★" * round(facts.rating or 0), facts.rating_confidence),
        say.get(resource.kind or "", ""),
        resource.language or "",
        facts.published or "",
        facts.author or "",
        "" if result.evidence == "list note" else say[result.evidence],
    ]
    return {
        "title": resource.title,
        "href": resource.url if feeds.is_web(resource.url) else "",
        "meta": " · ".join(facet for facet in facets if facet),
        "snippet": snippet(result),
    }


def _feed(state: ServerState, request: Request) -> Response:
    with state.holder.lease() as engine:
        tag = etag(engine.collection.generation.manifest, state.settings, request)
        if matches(request, tag):
            return Response(status_code=304, headers={"etag": tag})
        title, results, page = _news(engine, request)
        content = feeds.rss(
            title,
            results,
            link=_base(request) + page,
            address=str(request.url),
            came=engine.collection.came,
            published=engine.collection.generation.manifest.created_at,
        )
    return Response(content, headers={"etag": tag}, media_type=feeds.RSS_TYPE)


def _news(engine: Engine, request: Request) -> tuple[str, Sequence[Result], str]:
    """The title of a feed, what is in it, and its page: what the last build added, or what came
    since and answers a question. Raises QueryError."""
    question = request.query_params.get("q", "").strip()
    if not question:
        title = page_words()[problem.language_of(request)]["newTitle"]
        return f"nextread: {title}", engine.new(FEED_LENGTH), "/?view=new"
    since = request.query_params.get("since", FEED_SINCE)
    answer = engine.search(question, k=FEED_LENGTH, since=since)
    found = () if answer.little else answer.results
    return f"nextread: {question}", found, "/?" + urlencode({"q": question})


async def _opensearch(request: Request) -> Response:
    return Response(feeds.opensearch(_base(request)), media_type=feeds.OPENSEARCH_TYPE)


async def _words_module(request: Request) -> Response:
    headers = {"cache-control": IMMUTABLE} if request.url.path.startswith(assets()) else {}
    return Response(words_module(), 200, headers, "text/javascript; charset=utf-8")


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}"

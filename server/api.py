"""What each operation of the API does: thin over Engine, plain data out.

Runs on worker threads. Must not know HTTP.
"""

from typing import Any

from cache.profile import Profile
from cache.records import Result
from indexer.save import kept_json
from search.answers import answer_json
from search.engine import Engine
from server import added, collection_map, detail
from server.arguments import (
    AddArguments,
    Arguments,
    BuildArguments,
    CountArguments,
    LightArguments,
    MarkArguments,
    PageArguments,
    PathArguments,
    PointsArguments,
    ResourceArguments,
    SearchArguments,
    SimilarArguments,
)
from server.state import ServerState


def search(engine: Engine, state: ServerState, given: SearchArguments) -> Any:
    """A question answered; the JSON of `nextread search --json`, more with detail."""
    if given.detail:
        return detail.search_json(engine, state.settings, given.question, given.flags())
    return answer_json(engine.search(given.question, **given.flags()))


def similar(engine: Engine, state: ServerState, given: SimilarArguments) -> Any:
    """What is like some resources and unlike others."""
    results = engine.similar(given.resources, without=given.without, k=given.k)
    return {"results": detail.listed_json(state.settings, results)}


def recommend(engine: Engine, state: ServerState, given: CountArguments) -> Any:
    """What to read next."""
    return {"results": detail.listed_json(state.settings, engine.recommend(given.k))}


def path(engine: Engine, state: ServerState, given: PathArguments) -> Any:
    """A topic in steps."""
    steps = engine.path(
        given.topic, steps=given.steps, level=given.level, hours=given.hours, ui=given.ui
    )
    return {"results": detail.listed_json(state.settings, steps)}


def resource(engine: Engine, state: ServerState, given: ResourceArguments) -> Any:
    """All that is known of one resource; never the text of its page."""
    catalog = engine.collection.catalog
    ordinal = engine.collection.ordinal(given.resource)
    work, facts = catalog.records([ordinal])[0]
    result = Result(work, 0.0, {}, None, facts.evidence, facts)
    [shown] = detail.listed_json(state.settings, [result])
    return {
        "resource": shown,
        "sections": [list(mention.section) for mention in work.mentions],
        "passages": len(catalog.passages(ordinal)),
    }


def new(engine: Engine, state: ServerState, given: CountArguments) -> Any:
    """What came last."""
    return {"results": detail.listed_json(state.settings, engine.new(given.k))}


def map(engine: Engine, state: ServerState, given: Arguments) -> Any:  # noqa: A001 - its name
    """The collection in two dimensions, as its build laid it out."""
    return collection_map.map_json(engine)


def map_points(engine: Engine, state: ServerState, given: Arguments) -> Any:
    """The same in little, for drawing."""
    return collection_map.packed(engine)


def map_resources(engine: Engine, state: ServerState, given: PointsArguments) -> Any:
    """What some points of the map stand for."""
    results = collection_map.results_at(engine, given.numbers())
    return {"results": detail.listed_json(state.settings, results)}


def map_find(engine: Engine, state: ServerState, given: LightArguments) -> Any:
    """Where the answers of a question lie on the map."""
    return {"points": collection_map.lit_by(engine, given.question)}


def facets(engine: Engine, state: ServerState, given: Arguments) -> Any:
    """How many resources of each kind, language, level and list there are."""
    return detail.facets(engine)


def marks(state: ServerState, given: Arguments) -> Any:
    """Every mark, oldest first."""
    oldest_first = Profile(state.settings.layout.profile).marks()
    return {"marks": [{"id": m.resource_id, "url": m.url, "mark": m.mark} for m in oldest_first]}


def mark(engine: Engine, state: ServerState, given: MarkArguments) -> Any:
    """A resource marked, and the marks it then has."""
    marked = engine.mark(given.resource, given.mark)
    left = detail.marks_of(state.settings).get(marked.id, [])
    return {"id": marked.id, "title": marked.title, "marks": left}


def add(state: ServerState, given: AddArguments) -> Any:
    """An address written on the reader's own list, and a build begun that indexes it."""
    file = added.append(state.settings, given.url, given.title, given.note)
    return _begun(state, offline=True, lists=(str(file),))


def keep_page(state: ServerState, given: PageArguments) -> Any:
    """A page as the reader's browser has it, kept for the next build."""
    return kept_json(state.keeper.keep(given.url, given.html))


def token(state: ServerState, given: Arguments) -> Any:
    """What the browser extension must know."""
    return {"token": state.token()}


def build(state: ServerState, given: BuildArguments) -> Any:
    """A build begun, unless one is running."""
    return _begun(state, offline=given.offline)


def _begun(state: ServerState, *, offline: bool, lists: tuple[str, ...] = ()) -> Any:
    return {
        "started": state.builds.start(offline=offline, lists=lists),
        "state": state.builds.state,
    }


def status(state: ServerState, given: Arguments) -> Any:
    """What is indexed and how fresh it is, without the paths of this machine."""
    from indexer.status import status as status_of

    return {name: value for name, value in status_of(state.settings).items() if name != "home"}


def health(state: ServerState, given: Arguments) -> Any:
    """Whether there is a generation to answer from."""
    number = state.holder.number()
    return {"status": "ok" if number else "empty", "generation": number}

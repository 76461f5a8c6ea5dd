"""What each operation of the API does: thin over Engine, plain data out.

Runs on worker threads. Must not know HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cache.profile import Profile
from cache.records import Result
from cache.settings import Settings
from indexer.save import kept_json
from search.answers import answer_json
from search.engine import Engine
from server import added, collection_map, detail
from server.builds import Builds
from server.holder import EngineHolder
from server.saving import Keeper

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the operations of one server share."""

    settings: Settings
    holder: EngineHolder
    builds: Builds
    keeper: Keeper
    token: Callable[[], str]


def search(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """A question answered; the JSON of `nextread search --json`, more with detail."""
    flags = {
        "k": given["k"],
        "level": given["level"],
        "kinds": given["kind"],
        "languages": given["lang"],
        "after": given["after"],
        "before": given["before"],
        "lists": given["list"],
        "unread": given["unread"],
    }
    if given["detail"]:
        return detail.search_json(engine, desk.settings, given["q"], flags)
    return answer_json(engine.search(given["q"], **flags))


def similar(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """What is like some resources and unlike others."""
    found = engine.similar(given["resource"], without=given["not"], k=given["k"])
    return {"results": detail.listed_json(desk.settings, found)}


def recommend(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """What to read next."""
    return {"results": detail.listed_json(desk.settings, engine.recommend(given["k"]))}


def path(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """A topic in steps."""
    steps = engine.path(given["topic"], steps=given["steps"], level=given["level"])
    return {"results": detail.listed_json(desk.settings, steps)}


def resource(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """All that is known of one resource; never the text of its page."""
    ordinal = engine.collection.ordinal(given["resource"])
    found, facts = engine.collection.catalog.records([ordinal])[0]
    result = Result(found, 0.0, {}, None, facts.evidence, facts)
    [shown] = detail.listed_json(desk.settings, [result])
    return {
        "resource": shown,
        "sections": [list(mention.section) for mention in found.mentions],
        "passages": len(engine.collection.catalog.passages(ordinal)),
    }


def new(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """What came last."""
    return {"results": detail.listed_json(desk.settings, engine.new(given["k"]))}


def map(engine: Engine, desk: Desk, given: Arguments) -> Any:  # noqa: A001 the operation's name
    """The collection in two dimensions, as its build laid it out."""
    return collection_map.map_json(engine)


def map_points(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """The same in little, for drawing."""
    return collection_map.packed(engine)


def map_resources(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """What some points of the map stand for."""
    results = collection_map.results_at(engine, [int(point) for point in given["at"].split(",")])
    return {"results": detail.listed_json(desk.settings, results)}


def map_find(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """Where the answers of a question lie on the map."""
    return {"points": collection_map.lit_by(engine, given["q"])}


def facets(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """How many resources of each kind, language, level and list there are."""
    return detail.facets(engine)


def marks(desk: Desk, given: Arguments) -> Any:
    """Every mark, oldest first."""
    found = Profile(desk.settings.layout.profile).marks()
    return {"marks": [{"id": m.resource_id, "url": m.url, "mark": m.mark} for m in found]}


def mark(engine: Engine, desk: Desk, given: Arguments) -> Any:
    """A resource marked, and the marks it then has."""
    marked = engine.mark(given["resource"], given["mark"])
    left = detail.marks_of(desk.settings).get(marked.id, [])
    return {"id": marked.id, "title": marked.title, "marks": left}


def add(desk: Desk, given: Arguments) -> Any:
    """An address written on the reader's own list, and a build begun that indexes it."""
    file = added.append(desk.settings, given["url"], given["title"], given["note"])
    return _begun(desk, offline=True, lists=(str(file),))


def keep_page(desk: Desk, given: Arguments) -> Any:
    """A page as the reader's browser has it, kept for the next build."""
    return kept_json(desk.keeper.keep(given["url"], given["html"]))


def token(desk: Desk, given: Arguments) -> Any:
    """What the browser extension must know."""
    return {"token": desk.token()}


def build(desk: Desk, given: Arguments) -> Any:
    """A build begun, unless one is running."""
    return _begun(desk, offline=given["offline"])


def _begun(desk: Desk, *, offline: bool, lists: tuple[str, ...] = ()) -> Any:
    return {
        "started": desk.builds.start(offline=offline, lists=lists),
        "state": desk.builds.state,
    }


def status(desk: Desk, given: Arguments) -> Any:
    """What is indexed and how fresh it is, without the paths of this machine."""
    from indexer.status import status as status_of

    return {name: value for name, value in status_of(desk.settings).items() if name != "home"}


def health(desk: Desk, given: Arguments) -> Any:
    """Whether there is a generation to answer from."""
    number = desk.holder.number()
    return {"status": "ok" if number else "empty", "generation": number}

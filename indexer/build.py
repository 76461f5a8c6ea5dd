"""The driver: lists in, a published generation out, as soon as there is anything to answer from.

What was fetched, extracted and embedded before comes from the caches, so that a build killed
anywhere goes on where it stopped, and a build offline needs nothing else. Must not know how any
stage works.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from cache import disk
from cache.generation import Manifest, Writer
from cache.home_model import with_model
from cache.layout import Layout
from cache.lists_toml import ListBook
from cache.pages import PageCache
from cache.parsed import ParsedCache
from cache.records import Resource
from cache.settings import Settings
from indexer.crawl.warc_files import take_waiting
from indexer.index import basis
from indexer.index import write as index
from indexer.lists.parse import Problem
from indexer.lists.read_all import Gathered, read_all
from indexer.memory import give_back
from indexer.publisher import Publication, Publisher, current_of
from indexer.rhythm import Pauses, Rhythm
from indexer.stages import Crawled, LocalStages, Progress, Stages
from indexer.works import Works
from search.models.embed import identity

STAGES = ("read", "fetch", "extract", "split", "embed", "index")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. problems and failures map a list or URL to what was wrong with it;
    published is False where nothing had changed; no_network is True where no page
    could be asked for; held where means, cells and places of an earlier build were held on to."""

    manifest: Manifest
    published: bool
    fetched: int
    unchanged: int
    embedded: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    no_network: bool = False
    held: bool = False


def build(
    given: Sequence[str],
    settings: Settings,
    *,
    offline: bool = False,
    full: bool = False,
    progress: Progress | None = None,
    stages: Stages | None = None,
    rhythm: Rhythm | None = None,
) -> BuildReport:
    """Index the given lists and all that were added before; publish where anything changed.

    Lists on the web are asked for each time, whatever came of it last; pages when they are due.
    What is known before any page is asked for is published first, then what has come from time to
    time, and all of it in the end, which is the same as in one go; rhythm says how long pages may
    take and who hears of it. offline opens no socket: pages and remote lists come from the cache.
    Where little has changed, what was found out about all works at once is held on to
    (indexer/index/basis.py); full finds it anew, and gives the bytes of a first build.
    stages does the heavy work, this machine alone where it is None; who does it changes nothing in
    what is published. One dead link or unreadable list never stops a build. Raises ListError where
    there is no list to read, Locked where another build runs, StoreError where the disk fails,
    ModelError for a model that cannot be loaded; whatever it raises, the last good generation still
    answers.
    """
    began = time.monotonic()
    say, stages, rhythm = progress or _silent, stages or LocalStages(), rhythm or Rhythm()
    settings = with_model(settings)
    layout = settings.layout
    with ExitStack() as stack:
        stack.enter_context(disk.faults(layout.home, sqlite3.Error))
        writer = stack.enter_context(Writer(layout))
        pages = stack.enter_context(stages.open_pages(layout.pages))
        take_waiting(layout, pages)
        fresh = replace(settings, refresh_days=0)
        anew = partial(LocalStages().crawl, fresh, pages, listed={}, progress=say)
        gathered = _read_lists(given, layout, pages, None if offline else anew, say)
        gathered.book.save(layout.lists)  # before what is in them answers: see read_all
        works = Works(gathered.lists, ParsedCache(layout.merged))
        give_back()
        last = current_of(layout)
        model, whole = identity(settings.model), last.manifest is not None
        known = stack.enter_context(basis.current(layout, index.RECIPE, model)) if whole else None
        publisher = Publisher(
            writer, works, settings, pages, stages, say, last=last, known=known, full=full
        )
        crawled, early = Crawled(), list[Publication]()
        if not offline:
            works.hold()
            crawled = _crawled(
                works.resources, settings, pages, publisher, early, rhythm, stages, say
            )
        final = publisher.publish()
    added, removed = index.changes(works.ids, last.ids)
    return BuildReport(
        manifest=final.manifest,
        published=any(one.published for one in [*early, final]),
        fetched=crawled.fetched,
        unchanged=crawled.unchanged,
        embedded=sum(one.embedded for one in [*early, final]),
        added=added,
        removed=removed,
        no_network=crawled.offline,
        held=final.held,
        problems=gathered.problems,
        failures={**gathered.failures, **crawled.failures, **final.failures},
        seconds=time.monotonic() - began,
    )


def _crawled(
    resources: Sequence[Resource],
    settings: Settings,
    pages: PageCache,
    publisher: Publisher,
    early: list[Publication],
    rhythm: Rhythm,
    stages: Stages,
    say: Progress,
) -> Crawled:
    """Bring what is due of the pages of resources, and publish before and meanwhile: early."""
    from indexer.crawl.due import is_due

    listed = {one.url: [entry.url for entry in one.mentions] for one in in_asking_order(resources)}
    urls, now = list(listed), time.time()

    def announce() -> None:
        if early:
            left = sum(is_due(url, pages, settings, now) for url in urls)
            rhythm.announce(early[-1].manifest, left)

    def publish() -> None:
        early.append(publisher.publish())
        announce()

    if any(is_due(url, pages, settings, now) for url in urls):
        early.append(publisher.publish())
    pauses = Pauses(rhythm, settings.publish_every, publish, announce)
    return stages.crawl(settings, pages, urls, listed, say, pauses)


def in_asking_order(resources: Sequence[Resource]) -> list[Resource]:
    """Resources in the order in which their pages serve a reader: what curators rate well and many
    lists name comes first; else as it stands in the lists."""

    def points(resource: Resource) -> float:
        ratings = [entry.rating for entry in resource.mentions if entry.rating is not None]
        lists = len({entry.list_id for entry in resource.mentions})
        return lists + (sum(ratings) / len(ratings) - 2 if ratings else 0)

    return sorted(resources, key=points, reverse=True)


def _silent(stage: str, done: int, of: int) -> None:
    """No progress wanted."""


def _read_lists(
    given: Sequence[str],
    layout: Layout,
    pages: PageCache,
    crawl: Callable[[Sequence[str]], object] | None,
    say: Progress,
) -> Gathered:
    book, kept = ListBook.load(layout.lists), ParsedCache(layout.parsed)
    return read_all(given, book, pages, kept, crawl, partial(say, "read"))

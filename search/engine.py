"""The Python API: open a home, ask it. One Engine answers from one generation.

A façade: it opens a collection, hands it to what answers, and closes it. Must not know how a
generation was built, nor how answers are shown.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.generation import open_current
from cache.records import Resource, Result
from cache.settings import Settings
from search.answers import Answer
from search.ask.understand import understand
from search.collection import Collection
from search.index.opened import PublishedGeneration, Storage
from search.rank.standing import foremost

if TYPE_CHECKING:
    from search.ask.rerank import Reranker
    from search.models.embed import Embedder
    from search.recommend.digest import Chapter
    from search.recommend.examples import Example


class Engine:
    """Answers from one generation. Safe to share between threads; close when done."""

    def __init__(
        self,
        generation: PublishedGeneration,
        settings: Settings,
        storage: Storage | None = None,
        embedder: "Embedder | None" = None,
    ) -> None:
        """Read generation, see search.collection.Collection; open is the usual way here."""
        self.collection = Collection(
            generation, settings, standing=foremost, storage=storage, embedder=embedder
        )

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        settings: Settings | None = None,
        embedder: "Embedder | None" = None,
    ) -> "Engine":
        """The published generation of a home (None: NEXTREAD_HOME or the user's data folder), or
        of the database that the setting index names.

        Raises NoIndex where nothing was built yet, Damaged where files are not what they were,
        StoreError where the database cannot be asked.
        """
        settings = settings or Settings.load(home)
        if not settings.index:
            return cls(open_current(settings.layout), settings, embedder=embedder)
        from search.index.postgres.snapshot import Snapshot

        snapshot = Snapshot.open(settings.index)
        return cls(snapshot, settings, snapshot, embedder)

    def close(self) -> None:
        """Let go of the generation, so that a later build may remove it."""
        self.collection.generation.close()

    def __enter__(self) -> "Engine":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def search(self, text: str, *, reranker: "Reranker | None" = None, **flags: Any) -> Answer:
        """Answer a question; flags are those of search.ask.understand.understand (k, level, …).

        Raises QueryError for a question or flag that makes no sense.
        """
        from search.ask.answer import answer

        began = time.perf_counter()
        answered = answer(self.collection, understand(text, **flags), reranker)
        took = (time.perf_counter() - began) * 1000
        return Answer(answered.query, tuple(answered.results), took, answered.fit, answered.little)

    def similar(
        self,
        keys: "Sequence[str | Example]",
        *,
        without: "Sequence[str | Example]" = (),
        k: int = 10,
    ) -> list[Result]:
        """What is like keys and unlike without, best first, never one of them.

        Each is named by id, id prefix or any of its addresses, or is an example itself. Raises
        UnknownResource, and QueryError where keys is empty.
        """
        from search.recommend.examples import named
        from search.recommend.similar import similar

        liked, unlike = named(self.collection, keys), named(self.collection, without)
        return similar(self.collection, liked, unlike, k)

    def recommend(self, k: int = 10) -> list[Result]:
        """What this reader would like next, unread, best first."""
        from search.recommend.taste import recommend

        return recommend(self.collection, k)

    def new(self, k: int = 10, *, for_me: bool = False) -> list[Result]:
        """The best of what the last build added, for_me by the reader's marks."""
        from search.recommend.taste import news

        return news(self.collection, k, for_me=for_me)

    def digest(self, since: str, each: int = 5) -> "list[Chapter]":
        """What came since a date or so long ago (`7d`), by topic, at most each works of each.

        Raises QueryError.
        """
        from search.ask.understand import day_of
        from search.recommend.digest import digest

        return digest(self.collection, day_of(since), each)

    def path(
        self,
        topic: str,
        *,
        steps: int = 7,
        level: str | None = None,
        hours: float | None = None,
        ui: str | None = None,
    ) -> list[Result]:
        """What to take in on a topic, in which order and why, in so many hours; what was read is
        skipped. Reasons are in the language ui (`en`, `zh`), else in the topic's.

        Raises QueryError.
        """
        from search.recommend.path import path

        return path(self.collection, topic, steps, level, hours, ui)

    def mark(self, key: str, how: str) -> Resource:
        """Remember that a resource was read, is liked, disliked or for later; or clear its marks.

        Raises UnknownResource, and QueryError for another mark.
        """
        from cache.profile import Profile

        ordinal = self.collection.ordinal(key)
        resource = self.collection.catalog.resource(ordinal)
        profile = Profile(self.collection.settings.layout.profile)
        if how != "clear":
            profile.mark(resource.id, resource.url, how)
            return resource
        for marked, mark in self.collection.marks():
            if marked == ordinal:  # under this id or an older one
                profile.clear(mark.resource_id)
        return resource

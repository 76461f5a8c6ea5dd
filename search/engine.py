"""The Python API: open a home, ask it. One Engine reads one generation.

Parts are opened when first needed, so that a question pays only for what it uses. Must not know
how a generation was built, nor how answers are shown.
"""

import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cache.errors import ModelError, QueryError, UnknownResource
from cache.generation import open_current
from cache.records import Facts, Passage, Query, Resource, Result
from cache.settings import Settings
from search.answers import Answer
from search.ask.understand import understand
from search.index.catalog import Catalog
from search.index.centre import Centres
from search.index.opened import Files, Held, Parts
from search.rank.rank import Ranked

if TYPE_CHECKING:
    from search.ask.fuse import Candidates
    from search.ask.rerank import Reranker
    from search.index.dense import VectorIndex
    from search.index.interest import Background
    from search.index.lexical import LexicalIndex
    from search.index.sections import Company
    from search.models.embed import Embedder
    from search.recommend.examples import Example
    from search.title_words import Wording

Mask = NDArray[np.bool_]


class Engine:
    """Answers from one generation. Safe to share between threads; close when done."""

    def __init__(self, generation: Held, settings: Settings, parts: Parts | None = None) -> None:
        """Read generation, from the home's files where no parts are given; open is the usual way
        here."""
        self.generation = generation
        self.settings = settings
        layout = settings.layout
        self._held = parts or Files(layout.generation(generation.number), layout)

    @classmethod
    def open(cls, home: Path | str | None = None, *, settings: Settings | None = None) -> "Engine":
        """The published generation of a home (None: NEXTREAD_HOME or the user's data folder), or
        of the database that the setting index names.

        Raises NoIndex where nothing was built yet, Damaged where files are not what they were,
        StoreError where the database cannot be asked.
        """
        settings = settings or Settings.load(home)
        if not settings.index:
            return cls(open_current(settings.layout), settings)
        from search.index.postgres.snapshot import Snapshot

        snapshot = Snapshot.open(settings.index)
        return cls(snapshot, settings, snapshot)

    def close(self) -> None:
        """Let go of the generation, so that a later build may remove it."""
        self.generation.close()

    def __enter__(self) -> "Engine":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @cached_property
    def catalog(self) -> Catalog:
        """Resources, facts and passages."""
        return self._held.catalog()

    @cached_property
    def dense(self) -> "VectorIndex":
        """Vectors of cards and passages, centred by language."""
        return self._held.dense()

    @cached_property
    def lexical(self) -> "LexicalIndex":
        """Words of every resource."""
        return self._held.lexical()

    @cached_property
    def centres(self) -> Centres:
        """What was taken out of the vectors."""
        return self._held.centres()

    @cached_property
    def company(self) -> "Company":
        """Who stands in one section with whom."""
        return self._held.company()

    @cached_property
    def added(self) -> Sequence[str]:
        """The ids of the resources that the last build added."""
        return self._held.added()

    @cached_property
    def wording(self) -> "Wording":
        """What the words of titles tell."""
        from search.title_words import Wording

        return Wording(self.lexical)

    @cached_property
    def background(self) -> "Background":
        """What all of this collection has in common."""
        from search.index.interest import Background

        return Background.measure(self.dense)

    @cached_property
    def foremost(self) -> NDArray[np.int64]:
        """The resources that curators speak best of, best first."""
        from search.recommend.taste import foremost

        return foremost(self)

    @cached_property
    def embedder(self) -> "Embedder":
        """The query runtime of the model that built the index.

        Raises ModelError where settings ask for another model.
        """
        from search.models.embed import identity, quick

        built = self.generation.manifest.model_id
        asked = identity(self.settings.model)
        if asked != built:
            raise ModelError(
                f"the index was built by {built}, not {asked}",
                f"nextread build --offline --model '{self.settings.model}', "
                "or set model in settings.toml to what built it",
            )
        return quick(built, self.settings.layout)

    def search(self, text: str, *, reranker: "Reranker | None" = None, **flags: Any) -> Answer:
        """Answer a question; flags are those of search.ask.understand.understand (k, level, …).

        Raises QueryError for a question or flag that makes no sense.
        """
        from search.ask.answer import answer

        began = time.perf_counter()
        query, results = answer(self, understand(text, **flags), reranker)
        return Answer(query, tuple(results), (time.perf_counter() - began) * 1000)

    def places(self, query: Query, reranker: "Reranker | None" = None) -> list[Ranked]:
        """The order of a question's answers, without what is known of them."""
        from search.ask.answer import places

        return places(self, query, reranker)

    def parts(self, query: Query, found: "Candidates") -> dict[str, NDArray[np.float32]]:
        """What the score of each candidate is made of."""
        from search.ask.answer import parts

        return parts(self, query, found)

    def candidates(self, query: Query) -> "Candidates":
        """What both legs find for a question, and for what its best answers have in common."""
        from search.ask.answer import candidates

        return candidates(self, query)

    def allowed(self, query: Query) -> Mask | None:
        """Which resources the flags of a question leave, None for all. Raises QueryError."""
        flagged = {
            name: getattr(query, name)
            for name in ("kinds", "languages", "after", "before")
            if name not in query.cues and getattr(query, name)
        }
        for list_id in query.lists:
            if list_id not in self.catalog.list_ids():
                raise QueryError(f"no list is named {list_id!r}", "nextread status names them")
        mask = self.catalog.mask(**flagged, lists=query.lists)
        return self._without_read(mask) if query.unread else mask

    def _without_read(self, mask: Mask | None) -> Mask:
        from cache.profile import Profile

        mask = np.ones(self.catalog.count, bool) if mask is None else mask.copy()
        read = Profile(self.settings.layout.profile).read_ids()
        known = self.catalog.ordinals(sorted(read))
        mask[[ordinal for ordinal in known if ordinal is not None]] = False
        return mask

    def results(self, places: Sequence[Ranked]) -> list[Result]:
        """Ranked places with all that is known of them."""
        records = self.catalog.records([place.ordinal for place in places])
        return [self._result(place, *record) for place, record in zip(places, records, strict=True)]

    def _result(self, place: Ranked, resource: Resource, facts: Facts) -> Result:
        return Result(
            resource=resource,
            score=place.score,
            parts=place.parts,
            passage=self._passage(place),
            evidence=facts.evidence,
            facts=facts,
        )

    def _passage(self, place: Ranked) -> Passage | None:
        return None if place.passage < 0 else self.catalog.passage(place.ordinal, place.passage)

    def ordinal(self, key: str) -> int:
        """The ordinal of a resource named by id, id prefix or any of its addresses.

        Raises UnknownResource.
        """
        found = self.catalog.find(key)
        if found is None:
            raise UnknownResource(
                f"{key} is not in the index", "nextread search finds what is; build adds lists"
            )
        return found

    def similar(
        self,
        keys: "Sequence[str | Example]",
        *,
        without: "Sequence[str | Example]" = (),
        k: int = 10,
    ) -> list[Result]:
        """What is like keys and unlike without, best first, never one of them."""
        from search.recommend.similar import similar

        return similar(self, self.examples(keys), self.examples(without), k)

    def examples(self, keys: "Sequence[str | Example]") -> "list[Example]":
        """Resources named as ordinal takes them; examples stay what they are."""
        from search.recommend.examples import Example, examples_of

        named = iter(examples_of(self, [self.ordinal(key) for key in keys if isinstance(key, str)]))
        return [key if isinstance(key, Example) else next(named) for key in keys]

    def recommend(self, k: int = 10) -> list[Result]:
        """What this reader would like next, unread, best first."""
        from search.recommend.taste import recommend

        return recommend(self, k)

    def new(self, k: int = 10, *, for_me: bool = False) -> list[Result]:
        """The best of what the last build added, for_me by the reader's marks."""
        from search.recommend.taste import news

        return news(self, k, for_me=for_me)

    def path(self, topic: str, *, steps: int = 7, level: str | None = None) -> list[Result]:
        """What to take in on a topic, in which order and why; what was read is skipped.

        Raises QueryError.
        """
        from search.recommend.path import path

        return path(self, topic, steps, level)

    def mark(self, key: str, how: str) -> Resource:
        """Remember that a resource was read, is liked, disliked or for later; or clear its marks.

        Raises UnknownResource, and QueryError for another mark.
        """
        from cache.profile import Profile

        resource = self.catalog.resource(self.ordinal(key))
        profile = Profile(self.settings.layout.profile)
        if how == "clear":
            profile.clear(resource.id)
        else:
            profile.mark(resource.id, resource.url, how)
        return resource

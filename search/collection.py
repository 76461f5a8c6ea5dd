"""A generation opened: what a question, a taste and a path read.

Parts are opened when first needed, so that a question pays only for what it uses. Must not know
how answers are found, nor how a generation was built.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cache.errors import ModelError, QueryError, UnknownResource
from cache.records import UNREAD_MARKS, Facts, Passage, Query, Ranked, Resource, Result
from cache.settings import Settings
from search.arrays import Figures, Ordinals
from search.index.catalog import Catalog
from search.index.centre import Centres
from search.index.opened import Files, PublishedGeneration, Storage
from search.index.selection import Selection

if TYPE_CHECKING:
    from cache.profile import Mark
    from search.index.dense import VectorIndex
    from search.index.dictionary import Dictionary
    from search.index.interest import Covariance
    from search.index.lexical import LexicalIndex
    from search.index.map import CollectionMap
    from search.index.sections import Sections, Tally
    from search.models.embed import Embedder
    from search.title_words import TitleWords

FLAGS = (
    *("kinds", "languages", "after", "before"),
    *("lists", "sites", "max_minutes", "min_stars"),
)
"""Fields of a question that Catalog.selection takes."""

Standing = Callable[[Figures], Ordinals]
"""The rows of facts.npy to the ordinals that curators speak best of, best first."""


class Collection:
    """The parts of one generation. Safe to share between threads."""

    def __init__(
        self,
        generation: PublishedGeneration,
        settings: Settings,
        *,
        standing: Standing,
        storage: Storage | None = None,
        embedder: "Embedder | None" = None,
    ) -> None:
        """Read generation: from storage, or from the home's files where none is given; questions
        are embedded by embedder, or by the runtime of the model that built the index."""
        self.generation = generation
        self.settings = settings
        layout = settings.layout
        self._standing = standing
        self._storage = storage or Files(layout.generation(generation.number), layout)
        self._embedder = embedder

    @cached_property
    def catalog(self) -> Catalog:
        """Resources, facts and passages."""
        return self._storage.catalog()

    @cached_property
    def dense(self) -> "VectorIndex":
        """Vectors of cards and passages, centred by language."""
        return self._storage.dense()

    @cached_property
    def lexical(self) -> "LexicalIndex":
        """Words of every resource."""
        return self._storage.lexical()

    @cached_property
    def centres(self) -> Centres:
        """What was taken out of the vectors."""
        return self._storage.centres()

    @cached_property
    def sections(self) -> "Sections":
        """Who stands in one section with whom."""
        return self._storage.sections()

    @cached_property
    def kinds_beside(self) -> "Tally":
        """Which kinds stand side by side."""
        return self.sections.tally(self.catalog.figures["kind"])

    @cached_property
    def map(self) -> "CollectionMap":
        """Where every resource lies on a plane."""
        return self._storage.map()

    @cached_property
    def added(self) -> Sequence[str]:
        """The ids of the resources that the last build added."""
        return self._storage.added()

    @cached_property
    def arrivals(self) -> Sequence[tuple[str, Sequence[str]]]:
        """When which ids came into the lists, see cache.news.arrivals."""
        return self._storage.arrivals()

    @property
    def came(self) -> Mapping[str, str]:
        """When (RFC 3339) each id came into the lists last, as far as it is remembered."""
        return {name: at for at, ids in self.arrivals for name in ids}

    @cached_property
    def dictionary(self) -> "Dictionary | None":
        """What words are called in another language."""
        from search.index.dictionary import Dictionary

        return Dictionary.open(self.settings.layout)

    @cached_property
    def title_words(self) -> "TitleWords":
        """What the words of titles tell."""
        from search.title_words import TitleWords

        return TitleWords(self.lexical)

    @cached_property
    def covariance(self) -> "Covariance":
        """What all of this collection has in common."""
        from search.index.interest import Covariance

        return Covariance.measure(self.dense)

    @cached_property
    def foremost(self) -> Ordinals:
        """The resources that curators speak best of, best first."""
        return self._standing(self.catalog.figures)

    @cached_property
    def embedder(self) -> "Embedder":
        """What embeds questions.

        Raises ModelError where settings ask for another model than built the index.
        """
        from search.models.embed import identity, quick

        built = self.generation.manifest.model_id
        if self._embedder is not None and self._embedder.model_id == built:
            return self._embedder
        wanted = identity(self.settings.model) if self.settings.model else built
        if wanted != built:
            raise ModelError(
                f"the index was built by {built}, not {wanted}",
                f"nextread build --offline --model '{self.settings.model}', "
                "or set model in settings.toml to what built it",
            )
        return quick(built, self.settings.layout)

    def ordinal(self, key: str) -> int:
        """The ordinal of a resource named by id, id prefix or any of its addresses.

        Raises UnknownResource.
        """
        ordinal = self.catalog.find(key)
        if ordinal is None:
            raise UnknownResource(
                f"{key} is not in the index", "nextread search finds what is; build adds lists"
            )
        return ordinal

    def allowed(self, query: Query, but: str = "") -> Selection | None:
        """Which resources the flags of a question leave, None for all; those of the field but are
        passed over. Raises QueryError."""
        flagged = {
            name: getattr(query, name)
            for name in FLAGS
            if name not in query.cues and name != but and getattr(query, name)
        }
        if "lists" in flagged:
            flagged["lists"] = self.lists_named(query.lists)
        selection = self.catalog.selection(**flagged)
        if query.since:
            came = self.since(query.since)
            selection = came if selection is None else selection & came
        if query.unread:
            unread = np.ones(self.catalog.count, bool)
            unread[self.read()] = False
            selection = (selection or self.catalog.everything()).within(unread)
        return selection

    def lists_named(self, names: Sequence[str]) -> list[str]:
        """The ids of the lists that names mean: that one, else each that holds the name in its
        own. Raises QueryError where one means none."""
        known = self.catalog.list_ids()
        found: list[str] = []
        for name in names:
            wanted = name.casefold()
            meant = [name] if name in known else [i for i in known if wanted in i.casefold()]
            if not meant:
                raise QueryError(f"no list is named {name!r}", "nextread lists names them")
            found += meant
        return list(dict.fromkeys(found))

    def since(self, day: str) -> Selection:
        """What came into the lists on day (ISO 8601) or later, or is known to be published then;
        what the first build found did not come, it was there."""
        ids = [name for at, names in self.arrivals if at >= day for name in names]
        return self.catalog.came(day, ids)

    def marks(self, newest: int | None = None) -> "list[tuple[int, Mark]]":
        """The reader's marks (the newest so many) on what is indexed, oldest first, by ordinal.

        Marked is what has the mark's id or else its address: ids change with canonical addresses.
        """
        from cache.profile import Profile

        marks = Profile(self.settings.layout.profile).marks()[-(newest or 0) :]
        by_id = self.catalog.ordinals([mark.resource_id for mark in marks])
        moved = [mark.url for mark, ordinal in zip(marks, by_id, strict=True) if ordinal is None]
        by_address = dict(zip(moved, self.catalog.at(moved), strict=True))
        places = [
            (by_address[mark.url] if ordinal is None else ordinal, mark)
            for mark, ordinal in zip(marks, by_id, strict=True)
        ]
        return [(ordinal, mark) for ordinal, mark in places if ordinal is not None]

    def read(self) -> list[int]:
        """The ordinals of what was read, liked or disliked: an opinion says it was read."""
        return sorted({o for o, mark in self.marks() if mark.mark not in UNREAD_MARKS})

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

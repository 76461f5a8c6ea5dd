"""The Python API: open a home, ask it. One Engine reads one generation.

Parts are opened when first needed, so that a question pays only for what it uses. Must not know
how a generation was built, nor how answers are shown.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cache.errors import ModelError, QueryError, UnknownResource
from cache.generation import open_current
from cache.records import Facts, Passage, Query, Resource, Result
from cache.settings import Settings
from search.answers import Answer
from search.catalog import Catalog
from search.centre import Centres
from search.parts import Files, Held, Parts
from search.query import understand
from search.rank import Ranked, rank

if TYPE_CHECKING:
    from search.company import Company
    from search.dense import VectorIndex
    from search.embed import Embedder
    from search.examples import Example
    from search.feedback import Asked
    from search.fuse import Candidates
    from search.interest import Background
    from search.lexical import LexicalIndex
    from search.rerank import Reranker
    from search.wording import Wording

Mask = NDArray[np.bool_]

SPARE = 20
"""Places ranked beside those asked for, to stand in for reposts."""

TOPIC = 600
"""Characters of a topic that are embedded: more take seconds and say nothing more."""


def embedded(query: Query) -> str:
    """What of a question is embedded: traditional Chinese asks what simplified does."""
    from search.text import simplify

    return simplify(query.topic)[:TOPIC]


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
        from search.postgres.snapshot import Snapshot

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
        from search.wording import Wording

        return Wording(self.lexical)

    @cached_property
    def background(self) -> "Background":
        """What all of this collection has in common."""
        from search.interest import Background

        return Background.measure(self.dense)

    @cached_property
    def foremost(self) -> NDArray[np.int64]:
        """The resources that curators speak best of, best first."""
        from search.taste import foremost

        return foremost(self)

    @cached_property
    def embedder(self) -> "Embedder":
        """The query runtime of the model that built the index.

        Raises ModelError where settings ask for another model.
        """
        from search.embed import identity, quick

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
        """Answer a question; flags are those of search.query.understand (k, level, kinds, …).

        Raises QueryError for a question or flag that makes no sense.
        """
        began = time.perf_counter()
        query = understand(text, **flags)
        places = self.places(replace(query, k=query.k + SPARE), reranker)
        results = self._once(places, query.k)
        query = self._with_authors(query, results)
        return Answer(query, tuple(results), (time.perf_counter() - began) * 1000)

    def _once(self, places: Sequence[Ranked], k: int) -> list[Result]:
        """The k best results, reposts of one text with the best of them."""
        from search.reposts import fold

        ordinals = np.array([place.ordinal for place in places], np.int64)
        titles = [title for title, _ in self.catalog.names(ordinals.tolist())]
        groups = fold(titles, self.catalog.figures[ordinals])[:k]
        results = self.results([places[first] for first, *_ in groups])
        others = [place for _, *more in groups for place in more]
        found = iter(self.catalog.resources([places[i].ordinal for i in others]))
        return [
            replace(result, reposts=tuple(next(found).url for _ in more)) if more else result
            for result, (_, *more) in zip(results, groups, strict=True)
        ]

    def _with_authors(self, query: Query, results: Sequence[Result]) -> Query:
        """The question with the authors it names, as they are written in what answers it."""
        from search.names import author_named
        from search.text import query_tokens

        asked = query_tokens(query.topic)
        named = [author_named(asked, found.facts.author, self.wording) for found in results]
        authors = tuple(dict.fromkeys(filter(None, named)))
        if not authors:
            return query
        return replace(query, authors=authors, cues={**query.cues, "authors": ", ".join(authors)})

    def places(self, query: Query, reranker: "Reranker | None" = None) -> list[Ranked]:
        """The order of a question's answers, without what is known of them."""
        found = self.candidates(query)
        parts = self.parts(query, found)
        if reranker is not None and len(found.ordinals):
            parts = self._reranked(query, found, parts, reranker)
        return rank(found.ordinals, found.passages, parts, query.k)

    def _reranked(
        self,
        query: Query,
        found: "Candidates",
        parts: dict[str, NDArray[np.float32]],
        reranker: "Reranker",
    ) -> dict[str, NDArray[np.float32]]:
        from search.rerank import DEPTH, judged

        foremost = np.argsort(-np.sum(list(parts.values()), axis=0), kind="stable")[:DEPTH]
        texts = self._texts(found.ordinals[foremost].tolist(), found.passages[foremost].tolist())
        return judged(parts, foremost, reranker.scores(query.text, texts))

    def parts(self, query: Query, found: "Candidates") -> dict[str, NDArray[np.float32]]:
        """What the score of each candidate is made of."""
        from search.fuse import relevance
        from search.priors import prior_parts

        centres = self.centres
        parts = relevance(found, centres.chance, centres.spread, self.reach(query))
        parts |= prior_parts(query, self.catalog.figures[found.ordinals])
        return parts | self._name_parts(query, found, sum(parts.values()))

    def _name_parts(
        self, query: Query, found: "Candidates", scores: Any
    ) -> dict[str, NDArray[np.float32]]:
        """What the titles and authors of the foremost candidates add."""
        from search import names
        from search.priors import WEIGHTS
        from search.text import query_tokens

        if not len(found.ordinals):
            return {}
        foremost = np.argsort(-scores, kind="stable")[: names.FOREMOST]
        titles, authors = zip(*self.catalog.names(found.ordinals[foremost].tolist()), strict=True)
        self.wording.prepare([*titles, *filter(None, authors)])
        asked = query_tokens(query.topic)
        said = {
            "title": names.titled(asked, titles, self.wording),
            "author": names.authored(asked, authors, self.wording),
        }
        parts = {name: np.zeros(len(found.ordinals), np.float32) for name in said}
        for name, part in parts.items():
            part[foremost] = WEIGHTS[name] * said[name]
        return {name: part for name, part in parts.items() if part.any()}

    def reach(self, query: Query) -> float:
        """The share of this collection that is in the question's language."""
        from search.text import language_of

        return self.centres.shares.get(language_of(query.topic) or "", 0.0)

    def candidates(self, query: Query) -> "Candidates":
        """What both legs find for a question, and for what its best answers have in common."""
        from search.retrieve import retrieve
        from search.text import query_tokens

        allowed = self.allowed(query)
        raw = self.embedder.encode_queries([embedded(query)])[0]
        vector = self.centres.centre_query(raw, query.topic)
        tokens = query_tokens(query.topic)
        find = partial(
            retrieve,
            dense=self.dense,
            lexical=self.lexical,
            catalog=self.catalog,
            allowed=allowed,
            wanted=query.k,
        )
        found = find(vector, tokens)
        more = self._enlarged(query, vector, tokens, found)
        if more is None:
            return found
        again = find(more.vector, more.words, words=found.words)
        # What is shown answers the question, not what was fed back.
        own = dict(zip(found.ordinals.tolist(), found.passages.tolist(), strict=True))
        told = zip(again.ordinals.tolist(), again.passages.tolist(), strict=True)
        passages = np.array([own.get(ordinal, number) for ordinal, number in told], np.int64)
        return replace(again, share=found.share, passages=passages)

    def _enlarged(
        self,
        query: Query,
        vector: NDArray[np.float32],
        tokens: Sequence[str],
        found: "Candidates",
    ) -> "Asked | None":
        from search.feedback import BEST, enlarged, stands_out
        from search.fuse import knowledge, relevance
        from search.retrieve import first_rows

        if stands_out(found.lexical):
            return None
        reach = self.reach(query)
        relevant = relevance(found, self.centres.chance, self.centres.spread, reach)
        best = np.argsort(-(relevant["dense"] + relevant["lexical"]), kind="stable")[:BEST]
        ordinals = found.ordinals[best]
        rows = first_rows(ordinals, self.catalog) + found.passages[best] + 1  # the card is -1
        vectors = self.dense.reconstruct(rows)
        texts = self._texts(ordinals.tolist(), found.passages[best].tolist())
        return enlarged(vector, tokens, vectors, texts, knowledge(found, reach), self.lexical)

    def _texts(self, ordinals: Sequence[int], passages: Sequence[int]) -> list[str]:
        """What is said of each resource, with the passage that answers best."""
        texts = []
        records = self.catalog.records(ordinals)
        for ordinal, number, (resource, facts) in zip(ordinals, passages, records, strict=True):
            said = [resource.title, *(mention.note for mention in resource.mentions)]
            if facts.evidence != "list note":
                said.append(self.catalog.passage(ordinal, max(0, number)).text)
            texts.append(" ".join(said))
        return texts

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
        from search.similar import similar

        return similar(self, self.examples(keys), self.examples(without), k)

    def examples(self, keys: "Sequence[str | Example]") -> "list[Example]":
        """Resources named as ordinal takes them; examples stay what they are."""
        from search.examples import Example, examples_of

        named = iter(examples_of(self, [self.ordinal(key) for key in keys if isinstance(key, str)]))
        return [key if isinstance(key, Example) else next(named) for key in keys]

    def recommend(self, k: int = 10) -> list[Result]:
        """What this reader would like next, unread, best first."""
        from search.taste import recommend

        return recommend(self, k)

    def new(self, k: int = 10, *, for_me: bool = False) -> list[Result]:
        """The best of what the last build added, for_me by the reader's marks."""
        from search.taste import news

        return news(self, k, for_me=for_me)

    def path(self, topic: str, *, steps: int = 7, level: str | None = None) -> list[Result]:
        """What to take in on a topic, in which order and why; what was read is skipped.

        Raises QueryError.
        """
        from search.path import path

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

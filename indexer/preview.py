"""A page that is not in the index as an example: fetched, read, embedded, and forgotten.

Must not know what it is compared with.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cache.documents import DocumentCache
from cache.errors import FetchError, UnknownResource
from cache.home_model import with_model
from cache.pages import PageCache
from cache.records import Document, Entry, Resource
from indexer.extract.documents import documents_of
from indexer.extract.passages import split
from indexer.index.write import work_of
from indexer.resources.facts import facts_of
from indexer.resources.merge import merge
from search.models.embed import token_counter
from search.recommend.examples import PASSAGES, Example, content
from search.text import language_of

if TYPE_CHECKING:
    from search.engine import Engine


def examples(engine: "Engine", keys: Sequence[str]) -> list[str | Example]:
    """keys, with web addresses that the index does not have as examples of what they show.

    Raises UnknownResource for what is neither indexed nor an address, FetchError for a page that
    cannot be had.
    """
    return [_example(engine, key) for key in keys]


def _example(engine: "Engine", key: str) -> str | Example:
    if engine.collection.catalog.find(key) is not None:
        return key
    if not key.startswith(("http://", "https://")):
        raise UnknownResource(
            f"{key} is not in the index", "give an id or address from nextread search, or any URL"
        )
    (resource,) = merge([Entry("preview", key, "")])
    known = engine.collection.catalog.find(resource.url)
    if known is not None:
        return engine.collection.catalog.resource(known).id
    return _embedded(engine, *_read(engine, resource))


def _read(engine: "Engine", resource: Resource) -> tuple[Resource, Document]:
    from indexer.crawl.crawler import Fetcher

    with (
        tempfile.TemporaryDirectory(prefix="nextread-") as folder,
        PageCache(Path(folder, "pages")) as pages,
        DocumentCache(Path(folder, "documents.db")) as kept,
    ):
        report = asyncio.run(Fetcher(engine.collection.settings, pages).crawl([resource.url]))
        found = documents_of([resource], pages, kept)
    document = found.documents.get(resource.id)
    if document is None:
        reasons = [*report.failures.values(), *found.failures.values(), "no readable text"]
        raise FetchError(f"{resource.url}: {reasons[0]}", "nothing to compare with")
    return replace(resource, title=document.title or resource.url), document


def _embedded(engine: "Engine", resource: Resource, document: Document) -> Example:
    settings = with_model(engine.collection.settings)
    passages = split(document, token_counter(settings.model, settings.layout))[:PASSAGES]
    facts = facts_of(resource, document)
    texts = work_of(resource, facts, document, passages).texts
    raw = engine.collection.embedder.encode_passages(texts)
    vectors = engine.collection.centres.centre_passages(raw, [language_of(text) for text in texts])
    return Example(resource.title, content(vectors), resource.kind, facts.author)

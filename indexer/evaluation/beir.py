"""A test collection in BEIR layout as works, so that it is measured through the same code as lists.

Each document becomes one work under its own id; nothing is merged, since judgments name documents.
Must not know queries or judgments.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cache.errors import ListError
from cache.records import KINDS, Document, Entry, Resource
from indexer.extract.passages import Counter, split
from indexer.index.write import IndexedResource, work_of
from indexer.resources.facts import facts_of
from search.text import language_of

KIND_NAMES: Mapping[str, str] = {
    "library": "tool",
    "software": "tool",
    "corpus": "dataset",
    "corpora": "dataset",
    "lecture": "course",
    "slides": "talk",
    "resource": "reference",
    "resources": "reference",
    "blog": "article",
}
"""What collections call our kinds; a name that is neither here nor in KINDS says nothing."""

_UNKNOWN = "unknown"


def works_of_beir(folder: Path, count_tokens: Counter) -> list[IndexedResource]:
    """Every document of folder/corpus.jsonl, in its order; `metadata` is optional.

    count_tokens is search.models.embed.token_counter's. Raises ListError where the file cannot be
    read.
    """
    path = folder / "corpus.jsonl"
    try:
        with path.open(encoding="utf-8") as lines:
            return [
                _work(folder.name, position, document, count_tokens)
                for position, document in enumerate(_documents(lines))
            ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ListError(f"{path}: {error}", "one JSON object a line, with _id and text") from error


def _documents(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    return (dict(json.loads(line)) for line in lines if line.strip())


def _work(
    list_id: str, position: int, given: Mapping[str, Any], count_tokens: Counter
) -> IndexedResource:
    entry = _entry(list_id, position, given)
    text = given.get("text") or ""
    resource = Resource(
        id=str(given["_id"]),
        url=entry.url,
        aliases=(),
        title=entry.title,
        kind=entry.kind,
        language=language_of(text or entry.title),
        mentions=(entry,),
    )
    document = _document(resource, entry, text) if text.strip() else None
    passages = split(document, count_tokens) if document else []
    return work_of(resource, facts_of(resource, document), document, passages)


def _entry(list_id: str, position: int, given: Mapping[str, Any]) -> Entry:
    metadata = given.get("metadata") or {}
    return Entry(
        list_id=list_id,
        url=metadata.get("url") or f"https://{list_id}.invalid/{given['_id']}",
        title=given.get("title") or "",
        note=metadata.get("note") or _said(metadata.get("venue")) or "",
        position=position,
        author=_said(metadata.get("author")),
        published=_said(metadata.get("published") or metadata.get("year")),
        rating=metadata.get("rating"),
        difficulty=metadata.get("difficulty"),
        kind=_kind(metadata.get("kind")),
    )


def _document(resource: Resource, entry: Entry, text: str) -> Document:
    return Document(
        resource_id=resource.id,
        title=resource.title,
        author=entry.author,
        published=entry.published,
        language=resource.language,
        text=text,
        evidence="full text",
    )


def _said(value: object) -> str | None:
    """A field's text, None where it says that nobody knows."""
    text = str(value or "").strip()
    return None if not text or _UNKNOWN in text.lower() else text


def _kind(name: str | None) -> str | None:
    name = (name or "").lower()
    kind = KIND_NAMES.get(name, name)
    return kind if kind in KINDS else None

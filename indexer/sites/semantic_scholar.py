"""Semantic Scholar: the abstract, by its Graph API."""

import re

from cache.records import Document, Page
from indexer.sites import json_text

_PAPER = re.compile(
    r"https?://(?:www\.)?semanticscholar\.org/paper/(?:[^/?#]+/)?([0-9a-f]{40})", re.IGNORECASE
)
_API = "https://api.semanticscholar.org/graph/v1/paper/"
_FIELDS = "title,abstract,year,authors,publicationDate,tldr"


def requests(url: str) -> tuple[str, ...]:
    """The API's answer, then the page itself."""
    paper = _PAPER.match(url)
    return (f"{_API}{paper.group(1).lower()}?fields={_FIELDS}", url) if paper else ()


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, authors, date and abstract, or its one-sentence summary where none may be shown."""
    told = json_text.mapping(body)
    title = json_text.words(told.get("title"))
    if not title or not page.final_url.startswith(_API):
        return None
    listed = told.get("authors")
    names = [
        json_text.words(json_text.inside(a, "name")) for a in listed or [] if isinstance(a, dict)
    ]
    abstract = json_text.words(told.get("abstract")) or json_text.words(
        json_text.inside(told, "tldr", "text")
    )
    year = told.get("year")
    published = json_text.words(told.get("publicationDate"))
    return Document(
        resource_id=resource_id,
        title=title,
        author="; ".join(filter(None, names)) or None,
        published=published or (str(year) if isinstance(year, int) else None),
        language=None,
        text="\n\n".join(filter(None, (title, abstract))),
        evidence="abstract" if abstract else "list note",
        complete=bool(abstract),
    )

"""arXiv: the abstract page, whichever form of the paper a list links to, and after it the PDF.

Its terms of use ask for three seconds between requests, its robots.txt for fifteen; that of
export.arxiv.org allows no robot, so it is never asked.
"""

import re
from typing import Any

from cache.records import Document, Page
from indexer.sites import json_text

DELAYS = {"arxiv.org": 3.0, "www.arxiv.org": 3.0}

_PAPER = re.compile(
    r"https?://(?:www\.|export\.|cn\.|browse\.)?arxiv\.org/(?:abs|pdf|html|format|ps)/"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(v\d+)?(?:\.pdf)?/?(?:[?#]|$)",
    re.IGNORECASE,
)


def requests(url: str) -> tuple[str, ...]:
    """The abstract page."""
    name = _name(url)
    return (f"https://arxiv.org/abs/{name}",) if name else ()


def sequels(url: str) -> tuple[str, ...]:
    """The PDF, whose text follows the abstract."""
    name = _name(url)
    return (f"https://arxiv.org/pdf/{name}",) if name else ()


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, authors, date and abstract of the page's citation elements."""
    parsed = None if body.startswith(b"%PDF-") else json_text.tree(body)
    if parsed is None:
        return None
    title = json_text.first(json_text.metas(parsed, "citation_title"))
    abstract = json_text.first(json_text.metas(parsed, "citation_abstract")) or _abstract(parsed)
    if not title or not abstract:
        return None
    published = json_text.first(json_text.metas(parsed, "citation_date"))
    return Document(
        resource_id=resource_id,
        title=title,
        author="; ".join(json_text.metas(parsed, "citation_author")) or None,
        published=published.replace("/", "-") if published else None,
        language="en",
        text=f"{title}\n\n{abstract}",
        evidence="abstract",
    )


def _name(url: str) -> str:
    paper = _PAPER.match(url)
    return f"{paper.group(1)}{paper.group(2) or ''}" if paper else ""


def _abstract(parsed: Any) -> str:
    for element in parsed.xpath("//blockquote[contains(@class, 'abstract')]"):
        return " ".join(json_text.text_of(element).split()).removeprefix("Abstract:").strip()
    return ""

"""arXiv: the abstract page, whichever form of the paper a list links to.

Its terms of use ask for three seconds between requests.
"""

import re
from typing import Any

from cache.records import Document, Page
from indexer.sites import json_text as markup

DELAYS = {"arxiv.org": 3.0, "export.arxiv.org": 3.0, "www.arxiv.org": 3.0}

_PAPER = re.compile(
    r"https?://(?:www\.|export\.|cn\.|browse\.)?arxiv\.org/(?:abs|pdf|html|format|ps)/"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(v\d+)?(?:\.pdf)?/?(?:[?#]|$)",
    re.IGNORECASE,
)


def requests(url: str) -> tuple[str, ...]:
    """The abstract page."""
    paper = _PAPER.match(url)
    return (f"https://arxiv.org/abs/{paper.group(1)}{paper.group(2) or ''}",) if paper else ()


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, authors, date and abstract of the page's citation elements."""
    parsed = markup.tree(body)
    if parsed is None:
        return None
    title = markup.first(markup.metas(parsed, "citation_title"))
    abstract = markup.first(markup.metas(parsed, "citation_abstract")) or _abstract(parsed)
    if not title or not abstract:
        return None
    published = markup.first(markup.metas(parsed, "citation_date"))
    return Document(
        resource_id=resource_id,
        title=title,
        author="; ".join(markup.metas(parsed, "citation_author")) or None,
        published=published.replace("/", "-") if published else None,
        language="en",
        text=f"{title}\n\n{abstract}",
        evidence="abstract",
    )


def _abstract(parsed: Any) -> str:
    for element in parsed.xpath("//blockquote[contains(@class, 'abstract')]"):
        return " ".join(markup.text_of(element).split()).removeprefix("Abstract:").strip()
    return ""

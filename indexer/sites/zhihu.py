"""Zhihu: articles and answers, read from the state that the page carries as JSON."""

import re

from cache.records import Document, Page
from indexer.sites import json_text as markup

_POST = re.compile(r"https?://zhuanlan\.zhihu\.com/p/(\d+)", re.IGNORECASE)
_ANSWER = re.compile(r"https?://(?:www\.)?zhihu\.com/(?:question/\d+/)?answer/(\d+)", re.IGNORECASE)


def requests(url: str) -> tuple[str, ...]:
    """The page itself."""
    return (url,) if _POST.match(url) or _ANSWER.match(url) else ()


def failure(page: Page, body: bytes) -> str | None:
    """A demand to verify or to log in comes as JSON."""
    message = markup.words(markup.inside(markup.small_mapping(body), "error", "message"))
    return f"zhihu: {message}" if message else None


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, author, date and body; None where the page carries no state."""
    told = _told(page, body)
    content = markup.inside(told, "content")
    parsed = markup.tree(content) if isinstance(content, str) and content.strip() else None
    text = markup.text_of(parsed) if parsed is not None else ""
    if not text:
        return None
    title = markup.inside(told, "title") or markup.inside(told, "question", "title")
    created = markup.inside(told, "created") or markup.inside(told, "createdTime")
    return Document(
        resource_id=resource_id,
        title=markup.words(title),
        author=markup.words(markup.inside(told, "author", "name")) or None,
        published=markup.day(created),
        language=None,
        text=text,
        evidence="full text",
        complete=not markup.inside(told, "isPaidContent"),
    )


def _told(page: Page, body: bytes) -> object:
    parsed = markup.tree(body)
    scripts = parsed.xpath("//script[@id='js-initialData']/text()") if parsed is not None else []
    if not scripts:
        return None
    entities = markup.inside(markup.mapping(scripts[0]), "initialState", "entities")
    if post := _POST.match(page.url):
        return markup.inside(entities, "articles", post.group(1))
    answer = _ANSWER.match(page.url)
    return markup.inside(entities, "answers", answer.group(1)) if answer else None

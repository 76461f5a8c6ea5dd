"""Zhihu: articles and answers, read from the state that the page carries as JSON."""

import re

from cache.records import Document, Page
from indexer.sites import json_text

_POST = re.compile(r"https?://zhuanlan\.zhihu\.com/p/(\d+)", re.IGNORECASE)
_ANSWER = re.compile(r"https?://(?:www\.)?zhihu\.com/(?:question/\d+/)?answer/(\d+)", re.IGNORECASE)


def requests(url: str) -> tuple[str, ...]:
    """The page itself."""
    return (url,) if _POST.match(url) or _ANSWER.match(url) else ()


def failure(page: Page, body: bytes) -> str | None:
    """A demand to verify or to log in comes as JSON."""
    message = json_text.words(json_text.inside(json_text.small_mapping(body), "error", "message"))
    return f"zhihu: {message}" if message else None


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, author, date and body; None where the page carries no state."""
    told = _told(page, body)
    content = json_text.inside(told, "content")
    parsed = json_text.tree(content) if isinstance(content, str) and content.strip() else None
    text = json_text.text_of(parsed) if parsed is not None else ""
    if not text:
        return None
    title = json_text.inside(told, "title") or json_text.inside(told, "question", "title")
    created = json_text.inside(told, "created") or json_text.inside(told, "createdTime")
    return Document(
        resource_id=resource_id,
        title=json_text.words(title),
        author=json_text.words(json_text.inside(told, "author", "name")) or None,
        published=json_text.day(created, json_text.CHINA),
        language=None,
        text=text,
        evidence="full text",
        complete=not json_text.inside(told, "isPaidContent"),
    )


def _told(page: Page, body: bytes) -> object:
    parsed = json_text.tree(body)
    scripts = parsed.xpath("//script[@id='js-initialData']/text()") if parsed is not None else []
    if not scripts:
        return None
    entities = json_text.inside(json_text.mapping(scripts[0]), "initialState", "entities")
    if post := _POST.match(page.url):
        return json_text.inside(entities, "articles", post.group(1))
    answer = _ANSWER.match(page.url)
    return json_text.inside(entities, "answers", answer.group(1)) if answer else None

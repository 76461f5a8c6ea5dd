"""WeChat articles: the text sits in `#js_content`, which the page hides until its script runs."""

import re

from cache.records import Document, Page
from indexer.sites import json_text as markup

_ARTICLE = re.compile(r"https?://mp\.weixin\.qq\.com/s(?:[/?]|$)", re.IGNORECASE)
_PLACE = re.compile(rb"id\s{0,9}=\s{0,9}[\"']?js_content\b")
_CREATED = re.compile(rb"var\s+(?:ct|create_time)\s*=\s*[\"'](\d{9,11})[\"']")


def requests(url: str) -> tuple[str, ...]:
    """The article itself."""
    return (url,) if _ARTICLE.match(url) else ()


def failure(page: Page, body: bytes) -> str | None:
    """An answer without an article: deleted, moved, or a demand to verify the environment."""
    if _PLACE.search(body):  # looked for, not parsed: this runs outside the sandbox
        return None
    return "wechat: no article (deleted, or a demand for verification)"


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, account, date and body."""
    parsed, text = markup.tree(body), _text(body)
    if parsed is None or not text:
        return None
    heading = [markup.text_of(found) for found in parsed.xpath("//*[@id='activity-name']")]
    title = markup.first(heading) or markup.first(markup.metas(parsed, "og:title")) or ""
    account = [markup.text_of(found) for found in parsed.xpath("//*[@id='js_name']")]
    author = markup.first(account) or markup.first(markup.metas(parsed, "author"))
    created = _CREATED.search(body)
    return Document(
        resource_id=resource_id,
        title=title,
        author=author,
        published=markup.day(created.group(1)) if created else None,
        language=None,
        text=text,
        evidence="full text",
    )


def _text(body: bytes) -> str:
    parsed = markup.tree(body)
    found = parsed.xpath("//*[@id='js_content']") if parsed is not None else []
    return markup.text_of(found[0]) if found else ""

"""Bilibili: title, uploader and description by the view API."""

import re

from cache.records import Document, Page
from indexer.sites import json_text as markup

_VIDEO = re.compile(
    r"https?://(?:www\.|m\.)?bilibili\.com/(?:video/|s/video/)(BV[0-9A-Za-z]{10}|av\d+)",
    re.IGNORECASE,
)
_VIEW = "https://api.bilibili.com/x/web-interface/view?"


def requests(url: str) -> tuple[str, ...]:
    """The view API's answer."""
    video = _VIDEO.match(url)
    if not video:
        return ()
    name = video.group(1)
    numbered = name[:2].lower() == "av"
    return (_VIEW + (f"aid={name[2:]}" if numbered else f"bvid=BV{name[2:]}"),)


def failure(page: Page, body: bytes) -> str | None:
    """The API answers 200 and says so inside when it refuses."""
    told = markup.small_mapping(body)
    if told.get("code") == 0 and markup.inside(told, "data", "title"):
        return None
    return f"bilibili: {markup.words(told.get('message')) or 'no answer'} ({told.get('code')})"


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, uploader, date and what the uploader wrote about the video."""
    told = markup.mapping(body).get("data")
    title = markup.words(markup.inside(told, "title"))
    if not title:
        return None
    described = markup.inside(told, "desc")
    described = described.strip() if isinstance(described, str) else ""
    parts = markup.inside(told, "pages")
    names = [markup.words(markup.inside(p, "part")) for p in parts or [] if isinstance(parts, list)]
    listed = [name for name in names if name and name != title]
    return Document(
        resource_id=resource_id,
        title=title,
        author=markup.words(markup.inside(told, "owner", "name")) or None,
        published=markup.day(markup.inside(told, "pubdate")),
        language=None,
        text="\n\n".join(filter(None, (title, described.strip("-"), "\n".join(listed)))),
        evidence="abstract" if described.strip("-") or listed else "list note",
        complete=False,
    )

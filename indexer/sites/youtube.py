"""YouTube: title and channel by oEmbed; the watch page itself holds no readable text."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from cache.records import Document, Page
from indexer.sites import json_text as markup

_HOSTS = {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"}
_VIDEO = re.compile(r"[\w-]{11}\Z")
_PATH = re.compile(r"/(?:embed|shorts|live|v)/([\w-]{11})(?:/|\Z)")


def requests(url: str) -> tuple[str, ...]:
    """The oEmbed answer of a video or playlist."""
    watched = _watched(url)
    if watched is None:
        return ()
    return ("https://www.youtube.com/oembed?" + urlencode({"url": watched, "format": "json"}),)


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title and channel; there is no abstract to read."""
    told = markup.mapping(body)
    title = markup.words(told.get("title"))
    if not title:
        return None
    author = markup.words(told.get("author_name")) or None
    return Document(
        resource_id=resource_id,
        title=title,
        author=author,
        published=None,
        language=None,
        text=title,
        evidence="list note",
        complete=False,
    )


def _watched(url: str) -> str | None:
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    video = asked.get("v", [""])[0]
    if parts.hostname == "youtu.be":
        video = parts.path[1:12]
    elif parts.hostname not in _HOSTS:
        return None
    elif path := _PATH.match(parts.path):
        video = path.group(1)
    if _VIDEO.match(video):
        return f"https://www.youtube.com/watch?v={video}"
    if parts.path == "/playlist" and asked.get("list"):
        return f"https://www.youtube.com/playlist?list={asked['list'][0]}"
    return None

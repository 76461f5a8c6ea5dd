"""YouTube: what the watch page says of a video in its player's answer; oEmbed where it says none.

Both are allowed to robots (`/watch`, `/oembed`); the API and `/youtubei/` are not. Consent pages
and captchas come in the page's place.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cache.records import Document, Page
from indexer.sites import json_text

_HOSTS = {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"}
_VIDEO = re.compile(r"[\w-]{11}\Z")
_PATH = re.compile(r"/(?:embed|shorts|live|v)/([\w-]{11})(?:/|\Z)")
_PLAYER = re.compile(r"\bytInitialPlayerResponse\s{0,9}=\s{0,9}(?=\{)")
_DATA = re.compile(r"\bytInitialData\s{0,9}=\s{0,9}(?=\{)")
_TOLD = re.compile(
    rb'"videoDetails"|"playlistMetadataRenderer"|\bog:type["\']?\s{1,9}content=["\']?video'
)
_SITE = re.compile(r" - YouTube\Z")
_OEMBED = "https://www.youtube.com/oembed?"


def requests(url: str) -> tuple[str, ...]:
    """The page of a video or playlist, then its oEmbed answer."""
    watched = _watched(url)
    if watched is None:
        return ()
    return (watched, _OEMBED + urlencode({"url": watched, "format": "json"}))


def failure(page: Page, body: bytes) -> str | None:
    """A page that says nothing of a video: consent, captcha, removed or private."""
    if _TOLD.search(body):  # looked for, not parsed: this runs outside the sandbox
        return None
    told = json_text.small_mapping(body)
    return None if told.get("title") else "youtube: no video (consent, captcha, or removed)"


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, channel, description, date, length and chapters; of oEmbed title and channel; of a
    page that was saved without its scripts what its head says."""
    source = body.decode("utf-8", "replace")
    found = _video(source, resource_id) or _playlist(source, resource_id)
    found = found or _embedded(json_text.mapping(body), resource_id)
    return found or json_text.described(body, resource_id, _SITE)


def _video(source: str, resource_id: str) -> Document | None:
    played = _assigned(_PLAYER, source)
    details = json_text.inside(played, "videoDetails")
    title = json_text.words(json_text.inside(details, "title"))
    if not title:
        return None
    about = json_text.inside(played, "microformat", "playerMicroformatRenderer")
    described = json_text.inside(details, "shortDescription")
    described = described.strip() if isinstance(described, str) else ""
    chapters = [name for name in _chapters(_assigned(_DATA, source)) if name not in described]
    published = json_text.words(json_text.inside(about, "publishDate"))[:10]
    return Document(
        resource_id=resource_id,
        title=title,
        author=json_text.words(json_text.inside(details, "author")) or None,
        published=published or None,
        language=None,
        text="\n\n".join(filter(None, (title, described, "\n".join(chapters)))),
        evidence="abstract" if described or chapters else "list note",
        complete=False,
        minutes=json_text.minutes(json_text.inside(details, "lengthSeconds")),
    )


def _chapters(data: Any) -> list[str]:
    """The names of a video's chapters, in order, each once."""
    panels = json_text.inside(data, "engagementPanels")
    marked = (
        json_text.inside(
            panel, "engagementPanelSectionListRenderer", "content", "macroMarkersListRenderer"
        )
        for panel in (panels if isinstance(panels, list) else [])
    )
    items = (found.get("contents") for found in marked if isinstance(found, dict))
    named = (
        json_text.words(
            json_text.inside(item, "macroMarkersListItemRenderer", "title", "simpleText")
        )
        for listed in items
        for item in (listed if isinstance(listed, list) else [])
    )
    return list(dict.fromkeys(filter(None, named)))


def _playlist(source: str, resource_id: str) -> Document | None:
    data = _assigned(_DATA, source)
    told = json_text.inside(data, "metadata", "playlistMetadataRenderer")
    title = json_text.words(json_text.inside(told, "title"))
    if not title:
        return None
    described = json_text.inside(told, "description")
    described = described.strip() if isinstance(described, str) else ""
    videos = list(dict.fromkeys(filter(None, _titles(json_text.inside(data, "contents")))))
    return Document(
        resource_id=resource_id,
        title=title,
        author=None,
        published=None,
        language=None,
        text="\n\n".join(filter(None, (title, described, "\n".join(videos)))),
        evidence="abstract" if described or videos else "list note",
        complete=False,
    )


def _titles(contents: Any) -> Iterator[str]:
    """Titles of a playlist's videos, of either form the page has them in."""
    waiting = [contents]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            runs = json_text.inside(value, "playlistVideoRenderer", "title", "runs")
            if isinstance(runs, list):
                yield "".join(json_text.words(json_text.inside(run, "text")) for run in runs)
            yield json_text.words(
                json_text.inside(value, "lockupMetadataViewModel", "title", "content")
            )
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)


def _embedded(told: dict[str, Any], resource_id: str) -> Document | None:
    title = json_text.words(told.get("title"))
    if not title:
        return None
    return Document(
        resource_id=resource_id,
        title=title,
        author=json_text.words(told.get("author_name")) or None,
        published=None,
        language=None,
        text=title,
        evidence="list note",
        complete=False,
    )


def _assigned(variable: re.Pattern[str], source: str) -> dict[str, Any]:
    found = variable.search(source)
    return json_text.leading_mapping(source, found.end()) if found else {}


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

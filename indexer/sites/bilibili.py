"""Bilibili: what the video's page says of it in `__INITIAL_STATE__`.

The view API would say the same, but api.bilibili.com allows no robot; an answer of its form is read
where somebody saved one.
"""

import re
from typing import Any

from cache.records import Document, Page
from indexer.sites import json_text

_VIDEO = re.compile(
    r"https?://(?:www\.|m\.)?bilibili\.com/(?:video/|s/video/)(BV[0-9A-Za-z]{10}|av\d+)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    rb'"videoData"\s{0,9}:\s{0,9}\{\s{0,9}"|\bog:type["\']?\s{1,9}content=["\']?video'
)
_SITE = re.compile(r"_哔哩哔哩.*\Z")
_STATE = re.compile(r"window\.__INITIAL_STATE__\s{0,9}=\s{0,9}(?=\{)")


def requests(url: str) -> tuple[str, ...]:
    """The video's page."""
    video = _VIDEO.match(url)
    if not video:
        return ()
    kind, number = video.group(1)[:2], video.group(1)[2:]
    name = f"av{number}" if kind.lower() == "av" else f"BV{number}"
    return (f"https://www.bilibili.com/video/{name}",)


def failure(page: Page, body: bytes) -> str | None:
    """Risk control answers 200 with a code (-352, -412) or a captcha in the page's place."""
    if _TOLD.search(body):  # looked for, not parsed: this runs outside the sandbox
        return None
    told = json_text.small_mapping(body)
    if told.get("code") == 0 and json_text.inside(told, "data", "title"):
        return None
    code = told.get("code")
    if code is None:
        return "bilibili: no video (removed, or a demand for verification)"
    return f"bilibili: {json_text.words(told.get('message')) or 'no answer'} ({code})"


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """Title, uploader, date, length, what the uploader wrote about it, names of its parts."""
    told = _told(body)
    title = json_text.words(json_text.inside(told, "title"))
    if not title:
        return json_text.described(body, resource_id, _SITE)
    described = json_text.inside(told, "desc")
    described = described.strip().strip("-") if isinstance(described, str) else ""
    parts = json_text.inside(told, "pages")
    names = [
        json_text.words(json_text.inside(p, "part")) for p in parts or [] if isinstance(parts, list)
    ]
    listed = [name for name in names if name and name != title]
    return Document(
        resource_id=resource_id,
        title=title,
        author=json_text.words(json_text.inside(told, "owner", "name")) or None,
        published=json_text.day(json_text.inside(told, "pubdate"), json_text.CHINA),
        language=None,
        text="\n\n".join(filter(None, (title, described, "\n".join(listed)))),
        evidence="abstract" if described or listed else "list note",
        complete=False,
        minutes=json_text.minutes(json_text.inside(told, "duration")),
    )


def _told(body: bytes) -> Any:
    """The video's record: of the page's state, or of an answer of the API."""
    source = body.decode("utf-8", "replace")
    if state := _STATE.search(source):
        return json_text.inside(json_text.leading_mapping(source, state.end()), "videoData")
    return json_text.mapping(body).get("data")

"""WeChat posts: an article's text sits in `#js_content`, which the page hides until its script
runs; that of text, picture and shared posts in the script alone (`text_page_info`,
`picture_page_info_list` and the like, each with its `content_noencode`).
"""

import html
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from cache.errors import ExtractError
from cache.records import Document, Page
from indexer.sites import json_text

_ARTICLE = re.compile(r"https?://mp\.weixin\.qq\.com/s(?:[/?]|$)", re.IGNORECASE)
_PLACE = re.compile(rb"id\s{0,9}=\s{0,9}[\"']?js_content\b|content_noencode\s{0,9}:\s{0,9}JsDecode")
_CREATED = re.compile(rb"(?:var\s+ct\s*=|create_time\s*[:=])\s*[\"'](\d{9,11})[\"']")
_SCRIPTED = re.compile(r"\bcontent_noencode\s{0,9}:\s{0,9}JsDecode\('([^']*)'\)")
_NICKNAME = re.compile(
    r"\bnick_?name\s{0,9}[:=]\s{0,9}(?:JsDecode|htmlDecode)\([\"']([^\"']*)[\"']\)"
)
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_MARKED_UP = re.compile(r"<(?:p|section|div|br|blockquote)\b", re.IGNORECASE)
_SOLD = re.compile(rb"is_pay_subscribe\s{0,9}[:=]\s{0,9}[\"']1[\"']")
_PAID = re.compile(rb"is_paid\s{0,9}[:=]\s{0,9}[\"']1[\"']")
_PERSONAL = frozenset({"key", "pass_ticket", "uin"})  # of whoever copied the link: never sent


def requests(url: str) -> tuple[str, ...]:
    """The article itself."""
    return (url,) if _ARTICLE.match(url) else ()


def asked_as(url: str, written: Sequence[str]) -> str:
    """url with the checksum (`chksm`) that a link as written carries: without it a long link is
    answered with a demand for verification. What names its reader is never sent."""
    if not _ARTICLE.match(url):
        return url
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, True) if pair[0] not in _PERSONAL]
    given = (dict(parse_qsl(urlsplit(html.unescape(link)).query, True)) for link in written)
    checksum = next((one["chksm"] for one in given if "chksm" in one), None)
    if checksum and "__biz" in dict(query):
        query = [pair for pair in query if pair[0] != "chksm"] + [("chksm", checksum)]
    return parts._replace(query=urlencode(query, safe="=")).geturl()


def failure(page: Page, body: bytes) -> str | None:
    """An answer without an article: deleted, moved, or a demand to verify the environment."""
    if _PLACE.search(body):  # looked for, not parsed: this runs outside the sandbox
        return None
    return "wechat: no article (deleted, or a demand for verification)"


def document(page: Page, body: bytes, resource_id: str) -> Document:
    """Title, account, date and text. Raises ExtractError where the page holds none: what else is
    on it are buttons."""
    parsed, source = json_text.tree(body), body.decode("utf-8", "replace")
    shown = "".join(json_text.text_of(e) for e in _by_id(parsed, "js_content")[:1])
    scripted = max(map(_scripted_text, _SCRIPTED.findall(source)), key=len, default="")
    text = shown if 2 * len(shown) >= len(scripted) else scripted
    if parsed is None or not text:
        raise ExtractError(f"{page.final_url}: no article text in it", "open it in a browser")
    account = [json_text.text_of(found) for found in _by_id(parsed, "js_name")]
    account += map(_unescaped, _NICKNAME.findall(source))
    created = _CREATED.search(body)
    return Document(
        resource_id=resource_id,
        title=_title(parsed),
        author=json_text.first(account) or json_text.first(json_text.metas(parsed, "author")),
        published=json_text.day(created.group(1), json_text.CHINA) if created else None,
        language=None,
        text=text,
        evidence="full text",
        complete=not _SOLD.search(body) or bool(_PAID.search(body)),
    )


def _by_id(parsed: json_text.Element | None, name: str) -> list[json_text.Element]:
    return list(parsed.xpath("//*[@id=$name]", name=name)) if parsed is not None else []


def _title(parsed: json_text.Element) -> str:
    """og:title, of which a text post, having no title, makes all its text: the first line, then."""
    said = json_text.first(json_text.metas(parsed, "og:title")) or ""
    heading = json_text.first(
        [json_text.text_of(found) for found in _by_id(parsed, "activity-name")]
    )
    return said.split("\\n")[0].strip() or heading or ""


def _scripted_text(literal: str) -> str:
    """A string of the page's script as text: HTML, or lines."""
    source = _unescaped(literal)
    if not _MARKED_UP.search(source):
        source = source.replace("\n", "<br>")
    parsed = json_text.tree(f"<div>{source}</div>") if source.strip() else None
    return json_text.text_of(parsed) if parsed is not None else ""


def _unescaped(literal: str) -> str:
    return _ESCAPE.sub(lambda escape: chr(int(escape.group(1), 16)), literal)

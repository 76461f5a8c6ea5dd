"""What browsers save, read to addresses and bodies: HTML, MHTML, HAR, web archives of Safari, PDF.

Formats: RFC 2557 (MHTML), HAR 1.2, Apple's property lists; SingleFile's and the browsers' comments
tell where plain HTML is from. Runs in a sandbox, as these are other people's bytes; so errors are
ExtractErrors. Must not know where pages are kept, nor what they say.
"""

import base64
import binascii
import json
import os
import plistlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from cache.errors import ExtractError

SUFFIXES = frozenset(
    {".html", ".htm", ".xhtml", ".mhtml", ".mht", ".har", ".webarchive", ".pdf"}
    | {".wacz", ".warc", ".arc", ".gz"}
)
"""Of files in a folder, those that are looked at."""

MAX_FILE = 512 << 20
"""Bytes of a file that are read."""

_READABLE = frozenset({"text/html", "application/xhtml+xml", "application/pdf", "text/plain"})
_HEAD = 4 << 10  # characters in which a comment tells where the page is from
_COMMENTS = (
    re.compile(r"<!--\s{0,9}saved from url=\(\d{1,6}\)(https?://[^\s<>]{1,4000})", re.IGNORECASE),
    re.compile(r"Page saved with SingleFile\s{1,9}url:\s{0,9}(https?://[^\s<>]{1,4000})"),
    re.compile(r"<html[^<>]{0,2000}\bdata-scrapbook-source=[\"'](https?://[^\s\"'<>]{1,4000})"),
)
_SAVED_DATE = re.compile(
    r"Page saved with SingleFile\s[^<>]{0,5000}?saved date:\s{0,9}([^\n(]{5,60})"
)
_TAG = re.compile(r"<(?:link|meta)\b[^<>]{0,5000}>", re.IGNORECASE)
_TELLS = re.compile(r"\brel\s*=\s*[\"']?canonical\b|\bproperty\s*=\s*[\"']?og:url\b", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:href|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_INLINE = re.compile(
    rb"data:(?:image|font|audio|video|application)/[\w.+-]{1,40}(?:;[\w=-]{1,40}){0,3},"
    rb"[A-Za-z0-9+/=%]{200,}"
)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page of a saved file. saved_at is seconds since 1970."""

    url: str
    media_type: str
    body: bytes
    saved_at: float


def pages_of(path: str, url: str = "") -> tuple[SavedPage, ...]:
    """Every page that the file at path holds.

    url is where it is from, for files that do not say. Pictures and fonts inside HTML are left
    out. Raises ExtractError for other files, and where nothing says where the page is from.
    """
    file = Path(path)
    try:
        stat = file.stat()
        if stat.st_size > MAX_FILE:
            raise ExtractError(f"{file.name}: {stat.st_size:,} bytes", f"at most {MAX_FILE:,}")
        content = file.read_bytes()
    except OSError as error:
        raise ExtractError(
            f"{file.name}: {error.strerror}", "name a file that can be read"
        ) from error
    read = _reader(content, file.suffix.lower())
    if read is None:
        raise ExtractError(
            f"{file.name} is no saved page", "save it as HTML, MHTML, HAR, WARC, WACZ or PDF"
        )
    found = tuple(read(content, url, stat.st_mtime))
    if any(not page.url for page in found):
        found = tuple(replace(page, url=page.url or _downloaded_from(file)) for page in found)
    if not found:
        raise ExtractError(f"{file.name} holds no page", "save the page itself")
    if not all(page.url for page in found):
        raise ExtractError(
            f"{file.name} does not say where it is from", "give its address with --url"
        )
    return found


def _downloaded_from(file: Path) -> str:
    """Where browsers, curl and wget note that a file came from (freedesktop.org's attributes)."""
    if not hasattr(os, "getxattr"):  # macOS and Windows keep none that Python reads
        return ""
    try:
        address = os.getxattr(file, "user.xdg.origin.url").decode("ascii", "ignore").strip()
    except OSError:
        return ""
    return address if address.startswith(("http://", "https://")) else ""


def html_page(html: str, url: str, saved_at: float) -> SavedPage:
    """A page as a browser shows it, whose address is known."""
    body = without_inline(html.encode("utf-8", "replace"))
    return SavedPage(url, "text/html; charset=utf-8", body, saved_at)


def without_inline(body: bytes) -> bytes:
    """HTML without the pictures, fonts and films that saving put into it: no text is lost."""
    return _INLINE.sub(b"data:,", body)


Reader = Callable[[bytes, str, float], Iterator[SavedPage]]


def _reader(content: bytes, suffix: str) -> Reader | None:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x0c").lower()
    if b"%pdf-" in start:
        return _pdf
    if start.startswith(b"bplist00") or b"<!doctype plist" in start:
        return _webarchive
    if start.startswith(b"{"):
        return _har
    if suffix in {".mht", ".mhtml"} or re.match(
        rb"[a-z-]+: [^\n]*\n(?:.*\n)*?mime-version:", start
    ):
        return _mhtml
    if suffix in {".html", ".htm", ".xhtml"} or start.startswith((b"<!doctype html", b"<html")):
        return _html
    return None


def _pdf(content: bytes, url: str, saved_at: float) -> Iterator[SavedPage]:
    yield SavedPage(url, "application/pdf", content, saved_at)


def _html(content: bytes, url: str, saved_at: float) -> Iterator[SavedPage]:
    text = content.decode("utf-8", "replace")  # addresses are ASCII, whatever the text is
    date = _SAVED_DATE.search(text[:_HEAD])
    saved_at = (_browser_date(date[1]) if date else None) or saved_at
    yield SavedPage(url or _source(text), "text/html", without_inline(content), saved_at)


def _source(text: str) -> str:
    """Where the page says it was saved from, else what it says its address is; or nothing."""
    for comment in _COMMENTS:
        if found := comment.search(text[:_HEAD]):
            return unescape(found[1])
    for tag in _TAG.finditer(text):
        place = _PLACE.search(tag[0]) if _TELLS.search(tag[0]) else None
        address = unescape(next(filter(None, place.groups()), "")).strip() if place else ""
        if address.startswith(("http://", "https://")):
            return address
    return ""


def _mhtml(content: bytes, url: str, saved_at: float) -> Iterator[SavedPage]:
    message = message_from_bytes(content)
    told = str(message.get("Snapshot-Content-Location") or "").strip()
    parts = [part for part in message.walk() if part.get_content_type() in _READABLE]
    part = next((part for part in parts if told and _location(part) == told), None)
    part = part or next(iter(parts), None)
    if part is None:
        return
    body = part.get_payload(decode=True)
    charset = part.get_content_charset()
    kind = part.get_content_type() + (f"; charset={charset}" if charset else "")
    date = _mail_date(str(message.get("Date") or ""))
    assert isinstance(body, bytes)  # get_content_type says that it is no multipart
    yield SavedPage(url or told or _location(part), kind, without_inline(body), date or saved_at)


def _location(part: "Message[str, str]") -> str:
    place = str(part.get("Content-Location") or "").strip()
    return place if place.startswith(("http://", "https://")) else ""


def _har(content: bytes, url: str, saved_at: float) -> Iterator[SavedPage]:
    try:
        entries = json.loads(content)["log"]["entries"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise ExtractError(
            "it is no HAR file", "save it with the browser's network tools"
        ) from error
    for entry in entries if isinstance(entries, list) else []:
        page = _har_page(entry, saved_at)
        if page is not None and (not url or page.url == url):
            yield page


def _har_page(entry: Any, saved_at: float) -> SavedPage | None:
    """The page of one entry: a document that a GET gave; None for all else."""
    try:
        content, place = entry["response"]["content"], entry["request"]["url"]
        kind = content.get("mimeType", "").partition(";")[0].strip().lower()
        wanted = (
            entry["request"]["method"] == "GET"
            and entry["response"]["status"] == 200
            and kind in _READABLE
            and entry.get("_resourceType", "document") == "document"
            and place.startswith(("http://", "https://"))
        )
        text = content.get("text", "") if wanted else ""
        if not text:
            return None
        if content.get("encoding") == "base64":
            kind, body = content["mimeType"].lower(), base64.b64decode(text)
        else:
            kind, body = f"{kind}; charset=utf-8", text.encode("utf-8", "replace")
    except (KeyError, TypeError, AttributeError, binascii.Error):
        return None
    date = _iso_date(entry.get("startedDateTime"))
    return SavedPage(place.partition("#")[0], kind, without_inline(body), date or saved_at)


def _webarchive(content: bytes, url: str, saved_at: float) -> Iterator[SavedPage]:
    try:
        main = plistlib.loads(content)["WebMainResource"]
        body, kind = main["WebResourceData"], main.get("WebResourceMIMEType", "text/html")
        charset, place = main.get("WebResourceTextEncodingName"), main["WebResourceURL"]
    except (plistlib.InvalidFileException, ExpatError, ValueError, KeyError, TypeError) as error:
        raise ExtractError("it is no web archive", "save it again, or as HTML") from error
    if isinstance(body, bytes) and kind in _READABLE:
        kind += f"; charset={charset}" if isinstance(charset, str) else ""
        yield SavedPage(url or str(place), kind, without_inline(body), saved_at)


def _mail_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _browser_date(text: str) -> float | None:
    """`Thu Nov 26 2026 16:04:19 GMT+0800`, as JavaScript writes a Date."""
    try:
        return datetime.strptime(text.strip(), "%a %b %d %Y %H:%M:%S GMT%z").timestamp()
    except (ValueError, OverflowError):
        return None


def _iso_date(text: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None

"""How pages are written as WARC/1.1 records, and read back from anybody's.

Bodies are stored decoded, so that the payload digest is the page's own; the headers that described
the transfer are kept under `X-Archive-Orig-`. Must not know files or the index.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cache.records import Page
from cache.urls import plain_url, text_without_credentials, without_credentials
from cache.warc import Record

Headers = Sequence[tuple[str, str]]
NOTE = "Nextread-Page"

_UNCHANGED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_TRANSFER = {"content-encoding", "transfer-encoding", "content-length"}
_JSON: dict[Any, Any] = {str: str, int: int, float: (int, float), str | None: str | None}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the last attempt at an address went. Times are seconds since 1970; attempts counts
    failures in a row; retry_at is when a failed address may be asked for again."""

    url: str
    checked_at: float
    attempts: int = 0
    retry_at: float = 0.0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What one record tells the index: a page, a standing, or neither (a redirect passed)."""

    page: Page | None = None
    standing: Standing | None = None

    def written(self) -> str:
        """One line of ASCII JSON."""
        told = {"page": self.page, "standing": self.standing}
        return json.dumps(
            {
                name: {field.name: getattr(value, field.name) for field in fields(value)}
                for name, value in told.items()
                if value is not None
            }
        )


@dataclass(frozen=True, slots=True)
class Original:
    """The record that holds a body: its address and date, for a revisit to refer to."""

    url: str
    date: str


def digest_of(body: bytes) -> str:
    """`sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def stamp(seconds: float) -> str:
    """RFC 3339 UTC of seconds since 1970."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    return text.replace(".000000", "").replace("+00:00", "Z")


def seconds_of(date: str) -> float:
    """Seconds since 1970 of an RFC 3339 date; 0.0 for anything else."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def media_type(content_type: str) -> str:
    """A Content-Type in lower case with its charset and no other parameter."""
    kind, *parameters = (part.strip() for part in content_type.lower().split(";"))
    charset = next((p for p in parameters if p.startswith("charset=")), None)
    return f"{kind}; {charset}" if charset else kind


def response_record(page: Page, body: bytes, headers: Headers, note: Note) -> bytes:
    """A `response` record with its body."""
    extra = {"WARC-Payload-Digest": page.digest, NOTE: note.written()}
    return _http(page.final_url, "response", page.fetched_at, page.status, headers, body, extra)


def same_record(page: Page, headers: Headers, note: Note, original: Original) -> bytes:
    """A `revisit` record: the body is the one original holds."""
    extra = {
        "WARC-Profile": _SAME,
        "WARC-Payload-Digest": page.digest,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": original.date,
        NOTE: note.written(),
    }
    return _http(page.final_url, "revisit", page.fetched_at, page.status, headers, b"", extra)


def unchanged_record(page: Page, headers: Headers, note: Note, date: str) -> bytes:
    """A `revisit` record of a 304."""
    extra = {
        "WARC-Profile": _UNCHANGED,
        "WARC-Refers-To-Target-URI": page.final_url,
        "WARC-Refers-To-Date": page.fetched_at,
        NOTE: note.written(),
    }
    return _http(page.final_url, "revisit", date, 304, headers, b"", extra)


def hop_record(url: str, status: int, headers: Headers, date: str) -> bytes:
    """A `response` record of a redirect on the way to a page."""
    return _http(plain_url(url), "response", date, status, headers, b"", {NOTE: "{}"})


def request_record(page: Page, headers: Headers) -> bytes:
    """A `request` record: GET and the headers sent."""
    parts = urlsplit(page.final_url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    http = StatusAndHeaders(f"GET {target} HTTP/1.1", list(headers), is_http_request=True)
    return _written(page.final_url, "request", page.fetched_at, http, b"", {})


def failure_record(page: Page, note: Note) -> bytes:
    """A `metadata` record: no response came."""
    fields_block = f"failure: {page.failure}\r\n".encode()
    extra = {NOTE: note.written()}
    return _written(page.url, "metadata", page.fetched_at, None, fields_block, extra)


def note_of(record: Record) -> Note | None:
    """What the record tells the index, or None where it is not one of ours."""
    text = record.headers.get(NOTE.lower())
    if text is None:
        return None
    try:
        told = json.loads(text)
        return Note(_filled(Page, told.get("page")), _filled(Standing, told.get("standing")))
    except (ValueError, TypeError, AttributeError):
        return None


def foreign_page(record: Record) -> Page | None:
    """The page that another tool's record holds, or None. Its digest is empty."""
    if not record.target.startswith(("http://", "https://")):
        return None
    if record.kind == "resource":
        media, status = record.headers.get("content-type", ""), 200
    elif record.kind in {"response", "revisit"} and record.status:
        media, status = record.http("content-type"), record.status
    else:
        return None
    place = urljoin(record.target, record.http("location")) if 300 <= status < 400 else ""
    return Page(
        url=plain_url(record.target),
        final_url=plain_url(place or record.target),
        status=status,
        media_type=media_type(media),
        digest="",
        fetched_at=stamp(seconds_of(record.date)),
        etag=record.http("etag") or None,
        last_modified=record.http("last-modified") or None,
        failure=None if status == 200 else f"HTTP {status}",
    )


def _filled(kind: type[Any], values: Any) -> Any:
    """A record of kind from JSON. Raises TypeError or ValueError for values of another type."""
    if values is None:
        return None
    made = kind(**values)
    for field in fields(kind):
        if not isinstance(getattr(made, field.name), _JSON[field.type]):
            raise TypeError(field.name)
    return made


def _http(
    url: str,
    kind: str,
    date: str,
    status: int,
    headers: Headers,
    body: bytes,
    extra: dict[str, str],
) -> bytes:
    kept = [
        (
            f"X-Archive-Orig-{name}" if name.lower() in _TRANSFER else name,
            text_without_credentials(without_credentials(value)),
        )
        for name, value in headers
    ]
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    kept.append(("Content-Length", str(len(body))))
    http = StatusAndHeaders(f"{status} {phrase}".strip(), kept, protocol="HTTP/1.1")
    return _written(url, kind, date, http, body, extra)


def _written(
    url: str,
    kind: str,
    date: str,
    http: StatusAndHeaders | None,
    body: bytes,
    extra: dict[str, str],
) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    record = writer.create_warc_record(
        url.replace(" ", "%20"),
        kind,
        payload=BytesIO(body),
        length=len(body),
        http_headers=http,
        warc_headers_dict={"WARC-Date": date, **extra},
    )
    writer.write_record(record)
    return out.getvalue()

"""WARC and ARC files read record by record, so that one broken record never costs its neighbours.

warcio parses the headers; this module finds where records begin, in gzip members, in one long gzip
stream or in plain files, and starts again at the next beginning when a record is broken. Follows
WARC/1.1 (ISO 28500:2017). Must not know the page cache.
"""

import hashlib
import re
import tempfile
import zlib
from base64 import b16encode, b32encode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from cache.inflate import inflate

MAX_BLOCK = 256 << 20
"""Bytes of one record's block that are read; a longer one is reported."""

_MAX_HEADER = 64 << 10
_MAX_MEMBER = 4 << 30
_IN_MEMORY = 32 << 20
_CHUNK = 1 << 16
_MAGIC = b"\x1f\x8b\x08"
_WARC = rb"WARC/\d"
_ARC = rb"(?:https?|filedesc|dns):[^\r\n]* [\d.]+ \d{12,} \S+ \S+\r?\n"
_BEGINNING = re.compile(rb"(?:%s|%s)" % (_WARC, _ARC))
_NEXT = re.compile(rb"\n(?=%s|%s)" % (_WARC, _ARC))
_HTTP = StatusAndHeadersParser(["HTTP/"], verify=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read: offset in the file as it lies on disk, and why."""

    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class Record:
    """One readable record. offset and end are places in the file of its gzip member or itself.

    headers are the WARC headers by lower-case name; http_headers is empty and status 0 where the
    block is not an HTTP response. block is the whole block, body_start where its HTTP body begins.
    complete is False where bytes are missing, the length was a guess, or its gzip member is broken;
    a Problem tells it too.
    """

    kind: str
    target: str
    date: str
    headers: dict[str, str]
    status: int
    http_headers: tuple[tuple[str, str], ...]
    block: bytes
    body_start: int
    offset: int
    end: int
    complete: bool = True

    def http(self, name: str) -> str:
        """The first HTTP header of that name, or an empty string."""
        return next((v for k, v in self.http_headers if k.lower() == name), "")

    def body(self, limit: int) -> bytes:
        """The decoded body: chunks joined, content encoding undone. Raises FetchError, TooLarge."""
        data = self.block[self.body_start :]
        if self.http("transfer-encoding").lower() == "chunked":
            data = ChunkedDataReader(BytesIO(data)).read()
        encoding = self.http("content-encoding")
        if encoding.lower() in {"gzip", "x-gzip"} and not data.startswith(b"\x1f\x8b"):
            encoding = ""  # the writer undid it and kept the header
        return inflate(data, encoding, limit)

    def mismatch(self) -> str | None:
        """Why the record's own digests deny its bytes, or None."""
        if self.kind not in {"response", "resource"}:
            return None  # a revisit's digests are those of what it refers to
        block = self.headers.get("warc-block-digest")
        payload = self.headers.get("warc-payload-digest")
        if block and not _agrees(block, self.block):
            return "block digest does not match"
        if payload and not _agrees(payload, self.block[self.body_start :]):
            return "payload digest does not match"
        return None


def read_records(path: Path, start: int = 0) -> Iterator[Record | Problem]:
    """Every readable record of a WARC or ARC file, compressed or not, and every problem.

    start is an offset where a record begins. Never raises for what is in the file.
    """
    with path.open("rb") as file:
        file.seek(start)
        if file.read(2) == _MAGIC[:2]:
            yield from _from_members(file, start)
        else:
            file.seek(0, 2)
            for found in _from_stream(file, start, file.tell(), None):
                yield from _told(found)


def read_one(path: Path, offset: int) -> Record | Problem:
    """The record whose gzip member begins at offset. Raises OSError."""
    return next(read_records(path, offset), Problem(offset, "nothing is there"))


@dataclass(slots=True)
class _Member:
    """Decompressed bytes of one gzip member, or of several that one record spans."""

    bytes: IO[bytes]
    offset: int
    end: int
    broken: str | None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A record that needs more bytes than there are (yet), and what can be read of it."""

    partial: Record


def _told(found: "Record | Problem | _Cut") -> Iterator[Record | Problem]:
    if isinstance(found, _Cut):
        yield Problem(found.partial.offset, "record is cut off")
        if found.partial.status:
            yield found.partial
    else:
        yield found


def _from_members(file: IO[bytes], start: int) -> Iterator[Record | Problem]:
    carry: tuple[_Member, _Cut] | None = None
    for member in _members(file, start):
        if carry is not None:
            if _begins_record(member.bytes):
                yield from _told(carry[1])
            else:
                member = _joined(carry[0], member)
            carry = None
        for found in _from_stream(member.bytes, 0, member.bytes.seek(0, 2), member):
            if isinstance(found, _Cut) and not member.broken:
                carry = (member, found)
            else:
                yield from _told(found)
        if member.broken:
            yield Problem(member.offset, member.broken)
    if carry is not None:
        yield from _told(carry[1])


def _joined(first: _Member, second: _Member) -> _Member:
    second.bytes.seek(0)
    first.bytes.seek(0, 2)
    while piece := second.bytes.read(_CHUNK):
        first.bytes.write(piece)
    return _Member(first.bytes, first.offset, second.end, second.broken)


def _begins_record(stream: IO[bytes]) -> bool:
    stream.seek(0)
    return _BEGINNING.match(stream.read(4096)) is not None


def _members(file: IO[bytes], start: int) -> Iterator[_Member]:
    offset: int | None = start
    while offset is not None:
        file.seek(offset)
        spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by its last user
        end, broken = _inflate_member(file, spool)
        yield _Member(spool, offset, end, broken)
        offset = _find_magic(file, offset + 1 if broken else end)


def _inflate_member(file: IO[bytes], spool: IO[bytes]) -> tuple[int, str | None]:
    """Fill spool; returns where the member ends and why it is broken, or None."""
    inflater, size = zlib.decompressobj(31), 0
    try:
        while data := file.read(_CHUNK):
            full = True  # whether more output may be waiting
            while not inflater.eof and (data or full):
                piece = inflater.decompress(data, _CHUNK)
                full = len(piece) == _CHUNK
                size += spool.write(piece)
                if size > _MAX_MEMBER:
                    return file.tell(), f"gzip member holds more than {_MAX_MEMBER:,} bytes"
                data = inflater.unconsumed_tail
            if inflater.eof:
                return file.tell() - len(inflater.unused_data), None
    except zlib.error as error:
        return file.tell(), f"gzip member is broken: {error}"
    return file.tell(), "gzip member is cut off"


def _find_magic(file: IO[bytes], offset: int) -> int | None:
    file.seek(offset)
    kept = b""
    while data := file.read(_CHUNK):
        window = kept + data
        at = window.find(_MAGIC)
        if at >= 0:
            return file.tell() - len(window) + at
        kept = window[-2:]
    return None


def _from_stream(
    stream: IO[bytes], position: int, size: int, member: _Member | None
) -> Iterator[Record | Problem | _Cut]:
    """Records of decompressed bytes; a member gives them its own place on disk."""
    while (position := _skip_blank(stream, position)) < size:
        place = position if member is None else member.offset
        head = _head(stream, position)
        if isinstance(head, str):
            yield Problem(place, head)
            position = _next_beginning(stream, position + 1, size)
            continue
        end = head.start + head.length
        complete = member is None or member.broken is None
        if not _ends_record(stream, end, size):
            following = _next_beginning(stream, head.start, size)
            if following == size and end > size:
                yield _Cut(_record(head, _block(stream, head.start, size), place, size, False))
                return
            yield Problem(place, "record is not as long as its Content-Length says")
            end, complete = following, False
        if end - head.start > MAX_BLOCK:
            yield Problem(place, f"record is longer than {MAX_BLOCK:,} bytes")
        else:
            block = _block(stream, head.start, end)
            yield _record(head, block, place, end if member is None else member.end, complete)
        position = end


def _block(stream: IO[bytes], start: int, end: int) -> bytes:
    stream.seek(start)
    return stream.read(min(end - start, MAX_BLOCK))


@dataclass(slots=True)
class _Head:
    kind: str
    headers: dict[str, str]
    start: int
    length: int


def _head(stream: IO[bytes], position: int) -> _Head | str:
    """The WARC or ARC headers at position, or why there are none."""
    stream.seek(position)
    window = BytesIO(stream.read(_MAX_HEADER))
    if not _BEGINNING.match(window.getvalue()):
        return "no record begins here"
    try:
        found = ArcWarcRecordLoader().parse_record_stream(window, no_record_parse=True)
    except (ArchiveLoadFailed, EOFError, ValueError, AttributeError) as error:
        return f"record header is broken: {' '.join(str(error).split())[:200]}"
    headers = {k.lower(): v for k, v in found.rec_headers.headers if v is not None}
    if not headers.get("content-length", "").isdecimal() or found.length is None:
        return f"Content-Length is {headers.get('content-length')!r}"
    start = position + window.tell()
    return _Head(headers.get("warc-type", ""), headers, start, found.length)


def _record(head: _Head, block: bytes, offset: int, end: int, complete: bool) -> Record:
    status, fields, body_start = 0, [], 0
    if head.kind in {"response", "revisit"} and block.startswith(b"HTTP/"):
        window = BytesIO(block)
        try:
            http = _HTTP.parse(window)
            code = http.get_statuscode()
            status = int(code) if code.isdecimal() else 0
            fields, body_start = http.headers, window.tell()
        except (StatusAndHeadersParserException, EOFError):
            body_start = 0
    return Record(
        kind=head.kind,
        target=head.headers.get("warc-target-uri", ""),
        date=head.headers.get("warc-date", ""),
        headers=head.headers,
        status=status,
        http_headers=tuple(fields),
        block=block,
        body_start=body_start,
        offset=offset,
        end=end,
        complete=complete,
    )


def _skip_blank(stream: IO[bytes], position: int) -> int:
    stream.seek(position)
    while data := stream.read(_CHUNK):
        rest = data.lstrip(b"\r\n")
        if rest:
            return position + len(data) - len(rest)
        position += len(data)
    return position


def _ends_record(stream: IO[bytes], position: int, size: int) -> bool:
    """Whether nothing, or the next record, follows position."""
    if position >= size:
        return position == size
    stream.seek(position)
    following = stream.read(8192).lstrip(b"\r\n")
    return not following or _BEGINNING.match(following) is not None


def _next_beginning(stream: IO[bytes], position: int, size: int) -> int:
    """Where the next record begins at or after position; size where none does."""
    while position < size:
        stream.seek(position)
        window = stream.read(_CHUNK)
        found = _NEXT.search(window)
        if found:
            return position + found.end()
        if position + len(window) >= size:
            return size
        position += len(window) - 4096  # a beginning may straddle two windows
    return size


def _agrees(digest: str, data: bytes) -> bool:
    """Whether a labelled digest (RFC 4648 base 16, 32 or 64) is that of data."""
    algorithm, _, value = digest.partition(":")
    try:
        raw = hashlib.new(algorithm.replace("-", "").lower(), data, usedforsecurity=False).digest()
    except ValueError:
        return True  # an algorithm nobody here knows proves nothing
    written = (b16encode(raw), b32encode(raw), b64encode(raw), urlsafe_b64encode(raw))
    return value.encode("utf-8") in written or value.upper().encode("utf-8") in written[:2]

"""Every response ever had, kept in WARC segments, so that a rebuild needs no network.

The segments are the truth and other tools can read them; `pages.db` is an index that is rebuilt
from them when lost. A record is written and fsynced before the index names it. Each record that
stands for a page carries a `Nextread-Page` header (JSON) with what the index needs. One writer at
a time: the caller holds the home's lock. Must not know how pages are fetched.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Self

from cache import page_records as records
from cache.errors import Damaged, NextreadError, StoreError
from cache.page_index import PageIndex, Place
from cache.page_records import Headers, Note, Standing, digest_of, note_of
from cache.records import Page
from cache.segments import Segments
from cache.urls import plain_url
from cache.warc import Problem, Record, read_one, read_records

MAX_BODY = 64 << 20
"""Decoded bytes of one imported body."""

_MEND = "run `nextread verify`, then `nextread build` to fetch it again"
_NOTHING = digest_of(b"")
_FLUSH_EVERY = 64
_FLUSH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a WARC file brought: pages new here, pages already known, records of other kinds, and
    every record that could not be read or does not match its digest."""

    pages: int
    known: int
    other: int
    problems: tuple[Problem, ...]


class PageCache:
    """The pages folder of one home. Read-only opening creates no file."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open folder, mend a torn tail, rebuild a lost index. Raises StoreError."""
        self._folder = folder
        self._read_only = read_only
        self._pending = 0
        self._flushed_at = monotonic()
        if not read_only:
            folder.mkdir(parents=True, exist_ok=True)
        self._segments = Segments(folder)
        self._index = PageIndex.open(folder / "pages.db", read_only)
        self._reconcile()

    def __enter__(self) -> Self:
        """The cache itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Flush and close."""
        self.close()

    # Reading

    def get(self, url: str) -> Page | None:
        """The newest usable page of url, else its newest failure, else None.

        Follows redirects that an imported file recorded, and forgives http for https, `www.` and a
        last slash where nothing usable is stored under the exact address.
        """
        url = plain_url(url)
        found = self._index.newest(url)
        for _ in range(5):
            if found is None or not 300 <= found.status < 400 or found.final_url == found.url:
                break
            found = self._index.newest(found.final_url)
        if found is None or found.failure is not None:
            found = self._index.similar(url) or self._index.newest(url)
        return replace(found, url=url) if found else None

    def usable_among(self, urls: Iterable[str]) -> set[str]:
        """Those of urls that get may find a usable page of, much sooner than get does for each."""
        return self._index.usable_among(urls)

    def usable(self) -> Iterator[str]:
        """The address, less its scheme, `www.` and last slash, of every usable page."""
        return self._index.usable()

    def body(self, page: Page) -> bytes:
        """The decoded body. Raises Damaged where the stored bytes do not match page.digest; the
        page is then due at once."""
        try:
            return self._body(page)
        except Damaged:
            if not self._read_only:
                self.doubt(page.url)
            raise

    def stored(self, url: str) -> Page | None:
        """The newest usable capture of exactly url, else None."""
        found = self._index.newest(plain_url(url))
        return found if found and found.failure is None else None

    def standing(self, url: str) -> Standing | None:
        """How the last attempt at url went, or None before the first."""
        return self._index.standing(plain_url(url))

    def due(self, url: str, now: float, refresh_days: float = 30.0) -> bool:
        """Whether url should be asked for at now (seconds since 1970)."""
        standing = self.standing(url)
        if standing is None:
            return True
        if standing.failure is not None:
            return now >= standing.retry_at
        return now >= max(standing.retry_at, standing.checked_at + refresh_days * 86_400)

    def pages(self) -> Iterator[Page]:
        """One page an address, as `get` would choose, ordered by address; robots.txt left out."""
        return self._index.pages()

    def verify(self) -> Iterator[Problem]:
        """Every record that cannot be read any more, segment by segment."""
        for path in self._segments.paths():
            for found in read_records(path):
                if isinstance(found, Problem):
                    yield Problem(found.offset, f"{path.name}: {found.message}")

    # Writing

    def doubt(self, url: str) -> None:
        """Let url be due at once, as its stored page cannot be read."""
        self._index.doubt(plain_url(url))
        self._pending += 1

    def put(
        self,
        page: Page,
        body: bytes,
        *,
        request_headers: Headers = (),
        response_headers: Headers = (),
        hops: Sequence[tuple[str, int, Headers]] = (),
        checked_at: float | None = None,
        retry_at: float = 0.0,
    ) -> Page:
        """Keep a response, usable or (page.failure) not; returns the page with its digest.

        body is decoded. hops are the redirects on the way: address, status, headers. checked_at
        (seconds since 1970, else page.fetched_at) and retry_at, before which nobody asks again,
        feed `due`.
        """
        page = replace(
            page,
            url=plain_url(page.url),
            final_url=plain_url(page.final_url),
            digest=digest_of(body),
        )
        checked = records.seconds_of(page.fetched_at) if checked_at is None else checked_at
        note = Note(page, self._standing_after(page.url, page.failure, checked, retry_at))
        known = self._index.original(page.digest)
        if known is not None and not self._intact(page):
            known = None
        for url, status, headers in hops:
            self._write(records.hop_record(url, status, headers, page.fetched_at))
        if known is None:
            place = self._write(records.response_record(page, body, response_headers, note))
            self._index.add(note, place if body else None)
        else:
            self._write(records.same_record(page, response_headers, note, known))
            self._index.add(note, None)
        if request_headers:
            self._write(records.request_record(page, request_headers))
        self._wrote()
        return page

    def put_unchanged(self, url: str, *, checked_at: float, headers: Headers = ()) -> Page:
        """Record that the server answered 304: the stored page still holds. Returns it."""
        page = self._index.newest(plain_url(url))
        if page is None or page.failure is not None:
            raise StoreError(f"{url}: nothing is stored that could be unchanged", _MEND)
        note = Note(standing=self._standing_after(page.url, None, checked_at, 0.0))
        date = records.stamp(checked_at)
        self._write(records.unchanged_record(page, headers, note, date))
        self._index.add(note, None)
        self._wrote()
        return page

    def put_failure(self, url: str, reason: str, *, checked_at: float, retry_at: float) -> Page:
        """Record that no response came, or none that may be kept. Returns the failed page."""
        url, reason = plain_url(url), " ".join(reason.split())
        page = Page(url, url, 0, "", "", records.stamp(checked_at), failure=reason)
        note = Note(page, self._standing_after(url, reason, checked_at, retry_at))
        self._write(records.failure_record(page, note))
        self._index.add(note, None)
        self._wrote()
        return page

    def flush(self) -> None:
        """Make everything put so far outlast a crash."""
        if not self._pending:
            return
        self._segments.sync()
        self._index.commit()
        self._pending, self._flushed_at = 0, monotonic()

    def close(self) -> None:
        """Flush and let go of the files."""
        self.flush()
        self._segments.close()
        self._index.close()

    def reindex(self) -> None:
        """Throw the index away and build it again from the segments."""
        self._index.clear()
        self._scan({})

    def import_warc(self, path: Path) -> ImportReport:
        """Take over every page of a WARC or ARC file, compressed or not; twice brings nothing new.

        Raises StoreError where the file cannot be opened; broken records are reported, and what
        can be read of them is kept.
        """
        counts = {"pages": 0, "known": 0, "other": 0}
        problems: list[Problem] = []
        try:
            for found in read_records(path):
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    counts[self._import(found, problems)] += 1
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}", "name a WARC file") from error
        self.flush()
        return ImportReport(**counts, problems=tuple(problems))

    def export_warc(self, path: Path) -> int:
        """Write every segment into one `.warc.gz`, whole or not at all; returns its bytes.

        Raises StoreError.
        """
        self.flush()
        return self._segments.copy_to(path)

    def _import(self, record: Record, problems: list[Problem]) -> str:
        """Keep one record; returns which count it belongs to."""
        note = note_of(record)
        page = note.page if note else records.foreign_page(record)
        if page is None:
            return "other"
        if self._index.at(page.url, page.fetched_at):
            return "known"
        if record.complete and (mismatch := record.mismatch()):
            problems.append(Problem(record.offset, f"{page.url}: {mismatch}; kept all the same"))
        try:
            self._import_page(record, page, note.standing if note else None)
        except NextreadError as error:
            problems.append(Problem(record.offset, f"{page.url}: {error.message}"))
            return "other"
        return "pages"

    def _import_page(self, record: Record, page: Page, standing: Standing | None) -> None:
        checked = standing.checked_at if standing else records.seconds_of(page.fetched_at)
        retry = standing.retry_at if standing else 0.0
        if page.status == 0:
            reason = page.failure or "no response"
            self.put_failure(page.url, reason, checked_at=checked, retry_at=retry)
            return
        body = self._revisited(record, page) if record.kind == "revisit" else record.body(MAX_BODY)
        headers = record.http_headers
        self.put(page, body, response_headers=headers, checked_at=checked, retry_at=retry)

    def _revisited(self, record: Record, page: Page) -> bytes:
        """The body that a revisit record refers to. Raises Damaged where it is not here."""
        if not self._index.place(page.digest):
            url = plain_url(record.headers.get("warc-refers-to-target-uri", page.url))
            date = record.headers.get("warc-refers-to-date", "")
            found = self._index.at(url, records.stamp(records.seconds_of(date)))
            page = found or self._index.newest(url) or page
        return self.body(page)

    def _body(self, page: Page) -> bytes:
        if page.digest == _NOTHING:
            return b""
        place = self._index.place(page.digest)
        if place is None:
            raise Damaged(f"{page.url}: its body is not in the page cache", _MEND)
        try:
            record = read_one(self._folder / place.segment, place.offset)
        except OSError as error:
            raise Damaged(f"{place.segment}: {error.strerror}", _MEND) from error
        if isinstance(record, Problem):
            raise Damaged(f"{place.segment}: {record.message} at {record.offset}", _MEND)
        body = record.block[record.body_start :]
        if digest_of(body) != page.digest:
            raise Damaged(f"{place.segment}: {page.url} does not match its digest", _MEND)
        return body

    def _intact(self, page: Page) -> bool:
        """Whether the body is stored already and can be read."""
        try:
            return bool(self._body(page))
        except Damaged:
            return False

    def _standing_after(
        self, url: str, failure: str | None, checked_at: float, retry_at: float
    ) -> Standing:
        before = self._index.standing(url)
        attempts = (before.attempts if before else 0) + 1 if failure else 0
        return Standing(url, checked_at, attempts, retry_at, failure)

    def _write(self, record: bytes) -> Place:
        """Append to the last segment, or to a new one where it is full. Raises StoreError."""
        if self._segments.full:
            self._mark()
            self.flush()
        return Place(*self._segments.append(record))

    def _wrote(self) -> None:
        self._mark()
        self._pending += 1
        if self._pending >= _FLUSH_EVERY or monotonic() - self._flushed_at >= _FLUSH_SECONDS:
            self.flush()

    def _mark(self) -> None:
        """Tell the index how far the open segment is indexed."""
        if end := self._segments.open_end:
            self._index.reached(*end)

    def _reconcile(self) -> None:
        """Bring index and segments together after a crash, a lost index or a lost segment."""
        known = self._index.segments()
        sizes = {path.name: path.stat().st_size for path in self._segments.paths()}
        if self._index.lost or any(sizes.get(name, -1) < size for name, size in known.items()):
            self._index = self._index if not self._read_only else PageIndex.in_memory()
            self.reindex()
        elif not self._read_only and sizes != known:
            self._scan(known)
        self._segments.seen()

    def _scan(self, known: dict[str, int]) -> None:
        """Index what lies past the known bytes of each segment; cut a torn end off the last."""
        segments = self._segments.paths()
        for path in segments:
            good = known.get(path.name, 0)
            if good == path.stat().st_size:
                continue
            for found in read_records(path, good):
                if isinstance(found, Record) and found.complete:
                    self._take(found, path.name)
                    good = found.end
            if path == segments[-1] and not self._read_only:
                os.truncate(path, good)
            self._index.reached(path.name, path.stat().st_size)
        self._index.commit()

    def _take(self, record: Record, segment: str) -> None:
        note = note_of(record)
        if note is not None:
            holds_body = record.kind == "response" and record.body_start < len(record.block)
            self._index.add(note, Place(segment, record.offset) if holds_body else None)

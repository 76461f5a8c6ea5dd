"""Pages from and to the WARC files of other tools: what was archived elsewhere need not be fetched.

Must not know lists, or what pages say.
"""

import sqlite3
from pathlib import Path

from cache import disk
from cache.errors import StoreError
from cache.layout import Layout
from cache.lock import writing
from cache.pages import ImportReport, PageCache
from cache.settings import Settings


def import_pages(settings: Settings, file: Path) -> ImportReport:
    """Take every readable record of a WARC file into the cache. Raises StoreError, Locked."""
    if not file.is_file():
        raise StoreError(f"{file}: no such file", "name a .warc or .warc.gz file")
    with (
        disk.faults(settings.layout.pages, sqlite3.Error),
        writing(settings.layout.lock, "nextread cache import"),
        PageCache(settings.layout.pages) as pages,
    ):
        report = pages.import_warc(file)
    if report.problems and not (report.pages or report.known or report.other):
        raise StoreError(f"{file}: {report.problems[0].message}", "name a .warc or .warc.gz file")
    return report


def take_waiting(layout: Layout, pages: PageCache) -> int:
    """Move into pages what was saved while another process wrote; how many pages. For the one
    writer, who calls it before pages are read."""
    taken = 0
    for file in sorted(layout.saved.glob("*.warc.gz")):
        report = pages.import_warc(file)
        taken += report.pages
        if not report.problems:
            file.unlink()
    return taken


def export_pages(settings: Settings, file: Path) -> int:
    """Write every cached page to one WARC file; how many bytes. Raises StoreError."""
    with PageCache(settings.layout.pages, read_only=True) as pages:
        return pages.export_warc(file)

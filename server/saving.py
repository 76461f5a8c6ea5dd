"""Pages that the browser extension sends: who may send them, and how one is kept.

Must not know HTTP, nor how text is found.
"""

import secrets
import threading
import time

from cache import disk
from cache.layout import Layout
from cache.settings import Settings
from indexer.crawl.saved_files import html_page
from indexer.extract.sandbox import ExtractPool
from indexer.save import Kept, found_in, keep

_MAKING = threading.Lock()


def saving_token(layout: Layout) -> str:
    """What must be known to bring a page: made once for a home, readable by its owner alone.

    Raises StoreError where it can be neither read nor made.
    """
    with _MAKING, disk.faults(layout.token):
        try:
            token = layout.token.read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            token = ""
        if not token:
            token = secrets.token_urlsafe(24)
            disk.make_home(layout.home, {layout.token.name})
            disk.write_atomic(layout.token, token.encode())
        return token


class Keeper:
    """Keeps pages one at a time, in one sandbox that stays warm. Close it."""

    def __init__(self, settings: Settings) -> None:
        """Nothing runs before the first page."""
        self._settings = settings
        self._one = threading.Lock()
        self._pool: ExtractPool | None = None

    def keep(self, url: str, html: str) -> Kept:
        """Keep a page as the browser has it now. Raises as indexer.save.keep does."""
        with self._one:
            self._pool = self._pool or ExtractPool(workers=1)
            page = html_page(html, url, time.time())
            return keep(self._settings, page, self._pool, found_in(self._settings.layout))

    def close(self) -> None:
        """End the sandbox."""
        with self._one:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

"""Which pages are to be asked for now: each on its schedule, save where settings have opened it.

One answer for a build, its crawl on one machine or many, and what `status` says is left. Must not
know how a page is asked for.
"""

from urllib.parse import urlsplit

from cache.pages import PageCache
from cache.settings import Settings
from indexer.crawl.robots import REFUSAL


def is_due(
    url: str, pages: PageCache, settings: Settings, now: float, *, listed: bool = True
) -> bool:
    """Whether url is to be asked for at now (seconds since 1970); listed: the reader's own lists
    name it. Where settings let such links be had, one that only its own host's robots.txt has kept
    away is due at once: nobody has asked for it yet."""
    if pages.due(url, now, settings.refresh_days):
        return True
    if not listed or settings.robots != "listed":
        return False
    standing = pages.standing(url)
    own = f"{urlsplit(url).hostname}: {REFUSAL}"
    return bool(standing and standing.failure and standing.failure.startswith(own))

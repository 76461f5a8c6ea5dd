"""The Wayback Machine: where a copy of a page that is gone can be had.

Availability API: https://archive.org/help/wayback_api.php.
"""

import re
from urllib.parse import urlencode

from indexer.sites import json_text as markup

_STAMP = re.compile(r"\d{4,14}\Z")


def lookup(url: str) -> str:
    """What to ask whether there is a copy of url."""
    return "https://archive.org/wayback/available?" + urlencode({"url": url})


def copy_of(url: str, body: bytes) -> str | None:
    """Where the copy is, without the archive's own frame (`id_`), or None.

    Only the date is taken from the answer: the address is built here.
    """
    closest = markup.inside(markup.small_mapping(body), "archived_snapshots", "closest")
    stamp = markup.words(markup.inside(closest, "timestamp"))
    usable = markup.inside(closest, "available") is True
    if not usable or markup.inside(closest, "status") not in {"200", None}:
        return None
    return f"https://web.archive.org/web/{stamp}id_/{url}" if _STAMP.match(stamp) else None

"""The Wayback Machine: where a copy of a page that is gone can be had.

Availability API: https://archive.org/help/wayback_api.php.
"""

import re
from urllib.parse import urlencode

from indexer.sites import json_text

_SCHEME = re.compile(r"\Ahttps?://", re.IGNORECASE)
_COPY = re.compile(r"https?://web\.archive\.org/web/(\d{4})(\d\d)(\d\d)\d*(?:[a-z]{2}_)?/")
_STAMP = re.compile(r"\d{4,14}\Z")


def lookup(url: str) -> str:
    """What to ask whether there is a copy of url. With its scheme, encoded as it must be, the API
    knows of none for many an address that it has copies of."""
    return "https://archive.org/wayback/available?" + urlencode(
        {"url": _SCHEME.sub("", url)}, safe="/:"
    )


def date_of(url: str) -> str | None:
    """When the copy at url was made, YYYY-MM-DD; None where url is no copy's."""
    found = _COPY.match(url)
    return "-".join(found.groups()) if found else None


def copy_of(url: str, body: bytes) -> str | None:
    """Where the copy is, without the archive's own frame (`id_`), or None.

    Only the date is taken from the answer: the address is built here.
    """
    closest = json_text.inside(json_text.small_mapping(body), "archived_snapshots", "closest")
    stamp = json_text.words(json_text.inside(closest, "timestamp"))
    usable = json_text.inside(closest, "available") is True
    if not usable or json_text.inside(closest, "status") not in {"200", None}:
        return None
    return f"https://web.archive.org/web/{stamp}id_/{url}" if _STAMP.match(stamp) else None

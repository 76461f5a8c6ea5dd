"""The reader's own list: what the bookmarklet adds, as Markdown that any editor can mend.

Must not know HTTP or how a list is indexed.
"""

import re
import threading
from pathlib import Path

from cache import disk
from cache.settings import Settings
from indexer.resources.canonical import address_of

NAME = "my-list.md"
HEADING = "# My list\n\n"
_LOCK = threading.Lock()


def append(settings: Settings, url: str, title: str, note: str) -> Path:
    """Write one line for url, unless the list has it; the list's file.

    Raises UrlError for what is no web address, StoreError where the disk fails.
    """
    address = address_of(url)
    path = settings.layout.home / NAME
    with _LOCK, disk.faults(path):
        written = path.read_text("utf-8") if path.exists() else HEADING
        link = f"]({_bracketed(address)})"
        if link not in written:
            line = f"* [{plain(title) or address}{link}"
            written += line + (f" - {plain(note)}" if plain(note) else "") + "\n"
        disk.write_atomic(path, written.encode())
    return path


def _bracketed(address: str) -> str:
    return "<" + address.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20") + ">"


def plain(text: str) -> str:
    """One line that Markdown takes literally."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"([\\`*_{}\[\]<>()#!|~&:])", r"\\\1", line)

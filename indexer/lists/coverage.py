"""What became of every link of a list: an entry, set aside with a reason, or missed.

Why: a list that comes out nearly empty must say so. Addresses are counted in the text itself, by a
pattern that knows no format, so that what a reader swallowed is missed and not merely unseen. Must
not know what an entry is, nor any format.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from cache.records import Coverage, Entry
from indexer.lists import fields
from indexer.lists import link_labels as labels
from indexer.lists.blocks import Builder, Link

ENOUGH = 0.9
"""Share of a list's links below which a build warns of it."""
FIRST = 5
"""How many missed addresses a coverage names."""

_ADDRESS = re.compile(r"https?://[^\s<>\"`\[\]{}|\\^]{2,2048}", re.IGNORECASE)
_FULL_WIDTH = re.compile("[、。，；：！？（）【】《》〈〉「」『』“”‘’…]")
_ENDS = re.compile(r"[)('*,;~!$_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SCHEME = re.compile(r"^(?:https?:)?//(?:www\.)?", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Account:
    """Gathers, one tree at a time, why links of a list are no entries; then counts."""

    def __init__(self) -> None:
        """Start with nothing set aside."""
        self._reasons: dict[str, str] = {}

    def take(self, builder: Builder) -> None:
        """Take in what a reader passed over and which of its links were set aside."""
        for link in builder.links:
            if reason := _reason(link):
                self._reasons.setdefault(_key(link.url), reason)
        for reason, text in builder.passed:
            for _, address in _addresses(text):
                self._reasons.setdefault(_key(address), reason)

    def coverage(self, source: str, entries: Iterable[Entry]) -> Coverage:
        """Every distinct address of source, and of links set aside, by what became of it.

        Linear in the text.
        """
        found = tuple(entries)
        known = {_key(entry.url): "" for entry in found}
        read = len(known)
        counts: Counter[str] = Counter()
        for key, reason in self._reasons.items():
            if key not in known:
                known[key] = reason
                counts[reason] += 1
        missed: dict[str, tuple[int, str]] = {}
        line, counted = 1, 0
        for place, address in _addresses(source):
            key = _key(address)
            if key in known or key in missed or _shorter(key, known):
                continue
            line, counted = line + source.count("\n", counted, place), place
            missed[key] = (line, address[:200])
        links = read + counts.total() + len(missed)
        first = tuple(missed.values())[:FIRST]
        return Coverage(links, read, len(found), dict(sorted(counts.items())), first)


def told(coverage: Coverage) -> str:
    """A coverage in one line: `45 links: 40 read as 42 entries; 5 set aside (5 badge)`."""
    aside = sum(coverage.set_aside.values())
    parts = [f"{coverage.read} read as {coverage.entries} entries"]
    if aside:
        by_size = sorted(coverage.set_aside.items(), key=lambda each: (-each[1], each[0]))
        reasons = ", ".join(f"{count} {reason}" for reason, count in by_size)
        parts.append(f"{aside} set aside ({reasons})")
    if missed := coverage.links - coverage.read - aside:
        lines = ", ".join(str(line) for line, _ in coverage.missed)
        parts.append(f"{missed} missed (first on lines {lines})")
    return f"{coverage.links} links: " + "; ".join(parts)


def _reason(link: Link) -> str:
    """Why a link is no entry; empty where it was to become one."""
    url = link.url.strip()
    if link.aside:
        return link.aside
    if not url or url.startswith(("#", "./#", "/#")):
        return "anchor"
    if fields.web_address(url) is None:
        return "other scheme" if _OTHER_SCHEME.match(url) else "relative"
    if not link.text.strip():
        pictures = (labels.is_badge(link.url, source) for source, _ in link.images)
        return "badge" if any(pictures) else "image" if link.images else "no words"
    return ""


def _addresses(text: str) -> Iterator[tuple[int, str]]:
    """(place, address) of every web address in a text, without the punctuation around it."""
    for match in _ADDRESS.finditer(text):
        address = match[0]
        if not address.isascii() and (mark := _FULL_WIDTH.search(address)):
            address = address[: mark.start()]
        address = address.rstrip("?!.,:*_~'\";&")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip("?!.,:*_~'\";&")
        if "." in address or ":" in address[8:]:
            yield match.start(), address


def _key(url: str) -> str:
    """One spelling of an address: entities and escapes undone, without scheme and last slash."""
    url = url.strip()
    if "&" in url:
        url = html.unescape(url)
    if "%" in url:
        url = unquote(url)
    if "\\" in url:
        url = url.replace("\\", "")
    return _SCHEME.sub("", url).rstrip("/").casefold()


def _shorter(key: str, known: dict[str, str]) -> bool:
    """Whether an address was known that this one, cut too late out of its text, begins with."""
    return any(key[: mark.start()].rstrip("/") in known for mark in _ENDS.finditer(key))

"""Entries of one list that are one work: the same address again, or another address of it.

Must not know how addresses were asked beyond where each led.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from cache.errors import UrlError
from cache.records import Entry
from indexer.check.report import Note
from indexer.resources.canonical import canonical_url
from indexer.resources.merge import merge


def repeated(entries: Sequence[Entry], led: Mapping[str, str]) -> dict[int, list[Note]]:
    """Notes by position on entries that repeat an earlier one of the same list.

    led maps an entry's url to the address that answered in the end, where a page of its own did.
    What a list links as part of an entry (its code, its slides) repeats nothing; nor does another
    place on the same page.
    """
    notes: dict[int, list[Note]] = {}
    first: dict[tuple[str, str], Entry] = {}
    mains: list[Entry] = []
    for entry in entries:
        if entry.part_of is not None:
            continue
        key = _name(entry.url), urlsplit(entry.url).fragment
        earlier = first.setdefault(key, entry)
        if earlier is entry:
            mains.append(entry)
        elif earlier.line != entry.line:
            notes.setdefault(entry.position, []).append(Note("duplicate", earlier.line))
    for group in [*_merged(mains), *_met(mains, led)]:
        one, *others = sorted(group, key=lambda entry: entry.position)
        for other in others:
            known = notes.setdefault(other.position, [])
            note = Note("same_work", one.line)
            if one.line != other.line and note not in known:
                known.append(note)
    return {position: found for position, found in notes.items() if found}


def _merged(mains: Sequence[Entry]) -> list[list[Entry]]:
    """Entries under several addresses that are one resource by their titles and authors."""
    groups = []
    for resource in merge(mains):
        by_name = {_name(entry.url): entry for entry in reversed(resource.mentions)}
        if len(by_name) > 1:
            groups.append(list(by_name.values()))
    return groups


def _met(mains: Sequence[Entry], led: Mapping[str, str]) -> list[list[Entry]]:
    """Entries whose addresses lead to one place."""
    places: dict[tuple[str, str], dict[str, Entry]] = {}
    for entry in mains:
        if entry.url in led:
            key = _name(led[entry.url]), urlsplit(entry.url).fragment
            places.setdefault(key, {}).setdefault(_name(entry.url), entry)
    return [list(found.values()) for found in places.values() if len(found) > 1]


def _name(url: str) -> str:
    try:
        return canonical_url(url)
    except UrlError:
        return url.strip()

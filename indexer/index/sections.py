"""Works into the sections they share: who curators put side by side, for similar and paths.

Must not know how company is stored or weighed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cache.records import Entry, Resource
from indexer.resources.facts import independent_among
from search.index import sections as stored

MOST = 100
"""Members of a section that still says what its members have in common."""


def write(folder: Path, resources: Sequence[Resource]) -> None:
    """Store the sections of 2 to MOST resources. Raises StoreError where the disk fails."""
    stored.write(folder, _sections(resources, independent_among(resources)))


def _sections(resources: Sequence[Resource], groups: Mapping[str, str]) -> list[stored.Section]:
    numbers = {name: number for number, name in enumerate(sorted(set(groups.values())))}
    members: dict[tuple[str, tuple[str, ...]], tuple[Entry, list[int]]] = {}
    for ordinal, resource in enumerate(resources):
        for entry in resource.mentions:
            if entry.section:
                _, found = members.setdefault((entry.list_id, entry.section), (entry, []))
                if found[-1:] != [ordinal]:
                    found.append(ordinal)
    return [
        stored.Section(stored.section_key(entry), numbers[groups[entry.list_id]], found)
        for entry, found in members.values()
        if 2 <= len(found) <= MOST
    ]

"""Works into the sections they share: who curators put side by side, for similar and paths.

Must not know how company is stored or weighed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cache.records import Entry, Resource
from indexer.facts import independent_lists
from search import company

MOST = 100
"""Members of a section that still says what its members have in common."""


def write(folder: Path, resources: Sequence[Resource]) -> None:
    """Store the sections of 2 to MOST resources. Raises StoreError where the disk fails."""
    groups = independent_lists(entry for resource in resources for entry in resource.mentions)
    company.write(folder, _sections(resources, groups))


def _sections(resources: Sequence[Resource], groups: Mapping[str, str]) -> list[company.Section]:
    numbers = {name: number for number, name in enumerate(sorted(set(groups.values())))}
    members: dict[int, dict[int, None]] = {}
    group: dict[int, int] = {}
    for ordinal, entry in _headed(resources):
        key = company.section_key(entry)
        members.setdefault(key, {})[ordinal] = None
        group[key] = numbers[groups[entry.list_id]]
    return [
        company.Section(key, group[key], sorted(found))
        for key, found in members.items()
        if 2 <= len(found) <= MOST
    ]


def _headed(resources: Sequence[Resource]) -> list[tuple[int, Entry]]:
    return [
        (ordinal, entry)
        for ordinal, resource in enumerate(resources)
        for entry in resource.mentions
        if entry.section
    ]

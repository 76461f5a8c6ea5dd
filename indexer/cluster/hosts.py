"""Addresses shared out so that one host is asked by one worker only.

Politeness is a promise to a host, so hosts are never split; `www.` and the bare name are one, as
they mostly redirect to each other. Must not know workers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heapreplace

from cache.errors import FetchError, UrlError
from indexer import sites
from indexer.crawl.address_guard import target_of


@dataclass(slots=True)
class Part:
    """All addresses of some hosts."""

    hosts: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)


def group_of(host: str) -> str:
    """The name under which a host and its `www.` are one."""
    return host.removeprefix("www.")


def shared_out(
    urls: Iterable[str], ports: Sequence[int], most: int
) -> tuple[list[Part], list[str]]:
    """At most `most` parts, of like size as far as whole hosts allow; and addresses that lead to
    no host. The same addresses give the same parts."""
    groups: dict[str, list[str]] = {}
    odd: list[str] = []
    for url in urls:
        try:
            host = target_of(sites.requests_for(url)[0], ports).host
        except (FetchError, UrlError):
            odd.append(url)
        else:
            groups.setdefault(group_of(host), []).append(url)
    parts = [Part() for _ in range(min(most, len(groups)))]
    smallest = [(0, place) for place in range(len(parts))]
    heapify(smallest)
    for host, found in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        size, place = smallest[0]
        parts[place].hosts.append(host)
        parts[place].urls += found
        heapreplace(smallest, (size + len(found), place))
    return parts, odd

"""What is indexed, how fresh it is, what failed and why.

Reads only. Must not know how an index is made.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from typing import Any

from cache.generation import open_current
from cache.lists_toml import ListBook
from cache.manifest import Manifest
from cache.pages import PageCache
from cache.settings import Settings
from indexer.crawl.coverage import HostCoverage, coverage, seconds_left
from search.index.catalog import Catalog

SHOWN = 20
"""Failures listed one by one; the rest are counted by reason."""


def status(settings: Settings) -> dict[str, Any]:
    """The generation, its counts, its lists with when each was last read, and failed pages; of an
    index in a database, the generation alone.

    Raises NoIndex before the first build, Damaged where the index is not what was published.
    """
    if settings.index:
        return _served(settings.index)
    layout = settings.layout
    with open_current(layout) as generation:
        manifest = generation.manifest
        urls = Catalog(generation.path).urls()
    return {
        "home": str(layout.home),
        **_described(manifest),
        "read": {record.list_id: record.read_at for record in ListBook.load(layout.lists)},
        **_failures(settings, urls),
    }


def _served(url: str) -> dict[str, Any]:
    from search.index.postgres.snapshot import Snapshot

    with closing(Snapshot.open(url)) as snapshot:
        return {"index": str(snapshot.address), **_described(snapshot.manifest)}


def _described(manifest: Manifest) -> dict[str, Any]:
    return {
        "generation": manifest.number,
        "published": manifest.created_at,
        "digest": manifest.digest,
        "model": manifest.model_id,
        **manifest.counts,
    }


def _failures(settings: Settings, urls: Sequence[str]) -> dict[str, Any]:
    if not settings.layout.pages.is_dir():
        return {"pages": 0, "failed": 0}
    with PageCache(settings.layout.pages, read_only=True) as pages:
        kept = list(pages.pages())
        hosts = coverage(urls, pages, settings)
    failed = {page.url: page.failure for page in kept if page.failure}
    reasons = Counter(reason.split(": ", 1)[-1] for reason in failed.values() if reason)
    return {
        "pages": len(kept) - len(failed),
        "failed": len(failed),
        "reasons": dict(reasons.most_common()),
        "failures": dict(list(failed.items())[:SHOWN]),
        "left": sum(host.left for host in hosts.values()),
        "left_seconds": round(seconds_left(hosts.values(), settings)),
        **_refused(hosts, settings),
        "hosts": {name: asdict(host) for name, host in islice(hosts.items(), SHOWN)},
    }


def _refused(hosts: Mapping[str, HostCoverage], settings: Settings) -> dict[str, Any]:
    """How many links of which host robots.txt refused, and what their reader can do."""
    refused = {name: host.refused for name, host in hosts.items() if host.refused}
    if not refused:
        return {"refused": {}}
    can = "save such pages from your browser (nextread save)"
    if settings.robots != "listed":
        can += ', or let links of your own lists be had as by a click: robots = "listed"'
    return {"refused": refused, "refused_hint": f"{can}; see docs/crawling.md"}

"""What a crawl is asked to do, in pieces. Must not know how a page is had."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Listed = Mapping[str, Sequence[str]]
"""Addresses that the reader's own lists name, each with the links as the lists write them."""


@dataclass(frozen=True, slots=True)
class Job:
    """One address, and how far asking for it has come.

    request is what is asked now, rest what else may be; lost is why the page itself cannot be had,
    once the archive is asked instead, walled whether it may be had again, recorded whether the page
    cache holds that already; host is request's. listed: a list of the reader's names the address.
    sequel: its text follows that of another page. hops: how often an answer has sent on to another
    request.
    """

    url: str
    request: str
    rest: tuple[str, ...] = ()
    tries: int = 1
    lost: str | None = None
    walled: bool = False
    recorded: bool = False
    host: str = ""
    listed: bool = False
    sequel: bool = False
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A crawl's part of a larger one: the hosts that are its own, and who hears of each job that
    leads to another host, where it is to be gone on with (see Fetcher.crawl, jobs)."""

    ours: Callable[[str], bool]
    leave: Callable[[Job], None]


WHOLE = Share(lambda host: True, lambda job: None)
"""A crawl that is no part of another."""


@dataclass(slots=True)
class CrawlReport:
    """How a crawl went: pages fetched, unchanged (304), fresh (not asked for) and failed."""

    fetched: int = 0
    unchanged: int = 0
    fresh: int = 0
    failed: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    """Why each failed address failed."""

"""Whether there is a network at all, so that a machine without one is told so in a line and not in
one failure a link. Must not know pages.
"""

import asyncio
import socket
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlsplit

from cache.settings import Settings
from indexer.crawl.address_guard import Resolve, endpoints_of, mapped, system_resolve
from indexer.crawl.proxy import Proxies

_ASKED = 8  # hosts looked up
_WELL_KNOWN = "archive.org"  # which a crawl asks anyway
_SECONDS = 10.0


async def is_missing(
    urls: Iterable[str], settings: Settings, resolve: Resolve = system_resolve
) -> bool:
    """Whether none of the hosts of urls that were looked at, nor a well-known one, has an address.

    False behind a proxy, which looks names up itself. Raises StoreError for settings that cannot be
    used.
    """
    resolve = mapped(settings.resolve, resolve)
    proxies = Proxies(settings.proxy)
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in urls)
    names = [*islice(hosts, _ASKED), _WELL_KNOWN]
    if any(proxies.of("https", name) for name in names):
        return False
    found = await asyncio.gather(*(_is_there(name, resolve) for name in names))
    return not any(found)


async def _is_there(host: str, resolve: Resolve) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return bool(await endpoints_of(host, 443, resolve))
    except (socket.gaierror, TimeoutError, ValueError):
        return False

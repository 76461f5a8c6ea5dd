"""How bytes travel: one connection a host, each to an address that was checked.

The guard sits where httpcore opens a socket: it resolves the name itself, checks every answer and
connects to the checked address, so no second look-up can answer differently. No proxies, no
cookies, no credentials. Must not know pages or politeness.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import httpcore
import httpx

from cache.errors import StoreError
from indexer.crawl.address_guard import Resolve, check, endpoints_of

_KEEP_ALIVE = 60.0  # seconds an idle connection is kept: longer than most delays


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's socket layer behind the address guard."""

    def __init__(self, resolve: Resolve, allow_private: bool) -> None:
        """resolve answers for names; literal addresses never reach it."""
        self._resolve = resolve
        self._allow_private = allow_private
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused, FetchError, socket.gaierror or httpcore's own errors."""
        try:
            async with asyncio.timeout(timeout):
                endpoints = await endpoints_of(host, port, self._resolve)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host}: no answer from the name server") from error
        check(host, endpoints, self._allow_private)
        failed: Exception | None = None
        for address, to_port in endpoints:
            try:
                return await self._sockets.connect_tcp(
                    address, to_port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        assert failed is not None
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a list cannot name one."""
        raise httpcore.ConnectError(f"{path}: sockets of this machine are not fetched")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _HostTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool of one guarded connection."""

    def __init__(self, backend: GuardedBackend, trust: ssl.SSLContext) -> None:
        # super().__init__ would build a pool of its own, which takes no backend
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=1,
            keepalive_expiry=_KEEP_ALIVE,
            network_backend=backend,
        )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Routes each host to its own single connection; keeps the most recent hosts open.

    One pool for all hosts would be slower: httpcore walks every idle connection at each request.
    """

    def __init__(self, resolve: Resolve, allow_private: bool, ca_file: str, hosts: int) -> None:
        """hosts is how many connections stay open; more than are ever in use at once."""
        self._backend = GuardedBackend(resolve, allow_private)
        self._ca_file = ca_file
        self._limit = hosts
        self._trust: ssl.SSLContext | None = None
        self._hosts: OrderedDict[str, _HostTransport] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send request over its host's connection."""
        host = request.url.host
        if host not in self._hosts:
            self._hosts[host] = _HostTransport(self._backend, self._trusted())
        self._hosts.move_to_end(host)
        while len(self._hosts) > self._limit:
            await self._hosts.popitem(last=False)[1].aclose()
        return await self._hosts[host].handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        while self._hosts:
            await self._hosts.popitem()[1].aclose()

    def _trusted(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = httpx.create_ssl_context(trust_env=False)
            if self._ca_file:
                try:
                    self._trust.load_verify_locations(Path(self._ca_file))
                except (OSError, ssl.SSLError) as error:
                    hint = "name a PEM file in ca_file of settings.toml"
                    raise StoreError(f"{self._ca_file}: {error}", hint) from error
        return self._trust

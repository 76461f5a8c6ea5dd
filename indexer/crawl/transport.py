"""How bytes travel: one connection a host, each to an address that was checked.

The guard sits where httpcore opens a socket: it resolves the name itself, checks every answer and
connects to the checked address, so no second look-up can answer differently; where a proxy is the
way out, it stands before that (proxy.py). No cookies, no credentials. Must not know pages or
politeness.
"""

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import httpcore
import httpx

from cache.errors import StoreError
from cache.settings import Settings
from indexer.crawl.address_guard import (
    Allowed,
    Endpoint,
    Resolve,
    check,
    check_name,
    endpoints_of,
)
from indexer.crawl.proxy import Proxies

_KEEP_ALIVE = 60.0  # seconds an idle connection is kept: longer than most delays


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's socket layer behind the address guard, for requests of one scheme."""

    def __init__(
        self,
        resolve: Resolve,
        allowed: Allowed,
        scheme: str,
        proxies: Proxies,
        trust: ssl.SSLContext,
        sockets: httpcore.AsyncNetworkBackend,
    ) -> None:
        """resolve answers for names; literal addresses never reach it. allowed is what the settings
        open, trust the certificates of a proxy that is spoken to over TLS, sockets what opens the
        connections that were let pass."""
        self._resolve = resolve
        self._allowed = allowed
        self._scheme = scheme
        self._proxies = proxies
        self._trust = trust
        self._sockets = sockets

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused, FetchError, socket.gaierror or httpcore's own errors."""
        proxy = self._proxies.of(self._scheme, host)
        named = proxy is not None and self._scheme == "https"
        endpoints = await self._checked(host, port, timeout, needed=not named)
        if named:
            endpoints = [(host, port)]
        failed: Exception | None = None
        for address, to_port in endpoints:
            try:
                if proxy is not None:
                    return await proxy.tunnel(address, to_port, self._sockets, self._trust, timeout)
                return await self._sockets.connect_tcp(
                    address, to_port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        assert failed is not None
        raise failed

    async def _checked(
        self, host: str, port: int, timeout: float | None, *, needed: bool
    ) -> Sequence[Endpoint]:
        """Where host is, if the guard lets that pass; where it is not needed, a name that only the
        proxy can look up passes, unless it names a place inside."""
        try:
            async with asyncio.timeout(timeout):
                endpoints = await endpoints_of(host, port, self._resolve)
        except TimeoutError as error:
            if needed:
                message = f"{host}: no answer from the name server"
                raise httpcore.ConnectTimeout(message) from error
            endpoints = []
        except socket.gaierror:
            if needed:
                raise
            endpoints = []
        if not endpoints:
            check_name(host, self._allowed)
        check(host, endpoints, self._allowed)
        return endpoints

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

    def __init__(
        self,
        resolve: Resolve,
        settings: Settings,
        sockets: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """sockets opens what the guard has let pass, the system's own where None.

        Raises StoreError for a proxy or certificates that cannot be used."""
        self._resolve = resolve
        self._allowed = Allowed(settings.allow_private, settings.fake_ip)
        self._proxies = Proxies(settings.proxy)
        self._sockets = sockets or httpcore.AnyIOBackend()
        self._ca_file = settings.ca_file
        self._limit = max(64, 2 * settings.concurrency)  # connections: more than are ever in use
        self._trust: ssl.SSLContext | None = None
        self._hosts: OrderedDict[tuple[str, str], _HostTransport] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send request over its host's connection."""
        place = request.url.scheme, request.url.host
        if place not in self._hosts:
            self._hosts[place] = _HostTransport(self._backend(place[0]), self._trusted())
        self._hosts.move_to_end(place)
        while len(self._hosts) > self._limit:
            await self._hosts.popitem(last=False)[1].aclose()
        return await self._hosts[place].handle_async_request(request)

    def _backend(self, scheme: str) -> GuardedBackend:
        return GuardedBackend(
            self._resolve, self._allowed, scheme, self._proxies, self._trusted(), self._sockets
        )

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

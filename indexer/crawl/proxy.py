"""The way out where a proxy is the only one; the address guard stands at its door.

A request enters the proxy as a tunnel (CONNECT, RFC 9110, 9.3.6), and only after the guard has let
its address pass. A proxy looks names up itself and may be told something else than the guard was;
so it is given the name only where TLS proves, within the tunnel, who answers, and for plain http
the very address that was checked. The proxy itself is whatever the user says, this machine
included. Must not know pages, and never shows a proxy's password.
"""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import ada_url
import httpcore

from cache.errors import StoreError

NONE = "none"
"""The setting that goes without a proxy whatever the environment says."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNREACHED = {502, 503, 504}  # what a proxy answers for a host that it cannot connect to


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy. credentials are the value of Proxy-Authorization, None where it asks for none."""

    scheme: str
    host: str
    port: int
    credentials: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, address: str, named: str) -> "Proxy":
        """address is a URL, or host:port; named says where it stands. Raises StoreError."""
        hint = f'write it as http://host:port, or say proxy = "{NONE}"'
        try:
            url = ada_url.URL(address if "://" in address else f"http://{address}")
        except ValueError as error:
            raise StoreError(f"{named}: it is no address of a proxy", hint) from error
        scheme = url.protocol[:-1]
        if scheme not in _DEFAULT_PORTS:
            raise StoreError(f"{named}: {scheme} proxies are not spoken to, only http ones", hint)
        secret = f"{url.username}:{url.password}" if url.username or url.password else None
        encoded = base64.b64encode(_unquoted(secret).encode()).decode() if secret else None
        port = int(url.port) if url.port else _DEFAULT_PORTS[scheme]
        host = url.hostname.strip("[]")
        return cls(scheme, host, port, f"Basic {encoded}" if encoded else None)

    async def tunnel(
        self,
        host: str,
        port: int,
        sockets: httpcore.AsyncNetworkBackend,
        trust: ssl.SSLContext,
        timeout: float | None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to port of host through the proxy; sockets open its own connection.

        Raises httpcore's own errors: ConnectError where the proxy cannot be reached or cannot reach
        host, ProxyError where it refuses.
        """
        target = (f"[{host}]" if ":" in host else host).encode("ascii", "ignore")
        target += b":%d" % port
        headers = [(b"Host", target), (b"Accept", b"*/*")]
        if self.credentials:
            headers.append((b"Proxy-Authorization", self.credentials.encode("ascii")))
        door = httpcore.Origin(self.scheme.encode(), self.host.encode(), self.port)
        connection = httpcore.AsyncHTTPConnection(door, trust, network_backend=sockets)
        request = httpcore.Request(
            "CONNECT",
            httpcore.URL(scheme=door.scheme, host=door.host, port=door.port, target=target),
            headers=headers,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)},
        )
        try:
            answer = await connection.handle_async_request(request)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise httpcore.ConnectError(f"the proxy {self.host}:{self.port}: {error}") from error
        if 200 <= answer.status < 300:
            stream = answer.extensions["network_stream"]
            assert isinstance(stream, httpcore.AsyncNetworkStream)
            return stream
        await connection.aclose()
        if answer.status in _UNREACHED:
            raise httpcore.ConnectError(f"the proxy cannot reach it ({answer.status})")
        raise httpcore.ProxyError(f"the proxy answered {answer.status}")


class Proxies:
    """Which proxy a request goes through, if any."""

    def __init__(self, setting: str, environment: Mapping[str, str] | None = None) -> None:
        """setting is a proxy's address, NONE, or empty for what the environment says: HTTPS_PROXY,
        HTTP_PROXY, ALL_PROXY, NO_PROXY. Raises StoreError for an address that cannot be used."""
        import urllib.request  # 15 ms that only a crawl need pay

        said = urllib.request.getproxies_environment() if environment is None else environment
        self._bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
        self._said = dict(said)
        self._by_scheme: dict[str, Proxy] = {}
        if setting and setting != NONE:
            self._said = {}
            self._by_scheme = dict.fromkeys(_DEFAULT_PORTS, Proxy.parse(setting, "proxy"))
        elif not setting:
            for scheme in _DEFAULT_PORTS:
                name = scheme if said.get(scheme) else "all"
                if said.get(name):
                    named = f"{name.upper()}_PROXY"
                    self._by_scheme[scheme] = Proxy.parse(said[name], named)

    def of(self, scheme: str, host: str) -> Proxy | None:
        """The proxy for requests of scheme (`http` or `https`) to host; None for a direct one."""
        proxy = self._by_scheme.get(scheme)
        if proxy is None or (self._said.get("no") and self._bypass(host, self._said)):
            return None
        return proxy


def _unquoted(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text)

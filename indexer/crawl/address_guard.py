"""Which addresses the crawler may connect to, decided on the address that is connected to.

Lists come from strangers, and so do redirects and DNS answers: any of them may point at a service
inside the user's network. Only global unicast passes; the table below is IANA's special-purpose
registries, IPv6 forms that carry an IPv4 address included, because `ipaddress.is_global` of
Python 3.11 lets several of them through. Must not know HTTP.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import ada_url

from cache.errors import AddressRefused, StoreError, UrlError
from cache.urls import plain_url

Endpoint = tuple[str, int]
Resolve = Callable[[str, int], Awaitable[Sequence[Endpoint]]]
"""Host and port to the addresses to connect to, in the order to try them."""

_PRIVATE = (
    "10.0.0.0/8",  # RFC 1918
    "100.64.0.0/10",  # shared address space, RFC 6598
    "127.0.0.0/8",  # loopback, RFC 1122
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",  # loopback, RFC 4291
    "fc00::/7",  # unique local, RFC 4193
)
"""What Allowed.private opens; link-local (cloud metadata) stays shut."""

_SPECIAL = (
    "0.0.0.0/8",  # this network, RFC 791
    "169.254.0.0/16",  # link local, RFC 3927
    "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
    "192.0.2.0/24",  # TEST-NET-1, RFC 5737
    "192.31.196.0/24",  # AS112-v4, RFC 7535
    "192.52.193.0/24",  # AMT, RFC 7450
    "192.88.99.0/24",  # 6to4 relay anycast, RFC 7526
    "192.175.48.0/24",  # AS112 service, RFC 7534
    "198.18.0.0/15",  # benchmarking, RFC 2544
    "198.51.100.0/24",  # TEST-NET-2
    "203.0.113.0/24",  # TEST-NET-3
    "224.0.0.0/4",  # multicast, RFC 5771
    "240.0.0.0/4",  # reserved and limited broadcast, RFC 1112
    "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarking, ..., RFC 2928
    "2001:db8::/32",  # documentation, RFC 3849
    "2002::/16",  # 6to4: carries an IPv4 address, RFC 3056
    "2620:4f:8000::/48",  # AS112 service, RFC 7534
    "3ffe::/16",  # 6bone, given back, RFC 3701
    "3fff::/20",  # documentation, RFC 9637
)
_UNICAST = IPv6Network("2000::/3")
"""All that IANA gives out. Outside it lie the unspecified address, mapped, compatible and NAT64
forms, discard-only, SRv6 SIDs, site- and link-local and multicast."""

_CARRIERS = ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
_ISATAP = {0x00005EFE, 0x02005EFE}

_FAKE = IPv4Network("198.18.0.0/15")
_INSIDE = (
    *(".localhost", ".local", ".internal", ".intranet", ".private", ".corp", ".home", ".lan"),
    ".home.arpa",
)
_PRIVATE_HINT = "for an intranet say --allow-private, or allow_private = true in settings.toml"
_FAKE_HINT = "a proxy such as Clash answers so: say fake_ip = true in settings.toml"

_private = [ip_network(block) for block in _PRIVATE]
_special = [ip_network(block) for block in _SPECIAL]
_carriers = [IPv6Network(block) for block in _CARRIERS]


@dataclass(frozen=True, slots=True)
class Target:
    """A web address taken apart by the WHATWG rules: href has no credentials and no fragment."""

    href: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return self.href.split("/", 3)[0] + "//" + self.href.split("/", 3)[2]


def target_of(url: str, ports: Sequence[int], base: str | None = None) -> Target:
    """What to ask for url (relative to base).

    Raises UrlError for what is no web address, AddressRefused for a scheme other than http and
    https or a port not in ports.
    """
    try:
        parsed = ada_url.URL(url, base) if base else ada_url.URL(url)
    except ValueError as error:
        raise UrlError(f"{_shown(url)} is not a web address") from error
    if parsed.protocol not in {"http:", "https:"}:
        raise AddressRefused(f"{_shown(url)}: only http and https are fetched")
    port = int(parsed.port) if parsed.port else {"http:": 80, "https:": 443}[parsed.protocol]
    if port not in ports:
        hint = "add it to ports in settings.toml if you trust it"
        raise AddressRefused(f"{parsed.host}: port {port} is not allowed", hint)
    parsed.username = parsed.password = parsed.hash = ""
    host = parsed.hostname.strip("[]").rstrip(".")
    return Target(parsed.href, parsed.protocol[:-1], host, port)


def refusal(address: str, allow_private: bool = False) -> str | None:
    """Why address must not be connected to, or None. address is an IP address as text."""
    if "%" in address:
        return "it has a scope id"
    try:
        ip = ip_address(address)
    except ValueError:
        return "it is not an IP address"
    if _inside(ip, _private):
        return None if allow_private else "it is private"
    if _inside(ip, _special) or (ip.version == 6 and ip not in _UNICAST):
        carried = _carried(ip)
        return f"it carries {carried}" if carried else "it is not public"
    carried = _carried(ip)
    if carried is not None and refusal(str(carried), allow_private):
        return f"it carries {carried}"
    return None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What settings open beyond the public internet. private: the user's own network. fake_ip:
    answers of a resolver that stands for a proxy (Clash, mihomo), which gives every name an address
    of 198.18.0.0/15; such an address written in a link stays shut."""

    private: bool = False
    fake_ip: bool = False


def check(host: str, endpoints: Iterable[Endpoint], allowed: Allowed) -> None:
    """Raises AddressRefused where any address of host is refused: one bad answer spoils all."""
    for address, _ in endpoints:
        fake = address != host and _is_fake(address)
        if fake and allowed.fake_ip:
            continue
        reason = refusal(address, allowed.private)
        if reason is not None:
            shown = address if host == address else f"{host} ({address})"
            hint = _FAKE_HINT if fake else _PRIVATE_HINT if "private" in reason else ""
            raise AddressRefused(f"{shown}: refused, {reason}", hint)


def check_name(host: str, allowed: Allowed) -> None:
    """Raises AddressRefused for a name that nobody here can look up and that is by its form one of
    a network's own: without a dot, or under a suffix that is never public (RFC 6761, 6762, 8375).
    """
    name = host.rstrip(".").lower()
    if not allowed.private and ("." not in name or name.endswith(_INSIDE)):
        raise AddressRefused(f"{host}: refused, it is private", _PRIVATE_HINT)


def _is_fake(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return isinstance(ip, IPv4Address) and ip in _FAKE


async def system_resolve(host: str, port: int) -> list[Endpoint]:
    """The operating system's answer. Raises socket.gaierror."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(info[4][0]), port) for info in found))


def mapped(rules: Sequence[str], otherwise: Resolve) -> Resolve:
    """A resolver that answers from rules `host:port:address:port` (host or port may be `*`) first.

    An IPv6 address stands in brackets. Raises StoreError for a rule that cannot be read.
    """
    if not rules:
        return otherwise
    table = [_rule(rule) for rule in rules]

    async def resolve(host: str, port: int) -> Sequence[Endpoint]:
        for rule_host, rule_port, endpoint in table:
            if rule_host in {"*", host} and rule_port in {"*", str(port)}:
                return [endpoint]
        return await otherwise(host, port)

    return resolve


async def endpoints_of(host: str, port: int, resolve: Resolve) -> Sequence[Endpoint]:
    """Where host is: itself for a literal address, which no resolver may redirect.

    Raises socket.gaierror for a name without an address.
    """
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        try:
            found = await resolve(host, port)
        except UnicodeError:  # a label that IDNA cannot write
            found = []
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such host") from None
        return found
    return [(host, port)]


def _rule(rule: str) -> tuple[str, str, Endpoint]:
    try:
        host, port, rest = rule.split(":", 2)
        address, _, to_port = rest.rpartition(":")
        return host, port, (str(ip_address(address.strip("[]"))), int(to_port))
    except ValueError as error:
        hint = "write it as host:port:address:port"
        raise StoreError(f"resolve: {rule!r} cannot be read", hint) from error


def _inside(ip: IPv4Address | IPv6Address, blocks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(ip in block for block in blocks if block.version == ip.version)


def _carried(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo, ISATAP."""
    if isinstance(ip, IPv4Address):
        return None
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    low = int(ip) & 0xFFFF_FFFF
    isatap = (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP
    carries = isatap or (low and any(ip in block for block in _carriers))
    return IPv4Address(low) if carries else None


def _shown(url: str) -> str:
    """url for a message: no credentials, no control characters, not endless."""
    return "".join(c if c.isprintable() else "?" for c in plain_url(url))[:200]

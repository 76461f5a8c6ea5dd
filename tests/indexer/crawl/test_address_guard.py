import asyncio
import socket
from base64 import b64encode
from ipaddress import IPv4Address, IPv6Address, ip_network

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.errors import AddressRefused, StoreError, UrlError
from cache.pages import PageCache
from indexer.crawl.address_guard import (
    Allowed,
    check,
    endpoints_of,
    mapped,
    refusal,
    system_resolve,
    target_of,
)
from indexer.crawl.crawler import Fetcher
from indexer.crawl.proxy import Proxies
from indexer.crawl.transport import GuardedTransport
from tests.loopback import LoopbackProxy, LoopbackWeb, Reply

PORTS = (80, 443, 8080, 8443)
PUBLIC = "93.184.216.34"
TEXT = "<p>" + "words to read " * 200

# IANA IPv4 and IPv6 Special-Purpose Address Registries, and the multicast and site-local blocks
# that the registries leave to others
SPECIAL = [
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.0.192/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128",
    "::/128",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2400:cb00::1",
]


@pytest.mark.parametrize("block", SPECIAL)
def test_special_purpose_blocks_are_refused(block):
    network = ip_network(block)
    size = network.num_addresses
    for place in (0, size // 2, size - 1):
        assert refusal(str(network[place])) is not None


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_pass(address):
    assert refusal(address) is None


@pytest.mark.parametrize("text", ["fe80::1%lo", "2606:4700::1%eth0", "", "localhost", "127.1"])
def test_what_is_no_plain_address_is_refused(text):
    assert refusal(text) is not None


@given(st.integers(0, 2**32 - 1))
def test_no_form_carries_a_refused_ipv4_address(number):
    inner = IPv4Address(number)
    forms = [
        IPv6Address(number),
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x64FF9B0001 << 80) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),
    ]
    assert all(refusal(str(form)) for form in forms)
    isatap = IPv6Address((0x2606470000000000 << 64) | (0x5EFE << 32) | number)
    assert (refusal(str(isatap)) is None) == (refusal(str(inner)) is None)


def test_an_intranet_may_be_opened_but_not_the_metadata_service():
    opened = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 100.64.0.1 ::1 fd00::1"
    for address in opened.split():
        assert refusal(address) is not None
        assert refusal(address, allow_private=True) is None
    for address in ("169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::ffff:127.0.0.1"):
        assert refusal(address, allow_private=True) is not None


def test_one_bad_answer_spoils_all():
    with pytest.raises(AddressRefused, match=r"a\.org \(10\.0\.0\.1\)"):
        check("a.org", [(PUBLIC, 80), ("10.0.0.1", 80)], Allowed())


@pytest.fixture(scope="module")
def hostile(shared):
    """Addresses that must never be asked."""
    return (shared / "hostile" / "ssrf.txt").read_text("utf-8").splitlines()


def test_every_hostile_address_is_refused(hostile):
    for url in hostile:
        try:
            target = target_of(url, PORTS)
            endpoints = asyncio.run(endpoints_of(target.host, target.port, system_resolve))
        except (AddressRefused, UrlError, socket.gaierror):
            continue
        with pytest.raises(AddressRefused):
            check(target.host, endpoints, Allowed())


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("http://user:pw@Example.COM:80/a#b", "http://example.com/a"),
        ("HTTPS://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("http://例え.jp/路", "http://xn--r8jz45g.jp/%E8%B7%AF"),
        ("http:\\\\a.org\\b", "http://a.org/b"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
    ],
)
def test_addresses_are_read_as_browsers_do(url, href):
    assert target_of(url, PORTS).href == href


def test_a_refusal_shows_no_credentials():
    for url in ("ftp://me:hunter2@a.org/", "http://me:hunter2@a.org:22/", "http://me:hunter2@[x/"):
        with pytest.raises((AddressRefused, UrlError)) as caught:
            target_of(url, PORTS)
        assert "hunter2" not in str(caught.value)


def test_rules_answer_before_the_name_server():
    async def otherwise(host, port):
        return [(PUBLIC, port)]

    rules = ("a.org:443:[::1]:8443", "*:80:127.0.0.1:8080")
    resolve = mapped(rules, otherwise)

    async def ask(host, port):
        return list(await endpoints_of(host, port, resolve))

    assert asyncio.run(ask("a.org", 443)) == [("::1", 8443)]
    assert asyncio.run(ask("b.org", 80)) == [("127.0.0.1", 8080)]
    assert asyncio.run(ask("b.org", 443)) == [(PUBLIC, 443)]
    assert asyncio.run(ask("169.254.169.254", 80)) == [("169.254.169.254", 80)]


@pytest.mark.parametrize("rule", ["a.org", "a.org:80:b.org:80", "a.org:80:1.2.3.4:x", "::::"])
def test_a_rule_that_cannot_be_read_is_named(rule):
    with pytest.raises(StoreError, match="resolve"):
        mapped((rule,), system_resolve)


# Over real sockets: a server on loopback that stands for every public address


class Dialer(httpcore.AsyncNetworkBackend):
    """Notes the address the guard lets through, then connects to loopback."""

    def __init__(self, web):
        self.ports = {80: web.port, 443: web.tls_port}
        self.dialled = []
        self.sockets = httpcore.AnyIOBackend()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.dialled.append(host)
        return await self.sockets.connect_tcp("127.0.0.1", self.ports[port], timeout)


def guarded_crawl(web, home, urls, resolve, **changes):
    """(report, addresses dialled) of a crawl that may not reach private addresses; through a proxy
    where changes say "proxy": True, and then what that was asked to dial."""
    if changes.pop("proxy", False):
        with LoopbackProxy(web) as proxy:
            report = proxied(web, proxy, home, urls, resolve)
        return report, [target.rpartition(":")[0].strip("[]") for target in proxy.targets]
    urls = list(urls)
    settings = web.settings(home, allow_private=False, resolve=(), **changes)
    transport = GuardedTransport(resolve, settings, dialer := Dialer(web))
    with PageCache(home / "pages") as pages:
        fetcher = Fetcher(settings, pages, transport=transport, resolve=resolve, backoff=0.01)
        listed = {url: [url] for url in urls} if settings.robots == "listed" else {}
        return asyncio.run(fetcher.crawl(urls, listed=listed)), dialer.dialled


def proxied(web, proxy, home, urls, resolve):
    """The report of a crawl through proxy that may not reach private addresses."""
    settings = web.settings(home, allow_private=False, resolve=(), proxy=proxy.address)
    with PageCache(home / "pages") as pages:
        fetcher = Fetcher(settings, pages, resolve=resolve, backoff=0.01)
        return asyncio.run(fetcher.crawl(urls))


async def public_only(host, port):
    """Test hosts are public, everything else is what the operating system says."""
    if host.endswith(".test"):
        return [(PUBLIC, port)]
    if host == "localhost":
        return await system_resolve(host, port)
    raise socket.gaierror(socket.EAI_NONAME, "no such host")


def test_no_hostile_address_is_dialled_directly(hostile, tmp_path):
    with LoopbackWeb() as web:
        report, dialled = guarded_crawl(web, tmp_path, hostile, public_only)
        assert (report.fetched, web.requests) == (0, [])
    assert dialled == []


@pytest.mark.parametrize("how", ["301", "302", "303", "307", "308", "meta"])
def test_no_hostile_address_is_dialled_by_redirect(hostile, tmp_path, how):
    pages = {}
    for i, url in enumerate(hostile):
        header = {"Location": url.encode("utf-8").decode("latin-1")}
        meta = f'<meta charset=utf-8><meta http-equiv="refresh" content="0;url={url}">'
        pages[f"a{i}.test/"] = Reply(meta) if how == "meta" else Reply("", int(how), header)
    with LoopbackWeb(pages) as web:
        report, dialled = guarded_crawl(web, tmp_path, [f"http://{a}" for a in pages], public_only)
        assert {request.host[-5:] for request in web.requests} == {".test"}
    assert set(dialled) == {PUBLIC}
    assert report.fetched <= 1  # `http:///etc/passwd` and the like are relative to a page


def test_no_hostile_address_is_dialled_for_robots(hostile, tmp_path):
    pages = {}
    for i, url in enumerate(hostile):
        header = {"Location": url.encode("utf-8").decode("latin-1")}
        pages[f"a{i}.test/robots.txt"] = Reply("", 302, header)
        pages[f"a{i}.test/"] = TEXT
    with LoopbackWeb(pages) as web:
        urls = [f"http://{a}" for a in pages if a.endswith("/")]
        _, dialled = guarded_crawl(web, tmp_path, urls, public_only)
        assert {request.host[-5:] for request in web.requests} == {".test"}
    assert set(dialled) == {PUBLIC}


def test_a_name_server_that_changes_its_mind_is_checked_each_time(tmp_path):
    answers = []

    async def rebinding(host, port):
        answers.append(host)
        return [(PUBLIC if len(answers) == 1 else "169.254.169.254", port)]

    closing = Reply(raw=[b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"])
    with LoopbackWeb({"a.test/robots.txt": closing, "a.test/": TEXT}) as web:
        report, dialled = guarded_crawl(web, tmp_path, ["http://a.test/"], rebinding)
        assert [request.path for request in web.requests] == ["/robots.txt"]
    assert "169.254.169.254" in report.failures["http://a.test/"]
    assert dialled == [PUBLIC]
    assert answers == ["a.test", "a.test"]


def test_the_checked_address_is_the_one_connected_to(tmp_path):
    asked = []

    async def once(host, port):
        asked.append(host)
        return [("1.2.3.4", port)]

    with LoopbackWeb({"a.test/": TEXT}) as web:
        report, dialled = guarded_crawl(web, tmp_path, ["http://a.test/"], once)
    assert (report.fetched, dialled, asked) == (1, ["1.2.3.4"], ["a.test"])


def test_an_archive_copy_is_guarded_too(tmp_path):
    async def archive_inside(host, port):
        return [("10.0.0.7" if host == "web.archive.org" else PUBLIC, port)]

    closest = '{"closest": {"available": true, "status": "200", "timestamp": "20200102030405"}}'
    lookup = "archive.org/wayback/available?url=a.test/gone"
    with LoopbackWeb({lookup: '{"archived_snapshots": ' + closest + "}"}) as web:
        report, dialled = guarded_crawl(web, tmp_path, ["http://a.test/gone"], archive_inside)
        assert web.asked() == ["http://a.test/gone", f"https://{lookup}"]
    assert report.failures == {"http://a.test/gone": "a.test: HTTP 404"}
    assert set(dialled) == {PUBLIC}


# Through a proxy


def test_names_go_through_a_proxy_where_tls_proves_them(tmp_path):
    pages = {"a.test/": TEXT, "b.test/": TEXT}
    with LoopbackWeb(pages) as web, LoopbackProxy(web, "user:p%40ss") as proxy:
        urls = ["https://a.test/", "http://b.test/"]
        report = proxied(web, proxy, tmp_path, urls, public_only)
    assert report.fetched == 2
    assert sorted(proxy.targets) == sorted(["a.test:443", f"{PUBLIC}:80"])
    assert set(proxy.credentials) == {"Basic " + b64encode(b"user:p@ss").decode()}


def test_a_name_that_only_the_proxy_can_look_up(tmp_path):
    async def nothing(host, port):
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")

    urls = ["https://a.test/", "http://b.test/", "https://intranet/", "https://nas.local/"]
    pages = {"a.test/": TEXT, "b.test/": TEXT, "intranet/": TEXT, "nas.local/": TEXT}
    with LoopbackWeb(pages) as web, LoopbackProxy(web) as proxy:
        report = proxied(web, proxy, tmp_path, urls, nothing)
    assert set(proxy.targets) == {"a.test:443"}
    assert report.fetched == 1
    assert "private" in report.failures["https://intranet/"]


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses_is_named(tmp_path, status):
    with LoopbackWeb({"a.test/": TEXT}) as web, LoopbackProxy(web, refuses=status) as proxy:
        report = proxied(web, proxy, tmp_path, ["https://a.test/"], public_only)
    assert "proxy" in report.failures["https://a.test/"]
    assert str(status) in report.failures["https://a.test/"]


def test_a_proxy_that_is_not_there_is_named(tmp_path):
    with LoopbackWeb() as web, socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        settings = web.settings(tmp_path, resolve=(), proxy=f"127.0.0.1:{shut.getsockname()[1]}")
        with PageCache(tmp_path / "pages") as pages:
            fetcher = Fetcher(settings, pages, resolve=public_only, backoff=0.01)
            report = asyncio.run(fetcher.crawl(["https://a.test/"]))
    assert "the proxy 127.0.0.1:" in report.failures["https://a.test/"]


def test_the_environment_names_proxies_and_what_goes_without(tmp_path):
    said = {"https": "http://127.0.0.1:7890", "no": "b.test,.c.test"}
    found = Proxies("", said)
    assert found.of("https", "a.test").port == 7890
    assert found.of("http", "a.test") is None
    assert found.of("https", "b.test") is found.of("https", "x.c.test") is None
    assert Proxies("none", said).of("https", "a.test") is None
    assert Proxies("proxy.test:3128", said).of("http", "b.test").host == "proxy.test"
    assert Proxies("", {"all": "http://p.test"}).of("http", "a.test").port == 80
    assert "secret" not in repr(Proxies("http://me:secret@p.test", {}).of("http", "a.test"))


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "http://", "ftp://a"])
def test_a_proxy_that_cannot_be_spoken_to_is_refused(address):
    with pytest.raises(StoreError) as caught:
        Proxies(address, {})
    assert "http://" in caught.value.hint


# Behind a resolver that stands for a proxy


def test_a_fake_address_is_an_answer_and_never_a_link(tmp_path):
    async def fake(host, port):
        return [("198.18.0.7" if host == "a.test" else "198.20.0.7", port)]

    urls = ["https://a.test/", "http://198.18.0.7/", "http://[::ffff:198.18.0.7]/"]
    with LoopbackWeb({"a.test/": TEXT, "198.18.0.7/": TEXT}) as web:
        shut, dialled = guarded_crawl(web, tmp_path / "shut", urls, fake)
        assert (shut.fetched, dialled) == (0, [])
        assert "198.18.0.7" in shut.failures["https://a.test/"]
        report, dialled = guarded_crawl(web, tmp_path, urls, fake, fake_ip=True)
    assert (report.fetched, report.failed, set(dialled)) == (1, 2, {"198.18.0.7"})


def test_the_way_out_is_named_where_an_answer_is_fake():
    with pytest.raises(AddressRefused) as caught:
        check("a.org", [("198.19.255.255", 443)], Allowed(private=True))
    assert "fake_ip" in caught.value.hint
    check("a.org", [("198.19.255.255", 443)], Allowed(fake_ip=True))
    for address in ("198.20.0.1", "198.17.255.255", "8.8.8.8"):
        check("a.org", [(address, 443)], Allowed(fake_ip=True))
    with pytest.raises(AddressRefused):
        check("a.org", [("198.18.0.1", 443), ("10.0.0.1", 443)], Allowed(fake_ip=True))

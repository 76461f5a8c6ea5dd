"""Every special-purpose block by every way in, and name servers that change their mind: the crawler
never connects. A counting dialler stands where sockets are opened."""

import asyncio
import random
from ipaddress import ip_address, ip_network

import pytest

from tests.indexer.crawl.test_address_guard import (
    OPEN,
    PUBLIC,
    SPECIAL,
    TEXT,
    guarded_crawl,
    public_only,
)
from tests.loopback import LoopbackWeb, Reply

from .conftest import count

MODES = {
    "direct": {},
    "proxy": {"proxy": True},
    "fake_ip": {"fake_ip": True},
    "listed": {"robots": "listed"},
}
FAKE = ip_network("198.18.0.0/15")  # what a name may resolve to with fake_ip
TRIES = count("REBINDS", 1000)
REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture(params=MODES)
def mode(request):
    """The settings of one way to crawl."""
    return dict(MODES[request.param])


def addresses():
    """First, middle and last address of every block."""
    found = set()
    for block in SPECIAL:
        network = ip_network(block)
        places = (0, network.num_addresses // 2, network.num_addresses - 1)
        found |= {network[place] for place in places}
    return sorted(found, key=lambda ip: (ip.version, int(ip)))


def is_fake(address):
    ip = ip_address(address)
    return ip.version == 4 and ip in FAKE


def urls(*schemes):
    """Each as an address of the web."""
    for ip in addresses():
        host = f"[{ip}]" if ip.version == 6 else str(ip)
        yield from (f"{scheme}://{host}/secret" for scheme in schemes or ("http",))


def test_the_table_is_whole():
    assert len(addresses()) > 120


def test_no_special_address_is_dialled_directly(tmp_path, mode):
    with LoopbackWeb() as web:
        report, dialled = guarded_crawl(web, tmp_path, urls("http", "https"), public_only, **mode)
    assert (report.fetched, dialled, web.requests) == (0, [], [])
    assert report.failed == 2 * len(addresses())


@pytest.mark.parametrize("how", [*REDIRECTS, "meta"])
def test_no_special_address_is_dialled_by_redirect(tmp_path, mode, how):
    pages = {}
    for number, url in enumerate(urls()):
        meta = f'<meta http-equiv="refresh" content="0;url={url}">'
        moved = Reply(meta) if how == "meta" else Reply("", how, {"Location": url})
        pages[f"a{number}.test/"] = moved
    with LoopbackWeb(pages) as web:
        report, dialled = guarded_crawl(
            web, tmp_path, [f"http://{a}" for a in pages], public_only, **mode
        )
    assert (report.fetched, report.failed, set(dialled)) == (0, len(pages), {PUBLIC})


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_special_address_is_dialled_for_robots(tmp_path, mode, status):
    pages = {}
    for number, url in enumerate(urls()):
        pages[f"a{number}.test/robots.txt"] = Reply("", status, {"Location": url})
        pages[f"a{number}.test/"] = TEXT
    asked = [f"http://a{number}.test/" for number in range(len(pages) // 2)]
    with LoopbackWeb(pages) as web:
        report, dialled = guarded_crawl(web, tmp_path, asked, public_only, **mode)
    assert (report.fetched, set(dialled)) == (0, {PUBLIC})


def test_no_special_address_is_dialled_for_a_name(tmp_path, mode):
    """Names that resolve to each special address, alone or beside a public one."""
    hosts = {f"n{number}.test": str(ip) for number, ip in enumerate(addresses())}

    async def resolve(host, port):
        mixed = [(PUBLIC, port)] if int(host[1:-5]) % 2 else []
        return [*mixed, (hosts[host], port)]

    with LoopbackWeb() as web:
        report, dialled = guarded_crawl(
            web, tmp_path, [f"http://{h}/" for h in hosts], resolve, **mode
        )
    fakes = [address for address in hosts.values() if mode.get("fake_ip") and is_fake(address)]
    assert (report.fetched, report.failed) == (0, len(hosts))
    assert set(dialled) <= {*fakes, PUBLIC}
    assert fakes or dialled == []


def test_a_name_server_that_changes_its_answer_never_leads_inside(tmp_path, mode):
    """TRIES hosts: any look-up may answer with a public or a special address, as it pleases.

    Connections close after each answer, so that each request looks the name up again.
    """
    chance = random.Random(20261123)
    special = [str(ip) for ip in addresses()]
    answered = []

    async def rebinding(host, port):
        address = chance.choice(special) if chance.random() < 0.5 else chance.choice(OPEN)
        answered.append(address)
        await asyncio.sleep(0)
        return [(address, port)]

    closing = Reply(raw=[b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"])
    pages = {f"r{n}.test/robots.txt": closing for n in range(TRIES)}
    pages |= {f"r{n}.test/": TEXT for n in range(TRIES)}
    asked = [f"http://r{n}.test/" for n in range(TRIES)]
    with LoopbackWeb(pages) as web:
        report, dialled = guarded_crawl(web, tmp_path, asked, rebinding, **mode)
    fake = mode.get("fake_ip", False)
    inside = [one for one in dialled if one not in OPEN and not (fake and is_fake(one))]
    assert inside == []
    assert report.fetched + report.failed == TRIES
    assert sum(address not in OPEN for address in answered) >= TRIES // 2
    refused = sum("refused" in reason for reason in report.failures.values())
    assert refused > TRIES // 2
    assert fake or not any(ip_address(address).is_private for address in dialled)
    print(f"\n{TRIES} tries, {len(answered)} look-ups, {refused} refused, 0 connections inside")

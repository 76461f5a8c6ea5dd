import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.errors import FetchError, RobotsDenied
from indexer.crawl.address_guard import target_of
from indexer.crawl.robots import MAX_CRAWL_DELAY, RobotsBook, RobotsPolicy

STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.DOTALL)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}

IMPLICIT = "RFC 9309, 2.2.2: /robots.txt itself is implicitly allowed"
ENCODED = (
    "RFC 9309, 2.2.2: both sides are compared percent-encoded; Google wants that of the caller"
)
DECODED = "RFC 9309, 2.2.2: %62%61%7A matches baz, in so many words"

# (file, place of the robots.txt in it, place of the question) -> why the answer differs
DEVIATIONS = {
    ("327748", 0, 5): IMPLICIT,
    ("369883", 0, 5): IMPLICIT,
    ("369883", 0, 9): IMPLICIT,
    ("860237", 0, 9): IMPLICIT,
    ("non-ascii-paths", 1, 1): ENCODED,
    ("non-ascii-paths", 2, 1): ENCODED,
    ("non-ascii-paths", 3, 0): DECODED,
}


def unescape(match):
    code = match.group(1)
    if code.startswith(b"x") and len(code) == 3:
        return bytes([int(code[1:], 16)])
    return bytes([int(code, 8)]) if code.isdigit() else PLAIN.get(code, code)


def value(text):
    """The joined string literals at the start of text."""
    parts = []
    while match := STRING.match(text := text.lstrip()):
        parts.append(ESCAPE.sub(unescape, match.group(1)))
        text = text[match.end() :]
    return b"".join(parts)


def cases(path):
    """(robots.txt, [(url, agent, allowed)]) of every test in a textproto file."""
    text = re.sub(rb"(?m)^\s*#.*$", b"", path.read_bytes())
    for block in re.split(rb"robotstxt:", text)[1:]:
        asked = []
        for part in re.split(rb"testurl:", block)[1:]:
            agent = value(part.split(b"useragent:")[1]).decode()
            outcome = re.search(rb"expected_outcome: (\w+)", part).group(1)
            asked.append((value(part).decode(), agent, outcome == b"ALLOWED"))
        yield value(block), asked


def test_every_conformance_case(shared):
    wrong, count = set(), 0
    for path in sorted((shared / "hostile" / "robots").glob("*.textproto")):
        for i, (robots, asked) in enumerate(cases(path)):
            for j, (url, agent, allowed) in enumerate(asked):
                count += 1
                if RobotsPolicy.parse(robots, agent).allows(url) != allowed:
                    wrong.add((path.stem, i, j))
    assert count == 400
    assert wrong == set(DEVIATIONS)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (200, False),
        (204, False),
        (301, True),
        (404, True),
        (403, True),
        (410, True),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_the_status_decides(status, allowed):
    policy = RobotsPolicy.of(status, b"User-agent: *\nDisallow: /")
    assert policy.allows("https://example.com/x") == allowed


def test_the_own_group_wins_over_the_star():
    policy = RobotsPolicy.parse(b"User-agent: *\nDisallow: /\n\nUser-agent: NextRead\nDisallow: /p")
    assert policy.allows("https://example.com/x")
    assert not policy.allows("https://example.com/p/1")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("nextread/0.1", True),
        ("NextRead (test)", True),
        ("next", False),
        ("nextread-images", False),
    ],
)
def test_a_group_means_exactly_its_token(name, meant):
    policy = RobotsPolicy.parse(f"User-agent: {name}\nDisallow: /".encode())
    assert policy.allows("https://example.com/x") != meant


@pytest.mark.parametrize(
    ("line", "delay"),
    [
        (b"Crawl-delay: 2.5", 2.5),
        (b"Crawl-delay: 999999", MAX_CRAWL_DELAY),
        (b"Crawl-delay: inf", 0.0),
        (b"Crawl-delay: -3", 0.0),
        (b"Crawl-delay: nan", 0.0),
        (b"Crawl-delay: soon", 0.0),
        (b"Request-rate: 1/5s", 5.0),
        (b"", 0.0),
    ],
)
def test_the_delay_is_honoured_and_bounded(line, delay):
    assert RobotsPolicy.parse(b"User-agent: nextread\n" + line).delay == delay


@given(st.binary(max_size=400))
def test_parsing_never_raises(body):
    policy = RobotsPolicy.parse(b"User-agent: *\n" + body)
    assert policy.allows("https://example.com/robots.txt")
    assert 0 <= policy.delay <= MAX_CRAWL_DELAY


def test_only_the_first_half_megabyte_counts():
    body = b"User-agent: *\n" + b"#" * 600_000 + b"\nDisallow: /"
    assert RobotsPolicy.parse(body).allows("https://example.com/x")


def test_an_origin_is_asked_once_even_by_many_at_once():
    asked = []

    async def ask(url):
        asked.append(url)
        await asyncio.sleep(0)
        return RobotsPolicy.parse(b"User-agent: *\nDisallow: /no")

    async def run():
        book = RobotsBook(ask, clock=lambda: 0.0)
        yes = target_of("https://a.org/yes", (443,))
        await asyncio.gather(*(book.allow(yes) for _ in range(20)))
        with pytest.raises(RobotsDenied, match=r"a\.org"):
            await book.allow(target_of("https://a.org/no", (443,)))

    asyncio.run(run())
    assert asked == ["https://a.org/robots.txt"]


def test_a_failed_question_is_asked_again():
    answers = [FetchError("down"), RobotsPolicy.parse(b"")]

    async def ask(_):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run():
        book = RobotsBook(ask, clock=lambda: 0.0)
        target = target_of("https://a.org/", (443,))
        with pytest.raises(FetchError):
            await book.allow(target)
        assert await book.allow(target)

    asyncio.run(run())

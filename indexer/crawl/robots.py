"""What a site's robots.txt allows, by RFC 9309, over protego.

A missing file allows everything, a server error allows nothing. Must not know how the file is
fetched or kept: `RobotsBook` is told how to ask.
"""

import asyncio
import codecs
import math
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from protego import Protego

from cache.errors import RobotsDenied
from indexer.crawl.address_guard import Target

REFUSAL = "its robots.txt"
"""What every reason begins with for which robots.txt keeps us away."""

AGENT = "nextread"
"""The product token that groups of robots.txt name (RFC 9309, 2.2.1)."""

MAX_ROBOTS = 512 << 10
"""Bytes of a robots.txt that are read; RFC 9309 asks for at least 500 KiB."""

MAX_CRAWL_DELAY = 30.0
"""Seconds: a longer Crawl-delay is shortened to this."""

_AGENT_LINE = re.compile(r"(?im)^(\s*user[ -]?agent\s*[:\s]\s*)([a-z_-]+)[^\r\n]*")
_OTHER = "another/agent"
_BOOK = 2048  # origins whose rules stay in memory
_REMEMBER = 3600.0  # seconds a policy in memory holds, well below the day it holds on disk


def _exact(agent: str, line: re.Match[str]) -> str:
    """A user-agent line as RFC 9309 reads it: the token up to the first other character, equal
    to the agent's or another's. protego would take `next` for `nextread`, and miss
    `nextread/1.0`."""
    token = line.group(2).lower()
    return line.group(1) + (token if token == agent else _OTHER)


def _without_mark(body: bytes) -> bytes:
    """body without a byte order mark, whole or cut, which would hide the first line."""
    for length in (3, 2, 1):
        if body.startswith(codecs.BOM_UTF8[:length]):
            return body[length:]
    return body


@dataclass(frozen=True, slots=True)
class RobotsPolicy:
    """The rules of one origin for one agent. refused is why nothing at all may be fetched."""

    rules: Protego
    agent: str = AGENT
    refused: str | None = None

    @classmethod
    def parse(cls, body: bytes, agent: str = AGENT) -> "RobotsPolicy":
        """The rules in body; broken lines are skipped, never raised for."""
        text = _without_mark(body[:MAX_ROBOTS]).decode("utf-8", "replace")
        return cls(Protego.parse(_AGENT_LINE.sub(partial(_exact, agent.lower()), text)), agent)

    @classmethod
    def of(cls, status: int, body: bytes) -> "RobotsPolicy":
        """The rules that an answer stands for: RFC 9309, 2.3.1. 429 counts as a server error."""
        if 200 <= status < 300:
            return cls.parse(body)
        if status >= 500 or status == 429:
            return cls(Protego.parse(""), refused=f"{REFUSAL} answered {status}")
        return cls(Protego.parse(""))

    def allows(self, url: str) -> bool:
        """Whether url may be fetched."""
        return self.refused is None and bool(self.rules.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """Seconds between two requests that the site asks for, at most MAX_CRAWL_DELAY."""
        asked = [self.rules.crawl_delay(self.agent) or 0.0]
        rate = self.rules.request_rate(self.agent)
        if rate is not None and rate.requests > 0:
            asked.append(rate.seconds / rate.requests)
        return max(min(d, MAX_CRAWL_DELAY) for d in asked if not math.isnan(d) and d >= 0)


class RobotsBook:
    """The policies of the origins of one crawl, each asked for once and in memory for an hour."""

    def __init__(
        self, ask: Callable[[str], Awaitable[RobotsPolicy]], clock: Callable[[], float]
    ) -> None:
        """ask gets a robots.txt URL and answers with its policy; what it raises is passed on."""
        self._ask = ask
        self._clock = clock
        self._policies: OrderedDict[str, tuple[float, RobotsPolicy]] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def policy(self, target: Target) -> RobotsPolicy:
        """What target's host says of robots. Raises what asking raised."""
        return self._known(target.origin) or await self._learn(target.origin)

    async def allow(self, target: Target) -> RobotsPolicy:
        """The policy that allows target. Raises RobotsDenied, or what asking raised."""
        policy = await self.policy(target)
        if not policy.allows(target.href):
            why = policy.refused or f"{REFUSAL} does not allow it"
            raise RobotsDenied(f"{target.host}: {why}")
        return policy

    def _known(self, origin: str) -> RobotsPolicy | None:
        since, policy = self._policies.get(origin, (0.0, None))
        return policy if policy and self._clock() - since < _REMEMBER else None

    async def _learn(self, origin: str) -> RobotsPolicy:
        lock = self._asking.setdefault(origin, asyncio.Lock())
        try:
            async with lock:
                policy = self._known(origin) or await self._ask(f"{origin}/robots.txt")
                self._policies[origin] = (self._clock(), policy)
        finally:
            if not lock.locked():
                self._asking.pop(origin, None)
        if len(self._policies) > _BOOK:
            self._policies.popitem(last=False)
        return policy

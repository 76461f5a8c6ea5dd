"""What the reasons say that the crawler keeps: whether a page is gone, walled, refused or failing.

A reason is `host: words`. Those of outcomes.py and crawler.py begin with what is named here; the
rest are of walls.py, of sites and of the system. Must not know pages or the network.
"""

import re
from typing import Literal

from indexer.crawl.robots import REFUSAL

EMPTY = "the page is empty"
NO_HOST = "no such host"
LEFT_ALONE = "it asked to be left alone for a while"
GONE = frozenset({404, 410})
WALLED = frozenset({401, 403, 451})

Trouble = Literal["gone", "wall", "refused", "certificate", "unasked", "unreadable", "failing"]
"""gone: there is no such page. wall: there may be one, not for us. refused: robots.txt keeps us
away. certificate: who answers cannot be told. unasked: nobody was asked. unreadable: something is
there that holds no text, or too much to read. failing: all else, which may pass."""

_STATUS = re.compile(r"HTTP (\d{3})\b")
_REMOVED = re.compile("已被发布者删除|因违规无法查看|内容不存在|自主注销|已被屏蔽")
_WALLS = re.compile(
    r"captcha|challenge|block page|login wall|login or|consent"
    r"|\b(?:youtube|bilibili|wechat|zhihu):",
    re.IGNORECASE,
)
_UNREADABLE = re.compile(r"media type .+ no text\b|more than [\d,]+ bytes\b")
_OURS = ("refused, ", "only http", "port ")


def trouble_of(reason: str) -> Trouble:
    """What a reason that was kept for a page without success says of it."""
    words = reason.partition(": ")[2] or reason
    if status := _STATUS.match(words):
        number = int(status[1])
        return "gone" if number in GONE else "wall" if number in WALLED else "failing"
    if words == NO_HOST or _REMOVED.search(words):
        return "gone"
    if words.startswith(REFUSAL):
        return "refused"
    if words.startswith((LEFT_ALONE, *_OURS)):
        return "unasked"
    if _UNREADABLE.match(words):
        return "unreadable"
    if "CERTIFICATE" in words:
        return "certificate"
    return "wall" if _WALLS.search(reason) else "failing"

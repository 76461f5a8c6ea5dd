"""What may be asked for, once for every interface. Must not know any of them."""

from typing import Literal

Ui = Literal["en", "zh"]
"""Languages that a reader is spoken to in."""

MOST_RESULTS = 1000
"""Results of one command, which stays on this machine."""

MOST_SENT = 100
"""Results of one answer over HTTP or MCP."""

MOST_NAMED = 20
"""Times a parameter may be repeated: kinds, lists, resources to be like."""

MAX_PAGE = 32 << 20
"""Bytes of one request that brings a page."""

FEWEST_STEPS, MOST_STEPS = 1, 50
"""Steps of a path."""

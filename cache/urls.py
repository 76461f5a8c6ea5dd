"""Addresses as they may be kept and shown: without the user name and password some hold.

Nothing that nextread writes, says or sends holds one. Must not know pages, lists or the network.
"""

import re

_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*:[/\\]*|[/\\]{2})[^/?#\\]*@", re.IGNORECASE)
_USERINFO_IN_TEXT = re.compile(r"://(?:[\w.~%!$&+;=:-]*@)+", re.ASCII)
"""Of what RFC 3986 allows before an @, no bracket, comma or quote: there text goes on."""


def plain_url(url: str) -> str:
    """url without user name, password and fragment: the key of a page, and safe to show."""
    return without_credentials(url.strip()).partition("#")[0]


def without_credentials(url: str) -> str:
    """url without user name and password."""
    return _USERINFO.sub(r"\1", url) if "@" in url else url


def text_without_credentials(text: str) -> str:
    """Running text with no user name and password in any address it holds."""
    return _USERINFO_IN_TEXT.sub("://", text) if "@" in text else text

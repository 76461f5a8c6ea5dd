"""Addresses as they may be kept and shown: without the user name and password some hold.

Nothing that nextread writes, says or sends holds one. Must not know pages, lists or the network.
"""

import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlsplit

_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*:[/\\]*|[/\\]{2})[^/?#\\]*@", re.IGNORECASE)
_USERINFO_IN_TEXT = re.compile(r"://(?:[\w.~%!$&+;=:-]*@)+", re.ASCII)
"""Of what RFC 3986 allows before an @, no bracket, comma or quote: there text goes on."""

_PORTS = {"http": ":80", "https": ":443"}


def plain_url(url: str) -> str:
    """url without user name, password and fragment: the key of a page, and safe to show."""
    return without_credentials(url.strip()).partition("#")[0]


def without_credentials(url: str) -> str:
    """url without user name and password."""
    return _USERINFO.sub(r"\1", url) if "@" in url else url


def text_without_credentials(text: str) -> str:
    """Running text with no user name and password in any address it holds."""
    return _USERINFO_IN_TEXT.sub("://", text) if "@" in text else text


def spellings(address: str) -> Iterator[str]:
    """What an address may be kept as, itself first: its host in lower case and without the usual
    port, the other of http and https, without its fragment, with and without a closing slash.

    None of what is no text: half of a surrogate pair is in no database.
    """
    return filter(_is_text, _spellings(address))


def _spellings(address: str) -> Iterator[str]:
    yield address
    try:
        parts = urlsplit(address if "://" in address else f"//{address.removeprefix('//')}")
    except ValueError:
        return
    if parts.scheme not in {"", *_PORTS}:
        return
    host = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ""))
    schemes = dict.fromkeys((parts.scheme or "https", "https", "http"))
    fragments, hosts = (
        dict.fromkeys(pair) for pair in ((parts.fragment, ""), (parts.netloc, host))
    )
    for fragment, scheme, netloc in product(fragments, schemes, hosts):
        bare = parts._replace(scheme=scheme, netloc=netloc, fragment=fragment).geturl()
        yield from (bare, bare.rstrip("/"), bare + "/")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

"""One address a work: canonical_url says when two spellings are the same page, and never guesses.

Why it exists: a link appears in lists as http and https, with trackers, as a PDF and as a page;
ratings and notes must meet in one resource. Pure: no network, no state but a bounded memo. What
was written stays in the mentions and aliases. Must not know lists, resources or the crawler.

Left distinct on purpose: `www.` or not, `/index.html` or not, any parameter not in the tables of
url_parts.py (`?p=12`, `?id=`, `?gallery=2`). Folded: http with https, a trailing slash, order of
named parameters, fragments that do not route, and what sites promise (url_sites.py).
"""

import hashlib
import re
from functools import lru_cache

from cache.errors import UrlError
from indexer.resources.canonical_sites import redirect_target, site_form
from indexer.resources.url_parts import Parts, parse, spell


def canonical_url(url: str) -> str:
    """The one address that stands for every spelling of url.

    Idempotent, and always https, so that a site's move to https does not split a work: it is a
    name, not a promise that the site answers there (see address_of). Parsing follows the WHATWG
    URL standard. Raises UrlError for anything but an http or https address.
    """
    return _forms(url)[0]


def address_of(url: str) -> str:
    """The address to open for url: as written, without trackers.

    Where the site's own form is known to answer, that form; otherwise scheme, trailing slash and
    fragment stay as written. Raises UrlError like canonical_url.
    """
    return _forms(url)[1]


def resource_id(canonical: str) -> str:
    """16 hexadecimal digits that name a canonical address.

    64 bits of SHA-256: among a million resources two share an id with odds below 3 in 10**8.
    """
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def host_of(url: str) -> str:
    """The host of url: lower case, punycode, without port. Raises UrlError."""
    return parse(url).host


@lru_cache(maxsize=1 << 16)
def _forms(url: str) -> tuple[str, str]:
    """(canonical, address) of url; memoised because lists repeat each other."""
    parts = _unwrapped(parse(url))
    special = site_form(parts)
    chosen = special or parts
    port = "" if chosen.port == ":443" else chosen.port  # http://host:443 after the fold to https
    path = chosen.path.rstrip("/") or "/"
    fragment = "" if special or not _ROUTE.match(chosen.fragment) else chosen.fragment
    name = spell("https", chosen.host, port, path, chosen.query, fragment)
    return name, _address(parts, special, name)


def _address(parts: Parts, special: Parts | None, name: str) -> str:
    if special is None or special.host in _NAMES_ONLY:
        return parts.text()
    path = parts.path.rstrip("/") or "/"
    plain = spell(parts.scheme, parts.host, parts.port, path, parts.query, "")
    return plain if plain.lower() == name.lower() else name  # github.com/PlexPt keeps its capitals


def _unwrapped(parts: Parts) -> Parts:
    while target := redirect_target(parts):  # each round is shorter than the last, so it ends
        try:
            parts = parse(target)
        except UrlError:
            break
    return parts


_NAMES_ONLY = frozenset({"medium.com", "x.com"})  # written addresses there say more and answer too
_ROUTE = re.compile(r"!/?[^/]|/[^/]")  # `#!/page`, `#/page`; not `#/`, nor Apple's `#//anchor`

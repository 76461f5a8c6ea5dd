"""The pieces of a web address, normalised, and the exact tables of what a query may lose.

Why it exists: canonical addresses and site rules both work on pieces, and both must drop the same
tracking. Parsing is WHATWG's (ada). Must not know any site beyond the parameter tables.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import ada_url

from cache.errors import UrlError


class Parts(NamedTuple):
    """One address in pieces; escapes normalised, tracking already gone from query.

    port is empty or `:8080`; path starts with `/` and keeps its trailing slash; query holds
    `name=value` pieces as written; fragment is without `#`.
    """

    scheme: str
    host: str
    port: str
    path: str
    query: tuple[str, ...] = ()
    fragment: str = ""

    def at(self, host: str, path: str, *query: str) -> "Parts":
        """The same scheme at another place, without port and fragment."""
        return Parts(self.scheme, host, "", path, query)

    def value(self, name: str) -> str | None:
        """The first value of a query parameter, as written."""
        start = f"{name}="
        return next((q[len(start) :] for q in self.query if q.startswith(start)), None)

    def text(self) -> str:
        """The address these pieces spell."""
        return spell(self.scheme, self.host, self.port, self.path, self.query, self.fragment)


def spell(
    scheme: str, host: str, port: str, path: str, query: tuple[str, ...], fragment: str
) -> str:
    """The address that pieces spell."""
    text = f"{scheme}://{host}{port}{path}"
    if query:
        text = f"{text}?{'&'.join(query)}"
    return f"{text}#{fragment}" if fragment else text


def parse(url: str) -> Parts:
    """The pieces of url. Raises UrlError for anything but an http or https address."""
    plain = _PLAIN.match(url)
    if plain is not None:  # nothing to normalise, as in nine of ten links: ada takes longer
        scheme, host, path = plain.groups()
        return Parts(scheme, host, "", path or "/")
    match = _HREF.match(_normalized(url))
    if match is None:
        raise _not_web(url)
    scheme, host, port, path, query, fragment = match.groups(default="")
    if host.endswith(".") and len(host) > 1 and not host.endswith(".."):
        host = host[:-1]  # the root label; with more dots the host means something else
    path = normal_escapes(path)
    if ";" in path:
        path = _SESSION_IN_PATH.sub("", path)
    pieces = _clean_query(host, path, normal_escapes(query)) if query else ()
    return Parts(scheme, host, port, path, pieces, normal_escapes(fragment))


def _normalized(url: str) -> str:
    try:
        return ada_url.normalize_url(url.strip())
    except ValueError as error:  # ada's refusal, or a lone surrogate
        raise _not_web(url) from error


def normal_escapes(text: str) -> str:
    """Percent-escapes as RFC 3986, 6.2.2 wants them: upper case, none for unreserved characters.

    A stray `%` becomes `%25`, so that a second pass cannot read a new escape into it.
    """
    return _ESCAPE.sub(_normal_escape, text) if "%" in text else text


@lru_cache(maxsize=1 << 12)
def site_of(host: str) -> str:
    """The last two labels of a host: a cheap key for tables, not the public suffix list."""
    return ".".join(host.rsplit(".", 2)[-2:])


def _not_web(url: str) -> UrlError:
    shown = url if len(url) <= 120 else f"{url[:117]}..."
    return UrlError(f"not a web address: {shown!r}", "write it in full: https://host/path")


def _normal_escape(match: re.Match[str]) -> str:
    code = match[1]
    if code is None:
        return "%25"
    character = chr(int(code, 16))
    return character if character in _UNRESERVED else f"%{code.upper()}"


def _clean_query(host: str, path: str, query: str) -> tuple[str, ...]:
    local = _LOCAL.get(host) or _LOCAL.get(site_of(host), frozenset())
    pieces = [piece for piece in query.split("&") if piece and not _is_noise(piece, local, path)]
    if all("=" in piece for piece in pieces):  # order of named parameters says nothing
        pieces.sort(key=lambda piece: piece.partition("=")[0])
    return tuple(pieces)


def _is_noise(piece: str, local: frozenset[str], path: str) -> bool:
    name, _, value = piece.partition("=")
    name = name.lower()
    return (
        name in _TRACKING
        or name in local
        or name in _SESSIONS
        or name.startswith(_FAMILIES)
        or (name == "source" and _MEDIUM_SOURCE.match(value) is not None)
        or (name == "sid" and _PHPBB.search(path) is not None)
    )


# Lower-case host that ends in a word, no escapes, no dot segments, no query, no fragment.
_PLAIN = re.compile(
    r"(https?)://(?!xn--)((?:[a-z0-9-]+\.(?!xn--))+[a-z]{2,})"
    r"((?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._~!$&'()*+,=:@-]*)*)\Z"
)
_HREF = re.compile(
    r"(https?)://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]+)(:\d+)?(/[^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z",
    re.DOTALL,
)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# After a name only: what is left can then be no dot segment.
_SESSION_IN_PATH = re.compile(r"(?<=[^/.]);jsessionid=[^/]*", re.IGNORECASE)
_SESSIONS = frozenset({"jsessionid", "phpsessid", "aspsessionid", "cfid", "cftoken"})
_PHPBB = re.compile(r"/(?:viewtopic|viewforum|memberlist|index|ucp)\.php$")
_MEDIUM_SOURCE = re.compile(r"(?:post_page|friends_link|user_profile|collection_home|rss-|-{4,})")

# Names that never select content, wherever they stand. Whole names only: a prefix or pattern
# folds galleries and pages into one (see tests), so the only families are those whose owner
# reserved the prefix.
_FAMILIES = ("utm_", "mtm_", "hsa_")
_TRACKING_NAMES = """
    gclid gclsrc dclid gbraid wbraid fbclid msclkid yclid twclid ttclid li_fat_id igshid igsh
    mc_cid mc_eid mkt_tok _hsenc _hsmi hsctatracking _openstat oly_anon_id oly_enc_id vero_id
    vero_conv wickedid rb_clickid s_kwcid ef_id ml_subscriber ml_subscriber_hash __s _ga _gl
    _branch_match_id pk_campaign pk_kwd pk_source pk_medium piwik_campaign piwik_kwd pcampaignid
    hmsr hmpl hmcu hmkw hmci wprov at_medium at_campaign ncid cmpid
    spm vd_source spm_id_from from_spmid share_source share_medium share_plat share_session_id
    share_tag share_from share_times unique_k sharer_sharetime sharer_shareid
    mpshare tdsourcetag
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_GOOGLE_DOCS = frozenset({"usp", "pli"})
_LOCAL = {
    "docs.google.com": _GOOGLE_DOCS,
    "drive.google.com": _GOOGLE_DOCS,
    "colab.research.google.com": _GOOGLE_DOCS,
    "facebook.com": frozenset({"ref", "fref", "__tn__", "__xts__[0]", "_rdr", "mibextid"}),
    "medium.com": frozenset({"source", "sk", "gi"}),
    "towardsdatascience.com": frozenset({"source", "sk", "gi"}),
    "substack.com": frozenset({"r", "showwelcomeonshare", "triedredirect"}),
    "linkedin.com": frozenset({"trk", "trackingid", "lipi", "originalsubdomain"}),
    "reddit.com": frozenset({"share_id", "rdt"}),
    "bilibili.com": frozenset({"from", "seid", "bbid", "ts", "is_story_h5", "timestamp"}),
    "udemy.com": frozenset({"referralcode", "couponcode"}),
}

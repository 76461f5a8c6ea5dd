"""What browsers and feed readers take: an OpenSearch description, RSS of results.

XML by the standard library's own writer, so that no title can break out of its element. Must not
know how results were found.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from cache.records import Result
from search.answers import snippet

OPENSEARCH_TYPE = "application/opensearchdescription+xml"
RSS_TYPE = "application/rss+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"


def opensearch(base: str) -> bytes:
    """The OpenSearch 1.1 description of a server at base (scheme and authority, no slash)."""
    root = Element("OpenSearchDescription", xmlns=_NAMESPACE)
    SubElement(root, "ShortName").text = "nextread"
    SubElement(root, "Description").text = "Ask your reading lists"
    SubElement(root, "InputEncoding").text = "UTF-8"
    SubElement(root, "Url", type="text/html", template=base + "/?q={searchTerms}")
    return _written(root)


def rss(
    title: str,
    results: Sequence[Result],
    *,
    link: str = "https://localhost/",
    address: str | None = None,
    came: Mapping[str, str] | None = None,
    published: str | None = None,
) -> bytes:
    """RSS 2.0 of results under a title, each with why it is there, else what it says.

    link is where the feed's page is, address its own; came when each id came, where that is known,
    and published when their generation was, RFC 3339. An item keeps its id and its date from one
    generation to the next, so that no reader shows it twice.
    """
    root = Element(
        "rss", {"version": "2.0", "xmlns:atom": _ATOM} if address else {"version": "2.0"}
    )
    channel = SubElement(root, "channel")
    for name, text in (("title", title), ("link", link), ("description", title)):
        SubElement(channel, name).text = plain(text)
    if address:
        own = {"href": plain(address), "rel": "self", "type": RSS_TYPE}
        root.set("xmlns:atom", _ATOM)
        SubElement(channel, "atom:link", own)
    if published:
        SubElement(channel, "lastBuildDate").text = _date(published)
    for result in results:
        item = SubElement(channel, "item")
        SubElement(item, "title").text = plain(result.resource.title)
        if is_web(result.resource.url):
            SubElement(item, "link").text = plain(result.resource.url)
        SubElement(item, "guid", isPermaLink="false").text = result.resource.id
        if at := (came or {}).get(result.resource.id):
            SubElement(item, "pubDate").text = _date(at)
        # Readers take a description for HTML: what is quoted is escaped once more.
        about = result.why or snippet(result)
        SubElement(item, "description").text = _escaped(plain(about))
    return _written(root)


def _date(told: str) -> str:
    """A date of RFC 3339 as RFC 822 has it."""
    return format_datetime(datetime.fromisoformat(told).astimezone(UTC), usegmt=True)


def is_web(url: str) -> bool:
    """Whether an address may be made a link: http or https, nothing that could run."""
    try:
        return urlsplit(url.strip()).scheme.lower() in {"http", "https"} and url == url.strip()
    except ValueError:
        return False


def plain(text: str) -> str:
    """text without what XML 1.0 forbids and control characters."""
    return "".join("\ufffd" if _is_forbidden(c) else c for c in text)


def _is_forbidden(c: str) -> bool:
    return c in "\ufffe\uffff" or (c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _written(root: Element) -> bytes:
    body: bytes = tostring(root, "utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body

"""What a page says about itself: title, author, date, language, in the order such claims hold up.

Must not know the page's text, nor which site it is from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from indexer.charset import clean

_TITLE_LENGTH = 300  # characters
_SEPARATORS = re.compile(
    r"\s+[|｜·•»«:–—-]+\s+|\s*[|｜]\s*|_(?=[^\W\d_]*[\u3400-\u9fff])|\s*[–—]{2,}\s*"
)
_CERTAIN = frozenset("|｜·•»«_")  # what follows these names the site; dashes are also punctuation


@dataclass(frozen=True, slots=True)
class About:
    """A page's own claims; title is empty and the others None where it makes none."""

    title: str
    author: str | None
    published: str | None
    language: str | None


def about(tree: HtmlElement, url: str) -> About:
    """Read tree, which is not changed. url is only used to recognise the site's own name.

    citation_* (Highwire) and Open Graph tags come before what trafilatura and htmldate infer.
    """
    from trafilatura import extract_metadata

    found = extract_metadata(tree, url, {"original_date": True, "extensive_search": False}, False)
    author = _meta(tree, "citation_author", "author", "article:author", "dc.creator")
    if author is None or author.startswith(("http://", "https://")):
        author = found.author
    return About(
        title=title_of(tree, url),
        author=line(author or "").replace("; ", ", ") or None,
        published=_published(tree) or found.date or None,
        language=_language(tree),
    )


def title_of(tree: HtmlElement, url: str) -> str:
    """The work's title without the site's name; empty where the page has none.

    citation_title, then whichever of og:title, <title> and the like a heading of the page confirms
    (a series gives all its pages one og:title), then the first of them, then the first heading.
    """
    headings = [line(_words(node)) for node in tree.xpath("//body//h1 | //body//h2")]
    site = _meta(tree, "og:site_name", "application-name") or ""
    names = {_key(site), *(_key(label) for label in (urlsplit(url).hostname or "").split("."))}
    cited = _meta(tree, "citation_title")
    if cited:
        return cited
    claims = [
        _meta(tree, "og:title"),
        _words(node) if (node := tree.find(".//head/title")) is not None else None,
        _meta(tree, "dc.title"),
        _meta(tree, "twitter:title"),
    ]
    titles = [trim(line(claim), headings, names) for claim in claims if claim and line(claim)]
    keys = {_key(heading) for heading in headings}
    confirmed = [title for title in titles if _key(title) in keys - names]
    named = [title for title in [*titles, *headings[:1]] if _key(title) not in {*names, ""}]
    return next(iter([*confirmed, *named, *titles]), "")


def trim(title: str, headings: list[str], names: set[str]) -> str:
    """title without the site's name at its end or start.

    A part that is a heading of the page is the title; a part that is in names (keys of the site's
    names) is not. Else what follows a bar is dropped, what follows a dash kept.
    """
    cuts = list(_SEPARATORS.finditer(title))
    if not cuts:
        return title
    keys = {_key(heading) for heading in headings}
    for cut in reversed(cuts):
        if _key(title[: cut.start()]) in keys:
            return title[: cut.start()].strip()
    rest = title[cuts[0].end() :].strip()
    if _key(rest) in keys - names and len(rest) >= cuts[0].start():
        return rest
    return _without_site(title, cuts, names)


def _without_site(title: str, cuts: list[re.Match[str]], names: set[str]) -> str:
    last, first = cuts[-1], cuts[0]
    if _key(title[last.end() :]) in names:
        return title[: last.start()].strip()
    if _key(title[: first.start()]) in names:
        return title[first.end() :].strip()
    bars = [cut for cut in cuts if set(cut[0].strip()) & _CERTAIN]
    if bars and _weight(title[: bars[0].start()]) >= 4:
        return title[: bars[0].start()].strip()
    return title


def line(text: str) -> str:
    """text as one clean line of at most 300 characters."""
    text = " ".join(clean(text).split())
    return text if len(text) <= _TITLE_LENGTH else text[: _TITLE_LENGTH - 1].rstrip() + "…"


def _words(node: HtmlElement) -> str:
    return "".join(node.itertext())


def _key(text: str) -> str:
    return re.sub(r"\W+", "", re.sub(r"^[\d.]+\s", "", text)).casefold()


def _weight(text: str) -> int:
    return sum(1 if character.isascii() else 2 for character in text)


def _meta(tree: HtmlElement, *names: str) -> str | None:
    return next((value for name in names for value in _values(tree, name)), None)


def _values(tree: HtmlElement, name: str) -> Iterator[str]:
    for node in tree.iter("meta"):
        said = node.get("property") or node.get("name") or node.get("itemprop") or ""
        content = line(node.get("content") or "")
        if said.casefold() == name and content:
            yield content


def _published(tree: HtmlElement) -> str | None:
    claim = _meta(
        tree,
        "citation_publication_date",
        "citation_date",
        "article:published_time",
        "datepublished",
    )
    return date_in(claim or "")


def date_in(text: str) -> str | None:
    """The date text starts with, as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None if there is none."""
    match = re.match(r"\D{0,3}((?:19|20)\d\d)(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?", text)
    if not match:
        return None
    year, month, day = match[1], int(match[2] or 0), int(match[3] or 0)
    if not 1 <= month <= 12:
        return year
    return f"{year}-{month:02}-{day:02}" if 1 <= day <= 31 else f"{year}-{month:02}"


def _language(tree: HtmlElement) -> str | None:
    match = re.match(r"[A-Za-z]{2}(?![A-Za-z])", tree.get("lang") or "")
    return match[0].lower() if match else None

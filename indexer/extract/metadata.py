"""What a page says about itself: title, author, date, language and
whether it is free, in the order such claims hold up.

Must not know the page's text, nor which site it is from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from indexer.charset import clean
from indexer.extract.json_ld import Said, said_of

_TITLE_LENGTH = 300  # characters
_SEPARATORS = re.compile(
    r"\s+[|｜·•»«:–—-]+\s+|\s*[|｜]\s*|_(?=[^\W\d_]*[\u3400-\u9fff])|\s*[–—]{2,}\s*"
)
_CERTAIN = frozenset("|｜·•»«_")  # what follows these names the site; dashes are also punctuation


@dataclass(frozen=True, slots=True)
class About:
    """A page's own claims; title is empty and the others None where it makes none. free is False
    where it says that reading costs money."""

    title: str
    author: str | None
    published: str | None
    language: str | None
    free: bool = True


def about(tree: HtmlElement, url: str) -> About:
    """Read tree, which is not changed. url is only used to recognise the site's own name.

    citation_* (Highwire) and Open Graph tags come before what trafilatura and htmldate infer.
    """
    from trafilatura import extract_metadata

    found = extract_metadata(tree, url, {"original_date": True, "extensive_search": False}, False)
    said = said_of(tree)
    return About(
        title=title_of(tree, url),
        author=_author(tree, url, said) or line(found.author or "").replace("; ", ", ") or None,
        published=_published(tree) or found.date or None,
        language=language_of(tree),
        free=not said.paid and not _is_locked(tree),
    )


def _author(tree: HtmlElement, url: str, said: Said) -> str | None:
    """Who wrote it: citation_author, the by-line in JSON-LD, then meta tags.

    A by-line that names the publication says who published; it counts where there is no other.
    """
    if cited := list(_values(tree, "citation_author")):
        return ", ".join(cited)
    names = _site_names(tree, url) | {_key(name) for name in said.publishers}
    writers = [line(name) for name in said.writers if _key(name) not in names]
    if writers:
        return ", ".join(writers)
    claims = [
        claim
        for name in ("author", "article:author", "dc.creator")
        for claim in _values(tree, name)
        if not claim.startswith(("http://", "https://"))
    ]
    named = [claim for claim in claims if _key(claim) not in names]
    return next(iter([*named, *claims]), "").replace("; ", ", ") or None


def _is_locked(tree: HtmlElement) -> bool:
    """Whether a tag says that the article is for subscribers."""
    said = [_meta(tree, "article:content_tier"), _meta(tree, "isaccessibleforfree")]
    return said[0] == "locked" or (said[1] or "").casefold() == "false"


def title_of(tree: HtmlElement, url: str) -> str:
    """The work's title without the site's name; empty where the page has none.

    citation_title, then whichever of og:title, <title> and the like a heading of the page confirms
    (a series gives all its pages one og:title), then the first of them, then the first heading.
    """
    headings = [line(_words(node)) for node in tree.xpath("//body//h1 | //body//h2")]
    names = _site_names(tree, url)
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


def _site_names(tree: HtmlElement, url: str) -> set[str]:
    site = _meta(tree, "og:site_name", "application-name") or ""
    return {_key(site), *(_key(label) for label in (urlsplit(url).hostname or "").split("."))}


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


def language_of(tree: HtmlElement) -> str | None:
    """The language that a page says it is in, ISO 639-1."""
    match = re.match(r"[A-Za-z]{2}(?![A-Za-z])", tree.get("lang") or "")
    return match[0].lower() if match else None

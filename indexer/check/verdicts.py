"""How an address stands, by what the page cache holds of it.

Nothing is concluded that no answer said: what was not asked is unasked, what robots.txt refused is
refused, and one failure is no death. Must not know lists.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from cache.errors import Damaged, UrlError
from cache.page_records import Standing, stamp
from cache.pages import PageCache
from cache.records import Page
from cache.urls import plain_url
from indexer import sites
from indexer.check.report import Copy, State, Verdict
from indexer.check.titles import Claims, differs
from indexer.crawl.reasons import Trouble, trouble_of
from indexer.resources.canonical import address_of
from indexer.resources.url_parts import site_of
from indexer.sites import github, wayback

_STATES: Mapping[Trouble, State] = {
    "gone": "dead",
    "wall": "wall",
    "refused": "refused",
    "certificate": "certificate",
    "unasked": "unasked",
    "unreadable": "ok",
    "failing": "failing",
}
_HOMES = frozenset(
    {
        *("", "/index", "/index.html", "/index.htm", "/index.php", "/default.aspx", "/home"),
        *("/home.html", "/en", "/en-us", "/zh", "/zh-cn", "/cn", "/en/home", "/en/index.html"),
    }
)
_NOT_FOUND = re.compile(
    r"/(?:404|(?:page[-_]?)?not[-_]?found|error[-_/]?404)(?:\.\w+)?/?\Z", re.IGNORECASE
)
_FAR = 1000 * 86_400.0  # seconds: what is not due for so long was saved by its reader


def is_told(url: str, page: Page | None, standing: Standing | None, now: float) -> bool:
    """Whether what is kept of url says all that a verdict needs; an older version kept less."""
    if page is None or standing is None or standing.failure or standing.retry_at > now + _FAR:
        return True
    if wayback.date_of(page.final_url) and not wayback.date_of(url):
        return page.lost is not None
    redirected = page.final_url != url and sites.requests_for(url) == (url,)
    return page.moved is not None or not redirected


def verdict_of(url: str, title: str, pages: PageCache, claims: Mapping[str, Claims]) -> Verdict:
    """How url stands, which a list calls title."""
    standing, page = pages.standing(url), pages.stored(url)
    if standing is None:
        return Verdict("unasked")
    checked = stamp(standing.checked_at)
    if standing.failure or page is None:
        why = standing.failure or ""
        return _troubled(url, why, checked, pages, None)
    date = wayback.date_of(page.final_url)
    if page.lost is not None:
        copy = Copy("copy", page.final_url, date) if date else None
        return _troubled(url, page.lost, checked, pages, copy)
    if date and not wayback.date_of(url):
        copy = Copy("copy", page.final_url, date)
        return Verdict("unasked", checked=checked, copy=copy)
    if _is_soft_404(url, title, page, claims.get(url)):
        return Verdict("soft_404", to=page.final_url, checked=checked)
    if new := _new_address(url, page, pages):
        return Verdict("moved", to=new, checked=checked)
    return Verdict("ok", checked=checked)


def repository_of(url: str, pages: PageCache) -> github.Repository | None:
    """What GitHub said of the repository at url, where it was asked."""
    asked = github.api_request(url)
    page = pages.stored(asked) if asked else None
    try:
        return github.repository(pages.body(page)) if page else None
    except Damaged:
        return None


def copy_of(url: str, pages: PageCache) -> Copy:
    """What the archive said of url, where it was asked."""
    page = pages.stored(wayback.lookup(url))
    try:
        body = pages.body(page) if page else None
    except Damaged:
        body = None
    if body is None:
        return Copy("unasked")
    found = wayback.copy_of(url, body)
    return Copy("copy", found, wayback.date_of(found)) if found else Copy("none")


def _troubled(url: str, why: str, checked: str, pages: PageCache, copy: Copy | None) -> Verdict:
    state = _STATES[trouble_of(why)]
    if state in {"dead", "wall"}:
        return Verdict(state, why, checked=checked, copy=copy or copy_of(url, pages))
    return Verdict(state, why, checked=checked)


def _new_address(url: str, page: Page, pages: PageCache) -> str | None:
    """Where url has moved for good; of a repository, what GitHub calls it now."""
    if (repository := repository_of(url, pages)) is not None:
        owner, name = urlsplit(url).path.strip("/").split("/")[:2]
        if repository.name.lower() != f"{owner}/{name.removesuffix('.git')}".lower():
            return f"https://github.com/{repository.name}"
    try:
        new = address_of(page.moved) if page.moved else url
    except UrlError:
        return None
    return None if plain_url(new) == plain_url(url) else new  # what was added only tracks


def _is_soft_404(url: str, title: str, page: Page, claims: Claims | None) -> bool:
    """Whether a page answered in the place of one that is no longer there."""
    asked, came = urlsplit(url), urlsplit(page.final_url)
    if claims is not None and claims.says_not_found and not _is_called_so(title, claims):
        return True
    if page.final_url == url or sites.requests_for(url) != (url,) or _is_home(url):
        return False
    if _NOT_FOUND.search(came.path) and not _NOT_FOUND.search(asked.path):
        return True
    if not _is_home(page.final_url) or _is_named_by(came.hostname or "", asked.path):
        return False
    if site_of(asked.hostname or "") == site_of(came.hostname or ""):
        return True
    return claims is not None and differs(title, claims)  # a short address may lead to a home page


def _is_called_so(title: str, claims: Claims) -> bool:
    """Whether a list calls a page just what an error page calls itself: a work on such pages."""
    return title.casefold().strip() == claims.title.casefold().strip()


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.rstrip("/").lower() in _HOMES and not parts.query


def _is_named_by(host: str, path: str) -> bool:
    """Whether a host has the name of a path's last piece: a project that got a site of its own."""
    piece = re.sub(r"\.\w+\Z", "", path.rstrip("/").rpartition("/")[2]).lower()
    return len(piece) > 2 and piece in host.split(".")

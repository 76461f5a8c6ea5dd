"""What a page calls itself, and whether a list calls it something else.

Pages are read in the sandbox. What a curator translated, shortened or made an acronym of is no
other title: only where not one telling word is shared, in one script, do they differ. Must not
know verdicts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cache.errors import Damaged, ExtractError
from cache.pages import PageCache
from cache.records import Page
from search.text import fold

_HTML = ("text/html", "application/xhtml")
_NOT_FOUND = re.compile(
    r"(?:error\s*)?404\b|(?:the\s+)?page\s+(?:was\s+)?not\s+found|page\s+can(?:not|'t)\s+be\s+found"
    r"|not\s+found\W*$|页面不存在|页面未找到|找不到(?:该|此)?(?:页面|网页)|頁面不存在|找不到頁面",
    re.IGNORECASE,
)
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z0-9]{2,}")
_STOP_WORDS = """
    a an and are as at be by for from how in into is it its of on or that the this to using via vs
    what when why with you your part vol home page blog site website official welcome index new
    free www com org net io
"""
_STOP = frozenset(_STOP_WORDS.split())
_COMPARED = (None, "en", "zh")  # the languages of lists
_STEM = 5  # letters that a word and its other forms share


@dataclass(frozen=True, slots=True)
class Claims:
    """What a page calls itself: its title, all that its head and headings say, and the language it
    says it is in (ISO 639-1), None where it says none."""

    title: str
    all: str
    language: str | None = None

    @property
    def says_not_found(self) -> bool:
        """Whether its title is that of an error page."""
        return _NOT_FOUND.match(self.title) is not None


def claims_of(pages: PageCache, wanted: Iterable[Page]) -> dict[str, Claims]:
    """The claims of those of wanted that are HTML, by address; a page that cannot be read has
    none."""
    from indexer.extract.sandbox import SafePool

    html = [page for page in wanted if _is_read(page)]
    if not html:
        return {}

    def jobs() -> Iterable[tuple[str, str, bytes]]:
        for page in html:
            try:
                yield page.final_url, page.media_type, pages.body(page)
            except Damaged:
                yield page.final_url, page.media_type, b""

    with SafePool() as pool:
        told = pool.map(read_claims, jobs(), name=lambda job: str(job[0]))
        return {
            page.url: claims
            for page, claims in zip(html, told, strict=True)
            if not isinstance(claims, ExtractError) and claims.title
        }


def read_claims(url: str, media_type: str, body: bytes) -> Claims:
    """The claims of one page; for the sandbox."""
    from indexer import charset
    from indexer.extract import html_text
    from indexer.extract.metadata import language_of, line, title_of

    source = charset.decode(body, charset.charset_of(media_type), html=True)
    if not source.strip():
        return Claims("", "")
    tree = html_text.parse(source)
    names = ("og:title", "og:site_name", "twitter:title", "description", "og:description", "author")
    said = [line(tree.findtext(".//head/title") or "")]
    said += [
        line(node.get("content") or "")
        for node in tree.iter("meta")
        if (node.get("property") or node.get("name") or "").casefold() in names
    ]
    said += [line("".join(node.itertext())) for node in tree.xpath("//body//h1 | //body//h2")]
    return Claims(title_of(tree, url), " ".join(filter(None, said)), language_of(tree))


def differs(title: str, claims: Claims) -> bool:
    """Whether a list's title of a page shares nothing with what the page calls itself."""
    return is_comparable(title, claims) and not _shares(fold(title), fold(claims.all))


def is_comparable(title: str, claims: Claims) -> bool:
    """Whether both are in one script and say something; a page in Spanish may have been
    translated as one in Chinese was."""
    if claims.language not in _COMPARED:
        return False
    ours, theirs = bool(_HAN.search(title)), bool(_HAN.search(claims.all))
    return ours == theirs and bool(_telling(fold(title))) and bool(_telling(fold(claims.all)))


def _shares(ours: str, theirs: str) -> bool:
    mine, others = _telling(ours), _telling(theirs)
    if mine & others or {w[:_STEM] for w in mine if len(w) > _STEM} & {w[:_STEM] for w in others}:
        return True
    squeezed, whole = _squeezed(ours), _squeezed(theirs)
    if len(squeezed) > 2 and squeezed in whole:
        return True
    if any(word in whole for word in mine if len(word) > 3):
        return True
    initials = "".join(word[0] for word in _WORD.findall(theirs) if word not in _STOP)
    every = "".join(word[0] for word in re.findall(r"[a-z0-9]+", theirs))
    return any(len(w) > 2 and (w in initials or w in every) for w in mine)


def _telling(folded: str) -> set[str]:
    han = "".join(_HAN.findall(folded))
    pairs = {han[i : i + 2] for i in range(len(han) - 1)}
    return pairs | {word for word in _WORD.findall(folded) if word not in _STOP}


def _squeezed(folded: str) -> str:
    return "".join(c for c in folded if c.isalnum())


def _is_read(page: Page) -> bool:
    raw = urlsplit(page.final_url).hostname == "raw.githubusercontent.com"
    return page.media_type.startswith(_HTML) and not raw

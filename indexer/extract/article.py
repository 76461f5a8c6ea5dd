"""Which of a page's text is its article: three readers and the page's own word, weighed.

trafilatura decides; where it has lost too much, the marked article or Readability's does; what
stands at either end and both other readers leave out is a teaser or a footer. Must not know sites,
titles or HTML's rules.
"""

import re
from copy import deepcopy

from lxml.html import HtmlElement

from indexer.extract.html_text import marked_text, plain_text, render

_LONG = 100  # letters of a block that is prose: teasers, captions and menus have fewer
_MARKED = 0.5  # share of the marked article's prose under which trafilatura has lost too much
_READABLE = 0.7  # the same of Readability's, which errs less on the large side
_ALIKE = 0.7  # token F1 from which another reader has found the same article
_FOUND = 0.7  # share of a block's word triples that another reader's text must hold
_WORD = re.compile(r"[\u3040-\u9fff]|[^\W_]+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

Triples = frozenset[tuple[str, ...]]


def article_text(tree: HtmlElement, *, thin: int) -> str:
    """The main text of a page, as html_text.render writes it.

    Under thin characters, all of the page where that is at least twice as much.
    """
    text = _chosen(tree, thin)
    if len(text) >= thin:
        return text
    page = tree.find("body")
    whole = plain_text(tree if page is None else page)
    return whole if len(whole) >= 2 * len(text) else text


def _chosen(tree: HtmlElement, thin: int) -> str:
    from trafilatura import bare_extraction
    from trafilatura.external import try_readability

    body = getattr(bare_extraction(tree, include_comments=False), "body", None)
    text = "" if body is None else render(body)
    marked = marked_text(tree, thin)
    if _prose(text) < _MARKED * _prose(marked):
        text = marked
    summary = try_readability(deepcopy(tree))
    readable = plain_text(summary) if len(summary) else ""
    if _prose(text) < _READABLE * _prose(readable):
        return readable
    return _trimmed(text, readable, tree) if len(text) >= thin else text


def _prose(text: str) -> int:
    """Letters of the long blocks; a CJK character counts twice."""
    sizes = (len(line) + len(_WIDE.findall(line)) for line in text.split("\n"))
    return sum(size for size in sizes if size >= _LONG)


def _trimmed(text: str, readable: str, tree: HtmlElement) -> str:
    """text without first and last lines that neither Readability nor jusText kept, where both
    found the same article."""
    if not _alike(text, readable):
        return text
    other = _justext(tree)
    if not _alike(text, other):
        return text
    triples = _triples(readable) | _triples(other)
    lines = text.split("\n")
    kept = [place for place, line in enumerate(lines) if line and _holds(triples, line)]
    if not kept:
        return text
    first = kept[0]
    while first and (not lines[first - 1] or lines[first - 1].startswith("#")):
        first -= 1  # a heading goes with what it is over
    return "\n".join(lines[first : kept[-1] + 1]).strip("\n")


def _justext(tree: HtmlElement) -> str:
    from trafilatura.baseline import basic_cleaning
    from trafilatura.external import try_justext

    return render(try_justext(basic_cleaning(deepcopy(tree)), None, None))


def _alike(one: str, other: str) -> bool:
    from collections import Counter

    first, second = Counter(_words(one)), Counter(_words(other))
    common = (first & second).total()
    return 2 * common >= _ALIKE * (first.total() + second.total()) > 0


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _triples(text: str) -> Triples:
    words = _words(text)
    return frozenset(_runs(words, 3) + _runs(words, 1))


def _holds(triples: Triples, line: str) -> bool:
    words = _words(line)
    asked = _runs(words, 3) or _runs(words, 1)
    return sum(each in triples for each in asked) >= _FOUND * len(asked)


def _runs(words: list[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]

"""What the regions of a map are called, in English and in Chinese.

A region is named by what tells its members from the rest of the region around it: headings that
curators put above them, else words of their titles (class-based TF-IDF, as BERTopic has it;
weighted log-odds after Monroe et al. 2008). The words are the curators' own. Must not know vectors
or where points lie.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cache.records import Resource
from search.text import STOP, spans, tokens

LANGUAGES = ("en", "zh")

SHARED = 0.06
"""Share of a region's members that a heading must stand above to name it."""

SECOND = 0.3
"""Of the best heading's worth, what one of the other language needs."""

LONGEST = 28
"""Characters of a name; a longer one hides the map."""

_TOLD = 6  # tokens that say what a region is about
_BESIDE = 2  # characters that a Chinese name may grow by on each side
_DOUBT = 0.05  # added to both shares, so that one member of a rare word names nothing
_EDGE = re.compile(r"^[\W\d_]+|[\W_]+$")
_COUNTED = re.compile(r"\s+\d+ (?:projects|links|repos|items|papers)$")
_STRUCTURE = frozenset(
    word.strip()
    for words in (
        "contents, table of contents, toc, click to expand, resources, resource list, resource",
        "miscellaneous, misc, other, others, more, uncategorized, general, awesome, links, related",
        "related resources, projects, packages, utilities, and before, back to top, introduction",
        "overview",
        "目录, 目錄, 资源, 資源, 资源列表, 其它, 其他, 杂项, 雜項, 更多, 相关, 相關, 索引, 未分类",
    )
    for word in words.split(",")
)
"""Headings that order a list and name no topic."""
_HAN = re.compile(r"[\u3400-\u9fff]")


class Words:
    """What is said of every resource that a map shows: headings and titles, by language."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        """Read the sections and titles of resources, in the map's order."""
        self.titles = [resource.title for resource in resources]
        self.headings = [frozenset(_headings(resource)) for resource in resources]
        self.tokens = [frozenset(tokens(title)) - STOP for title in self.titles]

    def name(
        self, members: Sequence[int], around: Sequence[int], taken: Iterable[str]
    ) -> dict[str, str]:
        """Names of a region by language, `en`, `zh`, both or none; members are part of around,
        taken are the names that it may not have."""
        barred = {name.casefold() for name in taken}
        worth = _worth(self.headings, members, around, max(3.0, SHARED * len(members)))
        best = max(worth.values(), default=0.0)
        names: dict[str, str] = {}
        for heading in sorted(worth, key=lambda text: (-worth[text], text)):
            if worth[heading] > SECOND * best > 0 and heading.casefold() not in barred:
                names.setdefault(_language(heading), heading)
        if not names:
            told = {
                language: self._from_titles(members, around, language) for language in LANGUAGES
            }
            names = {
                key: name for key, name in told.items() if name and name.casefold() not in barred
            }
        return names

    def _from_titles(self, members: Sequence[int], around: Sequence[int], language: str) -> str:
        own = [m for m in members if _language(self.titles[m]) == language]
        if len(own) < max(3.0, SHARED * len(members)):
            return ""
        worth = _worth(self.tokens, own, around, 2)
        best = sorted(
            (token for token in worth if len(token) > 1 and any(c.isalpha() for c in token)),
            key=lambda token: (-worth[token], token),
        )[:_TOLD]
        return _as_written(
            {token: worth[token] for token in best}, [self.titles[member] for member in own]
        )


def _worth(
    said: Sequence[frozenset[str]], members: Sequence[int], around: Sequence[int], least: float
) -> dict[str, float]:
    """How well each thing said of at least so many members tells them from all around."""
    here = Counter(text for member in members for text in said[member])
    everywhere = Counter(text for member in around for text in said[member] if text in here)
    share = len(members) / max(1, len(around))
    return {
        text: count * math.log((count / everywhere[text] + _DOUBT) / (share + _DOUBT))
        for text, count in here.items()
        if count >= least
    }


def _headings(resource: Resource) -> Iterable[str]:
    for mention in resource.mentions:
        for heading in mention.section:
            text = _COUNTED.sub("", _EDGE.sub("", heading)).strip()
            if 1 < len(text) <= LONGEST and text.casefold() not in _STRUCTURE:
                yield text


def _language(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def _as_written(worth: Mapping[str, float], titles: Sequence[str]) -> str:
    """Two stretches of titles that say the most of worth; Chinese pairs that overlap are joined."""
    forms: dict[str, float] = {}
    for title in titles:
        for start, end in spans(title, worth):
            form = title[start:end]
            weight = sum(worth.get(token, 0.0) for token in set(tokens(form)))
            forms[form] = forms.get(form, 0.0) + weight
    chosen: list[str] = []
    covered: set[str] = set()
    for form in sorted(forms, key=lambda form: (-forms[form], form)):
        if len(form) <= LONGEST and covered.isdisjoint(tokens(form)) and len(chosen) < 2:
            chosen.append(_whole(form, titles))
            covered.update(tokens(form))
    return " · ".join(chosen)


def _whole(form: str, titles: Sequence[str]) -> str:
    """form with the characters that always stand beside it: pairs may stop within a word."""
    if form.isascii():
        return form
    for _ in range(_BESIDE):
        befores = {t[t.find(form) - 1 : t.find(form)] for t in titles if form in t}
        afters = {t[t.find(form) + len(form) :][:1] for t in titles if form in t}
        before, after = (
            next(iter(letters)) if len(letters) == 1 else "" for letters in (befores, afters)
        )
        if not any(c.isalpha() and not c.isascii() for c in before + after):
            break
        form = (before if before.isalpha() else "") + form + (after if after.isalpha() else "")
    return form

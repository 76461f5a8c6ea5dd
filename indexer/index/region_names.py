"""What the regions of a map are called, in English and in Chinese.

A region is named by topics: of the headings that curators put above its members, and of those that
titles say word by word, the ones that tell it from the region around it and that several lists use;
else by words of titles (class-based TF-IDF, as BERTopic has it; weighted log-odds after Monroe et
al. 2008). What a whole list is called is a topic without the words that all lists are called by:
"Awesome Go" is Go. The words are the curators' own. Must not know vectors or where points lie.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from cache.records import Resource
from search.text import STOP, spans, tokens

T = TypeVar("T", bound=Hashable)
Key = frozenset[str]
"""The tokens of a heading: `Databases` and `Database` are one topic."""

LANGUAGES = ("en", "zh")

SHARED = 0.04
"""Share of a region's members of one language that a topic must stand above to name it."""

SPOKEN = 0.03
"""Share of a region's members in a language from which it is named in it."""

SECOND = 0.15
"""Of the best topic's worth, what the best one of the other language needs."""

BESIDE = 0.3
"""Of the best topic's worth, what another needs to be named beside it."""

LONGEST = 28
"""Characters of a name; a longer one hides the map."""

BETWEEN = " · "
"""Stands between the topics of one name."""

_TOLD = 6  # tokens that say what a region is about
_BESIDE = 2  # characters that a Chinese name may grow by on each side
_DOUBT = 0.05  # added to both shares, so that one member of a rare word names nothing
_MOST_OF_A_LIST = 0.5  # share of a list's links under a heading that is then no section of it
_TITLE_WORDS, _TITLE_CHARACTERS = 3, 8  # what is left of a list's title where it is a topic
_SAID = range(2, 7)  # tokens of a heading that a title may say
_EDGE = re.compile(r"^[\W\d_]+|[^\w+#]+$")
_COUNTED = re.compile(r"\s+\d+ (?:projects|links|repos|items|papers)$")
_ASIDE = re.compile(r"\s*[(（][^)）]*[)）]?\s*$")
_LIST_WORDS = re.compile(
    r"awesome|\b(?:curated|lists?|resources?|collection)\b|"
    r"资源大全|資源大全|大全|资源|資源|中文版|合集|汇总|彙總|清单|清單|列表|索引",
    re.IGNORECASE,
)
_STRUCTURE = frozenset(
    word.strip()
    for words in (
        "contents, table of contents, toc, click to expand, resources, resource list, resource",
        "miscellaneous, misc, other, others, more, uncategorized, general, awesome, links, related",
        "related resources, projects, packages, utilities, and before, back to top, introduction",
        "overview, contributors, contributing",
        "目录, 目錄, 资源, 資源, 资源列表, 其它, 其他, 杂项, 雜項, 更多, 相关, 相關, 索引, 未分类",
        "语言相关, 语言无关, 参与者, 本项目的参与者, 贡献者",
    )
    for word in words.split(",")
)
"""Headings that order a list and name no topic."""
_ORDERED = re.compile(r"^by\s", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")


class Words:
    """What is said of every resource that a map shows: headings and titles, by language."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        """Read the sections and titles of resources, in the map's order."""
        self.titles = [resource.title for resource in resources]
        self.tokens = [frozenset(tokens(title)) - STOP for title in self.titles]
        self.topics, uses = _topics(resources)
        self.breadth = {
            key: len({list_id for lists in forms.values() for list_id in lists})
            for key, forms in uses.items()
        }
        self.forms = {key: _form(forms) for key, forms in uses.items()}
        self.spoken = [
            {_language(title), *(_language(self.forms[key]) for key in above)}
            for title, above in zip(self.titles, self.topics, strict=True)
        ]
        _add_said(self.topics, self.tokens, self.forms)

    def name(
        self,
        members: Sequence[int],
        around: Sequence[int],
        taken: Iterable[str],
        most: int = 1,
    ) -> dict[str, str]:
        """Names of a region by language, `en`, `zh`, both or none, of most topics each; members
        are part of around, taken are the names that it may not have."""
        barred = {_key(part) for name in taken for part in name.split(BETWEEN)}
        worth = {
            language: {
                key: points
                for key, points in self._worth(members, around, language).items()
                if points > 0 and key not in barred
            }
            for language in LANGUAGES
        }
        best = max((max(points.values(), default=0.0) for points in worth.values()), default=0.0)
        names = {
            language: self._joined(points, most)
            for language, points in worth.items()
            if max(points.values(), default=0.0) > SECOND * best
        }
        if not names:
            told = {
                language: self._from_titles(members, around, language) for language in LANGUAGES
            }
            names = {key: name for key, name in told.items() if name and _key(name) not in barred}
        return names

    def _worth(
        self, members: Sequence[int], around: Sequence[int], language: str
    ) -> dict[Key, float]:
        """What each topic of a language is worth as a name: more where several lists use it."""
        own = [m for m in members if language in self.spoken[m]]
        if len(own) < max(3.0, SPOKEN * len(members)):
            return {}
        all_own = [m for m in around if language in self.spoken[m]]
        worth = _worth(self.topics, own, all_own, max(3.0, SHARED * len(own)))
        return {
            key: points * (1 + math.log(self.breadth[key]))
            for key, points in worth.items()
            if _language(self.forms[key]) == language
        }

    def _joined(self, worth: Mapping[Key, float], most: int) -> str:
        """The best topics as one name, those that say something else than the ones before."""
        ordered = sorted(worth, key=lambda key: (-worth[key], self.forms[key]))
        chosen = ordered[:1]
        name = self.forms[ordered[0]]
        for key in ordered[1:]:
            longer = name + BETWEEN + self.forms[key]
            if len(chosen) == most or worth[key] < BESIDE * worth[ordered[0]]:
                break
            if len(longer) <= LONGEST and all(key.isdisjoint(other) for other in chosen):
                chosen.append(key)
                name = longer
        return name

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
    said: Sequence[Collection[T]],
    members: Sequence[int],
    around: Sequence[int],
    least: float,
) -> dict[T, float]:
    """How well each thing said of at least so many members tells them from all around."""
    here = Counter(text for member in members for text in said[member])
    everywhere = Counter(text for member in around for text in said[member] if text in here)
    share = len(members) / max(1, len(around))
    return {
        text: count * math.log((count / everywhere[text] + _DOUBT) / (share + _DOUBT))
        for text, count in here.items()
        if count >= least
    }


def _topics(
    resources: Sequence[Resource],
) -> tuple[list[set[Key]], dict[Key, dict[str, Counter[str]]]]:
    """The topics above each resource; and of each topic its forms, with how often which list uses
    them."""
    links = Counter(mention.list_id for resource in resources for mention in resource.mentions)
    under = Counter(
        (mention.list_id, heading)
        for resource in resources
        for mention in resource.mentions
        for heading in set(mention.section)
    )
    topics: list[set[Key]] = []
    uses: dict[Key, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for resource in resources:
        above: set[Key] = set()
        for mention in resource.mentions:
            whole = _MOST_OF_A_LIST * links[mention.list_id]
            for place, heading in enumerate(mention.section):
                text = _topic(heading)
                names_list = under[mention.list_id, heading] > whole
                if text and (not names_list or (place == 0 and _is_short(text))):
                    above.add(_key(text))
                    uses[_key(text)][text][mention.list_id] += 1
        topics.append(above - {frozenset()})
    uses.pop(frozenset(), None)
    return topics, uses


def _add_said(
    topics: Sequence[set[Key]], titles: Sequence[frozenset[str]], forms: Iterable[Key]
) -> None:
    """Add to the topics of each resource those of several words that its title says."""
    often = Counter(token for title in titles for token in title)
    by_rarest: dict[str, list[Key]] = defaultdict(list)
    for key in forms:
        if len(key) in _SAID:
            by_rarest[min(key, key=lambda token: (often[token], token))].append(key)
    for above, title in zip(topics, titles, strict=True):
        above.update(key for token in title for key in by_rarest.get(token, ()) if key <= title)


def _form(forms: Mapping[str, Counter[str]]) -> str:
    """How most lists write a topic; capitals throughout are somebody's style."""
    form = max(
        forms,
        key=lambda text: (
            not _shouts(text),
            len(forms[text]),
            not text.islower(),
            sum(forms[text].values()),
            text,
        ),
    )
    return form.title() if _shouts(form) else form


def _shouts(text: str) -> bool:
    return text.isupper() and len(text) > 5


@lru_cache(1 << 16)
def _topic(heading: str) -> str:
    """A heading without its marks, counts and what all lists are called by; empty where it orders a
    list or is too long to be a name."""
    text = _ASIDE.sub("", _COUNTED.sub("", _EDGE.sub("", heading))).strip()
    if text.casefold() in _STRUCTURE or _ORDERED.match(text):
        return ""
    text = _EDGE.sub("", " ".join(_LIST_WORDS.sub(" ", text).split()))
    return "" if text.casefold() in _STRUCTURE or not 1 < len(text) <= LONGEST else text


@lru_cache(1 << 16)
def _key(text: str) -> Key:
    return frozenset(tokens(text)) - STOP


def _is_short(title: str) -> bool:
    if _HAN.search(title):
        return len(title) <= _TITLE_CHARACTERS
    return len(title.split()) <= _TITLE_WORDS


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

"""Entries of every list become resources: one a work, nothing a curator wrote lost.

Why it exists: ratings, notes and counts of lists mean something only where all mentions of a work
meet. Two mentions meet under one canonical address (urls.py) or, rarely, as the same work on two
sites (same_work.py); what lists link only as part of a work joins it (parts.py). The result does
not depend on the order of the input. Must not know pages.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cache.errors import UrlError
from cache.records import Entry, Resource
from indexer.resources.canonical import address_of, canonical_url, resource_id
from indexer.resources.kinds import kind_of
from indexer.resources.parts import parts_of
from indexer.resources.same_work import MentionGroup, same_works, without_site_name
from search.text import fold, language_of


def merge(entries: Iterable[Entry], authors: Iterable[str] = ()) -> list[Resource]:
    """One Resource a work, sorted by its first mention (list_id, position), then by id.

    Mentions are sorted the same way. id comes from the smallest canonical address of the work;
    url is the address to open, aliases every other address, as written and canonical. An entry
    whose url is no web address is a resource of its own under the address as written. authors are
    those that still other entries state. Time and memory are linear in the number of entries.
    """
    works, parts = parts_of(_works(entries), name_of)
    joined = same_works(works, authors)
    names = {work.name for group in joined for work in group}
    resources = [_resource(group, _parts(group, parts)) for group in joined]
    while works:  # each work goes as its resource comes: a large collection is held once
        work = works.pop()
        if work.name not in names:
            resources.append(_resource([work], parts.get(work.name, ())))
    resources.sort(key=_first_place)
    return resources


def alone(entry: Entry) -> tuple[MentionGroup, Resource]:
    """An entry as a work that no other is a mention or a part of, and its resource."""
    work = _work(name_of(entry.url), [entry])
    return work, _resource([work])


def _works(entries: Iterable[Entry]) -> list[MentionGroup]:
    grouped: dict[str, Entry | list[Entry]] = {}
    for entry in entries:
        name = name_of(entry.url)
        known = grouped.get(name)
        if isinstance(known, list):
            known.append(entry)
        else:  # most works have one mention, which needs no list
            grouped[name] = entry if known is None else [known, entry]
    works = []
    while grouped:
        name, found = grouped.popitem()
        works.append(_work(name, found if isinstance(found, list) else [found]))
    return works


def name_of(url: str) -> str:
    """The canonical address, or the address as written where it is none of the web."""
    try:
        return canonical_url(url)
    except UrlError:
        return url.strip()


def _first_place(resource: Resource) -> tuple[str, int, str]:
    first = resource.mentions[0]
    return first.list_id, first.position, resource.id


def _place(entry: Entry) -> tuple[str, int, int, str]:
    # repr orders what no list should hold, two entries in one place, so that the result is one.
    return entry.list_id, entry.position, entry.line, repr(entry)


def _work(name: str, mentions: list[Entry]) -> MentionGroup:
    if len(mentions) > 1:
        mentions.sort(key=_place)
    # A list's name says nothing of one work: two books of one author must not be joined by it.
    kind = kind_of(mentions, name, by_list=False)
    return MentionGroup(name, tuple(mentions), kind, _language(mentions, name))


def _parts(
    works: Sequence[MentionGroup], parts: Mapping[str, Sequence[MentionGroup]]
) -> list[MentionGroup]:
    return [part for work in works for part in parts.get(work.name, ())]


def _resource(works: Sequence[MentionGroup], parts: Sequence[MentionGroup] = ()) -> Resource:
    first = works[0]  # the smallest canonical address: see same_works
    mentions, kind = first.mentions, first.kind
    if len(works) > 1:
        mentions = tuple(sorted((entry for work in works for entry in work.mentions), key=_place))
    kind = (kind if len(works) == 1 else None) or kind_of(mentions, first.name)
    url = _address(first)
    addresses = {entry.url.strip() for entry in mentions}
    addresses.update(work.name for work in works)
    addresses.update(part.name for part in parts)
    addresses.update(entry.url.strip() for part in parts for entry in part.mentions)
    addresses.discard(url)
    aliases = tuple(sorted(addresses)) if addresses else ()
    title = _best_title(mentions) or url
    if parts:
        told = (entry for group in (*works, *parts) for entry in group.mentions)
        mentions = tuple(sorted(told, key=_place))
    url, title = (
        _kept(text, (mentions[0].url, mentions[0].title, first.name)) for text in (url, title)
    )
    return Resource(resource_id(first.name), url, aliases, title, kind, first.language, mentions)


def _kept(text: str, known: Iterable[str]) -> str:
    """text, as the equal string that is in memory anyway."""
    return next((each for each in known if each == text), text)


def _address(work: MentionGroup) -> str:
    """The address to open: https before http, then what most mentions wrote, then the shortest."""
    if len(work.mentions) == 1:
        return _openable(work.mentions[0].url)
    counts = Counter(_openable(entry.url) for entry in work.mentions)
    return min(counts, key=lambda url: (url.startswith("http:"), -counts[url], len(url), url))


def _openable(url: str) -> str:
    try:
        return address_of(url)
    except UrlError:
        return url.strip()


def _best_title(mentions: Sequence[Entry]) -> str:
    """The title most mentions agree on, case and punctuation aside; one that says something."""
    if len(mentions) == 1:
        return " ".join(mentions[0].title.split())
    titles = [" ".join(entry.title.split()) for entry in mentions]
    titles = [t for t in titles if not _is_label(t)] or [title for title in titles if title]
    if len(set(titles)) < 2:
        return titles[0] if titles else ""
    keys = ["".join(filter(str.isalnum, without_site_name(fold(title)))) for title in titles]
    votes = Counter(keys)
    best = min(votes, key=lambda key: (-votes[key], -min(len(key), _LONG_TITLE), key))
    spellings = Counter(t for t, key in zip(titles, keys, strict=True) if key == best)
    return min(spellings, key=lambda t: (_is_signed(t), -spellings[t], titles.index(t)))


def _is_signed(title: str) -> bool:
    folded = fold(title)
    return without_site_name(folded) != folded


def _is_label(title: str) -> bool:
    if len(title) > _LONG_LABEL and "/" not in title:
        return False
    return not title or _LABEL.fullmatch(fold(title)) is not None


def _language(mentions: Sequence[Entry], name: str) -> str | None:
    """The language of the work by its title; sites of one language outweigh a translated title."""
    host = name.partition("://")[2].partition("/")[0]
    if host in _ENGLISH:
        return "en"
    found = [language for title in _telling(mentions) if (language := _language_of(title))]
    if host in _CHINESE and all(language == "en" for language in found):
        return "zh"
    return min(found, key=lambda language: (-found.count(language), language)) if found else None


def _telling(mentions: Sequence[Entry]) -> list[str]:
    return [entry.title for entry in mentions if not _is_label(entry.title)]


def _language_of(title: str) -> str | None:
    if (
        title.isascii() and "://" not in title
    ):  # most titles; the full guess takes ten times as long
        return "en" if _LETTER.search(title) else None
    return language_of(title)


_LONG_TITLE = 120
_LONG_LABEL = 24
_LETTER = re.compile("[A-Za-z]")
# What a list writes on a second link of an entry, which names the link and not the work.
_LABEL = re.compile(
    r"[\W_]*(?:(?:the |official |source |project |full |original )?"
    r"(?:code|paper|pdf|link|links|github|repo|repository|here|blog|post|blog post|video|slides?"
    r"|website|web ?site|site|home ?page|page|demo|article|docs?|documentation|arxiv|download|html"
    r"|source|read more|more|url|project|dataset|model|weights|huggingface|hf|youtube|ppt|epub)"
    r"|论文|代码|链接|地址|原文|官网|项目|主页|视频|下载|传送门|博客|文章|源码|点击|点这里|网址|数据集"
    r"|https?://\S+|www\.\S+)[\W_]*"
)
_ENGLISH = frozenset({"arxiv.org", "openreview.net", "aclanthology.org", "www.semanticscholar.org"})
_CHINESE = frozenset(
    {"mp.weixin.qq.com", "zhuanlan.zhihu.com", "www.zhihu.com", "www.bilibili.com", "b23.tv"}
)

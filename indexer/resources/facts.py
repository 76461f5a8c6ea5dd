"""What is known of a resource beside its text, gathered from every mention and its document.

Why it exists: ranking weighs what curators agree on, so what they said must be counted once and
fairly: lists that copy each other are one voice. Must not know scores or weights; estimates of
difficulty are difficulty.py's.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from cache.errors import UrlError
from cache.records import Document, Entry, Facts, Resource
from indexer.resources.canonical import canonical_url


def facts_of(
    resource: Resource,
    document: Document | None,
    *,
    groups: Mapping[str, str] | None = None,
) -> Facts:
    """The Facts of one resource.

    rating and difficulty are plain means over mentions, with confidence 1 where a curator said
    them and 0 where none did. groups is what independent_lists returned for all entries (without
    it every list counts).
    """
    mentions = resource.mentions
    ratings = [entry.rating for entry in mentions if entry.rating is not None]
    difficulties = [entry.difficulty for entry in mentions if entry.difficulty is not None]
    lists = {entry.list_id for entry in mentions}
    own = [entry for entry in mentions if entry.part_of is None] or mentions
    hours = _median([entry.hours for entry in own if entry.hours is not None])
    told, told_from = _time(resource.kind, document, hours, own)
    return Facts(
        author=_author(mentions, document),
        published=_published(mentions, document),
        rating=_mean(ratings),
        rating_confidence=1.0 if ratings else 0.0,
        difficulty=_mean(difficulties),
        difficulty_confidence=1.0 if difficulties else 0.0,
        tier=min((entry.tier for entry in mentions if entry.tier is not None), default=None),
        lists=len({(groups or {}).get(list_id, list_id) for list_id in lists}),
        evidence=document.evidence if document else "list note",
        minutes=told,
        minutes_from=told_from,
        hours=hours,
        requires=_requires(own),
    )


def independent_lists(entries: Iterable[Entry]) -> Mapping[str, str]:
    """For every list_id the smallest list_id of its group; lists in one group are near-copies.

    Two lists are near-copies where the smaller has at least 20 works and shares six in ten of
    them with the other: a fork, a translation, a list pasted into a larger one. Deterministic
    whatever the order. Quadratic only in the number of lists that name the same work.
    """
    namers: dict[str, dict[str, None]] = {}
    for entry in entries:
        namers.setdefault(_name(entry.url), {})[entry.list_id] = None
    return _independent(namers.values())


def independent_among(resources: Iterable[Resource]) -> Mapping[str, str]:
    """What independent_lists says of all mentions of what merge gave, at a tenth of the cost:
    most works are named once, and no two resources share an address."""
    return _independent(lists for resource in resources for lists in _namers(resource.mentions))


def _namers(mentions: Sequence[Entry]) -> Iterable[Collection[str]]:
    """For each address among mentions the lists that name it."""
    if len(mentions) == 1:
        return ((mentions[0].list_id,),)
    namers: dict[str, dict[str, None]] = {}
    one = len({entry.url for entry in mentions}) == 1
    for entry in mentions:
        namers.setdefault("" if one else _name(entry.url), {})[entry.list_id] = None
    return namers.values()


def _independent(namers: Iterable[Collection[str]]) -> Mapping[str, str]:
    sizes: Counter[str] = Counter()
    shared_by: list[Collection[str]] = []
    for lists in namers:
        for list_id in lists:
            sizes[list_id] += 1
        if len(lists) > 1:
            shared_by.append(lists)
    return independent_by(sizes, shared_by)


def independent_by(
    sizes: Mapping[str, int], shared_by: Iterable[Collection[str]]
) -> Mapping[str, str]:
    """What independent_lists says of lists with so many works each, of which several are named by
    those of shared_by."""
    shared: Counter[tuple[str, str]] = Counter()
    for lists in shared_by:
        shared.update(combinations(sorted(name for name in lists if sizes[name] >= _MIN_WORKS), 2))
    group = {list_id: list_id for list_id in sorted(sizes)}
    for (one, other), works in sorted(shared.items()):
        if works >= _MIN_SHARE * min(sizes[one], sizes[other]):
            _join(group, one, other)
    return {list_id: _root(group, list_id) for list_id in group}


def reading_minutes(text: str) -> float:
    """Minutes an adult needs to read text silently.

    238 words a minute (Brysbaert 2019, J. Memory and Language 109: English non-fiction, 190
    studies); 255 characters a minute for Chinese and 357 for Japanese (Trauzettel-Klosinski &
    Dietz 2012, IOVS 53, the IReST texts). A mixed text is the sum of its parts.
    """
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    rate = _JAPANESE_RATE if kana * 10 > han else _CHINESE_RATE
    return (han + kana) / rate + len(_WORD.findall(text)) / _ENGLISH_RATE


def _join(group: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_root(group, one), _root(group, other)))
    group[second] = first


def _root(group: Mapping[str, str], list_id: str) -> str:
    while group[list_id] != list_id:
        list_id = group[list_id]
    return list_id


def _name(url: str) -> str:
    try:
        return canonical_url(url)
    except UrlError:
        return url.strip()


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None


def _author(mentions: Sequence[Entry], document: Document | None) -> str | None:
    """The author most mentions name (ties: the first mention), else the document's."""
    said = [entry.author for entry in mentions if entry.author]
    if said:
        return min(said, key=lambda author: (-said.count(author), said.index(author)))
    return document.author if document else None


def _published(mentions: Sequence[Entry], document: Document | None) -> str | None:
    """The date most mentions agree with, as exact as any of those says it.

    `2022` agrees with `2022-12-07`. The document's date counts where no mention contradicts it.
    """
    said = [entry.published for entry in mentions if entry.published]
    found = document.published if document else None
    if not said:
        return found
    votes = {date: sum(date.startswith(other) for other in said) for date in said}
    best = min(votes, key=lambda date: (-votes[date], -len(date), date))
    return found if found and found.startswith(best) else best


def _median(values: Sequence[float]) -> float | None:
    """The middle of what curators say; the lower of two."""
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _requires(mentions: Sequence[Entry]) -> str | None:
    """What most mentions say comes first; of equals the longest, then the first."""
    said = [entry.requires for entry in mentions if entry.requires]
    if not said:
        return None
    return min(said, key=lambda words: (-said.count(words), -len(words), said.index(words)))


def _time(
    kind: str | None,
    document: Document | None,
    hours: float | None,
    mentions: Sequence[Entry],
) -> tuple[float | None, str | None]:
    """(minutes, what tells them): a curator's hours, else the length of a video, else pages that a
    curator counted, else the text."""
    if hours is not None:
        return hours * 60, "hours"
    if document is not None and document.minutes is not None:
        return document.minutes, "length"
    pages = _median([entry.pages for entry in mentions if entry.pages])
    if pages is not None:
        return pages * _MINUTES_A_PAGE, "pages"
    text = _minutes(kind, document)
    return text, None if text is None else "text"


def _minutes(kind: str | None, document: Document | None) -> float | None:
    if document is None or kind in _NOT_READ:
        return None
    if document.evidence != "full text" or not document.complete:
        return None
    return reading_minutes(document.text) or None


_MIN_WORKS = 20
_MINUTES_A_PAGE = 1.5  # 350 words, at the rate for English below
_MIN_SHARE = 0.6
_ENGLISH_RATE, _CHINESE_RATE, _JAPANESE_RATE = 238.0, 255.0, 357.0
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_WORD = re.compile(
    r"[^\W\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\U00020000-\U0003ffff]+(?:['’-]\w+)*"
)
_NOT_READ = frozenset({"video", "talk", "course", "code", "dataset", "tool"})

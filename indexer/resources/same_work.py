"""Which addresses on different sites are one work: the same lecture on two video sites.

Why it exists: canonical addresses cannot see it, and a wrong join hides a work for good. So the
evidence must be strong: the same long and specific title, the same language, the same form,
different sites, an author who is named and nowhere contradicted, no other candidate. Anything
less leaves two resources. Must not know how a resource is put together.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from cache.records import Entry
from indexer.resources.kinds import is_video_host
from indexer.resources.url_parts import site_of
from search.text import fold


@dataclass(frozen=True, slots=True)
class MentionGroup:
    """All mentions of one canonical address, sorted, with what they say of it."""

    name: str
    mentions: tuple[Entry, ...]
    kind: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What a work is compared by. keys are its bare titles with their points (see _points)."""

    work: MentionGroup
    site: str
    form: str
    authors: frozenset[str]
    years: frozenset[str]
    keys: dict[str, int]


def same_works(
    works: Sequence[MentionGroup], authors: Iterable[str] = ()
) -> list[list[MentionGroup]]:
    """Groups of two or more works that are one; every other work stands alone.

    authors are those that mentions of still other works state, see stated_authors. Linear in the
    number of works: they meet only under the same bare title. Deterministic whatever their order.
    """
    known = frozenset(name for work in works for name in stated_authors(work.mentions))
    known |= frozenset(authors)
    buckets: dict[tuple[str, str, str], list[_Candidate]] = {}
    for work in works:
        form = _form(work)
        if form is None:
            continue
        # Equal titles of videos are of one language; a text may be translated under its old title.
        language = "" if form == "video" else work.language or ""
        candidate = _candidate(work, form, known)
        for key in candidate.keys:
            buckets.setdefault((form, language, key), []).append(candidate)
    pairs = [
        [candidate.work for candidate in bucket]
        for (_, _, key), bucket in buckets.items()
        if len(bucket) > 1 and _is_one_work(bucket, key)
    ]
    return _unambiguous(pairs)


def may_be_elsewhere(work: MentionGroup) -> bool:
    """Whether a work could be the same as one at another address."""
    return _form(work) is not None


def without_site_name(folded: str) -> str:
    """A folded title without the name of the site at its end (`_哔哩哔哩_bilibili`)."""
    return _SITE_NAME.sub("", folded)


def _unambiguous(groups: Iterable[list[MentionGroup]]) -> list[list[MentionGroup]]:
    """Equal groups once; of groups that overlap otherwise, none: the evidence contradicts."""
    by_names = {frozenset(work.name for work in group): group for group in groups}
    uses: dict[str, int] = {}
    for names in by_names:
        for name in names:
            uses[name] = uses.get(name, 0) + 1
    kept = [g for names, g in by_names.items() if all(uses[name] == 1 for name in names)]
    return [sorted(group, key=lambda work: work.name) for group in kept]


def _form(work: MentionGroup) -> str | None:
    """`video`, or the kind for what is read; None for what never merges across sites."""
    if not work.name.startswith("https://"):
        return None
    if is_video_host(work.name):
        return None if "/playlist" in work.name else "video"
    if work.kind in _READ and any(entry.author for entry in work.mentions):
        return work.kind
    return None


def _candidate(work: MentionGroup, form: str, known: frozenset[str]) -> _Candidate:
    titles = sorted({entry.title for entry in work.mentions})
    authors = set(stated_authors(work.mentions))
    keys: dict[str, int] = {}
    for title in titles:
        text = _without_labels(title, known)
        named = _author_at_end(text, known)
        if named:
            authors.add(named)
        key = _bare(_without_authors(text, authors))
        if _weight(key) >= _MIN_WEIGHT:
            points = _points(_without_authors(text, authors))
            keys[key] = max(points, keys.get(key, 0))
    years = frozenset(e.published[:4] for e in work.mentions if e.published)
    site = site_of(work.name.split("/")[2])
    return _Candidate(work, site, form, frozenset(authors), years, keys)


def _is_one_work(bucket: Sequence[_Candidate], key: str) -> bool:
    if len(bucket) > _MAX_SITES or len({candidate.site for candidate in bucket}) < len(bucket):
        return False  # two of one site: which of them would it be? On very many: a common title
    named = [candidate for candidate in bucket if candidate.authors]
    if not named or not all(_compatible(a, b) for a, b in combinations(bucket, 2)):
        return False
    points = min(candidate.keys[key] for candidate in bucket)
    if len(named) == len(bucket):
        return points >= _MIN_POINTS
    # An address without an author: only videos, only in Chinese, where re-uploads of a lecture
    # keep its title; an English title is often the title of the paper that many videos explain.
    return (
        bucket[0].form == "video"
        and len(_HAN.findall(key)) >= _MIN_HAN
        and points >= _MIN_POINTS_UNNAMED
    )


def _compatible(a: _Candidate, b: _Candidate) -> bool:
    if a.years and b.years and not a.years & b.years:
        return False
    return not a.authors or not b.authors or _agree(a.authors, b.authors)


def _agree(a: frozenset[str], b: frozenset[str]) -> bool:
    return any(_is_within(x, y) or _is_within(y, x) for x in a for y in b)


def _is_within(short: str, long: str) -> bool:
    return short == long or (short in long and (len(short) >= 6 or len(_HAN.findall(short)) >= 2))


def stated_authors(mentions: Iterable[Entry]) -> list[str]:
    """The bare names of those that mentions give as authors."""
    names = [name for e in mentions if e.author for name in _BETWEEN_NAMES.split(fold(e.author))]
    bare = [_bare(_TITLES_OF_NAMES.sub("", name)) for name in names]
    return [name for name in bare if len(name) > 1 and name not in _PLATFORMS]


def _author_at_end(text: str, known: frozenset[str]) -> str | None:
    """A name in brackets or after a dash, where some list states it as an author's name."""
    match = _LAST_PIECE.search(text)
    name = _bare(match[1]) if match else ""
    return name if name in known else None


def _without_labels(title: str, known: frozenset[str]) -> str:
    """The folded title without the video site's name and without labels in 【】 that tell nothing.

    A label that counts (【第一讲】, 【2/4】) or tells (【Python】) stays: it keeps works apart.
    """
    text = without_site_name(fold(title))

    def shown(match: re.Match[str]) -> str:
        label = match[0]
        if _COUNTS.search(label):
            return label
        return " " if _bare(label) in known or not _bare(_GENERIC_HAN.sub("", label)) else label

    return _LABEL.sub(shown, text).strip()


def _bare(text: str) -> str:
    """Letters, digits, `+`, `#` (C, C++ and C# differ), and apart digits (1-2 is no 12)."""
    return "".join(c if c.isalnum() or c in "+#" else "." for c in _KEPT.findall(text))


def _without_authors(text: str, authors: Iterable[str]) -> str:
    squeezed = "".join(text.split())  # most titles name no author, and a pattern takes long to make
    named = [author for author in authors if author in squeezed]
    for author in sorted(named, key=lambda name: (-len(name), name)):
        name = r"\s*".join(map(re.escape, author))
        text = re.sub(
            rf"[(\[]\s*{name}\s*[)\]]|[-_|:—–]+\s*{name}\s*$|^\s*{name}\s*[-_|:—–]", "", text
        )
    return text


def _weight(key: str) -> int:
    """Length of a bare title; a Han character says as much as two letters."""
    return len(key) + len(_HAN.findall(key))


def _points(text: str) -> int:
    """How specific a title is: 2 for each distinct telling word, 1 for each telling Han character.

    Words that hundreds of lectures share (`introduction`, `深度学习`, `论文精读`) tell nothing.
    """
    words = {word for word in _WORD.findall(text) if word not in _GENERIC_WORDS}
    return 2 * len(words) + len(_HAN.findall(_GENERIC_HAN.sub("", text)))


_READ = frozenset({"paper", "survey", "tutorial", "article", "book", "talk", "course"})
_MAX_SITES = 12  # each is compared with each
_MIN_WEIGHT = 14
_MIN_POINTS = 2
_MIN_POINTS_UNNAMED = 4
_MIN_HAN = 4
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[a-z][a-z0-9]*(?:[-.'+][a-z0-9]+)*")
_BETWEEN_NAMES = re.compile(r"[,、;/&|]|\band\b|和")
_TITLES_OF_NAMES = re.compile(r"(?:公众号|官网|老师|教授|博士|团队)\s*$")
_LAST_PIECE = re.compile(r"[(\[_|:—–-]\s*([^()\[\]_|:—–]{2,40}?)\s*[)\]]?\s*$")
_SITE_NAME = re.compile(r"(?:[\s_|-]*(?:哔哩哔哩|bilibili|youtube|b站|优酷|知乎|csdn博客))+\s*$")
_LABEL = re.compile(r"【[^】]*】")
_COUNTS = re.compile(r"\d|^【[上中下][集部篇]?】$|[一二三四五六七八九十百]|part|vol|ep\b")
_KEPT = re.compile(r"[^\W_]|[+#]|(?<=\d)[\W_]+(?=\d)")
_PLATFORMS = frozenset(
    {"github", "知乎", "哔哩哔哩", "bilibili", "b站", "youtube", "微信", "medium", "arxiv", "csdn"}
    | {
        "简书",
        "掘金",
        "twitter",
        "个人博客",
        "博客",
        "网络",
        "blog",
        "未知",
        "微博",
        "reddit",
        "优酷",
    }
)
_GENERIC_WORD_TEXT = """
    a an the of to in on for and or with from by at is are be how what why your you we it its into
    introduction intro overview basics basic fundamentals advanced beginner beginners guide tutorial
    tutorials course courses lecture lectures lesson lessons class session part chapter episode vol
    talk talks video videos full complete official live demo series week day unit module ep pt
    deep machine learning reinforcement neural network networks natural language processing computer
    vision artificial intelligence data science statistics programming python code coding model
    models large llm llms ai ml dl nlp cv rl explained paper papers reading review notes note
"""
_GENERIC_WORDS = frozenset(_GENERIC_WORD_TEXT.split())
_GENERIC_HAN = re.compile(
    "论文|精读|逐段|解读|详解|讲解|深度学习|机器学习|强化学习|人工智能|自然语言处理|计算机视觉|神经网络"
    "|大模型|大语言模型|语言模型|模型|教程|入门|基础|课程|公开课|系列|视频|中文|字幕|中英|双语|完整版"
    "|合集|全集|搬运|转载|熟肉|官方|高清|技术|原理|介绍|简介|导论|概述|实战|学习|笔记|第.{1,3}[讲节课集章]|[上中下](?=[)\\]集部篇])"
)

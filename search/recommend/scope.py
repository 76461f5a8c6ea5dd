"""How much of a title is the topic: whether a work is on it, or on something within or beside it.

`Learning SQL` is on SQL; `Go database/sql tutorial` and `Snowflake Data Engineering` name their
topic too, but are on something narrower. What tells them apart are the other words: those that say
how a text teaches count for nothing, all others against it, each by its rarity. Pure text and
counts in, a share out. Must not know resources, vectors or paths.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

from search.text import STOP, fold, tokens
from search.title_words import title_tokens

TEACHING = """
introduction introductory intro introducing tutorial guide handbook manual course class book ebook
notes lecture primer basics basic fundamentals foundations beginner beginning practical practice
essential modern complete comprehensive gentle friendly brief short quick quickstart illustrated
illustrating visual interactive learning understanding explained explanation simply simple
simplified easy crash start getting first step example exercises hands-on scratch ground zero hero
works working what how why professional programmer developer engineer practitioner everyone
dummies free online series edition second third video playlist lab workshop bootcamp
specialization nanodegree overview survey tour walk journey roadmap path program programming teach
yourself cookbook recipes master advanced deep dive depth principles concepts theory techniques
design resources
list university stanford mit berkeley
"""
TEACHING_CHINESE = """
看得懂 深入浅出 动手学 初学者 中文版 教程 指南 入门 圣经 实战 学习 笔记 中文 翻译 语言 编程 简介
概论 基础 导论 详解 讲解 图解 课程 手册 精通 从零 开始 小白 官方 文档 理解 深入 原理 通俗 一书 书 版
的
"""
"""Words that say how, for whom and by which school a text teaches, not what."""

HALF = 0.5
"""Share of the topic's weight that a title has itself where headings say the rest."""

LEAST, MOST = 2.0, 5.0
"""Bounds of what a word weighs: in a collection on one subject its name is no less telling."""

_BREAK = re.compile(
    r"\s*[:：|｜—–?？!！]\s*|\s-\s|\.\s|[(（]\W*(?=\w+[)）])|(?<=\w)[)）]|\s+by\s+[A-Z].*$"
)
"""Where one part of a title ends and the next begins."""

_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r"\s*[(（\[【][^)）\]】]*[)）\]】]\s*")

CLIPPED = {
    "algorithms": "algos",
    "cryptography": "crypto",
    "development": "dev",
    "mathematics": "math",
    "performance": "perf",
    "statistics": "stats",
    "visualization": "viz",
}
"""What is said for some words of topics in short."""

_CALLED = re.compile(r"[a-z]{3,6}")
"""A word that may be initials."""


class Wording(NamedTuple):
    """One way to call a topic: groups with what each weighs, of which a text says one that says all
    tokens of one of its phrases; and the share of their weight that names the topic."""

    share: float
    groups: Sequence[tuple[float, Sequence[Sequence[str]]]]


Wordings = Sequence[Wording]


def scope(title: str, above: str, wordings: Wordings, rarity: Callable[[str], float]) -> float:
    """The topic's share of the telling words of a title, or of that part of it which is most on the
    topic; 0 where it does not name it, 1 where it names nothing else. above: the headings, which
    may say what a title leaves out (`asyncio` under Python)."""
    parts = dict.fromkeys([title, *_BREAK.split(title), *_ASIDE.split(title)])
    known = title_tokens(above)
    return max((_share(part, known, wordings, rarity) for part in parts if part), default=0.0)


def besides(topic: str, titles: Iterable[str]) -> frozenset[str]:
    """What else a topic is called by titles that give a name and its initials: `mlops` for machine
    learning operations where one says `Machine Learning Operations (MLOps)`, `quantization of llm`
    for one of large language models, and the other way round."""
    topic, texts = fold(topic), "\n".join(map(fold, titles))
    words = _WORD.findall(topic)
    clipped = [
        re.sub(rf"\b{one}\b", other, topic)
        for full, short in CLIPPED.items()
        for one, other in ((full, short), (short, full))
        if one in words
    ]
    return frozenset([*clipped, *_shortened(topic, words, texts), *_in_full(topic, words, texts)])


def _shortened(topic: str, words: Sequence[str], texts: str) -> Iterator[str]:
    """The topic with initials for some of its words."""
    for start, end in combinations(range(len(words) + 1), 2):
        span = words[start:end]
        if len(span) < 2 or not all(map(str.isascii, span)):
            continue
        full = r"\W+".join(map(re.escape, span))
        both = rf"\b{full}\s*\((\w+)\)|\b(\w+)\s*\({full}\)"
        initials = "".join(word[0] for word in span)
        for pair in re.findall(both, texts):
            short = "".join(pair)
            if short.startswith(initials):
                yield re.sub(rf"\b{full}\b", short, topic)


def _in_full(topic: str, words: Sequence[str], texts: str) -> Iterator[str]:
    """The topic with what some of its words are the initials of."""
    for short in filter(_CALLED.fullmatch, words):
        full = r"\W+(?:(?:of|for|from|and|the|in)\W+)?".join(rf"{letter}[a-z]+" for letter in short)
        for pair in re.findall(rf"\b({full})\s*\({short}s?\)|\b{short}\s*\(({full})\)", texts):
            yield re.sub(rf"\b{short}\b", "".join(pair), topic)


def names(had: frozenset[str], wordings: Wordings) -> bool:
    """Whether tokens hold enough of one of the wordings to name the topic."""
    return any(_of(had, wording) >= wording.share for wording in wordings)


def _share(
    part: str, above: frozenset[str], wordings: Wordings, rarity: Callable[[str], float]
) -> float:
    had = title_tokens(part)
    named = [
        wording
        for wording in wordings
        if _of(had, wording) >= HALF and _of(had | above, wording) >= wording.share
    ]
    if not named:
        return 0.0
    return max(_weighed(part, had, wording, rarity) for wording in named)


def _of(had: frozenset[str], wording: Wording) -> float:
    """How much of what a topic's words weigh is there."""
    there = sum(weight for weight, phrases in wording.groups if any(map(had.issuperset, phrases)))
    return there / max(1e-9, sum(weight for weight, _ in wording.groups))


def _weighed(
    part: str, had: frozenset[str], wording: Wording, rarity: Callable[[str], float]
) -> float:
    said = [phrase for _, group in wording.groups for phrase in group if had.issuperset(phrase)]
    topic = {token for phrase in said for token in phrase}
    others = frozenset(tokens(_without_chinese(part, topic))) - how() - topic
    on = sum(_telling(rarity(token)) for token in topic)
    off = sum(_telling(rarity(token)) for token in others)
    return on / (on + off) if on else 0.0


def _telling(rarity: float) -> float:
    return min(MOST, max(LEAST, rarity))


def _without_chinese(part: str, topic: Iterable[str]) -> str:
    """A part without the Chinese words of the topic and those that say how it teaches: pairs of
    signs keep halves, and pairs across the two."""
    part = fold(part)
    for word in (
        *sorted(token for token in topic if not token.isascii()),
        *TEACHING_CHINESE.split(),
    ):
        part = part.replace(word, " ")
    return part


@cache
def how() -> frozenset[str]:
    """The tokens that say how a text teaches, and those that say nothing."""
    return STOP.union(*(tokens(word) for word in TEACHING.split()))

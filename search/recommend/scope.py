"""How much of a title is the topic: whether a work is on it, or on something within or beside it.

`Learning SQL` is on SQL; `Go database/sql tutorial` and `Snowflake Data Engineering` name their
topic too, but are on something narrower. What tells them apart are the other words: those that say
how a text teaches count for nothing, all others against it, each by its rarity. Pure text and
counts in, a share out. Must not know resources, vectors or paths.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

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
yourself master advanced deep dive depth principles concepts theory techniques design resources
list university stanford mit berkeley
"""
TEACHING_CHINESE = """
看得懂 深入浅出 初学者 中文版 教程 指南 入门 圣经 实战 学习 笔记 中文 翻译 语言 编程 简介 概论 基础
导论 详解 讲解 图解 课程 手册 精通 从零 开始 小白 官方 文档 理解 深入 原理 通俗 一书 书 版 的
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

Wordings = Sequence[tuple[float, Mapping[str, float]]]
"""What a topic is called: weights by token, each with the share of their sum that names it."""


def scope(title: str, above: str, wordings: Wordings, rarity: Callable[[str], float]) -> float:
    """The topic's share of the telling words of a title, or of that part of it which is most on the
    topic; 0 where it does not name it, 1 where it names nothing else. above: the headings, which
    may say what a title leaves out (`asyncio` under Python)."""
    parts = dict.fromkeys([title, *_BREAK.split(title), *_ASIDE.split(title)])
    known = title_tokens(above)
    return max((_share(part, known, wordings, rarity) for part in parts if part), default=0.0)


def short_forms(topic: str, titles: Iterable[str]) -> frozenset[str]:
    """What titles call a topic for short: `MLOps` for machine learning operations where one says
    `Machine Learning Operations (MLOps)` or `MLOps (Machine Learning Operations)`."""
    words = _WORD.findall(fold(topic))
    if len(words) < 2:
        return frozenset()
    whole = r"\W+".join(map(re.escape, words))
    pattern = re.compile(rf"\b{whole}\s*\((\w+)\)|\b(\w+)\s*\({whole}\)")
    initials = "".join(word[0] for word in words)
    found = [one for title in titles for pair in pattern.findall(fold(title)) for one in pair]
    return frozenset(one for one in found if one.startswith(initials))


def names(had: frozenset[str], wordings: Wordings) -> bool:
    """Whether tokens hold enough of one of the wordings to name the topic."""
    return any(_of(had, weights) >= share for share, weights in wordings)


def _share(
    part: str, above: frozenset[str], wordings: Wordings, rarity: Callable[[str], float]
) -> float:
    had = title_tokens(part)
    named = [
        weights
        for share, weights in wordings
        if _of(had, weights) >= HALF and _of(had | above, weights) >= share
    ]
    if not named:
        return 0.0
    others = frozenset(tokens(_without_chinese(part))) - how()
    return max(_weighed(had, others, weights, rarity) for weights in named)


def _of(had: frozenset[str], weights: Mapping[str, float]) -> float:
    """How much of what a topic's words weigh is there."""
    there = sum(weight for token, weight in weights.items() if token in had)
    return there / max(1e-9, sum(weights.values()))


def _weighed(
    had: frozenset[str],
    others: frozenset[str],
    topic: Mapping[str, float],
    rarity: Callable[[str], float],
) -> float:
    on = sum(_telling(rarity(token)) for token in had if token in topic)
    off = sum(_telling(rarity(token)) for token in others if token not in topic)
    return on / (on + off) if on else 0.0


def _telling(rarity: float) -> float:
    return min(MOST, max(LEAST, rarity))


def _without_chinese(part: str) -> str:
    """A part without the Chinese words that say how it teaches: pairs of signs keep halves."""
    part = fold(part)
    for word in TEACHING_CHINESE.split():
        part = part.replace(word, " ")
    return part


@cache
def how() -> frozenset[str]:
    """The tokens that say how a text teaches, and those that say nothing."""
    return STOP.union(*(tokens(word) for word in TEACHING.split()))

"""Why a step of a path is there, as a person would say it, in English and in Chinese.

Each reason says where the step stands (a beginning, now harder), what it is to work with, and what
curators tell that no step before it had: what it assumes, which step it follows, under what they
file it, how many agree, another language, how long it takes. Must not know how steps are found or
chosen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from cache.records import Facts, Resource
from search.recommend.scope import how
from search.text import tokens
from search.title_words import title_tokens

AGREED = 2
"""Lists from which their agreement is a reason."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the work, what is known of it, its level (1 to 3), and which earlier step (from 1)
    curators put right before it."""

    resource: Resource
    facts: Facts
    level: int
    after: int | None = None


ENGLISH = {
    "start 1": "start here: it assumes nothing",
    "start 2": "start here: the easiest the lists have, for those who know the basics",
    "start 3": "start here: the lists have nothing easier",
    "harder 2": "now for those who know the basics",
    "harder 3": "now in depth",
    "first course": "the course to work through",
    "first book": "the book to work through",
    "first tutorial": "a tutorial to follow along",
    "first article": "an article for one sitting",
    "first video": "a video to watch",
    "first talk": "a talk to listen to",
    "first paper": "the research itself, once the rest is clear",
    "first survey": "an overview of the research",
    "more course": "another course, where that one does not suit you",
    "more book": "another book, where that one does not suit you",
    "more tutorial": "one more to follow along",
    "more article": "one more article",
    "more video": "one more video",
    "more talk": "one more talk",
    "more paper": "more of the research",
    "more survey": "another overview of the research",
    "further course": "a course that goes further",
    "further book": "a book that goes further",
    "other 1": "another easy way in",
    "other 2": "the same told otherwise",
    "other 3": "more depth",
    "requires": "assumes {0}",
    "covered": "assumes {0}, which step {1} covers",
    "after": "its list puts it right after step {0}",
    "under": "filed under “{0}”",
    "lists": "{0} lists name it",
    "stars": "its curator gives it {0} stars",
    "first-hand": "first-hand",
    "en": "in English",
    "zh": "in Chinese",
    "hours": "about {0} hours",
    "minutes": "about {0} minutes",
    "ended": "here the lists end",
    "joint": "; ",
}
CHINESE = {
    "start 1": "从这里开始：不需要基础",
    "start 2": "从这里开始：清单里最容易的一份，需要一点基础",
    "start 3": "从这里开始：清单里没有更容易的",
    "harder 2": "有了基础再看",
    "harder 3": "现在深入",
    "first course": "主要跟着学的课程",
    "first book": "主要跟着读的书",
    "first tutorial": "可以跟着做的教程",
    "first article": "一次能读完的文章",
    "first video": "可以看的视频",
    "first talk": "可以听的演讲",
    "first paper": "读懂前面之后看研究本身",
    "first survey": "研究综述",
    "more course": "前一门不合适时换这门课",
    "more book": "前一本不合适时换这本书",
    "more tutorial": "再跟着做一份教程",
    "more article": "再读一篇文章",
    "more video": "再看一个视频",
    "more talk": "再听一场演讲",
    "more paper": "更多研究",
    "more survey": "另一篇研究综述",
    "further course": "更进一步的课程",
    "further book": "更进一步的书",
    "other 1": "另一个容易的入口",
    "other 2": "同样的内容，换个讲法",
    "other 3": "继续深入",
    "requires": "需要先懂{0}",
    "covered": "需要先懂{0}，第 {1} 步讲过",
    "after": "清单里紧接在第 {0} 步之后",
    "under": "归在“{0}”一类",
    "lists": "{0} 个清单都列了它",
    "stars": "整理者给了 {0} 星",
    "first-hand": "第一手资料",
    "en": "英文",
    "zh": "中文",
    "hours": "大约 {0} 小时",
    "minutes": "大约 {0} 分钟",
    "ended": "清单里关于它的内容到此为止",
    "joint": "；",
}

LONGEST = 60
"""Characters of what comes first that a reason repeats."""

HEADING = 40
"""Characters of a heading that a reason repeats."""

FORMS = """
article articles blog blogs book books bookmarks channels click community contents course courses
ebook ebooks expand lectures links miscellaneous mooc others paper papers playlists posts
publications reading references researchers resources section sites slides table talks texts
tutorials videos websites writings beginner intermediate
"""
_CHINESE_FORMS = re.compile(
    "书|教程|课|视频|文章|博客|资料|资源|论文|网站|目录|其他|其它|解读|入门"
)
"""What headings say of the form of what stands below them, which is no subject."""


def reasons(steps: Sequence[Step], topic: str, *, chinese: bool, ended: bool) -> list[str]:
    """A sentence for each step on a topic; the last one says so where the lists end with it."""
    words = CHINESE if chinese else ENGLISH
    told = [list(_why(steps, at, topic, words)) for at in range(len(steps))]
    if ended and told:
        told[-1].append(words["ended"])
    return [words["joint"].join(said) for said in told]


def _why(steps: Sequence[Step], at: int, topic: str, words: dict[str, str]) -> Iterator[str]:
    step, facts = steps[at], steps[at].facts
    yield from _place(steps, at, words)
    if facts.requires and len(facts.requires) <= LONGEST:
        yield _required(steps[:at], facts.requires, words)
    if step.after:
        yield words["after"].format(step.after)
    subject = _subject(step, topic)
    if subject and subject not in {_subject(before, topic) for before in steps[:at]}:
        yield words["under"].format(subject)
    own, asked = step.resource.language, "zh" if words is CHINESE else "en"
    if own in ("en", "zh") and own != asked:
        yield words[own]
    if facts.lists >= AGREED:
        yield words["lists"].format(facts.lists)
    elif facts.rating_confidence == 1 and (facts.rating or 0) >= 4:
        yield words["stars"].format(round(facts.rating or 0))
    elif facts.tier == 1:
        yield words["first-hand"]
    if facts.hours and facts.hours >= 1:
        yield words["hours"].format(round(facts.hours))
    elif facts.minutes:
        yield words["minutes"].format(max(1, round(facts.minutes)))


def _place(steps: Sequence[Step], at: int, words: dict[str, str]) -> Iterator[str]:
    """How hard it is beside what came before, and what one does with it."""
    step, kind, before = steps[at], steps[at].resource.kind, steps[:at]
    harder = at > 0 and step.level > max(each.level for each in before)
    if at == 0:
        yield words[f"start {step.level}"]
    elif harder:
        yield words[f"harder {step.level}"]
    had = kind in {each.resource.kind for each in before}
    how = words.get(f"{'first' if not had else 'further' if harder else 'more'} {kind}")
    if how or harder or at == 0:
        yield from [how] if how else []
    else:
        yield words[f"other {step.level}"]


def _required(before: Sequence[Step], required: str, words: dict[str, str]) -> str:
    wanted = title_tokens(required)
    for number, step in enumerate(before, 1):
        if wanted & title_tokens(step.resource.title):
            return words["covered"].format(required, number)
    return words["requires"].format(required)


def _subject(step: Step, topic: str) -> str | None:
    """The part of the topic that curators file a work under: a heading, of no form, below one that
    names the topic."""
    named = title_tokens(topic)
    for *above, last in filter(None, (mention.section for mention in step.resource.mentions)):
        telling = title_tokens(last) - _forms()
        below = any(named <= title_tokens(heading) for heading in above)
        if below and telling and not telling & named and not _CHINESE_FORMS.search(last):
            return last if len(last) <= HEADING else None
    return None


@cache
def _forms() -> frozenset[str]:
    return how() | frozenset(tokens(FORMS))

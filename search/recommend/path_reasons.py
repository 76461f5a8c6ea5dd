"""Why a step of a path is there, as a person would say it, in English and in Chinese.

Must not know how steps are found or chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cache.records import Facts, Resource
from search.title_words import title_tokens

AGREED = 2
"""Lists from which their agreement is a reason."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the work, what is known of it, its level (1 to 3) and about how long it takes."""

    resource: Resource
    facts: Facts
    level: int
    hours: float


ENGLISH = {
    "start 1": "start here: it assumes nothing",
    "start 2": "start here: the easiest the lists have, for those who know the basics",
    "start 3": "start here: the lists have nothing easier",
    "paper": "the research itself, once the rest is clear",
    "survey": "an overview of the research",
    "course": "the course to work through",
    "book": "the book to work through",
    "harder 2": "now for those who know the basics",
    "harder 3": "now in depth",
    "same 1": "another easy way in",
    "same 2": "more on the same level",
    "same 3": "more depth",
    "same video": "the same ground, to watch",
    "same talk": "the same ground, to listen to",
    "same tutorial": "the same ground, step by step",
    "same article": "the same ground in a shorter text",
    "requires": "assumes {0}",
    "covered": "assumes {0}, which step {1} covers",
    "lists": "{0} lists name it",
    "stars": "its curator gives it {0} stars",
    "first-hand": "first-hand",
    "hours": "about {0} hours",
    "ended": "here the lists end",
    "joint": "; ",
}
CHINESE = {
    "start 1": "从这里开始：不需要基础",
    "start 2": "从这里开始：清单里最容易的一份，需要一点基础",
    "start 3": "从这里开始：清单里没有更容易的",
    "paper": "读懂前面之后看研究本身",
    "survey": "研究综述",
    "course": "主要跟着学的课程",
    "book": "主要跟着读的书",
    "harder 2": "有了基础再看",
    "harder 3": "现在深入",
    "same 1": "另一个容易的入口",
    "same 2": "同一难度，换个角度",
    "same 3": "继续深入",
    "same video": "同样的内容，看视频",
    "same talk": "同样的内容，听人讲",
    "same tutorial": "同样的内容，一步一步做",
    "same article": "同样的内容，短一些的文章",
    "requires": "需要先懂{0}",
    "covered": "需要先懂{0}，第 {1} 步讲过",
    "lists": "{0} 个清单都列了它",
    "stars": "整理者给了 {0} 星",
    "first-hand": "第一手资料",
    "hours": "大约 {0} 小时",
    "ended": "清单里关于它的内容到此为止",
    "joint": "；",
}

LONGEST = 60
"""Characters of what comes first that a reason repeats."""


def reasons(steps: Sequence[Step], *, chinese: bool, ended: bool) -> list[str]:
    """A sentence for each step; the last one says so where the lists end with it."""
    words = CHINESE if chinese else ENGLISH
    told = [list(_why(steps, at, words)) for at in range(len(steps))]
    if ended and told:
        told[-1].append(words["ended"])
    return [words["joint"].join(said) for said in told]


def _why(steps: Sequence[Step], at: int, words: dict[str, str]) -> list[str]:
    step = steps[at]
    said = [_place(steps, at, words)]
    if step.facts.requires and len(step.facts.requires) <= LONGEST:
        said.append(_required(steps[:at], step.facts.requires, words))
    if step.facts.lists >= AGREED:
        said.append(words["lists"].format(step.facts.lists))
    elif step.facts.rating_confidence == 1 and (step.facts.rating or 0) >= 4:
        said.append(words["stars"].format(round(step.facts.rating or 0)))
    elif step.facts.tier == 1:
        said.append(words["first-hand"])
    if step.facts.hours and step.facts.hours >= 1:
        said.append(words["hours"].format(round(step.facts.hours)))
    return said


def _place(steps: Sequence[Step], at: int, words: dict[str, str]) -> str:
    step, kind = steps[at], steps[at].resource.kind or ""
    if at == 0:
        return words[f"start {step.level}"]
    if kind in ("paper", "survey"):
        return words[kind]
    if kind in ("course", "book") and kind not in {each.resource.kind for each in steps[:at]}:
        return words[kind]
    if step.level > max(each.level for each in steps[:at]):
        return words[f"harder {step.level}"]
    # A form that the path has not had is what such a step is there for.
    new = kind not in {each.resource.kind for each in steps[:at]}
    return words.get(f"same {kind}" if new else "", words[f"same {step.level}"])


def _required(before: Sequence[Step], required: str, words: dict[str, str]) -> str:
    wanted = title_tokens(required)
    for number, step in enumerate(before, 1):
        if wanted & title_tokens(step.resource.title):
            return words["covered"].format(required, number)
    return words["requires"].format(required)

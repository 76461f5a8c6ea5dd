"""Works told in fields: `- 课程难度：🌟🌟🌟`, `- **Prerequisites**: …`.

Course guides give each course a page: what it is in fields, then its links by what they are. Must
not know how entries are numbered or sectioned.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.lists import effort, fields
from indexer.lists.blocks import Block
from indexer.lists.drafts import Draft
from indexer.lists.pieces import words_of

_NAME = re.compile(r"\W{0,4}([^:：，,;；。(（]{1,40}?)\W{0,3}[:：，,](.*)", re.DOTALL)
_ROLES = tuple(
    (role, re.compile(rf"(?:{names})", re.IGNORECASE))
    for role, names in (
        ("difficulty", r"(?:课程|課程|学习|學習|course |overall )?(?:难度|難度|difficulty|level)(?:系数|指数|level)?"),
        ("rating", r"(?:推荐|推薦)(?:指数|指數|度)?|评分|評分|(?:overall |my )?rating|score"),
        ("author", r"所属大学|所屬大學|学校|學校|大学|院校|机构|讲师|講師|主讲(?:人)?|教师|老师|作者"
                   r"|offered by|universit(?:y|ies)|institution|school|instructors?|lecturers?|teachers?|authors?|taught by"),
        ("date", r"年份|发布时间|發布時間|学期|year|released?|published|semester"),
        ("website", r"(?:课程|課程|项目|官方)?(?:网站|網站|主页|主頁|官网|官網|网址|網址|首页|链接|鏈接|地址)"
                    r"|(?:course |official |project )?(?:web ?sites?|home ?page|page|url|links?)"),
        ("video", r"(?:课程|課程|教学)?(?:视频|視頻|录像|錄像)[^:：]{0,8}|(?:lecture |course )?(?:videos?|recordings?|playlists?)"),
        ("book", r"(?:课程|課程)?(?:教材|教科书|参考书)[一二三四五\d]?|(?:course )?text ?books?|(?:required )?readings?"),
        ("work", r"(?:课程|課程)?(?:作业|作業|实验|實驗|项目|習題|习题)|assignments?|labs?|projects?|homeworks?|problem sets?|exercises?"),
        ("slides", r"(?:课程|課程)?(?:课件|講義|讲义|笔记|筆記)|slides?|(?:lecture |course )?notes?|handouts?"),
        ("code", r"(?:课程|課程|框架)?(?:代码|代碼|源码)|(?:framework |starter |source )?code|repo(?:sitory)?|github"),
        ("language", r"编程语言|編程語言|programming languages?|语言|language"),
    )
)  # fmt: skip
_ABOUT = re.compile(
    r"(?:\W|(?:课程|課程|项目|内容|基本)?(?:简介|簡介|介绍|介紹|概述|概览|说明|信息)"
    r"|(?:course )?(?:descriptions?|overview|about(?: (?:the|this) course)?|introduction|information|info|summary))*",
    re.IGNORECASE,
)
_TELLING = frozenset({"difficulty", "hours", "requires"})
_ABOUT_A_WORK = _TELLING | {"author", "date", "rating", "pages"}
PARTS = frozenset({"website", "video", "work", "slides", "code"})
"""Roles of fields whose links belong to the work rather than stand for themselves."""
SCALE = 5
"""The top of a scale of stars or numbers in a field of difficulty."""


@dataclass(slots=True)
class Described:
    """A work whose fields were read and whose links are still to come."""

    draft: Draft
    level: int  # of its heading
    section: tuple[str, ...]
    start: int  # how many entries there were before it


def role_of(name: str) -> str | None:
    """What a field of this name is about, None where it is none we know."""
    name = name.strip(" *_:：\t")
    if not name or len(name) > 40:
        return None
    if known := effort.column(name):
        return known
    return next((role for role, names in _ROLES if names.fullmatch(name)), None)


def field(text: str) -> tuple[str, str, str] | None:
    """(name, role, value) of a line such as `课程难度：🌟🌟🌟`; None where it is no known field."""
    match = _NAME.match(text[:400])
    if not match:
        bare = text.rstrip(" :：")
        role = role_of(bare)
        return (bare, role, "") if role else None
    role = role_of(match[1])
    return (match[1].strip(), role, (match[2] + text[400:]).strip()) if role else None


def fields_in(block: Block) -> Iterator[tuple[str, str, str]]:
    """The fields among the items of a list."""
    for item in block.children:
        if found := field(words_of(item)):
            yield found


def describes_a_work(block: Block) -> bool:
    """Whether a list tells of one work: two fields or more, one of them its difficulty, its hours
    or what it requires."""
    roles = {role for _, role, _ in fields_in(block)}
    return len(roles & _ABOUT_A_WORK) > 1 and bool(roles & _TELLING)


def is_about(heading: str) -> bool:
    """Whether a heading only says that a description follows."""
    return _ABOUT.fullmatch(heading) is not None


def take_fields(draft: Draft, block: Block) -> None:
    """Set what the fields of a list say of a work; fields without a place of their own go into its
    note, in the list's words."""
    told = list(fields_in(block))
    draft.hours = (
        effort.together([v for _, role, v in told if role == "hours" and v]) or draft.hours
    )
    for name, role, value in told:
        if not value:
            continue
        if role == "difficulty":
            draft.difficulty = fields.difficulty(value, SCALE)
            draft.difficulty_said = value if draft.difficulty else None
        elif role == "hours":
            draft.hours = draft.hours or effort.field_hours(value)
        elif role == "pages":
            draft.pages = effort.pages(value) or effort.pages(f"{value} pages")
        elif role == "requires":
            draft.requires = effort.field_requires(value)
        elif role == "rating":
            draft.rating = fields.rating(value)
        elif role == "date":
            draft.published = fields.date(value)
        elif role == "author":
            draft.author = draft.author or value.strip(" ·•")
        elif role == "language":
            draft.note = fields.plain(f"{draft.note} {name}: {value}.")


def complete(work: Described, found: Sequence[tuple[Draft, str | None]]) -> Draft | None:
    """The main draft among those found under a work, now titled and told by its fields.

    found holds each draft with the role of the field it stood in. None where there is no link.
    """
    order = ("website", "video", "code", "work", "slides", "", "book", None)  # None: in prose
    ranked = sorted(found, key=lambda each: order.index(each[1]) if each[1] in order else 5)
    if not ranked:
        return None
    main, described = ranked[0][0], work.draft
    main.title, main.note, main.author = described.title, described.note, described.author
    for name in ("difficulty", "difficulty_said", "hours", "pages", "requires", "rating"):
        setattr(main, name, getattr(described, name))
    main.published = described.published
    main.kind = described.kind
    for draft, role in found:
        if draft is not main and role in PARTS:
            draft.part_of = main.url
    return main

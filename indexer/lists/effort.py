"""How long something takes and what it asks for, read from plain text: hours, pages, prerequisites.

Curators write `预计学时：150 小时`, `about 6 weeks, 5 h a week`, `(2h 30m)`, `[1:23:45]`, `350 pages`.
Every function answers None where the text does not clearly say. Chinese and English are equal here.
Must not know lists, blocks or tables.
"""

import re
from collections.abc import Sequence

_NUMBER = r"(\d{1,4}(?:\.\d+)?)(?:\s*(?:-|–|—|~|～|to|到|至)\s*(\d{1,4}(?:\.\d+)?))?\s*\+?\s*"
_HOUR = r"(?:hours?|hrs?\.?|h|个?\s*小时|個?\s*小時|个?\s*钟头|学时|學時|课时|課時)(?![a-z])"
_MINUTE = r"(?:minutes?|mins?\.?|m|分钟|分鐘|分)(?![a-z])"
_WEEK = r"(?:weeks?|wks?|周|週|个?\s*星期|個?\s*星期)(?![a-z])"
_HOURS = re.compile(
    rf"(?<![\d.:]){_NUMBER}{_HOUR}(?:\s*(?:and\s*)?(\d{{1,2}})\s*{_MINUTE})?", re.IGNORECASE
)
_MINUTES = re.compile(rf"(?<![\d.:]){_NUMBER}{_MINUTE}", re.IGNORECASE)
_WEEKS = re.compile(rf"(?<![\d.:]){_NUMBER}{_WEEK}", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d:.-])(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)(?![\d:])")
_PAGES = re.compile(r"(?<![\d.-])(\d{1,4})\s*(?:pages?\b|pp\.?(?![a-z])|页|頁)", re.IGNORECASE)
_A_WEEK = re.compile(
    rf"{_NUMBER}{_HOUR}\s*(?:/|a|per|each|every|每)?\s*(?:week|wk|周|週)", re.IGNORECASE
)
_EACH_WEEK = re.compile(rf"每\s*(?:周|週|星期)\s*{_NUMBER}{_HOUR}")
_SAID = re.compile(
    r"(?:\b(?:duration|length|runtime|running time|time|effort|hours?|workload|reading time)"
    r"|时长|時長|学时|學時|课时|課時|耗时|耗時|用时|用時|篇幅)\s*[:：]\s*([^;；|]{1,60})",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]{2,40})[)\]）】]")
_LEADING = re.compile(
    r"^(?:\s|about|approx\.?|~|≈|大?[约約]|around|roughly|free|total|,|，|共)*", re.IGNORECASE
)
_REQUIRES = re.compile(
    r"(?:\bpre-?requisites?(?: requirements?)?|\bpre-?reqs?|先修要求|先修课程?|先修課程?|前置知识"
    r"|前置知識|前置要求|前置课程|前置課程|预备知识|預備知識|先导课程?)\s*[:：]\s*([^\n|]{2,300})",
    re.IGNORECASE,
)
_COLUMNS = (
    ("requires", re.compile(
        r"(?:course )?pre-?requisites?(?: requirements?| knowledge)?|pre-?reqs?|requirements?|requires"
        r"|先修(?:要求|课程?|課程?|知识|知識)?|前置(?:知识|知識|要求|课程|課程|条件)?|预备知识|預備知識|先导课程?|基础要求")),
    ("hours", re.compile(
        r"(?:estimated |total |average |approx\. |expected )?(?:class|learning|study|course|reading|video|work|watch)?\s?"
        r"(?:hours?|time|duration|length|effort|workload|runtime)(?: required| needed|\s*\(.*\))?"
        r"|(?:预计|預計|建议|建議|总|總|课程|課程|学习|學習|视频|視頻)?(?:学时|學時|课时|課時|时长|時長|耗时|耗時|用时|用時|学习时间|學習時間|小时数)")),
    ("pages", re.compile(r"(?:#|number of |no\. of )?pages?|页数|頁數")),
)  # fmt: skip
_NOTHING = re.compile(r"(?:none|no|n/?a|nothing|无|無|没有|沒有|-|–|—|/|\.|。)*\s*", re.IGNORECASE)


def column(header: str) -> str | None:
    """What a column or field is about by its name: `hours`, `pages`, `requires`; None otherwise."""
    name = header.strip(" *:：").casefold()
    if len(name) > 40:
        return None
    return next((role for role, names in _COLUMNS if names.fullmatch(name)), None)


def counts_hours(header: str) -> bool:
    """Whether a bare number under a header is one of hours."""
    return re.search(r"hour|学时|學時|课时|課時|小时|小時", header, re.IGNORECASE) is not None


def hours(text: str) -> float | None:
    """Hours of work from a cell or field that says them: ranges count by their middle."""
    weekly = _EACH_WEEK.search(text) or _A_WEEK.search(text)
    if weekly:
        weeks = _WEEKS.search(text[: weekly.start()] + " " + text[weekly.end() :])
        return _middle(weeks) * _middle(weekly) if weeks else None
    if match := _HOURS.search(text):
        minutes = int(match[3]) / 60 if match[3] else 0.0
        return _bounded(_middle(match) + minutes)
    if match := _MINUTES.search(text):
        return _bounded(_middle(match) / 60)
    if match := _CLOCK.search(text):
        first, second, third = int(match[1] or 0), int(match[2]), int(match[3])
        return _bounded(first + second / 60 + third / 3600)
    return None


def together(said: Sequence[str]) -> float | None:
    """Hours from several cells of one row: `8 weeks` and `4 hours` are four hours a week."""
    text = "; ".join(said)
    if (
        len(said) > 1
        and _WEEKS.search(text)
        and not (_A_WEEK.search(text) or _EACH_WEEK.search(text))
    ):
        text = "; ".join(f"{part}/week" if _HOURS.search(part) else part for part in said)
    return hours(text)


def field_hours(text: str) -> float | None:
    """Hours from a field that asks for them, where a bare number is one: `Learning Hours: 80`."""
    said = hours(text)
    if said is None and (
        match := re.fullmatch(r"\s*[~约約]?\s*(\d{1,4}(?:\.\d+)?)\s*\+?\s*", text)
    ):
        said = _bounded(float(match[1]))
    return said


def inline_hours(text: str) -> float | None:
    """Hours said in running text: after a word for it, or alone in brackets."""
    if not any(c.isdigit() for c in text):
        return None
    said = (
        "; ".join(match[1] for match in _SAID.finditer(text)) if ":" in text or "：" in text else ""
    )
    if said and (found := hours(said)) is not None:
        return found
    for match in _BRACKETS.finditer(text):
        for part in re.split(r"[,，;；]", match[1]):
            inside = _LEADING.sub("", part)
            found = hours(inside) if inside[:1].isdigit() else None
            if found is not None and not _words_left(inside):
                return found
    return None


def pages(text: str) -> int | None:
    """Pages of a book or paper: `350 pages`, `共 210 页`."""
    match = _PAGES.search(text)
    return int(match[1]) if match and int(match[1]) > 0 else None


def requires(text: str) -> str | None:
    """What has to come first, in the curator's words; None where nothing has to."""
    match = _REQUIRES.search(text) if ":" in text or "：" in text else None
    return field_requires(match[1]) if match else None


def field_requires(text: str) -> str | None:
    """The words of a field or cell of prerequisites; None where it says there are none."""
    words = " ".join(text.split()).strip(" ;；,，")
    return None if _NOTHING.fullmatch(words) else words


def _words_left(text: str) -> bool:
    """Whether brackets with a duration in them are about something else as well."""
    for pattern in (_HOURS, _MINUTES, _WEEKS, _CLOCK):
        text = pattern.sub(" ", text)
    return sum(c.isalpha() for c in text) > 12


def _middle(match: re.Match[str]) -> float:
    low = float(match[1])
    return (low + float(match[2])) / 2 if match[2] else low


def _bounded(value: float) -> float | None:
    return round(value, 2) if 0 < value <= 5000 else None

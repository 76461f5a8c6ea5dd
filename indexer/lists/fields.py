"""What curators write about a resource, read from plain text: dates, ratings, levels.

Every function takes text and answers None (or the text unchanged) where the text does not clearly
say. Must not know lists, blocks or tables. Chinese (both scripts) and English are equal here.
"""

import re
from functools import lru_cache

_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u200e\u200f]")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?"
)
_YEAR = "((?:19|20)\\d\\d)"
_DATE = re.compile(
    rf"(?<![\d.]){_YEAR}\s*(?:[-/.]|年)\s*(\d{{1,2}})"
    rf"(?:\s*(?:[-/.]|月)\s*(\d{{1,2}})\s*日?|\s*月)?(?!\d)"
    rf"|\b{_MONTH}\s+(?:(\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?{_YEAR}\b"
    rf"|\b(\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+{_YEAR}\b"
    rf"|(?<![\w.]){_YEAR}(?:\s*年)?(?![\w]|[.-]\d)",
    re.IGNORECASE,
)
_DATE_SAID = re.compile(
    r"\W*(?:released?(?: date)?|published?(?: on)?|date|year|updated?|发布(?:时间|日期)?|發布(?:時間|日期)?|时间|時間|日期|年份)"
    r"\W*[:：]\W*(.{4,40})$",
    re.IGNORECASE,
)
_STARS = "⭐★🌟✭✮"
_STAR_RUN = re.compile(f"(?:[{_STARS}☆✩]\ufe0f?\\s?)+|(?::star2?:\\s?)+")
_MARK = re.compile(f"[{_STARS}❗]|:star")
_COUNT = re.compile(r"\s*\d[\d.,]*\s*[kKmM万]?\b(?!\s*/)")
_ALARM_RUN = re.compile("(?:[❗❕‼！!]\ufe0f?\\s?)+")
_OUT_OF = re.compile(r"(?<![\d/.])(\d{1,2}(?:\.\d+)?)\s*(?:/|out of)\s*(3|5|10)(?![\d/.])")
_SAID = re.compile(
    r"(?:\brating|\bscore|评分|評分|推荐(?:指数|度)?|推薦(?:指數|度)?|星级|星級)"
    r"\s*[:：]\s*(\d(?:\.\d)?)(?![\d.])",
    re.IGNORECASE,
)
_STAR_WORDS = re.compile(r"([1-5一二三四五两])\s*(?:颗星|顆星|星|stars?\b)", re.IGNORECASE)
_NUMERALS = dict(zip("一二三四五两12345", (1, 2, 3, 4, 5, 2, 1, 2, 3, 4, 5), strict=True))
_LEVEL_WORDS = (
    (3, ("advanced|hard|difficult|expert"
         "|高级|高級|高阶|高階|困难|困難|较难|較難|很难|很難|难|難|深入|专家|專家")),
    (2, "intermediate|medium|moderate|中级|中級|中等|中阶|中階|进阶|進階|适中|適中"),
    (1, ("beginners?|beginner-friendly|basic|easy|introductory|novice|elementary|入门|入門|初级"
         "|初級|初阶|初階|初学者?|初學者?|简单|簡單|容易|基础|基礎|新手|零基础|零基礎|小白")),
)  # fmt: skip
_LEVELS = tuple(
    (level, re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.IGNORECASE))
    for level, words in _LEVEL_WORDS
)
_LEVEL_SIGNS = {
    "低": 1, "易": 1, "中": 2, "高": 3, "low": 1, "high": 3, "mid": 2, "初": 1,
    "🟢": 1, "🟡": 2, "🟠": 2, "🔴": 3, "⚫": 3,
}  # fmt: skip
_LEVEL_ONLY = re.compile(
    r"(?:for |面向|适合|適合)?(?P<level>beginners?|intermediate|advanced|入门|入門|初级|初級|初学者"
    r"|初學者|中级|中級|进阶|進階|高级|高級)(?:\s*(?:levels?|resources?|courses?|tutorials?|books?|reading|materials?"
    r"|级|級|篇|阶段|階段|资料|資料|资源|資源|教程|课程|課程|书籍|書籍|阅读|閱讀|学习|學習|内容|內容"
    r"|部分))*",
    re.IGNORECASE,
)
_LEVEL_SAID = re.compile(
    r"(?:\bdifficulty|\blevel|难度|難度|级别|級別)(?:指数|指數)?\s*[:：]\s*([^\s,，;；)）]+)",
    re.IGNORECASE,
)
_LEVEL_TAG = re.compile(r"[(\[（【]\s*([A-Za-z]+|[\u4e00-\u9fff]{2,4})\s*[)\]）】]")
_TIERS = (
    (1, r"第?一手|首手|first[- ]?hand|primary\s+(?:sources?|materials?|literature|resources?)"),
    (2, r"第?[二两]手|second[- ]?hand|secondary\s+(?:sources?|materials?|literature|resources?)"),
    (3, r"第?三手|third[- ]?hand|tertiary(?:\s+(?:sources?|materials?|literature|resources?))?"),
)
_TIER = tuple((tier, re.compile(words, re.IGNORECASE)) for tier, words in _TIERS)
_STEP = re.compile(
    r"\W*(?:(?:week|day|step|stage|phase|lecture|lesson|module|unit|chapter|month|level)\s*#?(\d{1,3})\b"
    r"|第\s*(\d{1,3}|[一二三四五六七八九十])\s*(?:周|週|天|步|章|讲|講|课|課|阶段|階段|单元|節|节))",
    re.IGNORECASE,
)
_TIER_CELL = {
    "1": 1, "primary": 1, "一": 1, "一级": 1, "tier 1": 1,
    "2": 2, "secondary": 2, "二": 2, "二级": 2, "tier 2": 2,
    "3": 3, "tertiary": 3, "三": 3, "三级": 3, "tier 3": 3,
}  # fmt: skip


def plain(text: str) -> str:
    """Text on one line: every kind of space one space, nothing invisible."""
    if not text.isascii() and _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def date(text: str) -> str | None:
    """The first date in text, as ISO 8601 and only as exact as written: `2017`, `2021-06`."""
    if "19" not in text and "20" not in text:
        return None
    match = _DATE.search(text)
    return _iso(match) if match else None


def only_date(text: str) -> str | None:
    """The date where text is a date and nothing else but brackets and separators."""
    if len(text) > 60 or ("19" not in text and "20" not in text):
        return None
    match = _DATE.search(text)
    if not match or any(c.isalnum() for c in text[: match.start()] + text[match.end() :]):
        return None
    return _iso(match)


def said_date(text: str) -> str | None:
    """The date of a line that says when something came out: `Released: 2026-03-31`."""
    match = _DATE_SAID.match(text)
    return date(match[1]) if match else None


def _iso(match: re.Match[str]) -> str | None:
    y1, m1, d1, name2, d2, y2, d3, name3, y3, y4 = match.groups()
    year = y1 or y2 or y3 or y4
    name = name2 or name3
    month = int(m1) if m1 else _MONTHS.index(name[:3].lower()) + 1 if name else None
    day = d1 or d2 or d3
    if month is None:
        return str(year)
    if not 1 <= month <= 12:
        return str(year)
    if day is None or not 1 <= int(day) <= 31:
        return f"{year}-{month:02}"
    return f"{year}-{month:02}-{int(day):02}"


def rating(text: str) -> int | None:
    """Stars 1-5 from a rating cell: `⭐⭐⭐`, `★★★☆☆`, `4/5`, `8/10`, `4.5`, `四星`."""
    if run := _star_run(text):
        return min(5, run[0])
    if match := _OUT_OF.search(text):
        return _scaled(float(match[1]), int(match[2]), 5)
    if match := _STAR_WORDS.search(text):
        return _NUMERALS[match[1]]
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return round(value + 1e-9) if 1 <= value <= 5 else None


def inline_rating(text: str) -> int | None:
    """Stars 1-5 said in running text; one star alone, or stars before a count, say nothing."""
    if (run := _star_run(text)) and (run[0] > 1 or run[1] > run[0]):
        return min(5, run[0])
    if (":" in text or "：" in text) and (match := _SAID.search(text)):
        value = float(match[1])
        return round(value + 1e-9) if 1 <= value <= 5 else None
    match = _OUT_OF.search(text) if "/5" in text or "/ 5" in text else None
    return _scaled(float(match[1]), 5, 5) if match and match[2] == "5" else None


def is_count(text: str) -> bool:
    """Whether a cell under a word like "stars" counts something: `6.4k`, `★ 381`, `12,000`."""
    number = re.sub(f"[{_STARS}\ufe0f\\s,+]", "", text)
    if re.fullmatch(r"\d+(?:\.\d+)?[kKmM万]", number):
        return True
    return number.isdecimal() and (int(number) > 10 or number != text.strip())


def _star_run(text: str) -> tuple[int, int] | None:
    """(filled stars, all stars) of the first run that is not the sign before a count."""
    if text.isascii() and ":star" not in text:
        return None
    for match in _STAR_RUN.finditer(text):
        if _COUNT.match(text, match.end()):
            continue
        run = match[0]
        filled = sum(run.count(star) for star in _STARS) + run.count(":star")
        if filled:
            return filled, filled + run.count("☆") + run.count("✩")
    return None


def without_marks(text: str) -> str:
    """Text without runs of rating stars and difficulty marks."""
    if (text.isascii() and ":star" not in text) or not _MARK.search(text):
        return text
    text = _STAR_RUN.sub(lambda m: m[0] if _COUNT.match(text, m.end()) else " ", text)
    return re.sub("❗\ufe0f?", "", text)


def difficulty(text: str, scale: int = 3) -> int | None:
    """Difficulty 1-3 from a difficulty cell: `❗❗`, a number or stars on a scale, or a word."""
    if run := _ALARM_RUN.fullmatch(text.strip()):
        return min(3, sum(run[0].count(mark) for mark in "❗❕！!") + 2 * run[0].count("‼"))
    if stars := _star_run(text):
        return _scaled(stars[0], max(scale, stars[1]), 3)
    if match := _OUT_OF.search(text):
        return _scaled(float(match[1]), int(match[2]), 3)
    bare = text.strip()
    if bare.isdecimal() and len(bare) < 4 and 1 <= int(bare) <= scale:
        return _scaled(int(bare), scale, 3)
    return _LEVEL_SIGNS.get(bare.casefold()) or level_word(text)


def mark_count(text: str) -> int:
    """How many stars, or what number, a cell holds: what a column's scale is judged by."""
    if run := _star_run(text):
        return run[1]
    return int(text) if text.strip().isdecimal() and len(text) < 4 else 0


def level_word(text: str) -> int | None:
    """The hardest level named in text."""
    for level, words in _LEVELS:
        if words.search(text):
            return level
    return None


def inline_difficulty(text: str) -> int | None:
    """Difficulty 1-3 said in running text: `难度：中级`, `(Beginner)`, `❗❗`."""
    if "❗❗" in text.replace("\ufe0f", "") or ("❗" in text and _star_run(text)):
        return min(3, text.count("❗"))
    if (":" in text or "：" in text) and (match := _LEVEL_SAID.search(text)):
        return difficulty(match[1].rstrip(".,;，。；)）"))
    for match in _LEVEL_TAG.finditer(text):
        if only := _LEVEL_ONLY.fullmatch(match[1]):
            return level_word(only["level"])
    return None


def difficulty_said(text: str) -> str | None:
    """The words or marks that inline_difficulty reads: `🌟🌟🌟`, `中级`, `Beginner`."""
    if match := _LEVEL_SAID.search(text):
        return match[1].rstrip(".,;，。；)）")
    for match in _LEVEL_TAG.finditer(text):
        if _LEVEL_ONLY.fullmatch(match[1]):
            return match[1]
    marks = "❗" * text.count("❗")
    return marks or None


@lru_cache(maxsize=4096)
def section_difficulty(section: tuple[str, ...]) -> int | None:
    """Difficulty 1-3 where a heading says nothing but a level, the innermost first."""
    for heading in reversed(section):
        words = re.sub(r"^[\W\d_]+|\W+$", "", heading)
        if match := _LEVEL_ONLY.fullmatch(words):
            return level_word(match["level"])
    return None


@lru_cache(maxsize=4096)
def step(section: tuple[str, ...]) -> int | None:
    """The number of the step that the innermost heading is: `Week 3: CNNs`, `第二周`, `Step 2`."""
    for heading in reversed(section):
        if match := _STEP.match(heading):
            said = match[1] or match[2]
            return int(said) if said.isdecimal() else "零一二三四五六七八九十".index(said)
    return None


@lru_cache(maxsize=4096)
def section_tier(section: tuple[str, ...]) -> int | None:
    """1-3 for first-, second- or third-hand, from the innermost heading that says it."""
    for heading in reversed(section):
        found = [number for number, words in _TIER if words.search(heading)]
        if len(found) == 1:
            return found[0]
    return None


def tier(text: str) -> int | None:
    """1-3 from a cell of provenance."""
    known = _TIER_CELL.get(text.strip().lower())
    return known if known is not None else section_tier((text,))


def web_address(url: str) -> str | None:
    """An address as written if it leads to the web; `//host` and `www.` get a scheme. Line ends
    and tabs within are no part of it, as browsers read it (WHATWG URL, 4.4)."""
    url = url.strip()
    if "\n" in url or "\t" in url:
        url = url.translate(_NO_PART)
    lower = url[:8].lower()
    if lower.startswith("//"):
        url = "https:" + url
    elif lower.startswith("www."):
        url = "http://" + url
    elif not lower.startswith(("http://", "https://")):
        return None
    rest = url.split("//", 1)[1]
    return url if rest and rest[0] not in "/?#: " else None


_NO_PART = {ord(c): None for c in "\t\n\r"}


def _scaled(value: float, top: int, best: int) -> int | None:
    """A value of 1..top on the scale 1..best; None outside."""
    if not 0 < value <= top:
        return None
    if top == best:
        return max(1, min(best, int(value + 0.5)))
    return max(1, min(best, -int(-value * best // top)))

"""Who wrote a work, read from what a curator says of it: "by X", "developed by X", "作者：X", "由X开发".

"Powered by Spark" and "inspired by Flask" name no author: a participle before "by" counts only where
it is one of making. Must not know lists, blocks or tables. Chinese (both scripts) and English are equal here.
"""

import re

from indexer.lists.fields import plain

_PARTICLE = r"(?:de|van|von|der|la|le|di|da|el|al|bin)\b"
_NAME = rf"(?:(?:[A-Z]\.-?)+|[A-Z][\w'’-]*|{_PARTICLE})"
_MORE_NAMES = rf"(?:(?:,? (?:and|&) |, ){_NAME}(?: {_NAME}){{1,4}})*"
_NAMES = re.compile(rf"{_NAME}(?: {_NAME}){{1,4}}{_MORE_NAMES}(?:,? et al\.?)?")
_BY = re.compile(
    r"\(?\bby\s+(?:(?:Prof|Dr|Mrs?|Ms)\b\.? ?(?=\w))?(?!(?:Prof|Dr|Mrs?|Ms)\b)"
    rf"((?:@?{_NAME}|@\w+)(?: {_NAME}){{0,4}}{_MORE_NAMES})\)?"
    r"(?=\s*(?:$|[.:](?!\w)|[,;|(\[–—]|(?<=\s)-))"
)
_MADE = re.compile(
    r"(?:(?:co-?)?(?:written|authored|created|developed|designed|edited|maintained)|made|built|compiled|curated"
    r"|selected|released|open-?sourced|presented|taught|given)",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\w{2,}ed|driven|done|held|known|laid|led|overseen|run|seen|shown|sold|spoken|taken|understood",
    re.IGNORECASE,
)
_IDIOM = re.compile(
    "(?:Chance|Contract|Default|Design|Doing|Examples?|Hand|Heart|Nature|Reference|Side|Step|Value)s?",
    re.IGNORECASE,
)
"""What stands after "by" and is nobody: learn by Doing, Lisp by Example."""
_POSSESSED = re.compile(r"['’]s ")  # Luke Tierney's XLisp-Stat is a thing
_SAID = re.compile(
    r"[(（]?(?:作者|讲师|講師|主讲|主講|\bauthors?|\bspeaker|\binstructor)\s*[:：]"
    r"\s*([^,，。;；|()（）\n]{1,60})[)）]?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(rf"(?!{_PARTICLE})[a-z]\w* [a-z]")
_MADE_ZH = re.compile(
    r"由\s*([^\s,，。;；:：、()（）「」“”]{2,20}?(?: [A-Z][^\s,，。;；:：、()（）]{1,15}?){0,3}?)\s*"
    r"(?:自主|联合|聯合|合作|共同|重磅|负责|負責)*"
    r"(?:编写|編寫|撰写|撰寫|编著|編著|开发|開發|研发|研發|创建|創建|制作|製作|主讲|主講|推出|出品|发布|發布|开源|開源|维护|維護)"
)
_NOBODY_ZH = re.compile("[的在]|语言|語言|作者|开发者|開發者|同一|之后|之後|继|繼|基于|基於|是")
_EM_DASH = re.compile(rf"^\s*(?:—+|――)\s*({_NAMES.pattern}|[\u4e00-\u9fff·]{{2,4}})\s*$")
_READ = 300
"""Characters in which a byline is sought: what comes later tells of something else."""


def byline(text: str) -> tuple[str, str] | None:
    """(author, text without the byline) where text says "by X", "作者：X" or ends in "— X".

    A byline that is part of a sentence ("developed by X", "由X开发") stays in the text.
    """
    match = _said(text) or (_by(text) if "by " in text else None) or _EM_DASH.match(text)
    if match is not None:
        kept = text if _is_made(text[: match.start()]) else _without(text, match)
        return plain(match[1]).rstrip(",;:"), kept
    made = _MADE_ZH.search(text[:_READ]) if "由" in text else None
    return (made[1], text) if made and not _NOBODY_ZH.search(made[1]) else None


def is_names(text: str) -> bool:
    """Whether text has the shape of personal names: `Chris Noring`, `Jan Li, Paolo Toth`."""
    return len(text) < 120 and _NAMES.fullmatch(text) is not None


def _said(text: str) -> re.Match[str] | None:
    match = _SAID.search(text) if ":" in text or "：" in text else None
    return match if match and not _SENTENCE.match(match[1]) else None


def _by(text: str) -> re.Match[str] | None:
    """The first "by X" that says who made it."""
    for match in _BY.finditer(text[:_READ]):
        before = text[: match.start()]
        if not (_IDIOM.fullmatch(match[1]) or _POSSESSED.search(match[1])) and (
            _is_made(before) or not _PARTICIPLE.fullmatch(_verb(before))
        ):
            return match
    return None


def _is_made(before: str) -> bool:
    return _MADE.fullmatch(_verb(before)) is not None


def _verb(before: str) -> str:
    """The last word of text but for adverbs: `heavily inspired`, `developed mainly`."""
    words = (word for word in reversed(before.split()) if not word.endswith("ly"))
    return next(words, "")


def _without(text: str, match: re.Match[str]) -> str:
    """Text without the match, no space before what closes a sentence."""
    before, after = text[: match.start()], text[match.end() :]
    return before.rstrip(" ,") + after if after[:1] in set(".,;:") else f"{before} {after}"

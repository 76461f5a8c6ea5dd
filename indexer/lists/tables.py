"""Tables into drafts: which column says what, and what each row's links are.

Must not know how entries are numbered or sectioned (indexer/lists/entries.py), nor any file format.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from indexer.lists import effort, fields
from indexer.lists import link_labels as labels
from indexer.lists.blocks import Block, Link, Problem
from indexer.lists.citations import LONG_TITLE, titled
from indexer.lists.drafts import Draft, further, read_draft
from indexer.lists.pieces import text_pieces, usable_links, words_of

# Roles in the order they are tried; the first that fits a header wins. A Chinese word fits anywhere
# in the header, an English one only whole.
_ROLES: tuple[tuple[str, str, str], ...] = (
    ("note", "推荐理由 推薦理由 推荐语 推薦語 评语 評語", "why"),
    ("tier", "第几手 第幾手 一手/二手 来源层级 资料层级", "tier|provenance"),
    ("difficulty", "难度 難度 级别 級別 水平 程度 深度", "difficulty|level|hardness|complexity"),
    ("rating", "推荐 推薦 评分 評分 星级 星級 评级 評級 打分",
     "rating|score|stars?|recommendation|recommended|recommend|rank"),
    ("date", "时间 時間 日期 年份 年代", "date|year|published|released?|publication date"),
    ("author", "来源 來源 作者 出处 出處 公众号 公眾號 机构 機構 讲师 講師 主讲 主講 译者 譯者",
     ("authors?|source|by|publisher|institutes?|institution|organi[sz]ation|company|instructor"
      "|speakers?|channel|creator|affiliation")),
    ("note", ("概述 描述 简介 簡介 说明 說明 内容 內容 备注 備註 备註 摘要 介绍 介紹"
              " 评论 評論 点评 點評 关键词 關鍵詞"),
     ("description|desc|notes?|comments?|summary|abstract|about|remarks?|details|keywords?"
      "|overview|tl;?dr|annotation|tags?|topics?")),
    ("kind", "类型 類型 类别 類別 形式 格式", "type|kind|format|medium|media|category"),
    ("skip", "序号 序號 编号 編號", "#|no|id|index|number"),
    ("url", "链接 連結 鏈接 地址 网址 網址", "links?|urls?|address|href|website|site"),
    ("title", ("标题 標題 名称 名稱 资料 資料 书名 書名 文章 论文 論文 课程 課程 项目 項目"
               " 资源 資源 题目 題目 书 書"),
     ("title|name|papers?|articles?|books?|courses?|resources?|project|repo|repository|model|tool"
      "|library|dataset|posts?|videos?|tutorial|talk|item|blog")),
)  # fmt: skip
_MATCHERS = tuple(
    (role, tuple(chinese.split()), re.compile(rf"(?<![a-z])(?:{english})(?![a-z])"))
    for role, chinese, english in _ROLES
)


_ADDRESS_WORD = re.compile(r"[ _-](?:url|link|href|uri)$", re.IGNORECASE)
_ADDRESS_OF = re.compile(
    r"(?:(?:web ?site|home ?page|page|main|project|official|primary)[ _-])?(?:url|link|href|uri)"
    r"|(\w[\w -]*)[ _-](?:url|link|href|uri)"
)


def read_table(table: Block, problems: list[Problem]) -> Iterator[list[Draft]]:
    """The drafts of each row, main entry first. Rows that hold no link are reported."""
    if not table.linked:
        return
    rows = [row for row in table.children if row.kind == "row"]
    header = _header(rows)
    body = rows[1:] if header else rows
    roles = [_role(words) for words in header]
    _settle(roles, header, body)
    scale = _scale(roles, body)
    for row in body:
        drafts = _Row(row, header, roles, scale).drafts(problems)
        if drafts:
            yield drafts
        elif {"url", "title"} & set(roles) and not row.linked and words_of(row):
            problems.append(Problem(row.line, "a row without a link"))


def _header(rows: Sequence[Block]) -> list[str]:
    """The header's words, empty where the table has none."""
    if not rows:
        return []
    cells = rows[0].children
    words = [words_of(cell) for cell in cells]
    if cells and all(cell.kind == "head" for cell in cells) and not rows[0].linked:
        return words
    known = sum(_role(word) != "extra" and len(word) < 24 for word in words)
    return words if known >= 2 and not rows[0].linked else []


def _role(header: str) -> str:
    """What a column holds, by its header."""
    words = unicodedata.normalize("NFKC", header).casefold()
    if not words:
        return "extra"
    if address := _ADDRESS_OF.fullmatch(words):
        return "url" if address[1] is None else "extra"
    for role, chinese, english in _MATCHERS:
        if any(word in words for word in chinese) or english.search(words):
            return role
    return "extra"


def _settle(roles: list[str], header: list[str], body: Sequence[Block]) -> None:
    """Correct roles by what the columns really hold."""
    for column, role in enumerate(roles):
        cells = [words_of(row.children[column]) for row in body if column < len(row.children)]
        if role == "rating" and any(map(fields.is_count, cells)):
            roles[column] = "skip"
        elif role == "date" and cells and not any(map(fields.date, cells)):
            roles[column] = "extra"
        elif role == "difficulty" and cells and not any(map(fields.difficulty, cells)):
            roles[column] = "extra" if any(cells) else role
    if "title" not in roles and "url" not in roles:
        _find_links(roles, body)


def _find_links(roles: list[str], body: Sequence[Block]) -> None:
    """With no column named for it, the leftmost that holds a link in half the rows is the title."""
    for column, role in enumerate(roles):
        if role in {"extra", "note", "author", "kind"}:
            held = sum(
                1 for row in body if column < len(row.children) and row.children[column].linked
            )
            if held * 2 >= len(body):
                roles[column] = "title"
                return


def _scale(roles: Sequence[str], body: Sequence[Block]) -> int:
    """The top of the difficulty column's scale: 3, 5 or 10."""
    if "difficulty" not in roles:
        return 3
    column = roles.index("difficulty")
    cells = [row.children[column] for row in body if column < len(row.children)]
    most = max((fields.mark_count(words_of(cell)) for cell in cells), default=0)
    return 3 if most <= 3 else 5 if most <= 5 else 10


class _Row:
    """One row: its cells by role."""

    def __init__(self, row: Block, header: list[str], roles: list[str], scale: int) -> None:
        self._line = row.line
        self._cells = row.children
        self._roles = roles + ["extra"] * (len(row.children) - len(roles))
        self._header = header + [""] * (len(row.children) - len(header))
        self._texts = [words_of(cell) for cell in row.children]
        self._scale = scale
        self._said = ""  # what the cell of the title says beside it
        self._number: int | None = None
        self._linked = [cell.linked for cell in row.children]

    def drafts(self, problems: list[Problem]) -> list[Draft]:
        """The row's entries: the main one, then one for each further link."""
        links = [usable_links(cell, problems) for cell in self._cells]
        chosen = self._main_column(links)
        if chosen is None:
            return []
        self._linked = [bool(found) for found in links]
        main, *others = self._main(chosen)
        self._describe(main, chosen)
        drafts, seen = [main], {main.url}
        for other in others:
            seen.add(other.url)
            drafts.append(other)
        for column, found in enumerate(links):
            for link in found:
                if link.url not in seen:
                    seen.add(link.url)
                    drafts.append(self._further(main, link, column))
        return drafts

    def _main_column(self, links: Sequence[Sequence[Link]]) -> int | None:
        """The column whose link is what the row is about."""
        held = [column for column, found in enumerate(links) if found]
        for wanted in (("title",), ("url",), ("extra", "kind"), ("note", "author", "date")):
            for column in held:
                if self._roles[column] in wanted:
                    return column
        return held[0] if held else None

    def _main(self, column: int) -> list[Draft]:
        """The drafts of the main cell; titled by the title cell where the link is elsewhere."""
        drafts = read_draft(self._pieces(column), fallback=self._name(column))
        main = drafts[0]
        name = self._name(column)
        if self._roles[column] == "url" and "title" in self._roles and name:
            main.title = name
            main.order = self._number
        elif self._roles[column] not in {"title", "url"} and name and len(main.title) < 24:
            main.title = f"{name} ({main.title})" if main.title != name else name
        return drafts

    def _name(self, main: int) -> str:
        """What the row calls its subject in words: the title cell, or the first wordy cell."""
        order = sorted(range(len(self._cells)), key=lambda c: self._roles[c] != "title")
        for column in order:
            text = self._texts[column]
            if column == main or not any(c.isalpha() for c in text) or fields.only_date(text):
                continue
            if self._roles[column] in {"title", "extra"} and not self._linked[column]:
                pieces = list(text_pieces(self._cells[column]))
                name, self._said, self._number = titled(pieces)
                return name
        return ""

    def _describe(self, main: Draft, chosen: int) -> None:
        notes = [main.note, self._said] if main.title and self._said else [main.note]
        for column, text in enumerate(self._texts):
            if column == chosen or not text:
                continue
            role = self._roles[column]
            if role == "note":
                notes.append(text)
            elif (
                role in {"extra", "title"}
                and "note" not in self._roles
                and self._is_more(text, main)
            ):
                notes.append(self._extra(column, main))
            else:
                self._set(main, role, text)
        main.note = fields.plain(" ".join(notes))
        self._effort(main)

    def _effort(self, main: Draft) -> None:
        """What columns of effort say together (`10 weeks`, `8-10 hours/week`), and what comes
        first; such columns stay in the note as well, in the list's words."""
        said = []
        for header, text in zip(self._header, self._texts, strict=False):
            if text and (role := effort.column(header)) == "requires":
                main.requires = main.requires or effort.field_requires(text)
            elif text and role == "pages":
                main.pages = effort.pages(text) or effort.pages(f"{text} pages")
            elif text and role == "hours":
                said.append(
                    f"{text} h" if text.isdecimal() and effort.counts_hours(header) else text
                )
        if said and main.hours is None:
            main.hours = effort.together(said)

    def _is_more(self, text: str, main: Draft) -> bool:
        """Whether a cell says something beyond the title taken from it."""
        return text != main.title and not (self._said and main.title in text[:LONG_TITLE])

    def _set(self, main: Draft, role: str, text: str) -> None:
        if role == "author":
            main.author = main.author or (text if "://" not in text else None)
        elif role == "date":
            main.published = fields.date(text) or main.published
        elif role == "rating":
            main.rating = fields.rating(text)
        elif role == "difficulty":
            main.difficulty = fields.difficulty(text, self._scale)
            main.difficulty_said = text if main.difficulty else None
        elif role == "tier":
            main.tier = fields.tier(text)
        elif role == "kind":
            main.kind = labels.section_kind((text,))

    def _extra(self, column: int, main: Draft) -> str:
        """A cell of a column we have no field for, kept in words: `Duration: 8 weeks;`."""
        text, header = self._texts[column], self._header[column]
        if labels.is_label(text) and not any(c.isalnum() for c in text):
            return ""
        if main.published is None and not header:
            main.published = fields.only_date(text)
        return f"{header}: {text};" if header else text

    def _further(self, main: Draft, link: Link, column: int) -> Draft:
        draft = further(main, link, _ADDRESS_WORD.sub("", self._header[column]))
        if len(draft.title) < 16 and not draft.spare and not draft.title.startswith(main.title):
            draft.title, draft.part_of = f"{main.title} ({draft.title})", main.url
        return draft

    def _pieces(self, column: int) -> list[Block]:
        return self._cells[column].children

"""PDF bytes to text in reading order, by PDFium: the parser a browser trusts with hostile files.

PDFs have no paragraphs, only lines; this module puts them back together. Must not know pages of
the web. It runs in the worker of indexer/extract/sandbox.py: PDFium is C++ reading strangers'
bytes.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cache.errors import ExtractError
from indexer.charset import clean
from indexer.extract.metadata import date_in, line

_MAX_PAGES = 2000
_TITLE_CHARS = 3000  # characters of the first page in which a title is looked for
_TITLE_LINES = 4
_JUNK_TITLE = re.compile(
    r"untitled|microsoft (word|powerpoint)|powerpoint presentation|slide 1|layout \d|full page"
    r"|.*\.(docx?|pdf|tex|dvi|indd|pptx?|qxd|rtf|odt)$|[\w.-]+$|arxiv:.*",
    re.IGNORECASE,
)
_STAMP = re.compile(r"arxiv:\d{4}\.\d+|\W*\d+\W*$", re.IGNORECASE)
_ENDS = tuple(".!?:;。！？：；…”’\"')]）】")
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")
_FULL = 0.8  # share of the usual width from which a line is taken to run on


@dataclass(frozen=True, slots=True)
class Pdf:
    """What a PDF holds; complete is False where pages were left out at the cap."""

    title: str
    author: str | None
    published: str | None
    text: str
    complete: bool


def read(body: bytes, *, max_text: int) -> Pdf:
    """The text of body, paragraphs apart by a blank line, running heads and page numbers gone.

    Stops after max_text characters. Raises ExtractError for what PDFium cannot open or that needs
    a password. Text may be empty: scans have none.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        reason = "needs a password" if "assword" in str(error) else "is broken"
        raise ExtractError(f"the PDF {reason}", "nothing can be read from it") from error
    try:
        pages, complete = _pages(document, max_text)
        told = document.get_metadata_dict(skip_empty=True)
        title = _told_title(told.get("Title", "")) or _largest_line(document)
    finally:
        document.close()
    return Pdf(
        title=title,
        author=line(told.get("Author", "")) or None,
        published=date_in(told.get("CreationDate", "").removeprefix("D:")[:4]),
        text=_paragraphs(_without_running_heads(pages)),
        complete=complete,
    )


def _pages(document: Any, max_text: int) -> tuple[list[list[str]], bool]:
    pages: list[list[str]] = []
    size, count = 0, len(document)
    for number in range(min(count, _MAX_PAGES)):
        text = _page_text(document, number)
        pages.append(text.split("\n"))
        size += len(text)
        if size > max_text:
            break
    return pages, len(pages) == count


def _page_text(document: Any, number: int) -> str:
    """Text of one page; empty where PDFium cannot load it: one bad page is not a bad file."""
    import pypdfium2

    try:
        page = document[number]
        words = page.get_textpage()
    except pypdfium2.PdfiumError:
        return ""
    text: str = words.get_text_range(errors="replace")
    words.close()
    page.close()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return clean(re.sub("[\ufffe\x02]\n?", "", text))  # how PDFium marks a hyphen at a line's end


def _told_title(title: str) -> str:
    title = line(title)
    return "" if _JUNK_TITLE.match(title) else title


def _largest_line(document: Any) -> str:
    """The first run of lines set in the largest type of page one."""
    sized = _sized_lines(document)
    sized = [(size, text) for size, text in sized if len(text) > 3 and not _STAMP.match(text)]
    if not sized:
        return ""
    sizes = [size for size, _ in sized]
    largest = max(sizes)
    start = sizes.index(largest)
    end = next((i for i in range(start, len(sizes)) if sizes[i] < largest), len(sizes))
    if largest == sorted(sizes)[len(sizes) // 2] or end - start > _TITLE_LINES:
        end = start + 1  # no line stands out: the first must do
    return line(join_lines([text for _, text in sized[start:end]]))


def _sized_lines(document: Any) -> list[tuple[float, str]]:
    import pypdfium2
    from pypdfium2 import raw

    try:
        words = document[0].get_textpage()
    except (pypdfium2.PdfiumError, IndexError):
        return []
    text = words.get_text_range(0, min(words.count_chars(), _TITLE_CHARS), errors="replace")
    found, start = [], 0
    for part in text.split("\n"):
        sizes = [
            round(raw.FPDFText_GetFontSize(words.raw, index), 1)
            for index in range(start, start + len(part))
        ]
        if part.strip():
            found.append((max(sizes), line(part)))
        start += len(part) + 1
    return found


def _without_running_heads(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    edges = Counter(
        key for lines in pages for key in {_edge(text) for text in [*lines[:2], *lines[-2:]]} if key
    )
    often = {key for key, count in edges.items() if count >= 3 and count > len(pages) / 2}
    return [
        [
            text
            for index, text in enumerate(lines)
            if 2 <= index < len(lines) - 2 or not (_edge(text) in often or _edge(text) == "#")
        ]
        for lines in pages
    ]


def _edge(text: str) -> str:
    return re.sub(r"\d+", "#", text.strip())


def _paragraphs(pages: Sequence[Sequence[str]]) -> str:
    blocks: list[list[str]] = [[]]
    for lines in pages:
        usual = _usual_width(lines)
        for text in lines:
            stripped = text.strip()
            if stripped:
                blocks[-1].append(stripped)
            runs_on = stripped and _width(stripped) >= _FULL * usual
            if blocks[-1] and not runs_on:
                blocks.append([])
        if blocks[-1] and blocks[-1][-1].endswith(_ENDS):
            blocks.append([])
    return "\n\n".join(join_lines(block) for block in blocks if block)


def _usual_width(lines: Sequence[str]) -> int:
    widths = sorted(_width(text.strip()) for text in lines if text.strip())
    return widths[len(widths) * 3 // 4] if widths else 0


def _width(text: str) -> int:
    return len(text) + len(_CJK.findall(text))


def join_lines(lines: Sequence[str]) -> str:
    """One paragraph of several lines: no space between Chinese or Japanese characters."""
    joined = ""
    for text in lines:
        text = text.strip()
        tight = not joined or (_CJK.match(joined[-1]) and _CJK.match(text[:1]))
        joined += text if tight else f" {text}"
    return joined

"""A fetched page to the document it holds: the one door through which text enters the index.

Chooses the reader by site, then by type, and applies what must hold for all of them: no control
characters, a title, a language, a size. Must not know the network, the cache or passages.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from cache.errors import ExtractError
from cache.records import Document, Page
from indexer import charset
from indexer.extract import language

_LEAST = 80  # letters of prose below which a page says nothing; a CJK character counts twice
_THIN = 250  # below it, trafilatura found a teaser or a corner, and the whole page may say more
_PROSE_SAMPLE = 20_000  # characters in which those letters are looked for
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXT = frozenset({"text/plain", "text/markdown", "text/x-markdown", "text/x-rst"})
_VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/xml"})
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def extract(
    page: Page,
    body: bytes,
    resource_id: str,
    sequels: Sequence[tuple[Page, bytes]] = (),
    *,
    max_text: int = 400_000,
) -> Document:
    """The readable text of page, and after it that of its sequels.

    body is the decoded response (no content-encoding). A reader of the page's site goes first,
    then HTML, PDF, plain text and Markdown by media type, and by the first bytes where the type
    says nothing. Text beyond max_text characters is cut at a paragraph and complete is False.
    Raises ExtractError for other types, for pages without readable text and for a site's own walls.
    """
    from indexer.sites import document_of, failure_of

    wall = failure_of(page, body)
    if wall:
        raise ExtractError(f"{page.final_url}: {wall}", "save the page from your browser")
    document = document_of(page, body, resource_id)
    if document is None:
        document = _by_type(page, body, resource_id, max_text)
    for sequel in sequels:
        document = _continued(document, *sequel, max_text)
    return _finished(document, page, max_text)


def _continued(document: Document, page: Page, body: bytes, max_text: int) -> Document:
    """document with the text of one more page; as it was where that holds none."""
    try:
        more = _finished(_by_type(page, body, document.resource_id, max_text), page, max_text)
    except ExtractError:
        return document
    text = f"{document.text}\n\n{more.text}"
    complete = document.complete and more.complete
    return replace(document, text=text, evidence=more.evidence, complete=complete)


def _by_type(page: Page, body: bytes, resource_id: str, max_text: int) -> Document:
    kind = _kind(page.media_type, body)
    if kind == "pdf":
        return _pdf(page, body, resource_id, max_text)
    if kind == "html":
        return _html(page, body, resource_id)
    if kind == "text":
        return _plain(page, body, resource_id)
    raise ExtractError(
        f"{page.final_url}: {page.media_type or 'unknown type'} is not a readable type",
        "nextread reads HTML, PDF, plain text and Markdown",
    )


def _kind(media_type: str, body: bytes) -> str | None:
    """Which reader a body needs. The bytes decide only where the header is vague or plainly wrong.

    Servers send PDFs as HTML and HTML as plain text too often to go by their word.
    """
    bare = media_type.split(";")[0].strip().lower()
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x0c").lower()
    if start.startswith(b"%pdf-") or (bare == "application/pdf" and b"%pdf-" in start):
        return "pdf"
    if bare in _HTML or start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if bare in _TEXT:
        return "text"
    if bare in _VAGUE and re.search(rb"<(head|body|title|meta|div|p)\b", start):
        return "html"
    return "text" if bare == "" and start and b"\0" not in body else None


def _html(page: Page, body: bytes, resource_id: str) -> Document:
    from indexer.extract import html_text as markup
    from indexer.extract.article import article_text
    from indexer.extract.metadata import about

    source = charset.decode(body, charset.charset_of(page.media_type), html=True)
    if not source.strip():
        raise ExtractError(f"{page.final_url}: empty page", "fetch it again later")
    tree = markup.parse(source)
    claims = about(tree, page.final_url)
    markup.write_formulas(tree)
    markup.drop_line_numbers(tree)
    markup.drop_hidden(tree)
    return Document(
        resource_id=resource_id,
        title=claims.title,
        author=claims.author,
        published=claims.published,
        language=claims.language,
        text=article_text(tree, thin=_THIN),
        evidence="full text",
        complete=claims.free,
    )


def _pdf(page: Page, body: bytes, resource_id: str, max_text: int) -> Document:
    from indexer.extract import pdf

    try:
        found = pdf.read(body, max_text=max_text)
    except ExtractError as error:
        raise ExtractError(f"{page.final_url}: {error.message}", error.hint) from error
    return Document(
        resource_id=resource_id,
        title=found.title,
        author=found.author,
        published=found.published,
        language=None,
        text=found.text,
        evidence="full text",
        complete=found.complete,
    )


def _plain(page: Page, body: bytes, resource_id: str) -> Document:
    text = charset.decode(body, charset.charset_of(page.media_type))
    if _is_json(text):
        raise ExtractError(f"{page.final_url}: data, not prose", "link the page that explains it")
    heading = re.search(r"^#{1,2} +(.+?)#*$|^([^\n]+)\n={3,}$", text, re.MULTILINE)
    return Document(
        resource_id=resource_id,
        title=(heading[1] or heading[2]) if heading else _first_line(text),
        author=None,
        published=None,
        language=None,
        text=text,
        evidence="full text",
    )


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


def _finished(document: Document, page: Page, max_text: int) -> Document:
    """What holds for every document, whoever read it. Raises ExtractError for too little text."""
    from indexer.extract.metadata import line

    text = re.sub(r"[ \t]+\n", "\n", charset.clean(document.text)).strip()
    text = re.sub(r"\n{3,}", "\n\n", text)
    if document.evidence == "full text" and _prose(text) < _LEAST:
        raise ExtractError(
            f"{page.final_url}: no readable text ({_prose(text)} letters)",
            "it may be a scan, a video or a page drawn by scripts",
        )
    kept = _cut(text, max_text)
    title = line(document.title) or _name_of(page.final_url)
    author = line(document.author or "") or None
    return replace(
        document,
        title=title,
        author=author,
        language=language.detect(kept, title) or document.language,
        text=kept,
        complete=document.complete and len(kept) == len(text),
    )


def _prose(text: str) -> int:
    start = text[:_PROSE_SAMPLE]
    return sum(character.isalpha() for character in start) + len(_WIDE.findall(start))


def _cut(text: str, size: int) -> str:
    """At most size characters, ending where a paragraph does if one ends in the last tenth."""
    if len(text) <= size:
        return text
    paragraph = text.rfind("\n\n", size - size // 10, size)
    return text[: paragraph if paragraph > 0 else size].rstrip()


def _name_of(url: str) -> str:
    """A last resort: the readable end of an address."""
    parts = urlsplit(url)
    name = unquote(parts.path).rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[-_]+", " ", name.rsplit(".", 1)[0]).strip() or parts.netloc

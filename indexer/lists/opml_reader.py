"""OPML (opml.org/spec2.opml) into blocks: an outline with an address is an item, one without is
what the items below it stand under.

Read as a stream by lxml, which mends what it can; declarations are cut out first, so that no entity
is ever expanded. Must not know what an entry is.
"""

import re
from collections.abc import Mapping
from io import BytesIO

from indexer.lists.blocks import Builder, Problem

MAX_REPORTED = 20
"""Faults of the XML that are reported."""

_LONG_TAG = re.compile(r"<[^<>]{20000,}>?")


def looks_like_opml(source: str) -> bool:
    """Whether a text opens as OPML does, whatever its name."""
    return (
        re.match(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<opml\b", source[:2000], re.DOTALL)
        is not None
    )


def read_opml(source: str, builder: Builder) -> None:
    """Read an OPML document; what is no XML is reported by line and the rest read."""
    from lxml import etree

    if (entity := source.find("<!ENTITY")) >= 0:
        line = source.count("\n", 0, entity) + 1
        builder.problems.append(Problem(line, "declares entities: they are not expanded"))
    source = _without_declarations(source)
    if long := _LONG_TAG.search(source):
        line = source.count("\n", 0, long.start()) + 1
        builder.problems.append(Problem(line, "a tag longer than a page: not read"))
        source = _LONG_TAG.sub(" ", source)
    source = re.sub(r"(<\?xml[^>]*?)\s+encoding=[\"'][^\"']*[\"']", r"\1", source, count=1)
    events = etree.iterparse(
        BytesIO(source.encode("utf-8", "replace")),
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    reader = _Outlines(builder)
    try:
        for event, element in events:
            if not isinstance(element.tag, str) or element.tag.lower() != "outline":
                continue
            if event == "start":
                named = {str(name).lower(): str(value) for name, value in element.attrib.items()}
                reader.start(named, element.sourceline or 1)
            else:
                reader.end()
                element.clear()
    except etree.XMLSyntaxError as error:
        builder.problems.append(Problem(error.lineno or 1, f"not XML: {error.msg}"[:200]))
    for fault in list(events.error_log)[:MAX_REPORTED]:
        builder.problems.append(Problem(fault.line or 1, f"not XML: {fault.message}"[:200]))


def _without_declarations(source: str) -> str:
    """XML without its document type and the entities it declares; lines stay where they are."""
    kept, place = [], 0
    while (start := source.find("<!", place)) >= 0:
        end = source.find(">", start)
        if source.startswith("<!--", start) or source.startswith("<![CDATA[", start) or end < 0:
            kept.append(source[place : start + 2])
            place = start + 2
            continue
        inside = source.find("[", start, end)
        if inside >= 0 and source.startswith("<!DOCTYPE", start):
            end = source.find("]", inside)
            end = source.find(">", end) if end >= 0 else -1
            if end < 0:
                break
        kept += [source[place:start], "\n" * source.count("\n", start, end)]
        place = end + 1
    return "".join(kept) + source[place:]


class _Outlines:
    """Opens an item for each outline, and a list where one holds others."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._depths: list[int] = []

    def start(self, named: Mapping[str, str], line: int) -> None:
        builder = self._builder
        builder.end_paragraph()
        self._depths.append(builder.depth)
        builder.open("list", line)
        builder.open("item", line)
        title = named.get("text", "").strip() or named.get("title", "").strip()
        url = next((named[name] for name in ("htmlurl", "url", "xmlurl") if named.get(name)), "")
        note = named.get("description") or named.get("_note") or ""
        if url.strip():
            builder.open_link(url.strip(), line, bare=not title)
            builder.text(title or url.strip(), line)
            builder.close_link()
            builder.pass_over("feed", named.get("xmlurl", ""))
        else:
            builder.text(title, line)
        if note.strip() and note.strip() != title:
            builder.text(f" - {note}", line)

    def end(self) -> None:
        if self._depths:
            self._builder.close_to(self._depths.pop())

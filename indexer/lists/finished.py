"""What a list says of a link, read to its end, as the entry that is kept.

Must not know where in the list a draft was found (entries.py) nor how its fields are worded.
"""

import re
from collections.abc import Sequence

from cache.records import Entry
from cache.urls import without_credentials
from indexer.lists import fields
from indexer.lists import link_labels as labels
from indexer.lists.bylines import is_names
from indexer.lists.citations import titled
from indexer.lists.drafts import Draft

MAX_TITLE = 200
"""Characters of a title; what is longer says more than one."""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$")
_HANDLE = re.compile(r"@[\w.-]+")
_NAMES_NEEDED = 5  # notes with the shape of a name before a list counts as one that credits authors


def credit_authors(drafts: Sequence[Draft]) -> None:
    """In a list that writes `[Title](…) - Some Name` as a habit, such notes are authors.

    One such note alone could as well be a subtitle; when half of a list's notes have the shape of
    names, they are names.
    """
    noted = [(draft, _split_format(draft.note)) for draft in drafts if draft.note]
    named = [(draft, parts) for draft, parts in noted if is_names(parts[0])]
    if len(named) < _NAMES_NEEDED or len(named) * 2 < len(noted):
        return
    for draft, (names, rest) in named:
        if draft.author is None:
            draft.author, draft.note = names, rest


def _split_format(note: str) -> tuple[str, str]:
    """`Some Name (PDF)` as the name and the rest."""
    names, bracket, rest = note.partition(" (")
    return names, bracket.strip() + rest


def entry_of(list_id: str, draft: Draft, section: tuple[str, ...], position: int) -> Entry:
    """The entry of a draft that stands in section, the position-th of its list."""
    title, note = _title_and_note(draft, section)
    tier = draft.tier if draft.tier is not None else fields.section_tier(section)
    level = draft.difficulty
    return Entry(
        list_id=list_id,
        url=without_credentials(draft.url),
        title=title,
        note=note,
        section=section,
        position=position,
        author=draft.author,
        published=draft.published,
        rating=draft.rating,
        difficulty=level if level is not None else fields.section_difficulty(section),
        tier=tier,
        kind=draft.kind or labels.section_kind(section),
        line=draft.line,
        hours=draft.hours,
        pages=draft.pages,
        requires=draft.requires,
        difficulty_said=draft.difficulty_said,
        order=draft.order if draft.order is not None else fields.step(section),
        part_of=without_credentials(draft.part_of) if draft.part_of else None,
    )


def _title_and_note(draft: Draft, section: tuple[str, ...]) -> tuple[str, str]:
    """A title that can be read alone: an address or a handle says under what it stands, and what is
    longer than a title goes into the note."""
    title, note = draft.title.rstrip(" :：") or draft.title, draft.note
    if len(title) > MAX_TITLE:
        title, said, _ = titled([title])
        note = fields.plain(f"{said} {note}")
    context = section[-1].strip(" :：") if section else ""
    if context and (
        (draft.bare and _ADDRESS.match(title)) or _is_own_address(title, draft.url, note)
    ):
        title = f"{context} ({labels.host(draft.url) or title})"
    elif _HANDLE.fullmatch(title) and context:
        title = f"{context} ({title})"
    return title, note


def _is_own_address(title: str, url: str, note: str) -> bool:
    """Whether a title is the address itself, and not one that a curator writes as a name: `Wit.ai`,
    with a word on it."""
    if " " in title or "." not in title or (note and title != title.lower()):
        return False
    bare = re.sub(r"^https?://(?:www\.)?|/$", "", url).casefold()
    own = title.casefold().removeprefix("www.").rstrip("/.")
    return own in {bare, labels.host(url)} or ("/" in own and bare.startswith(own))

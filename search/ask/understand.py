"""What a question asks for: its topic, and the level, kind, language and dates its words say.

Pure text in, Query out. Flags win over words. Must not know the index or how a cue is scored.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from cache.errors import QueryError
from cache.records import KINDS, LEVELS, Intent, Query
from search.ask import cues
from search.ask.operators import host_of, split, values
from search.text import simplify

READ_LENGTH = 2_000
"""Characters of a question that are read: people paste paragraphs, and their first part asks."""

MAX_LENGTH = 20_000
"""Characters of a question that an interface need take."""


class Cue(NamedTuple):
    """One understood stretch of a question: question[start:end] says that field is value."""

    field: str
    value: str
    start: int
    end: int
    kept: bool


def understand(
    text: str,
    *,
    level: str | None = None,
    kinds: Sequence[str] = (),
    languages: Sequence[str] = (),
    after: str | None = None,
    before: str | None = None,
    lists: Sequence[str] = (),
    authors: Sequence[str] = (),
    sites: Sequence[str] = (),
    max_minutes: float | None = None,
    min_stars: float | None = None,
    since: str | None = None,
    unread: bool = False,
    k: int = 10,
) -> Query:
    """The question as a Query; what a flag says is not sought in the words.

    Operators (see search.ask.operators) are taken out first. since is a date or a time back from
    today (`7d`, `2w`, `3m`, `1y`). Of a question longer than READ_LENGTH the first part is read,
    and the Query is shortened. Raises QueryError for an empty question, an unknown level or kind,
    a date that is not YYYY[-MM[-DD]], a site that is no host, or a number out of its range.
    """
    bare, said = split(text.strip())
    whole = _tidy(bare)
    shown = _first_part(whole)
    shortened = shown != whole
    written = shown if shortened else bare
    _check(shown, level, kinds, k)
    _check_bounds(max_minutes, min_stars)
    after, before = checked_date(after, "--after"), checked_date(before, "--before")
    spans = _outside(_spans(shown), shown, values(said, "exact"))
    first: dict[str, str] = {}
    for cue in spans:
        first.setdefault(cue.field, cue.value)
    flags = {
        "level": level,
        "kinds": kinds,
        "languages": languages,
        "after": after,
        "before": before,
    }
    used = [cue for cue in spans if not flags.get(cue.field)]
    return Query(
        text=text.strip(),
        topic=_topic(written, shown, spans),
        level=level or first.get("level"),
        kinds=tuple(kinds) or _values(used, "kinds"),
        languages=tuple(languages) or _values(used, "languages"),
        after=after or first.get("after"),
        before=before or first.get("before"),
        lists=_each((*lists, *values(said, "lists"))),
        authors=_each((*authors, *values(said, "authors"))),
        sites=_each((*map(_checked_site, sites), *values(said, "sites"))),
        max_minutes=max_minutes,
        min_stars=min_stars,
        since=None if since is None else day_of(since),
        exact=values(said, "exact"),
        without=values(said, "without"),
        operators=said,
        unread=unread,
        k=k,
        cues=_words(shown, used),
        shortened=shortened,
        intent=_intent(_alike(shown)) or ("learning" if level or "level" in first else None),
    )


def _intent(matched: str) -> Intent | None:
    """What the words of a question want: to learn, a tool, a data set; who asks for a level, wants
    to learn too."""
    for intent, patterns in cues.INTENTS.items():
        for pattern in patterns:
            if _may_match(pattern, matched) and _compiled(pattern).search(matched):
                return intent
    return None


def telling(query: Query) -> str:
    """The topic without what only says that one wants to learn (`explain`, `from scratch`, `怎么`),
    all of it where nothing is left."""
    topic = _alike(_tidy(query.topic))
    left = topic
    for pattern in cues.INTENTS["learning"]:
        if _may_match(pattern, left):
            left = _compiled(pattern).sub(" ", left)
    return left if any(c.isalnum() for c in left) else topic


def _each(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _outside(spans: Sequence[Cue], shown: str, exact: Sequence[str]) -> list[Cue]:
    """The cues that stand in no words that were quoted: those are meant to the letter."""
    quoted = [
        (match.start(), match.end())
        for words in exact
        for match in re.finditer(re.escape(_tidy(words)), shown)
    ]
    return [
        cue
        for cue in spans
        if not any(cue.start < end and start < cue.end for start, end in quoted)
    ]


def _checked_site(name: str) -> str:
    host = host_of(name)
    if host is None:
        raise QueryError(f"--site {name!r} is no site", "write arxiv.org or github.com")
    return host


def _check_bounds(max_minutes: float | None, min_stars: float | None) -> None:
    if max_minutes is not None and not 0 < max_minutes < math.inf:
        raise QueryError(f"--max-minutes {max_minutes:g} is out of range", "more than 0")
    if min_stars is not None and not 1 <= min_stars <= 5:
        raise QueryError(f"--min-stars {min_stars:g} is out of range", "1 to 5")


def day_of(since: str) -> str:
    """The date that since says: itself (partial ISO 8601), or so long ago (`7d`, `2w`, `3m`, `1y`).

    Today is UTC's. Raises QueryError.
    """
    back = re.fullmatch(r"([0-9]{1,4})([dwmy])", since.strip())
    if back is None:
        try:
            return checked_date(since, "--since") or since
        except QueryError as error:
            hint = "write 7d, 2w, 3m, 1y or a date: 2023, 2023-06 or 2023-06-30"
            raise QueryError(error.message, hint) from None
    days = int(back[1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[back[2]]
    today = datetime.now(UTC).date()
    return (today - timedelta(days=min(days, today.toordinal() - 366))).isoformat()


def checked_date(date: str | None, flag: str) -> str | None:
    """A partial ISO 8601 date (YYYY, YYYY-MM or YYYY-MM-DD) or None; QueryError otherwise."""
    if date is None:
        return None
    match = re.fullmatch(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?", date.strip(), re.ASCII)
    if not match or not (1 <= int(match[2] or 1) <= 12 and 1 <= int(match[3] or 1) <= 31):
        raise QueryError(f"{flag} {date!r} is not a date", "write 2023, 2023-06 or 2023-06-30")
    return "-".join(part.zfill(2) for part in match.groups() if part)


def _check(shown: str, level: str | None, kinds: Sequence[str], k: int) -> None:
    if not shown:
        raise QueryError("the question is empty", 'ask something: nextread search "explain RLHF"')
    if level is not None and level not in LEVELS:
        raise QueryError(f"unknown level {level!r}", f"one of {', '.join(LEVELS)}")
    for kind in kinds:
        if kind not in KINDS:
            raise QueryError(f"unknown kind {kind!r}", f"one of {', '.join(KINDS)}")
    if not 1 <= k <= 1000:
        raise QueryError(f"-k {k} is out of range", "1 to 1000")


def _tidy(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in plain)
    return " ".join(shown.split())


def _first_part(text: str) -> str:
    """text, or the first READ_LENGTH characters of it to the last whole word."""
    if len(text) <= READ_LENGTH:
        return text
    part = text[: READ_LENGTH + 1]
    return part[: part.rfind(" ") if " " in part[-100:] else READ_LENGTH]


def _spans(shown: str) -> list[Cue]:
    """Every cue, longest first where two overlap within a field; order of appearance."""
    matched = _alike(shown)
    matches = [*_table(matched, "level", cues.LEVELS), *_table(matched, "kinds", cues.KINDS)]
    matches += _table(matched, "languages", cues.LANGUAGES)
    if not matched.endswith("?"):  # in a whole question a year is part of what is asked
        matches += _dates(matched)
    matches += [
        Cue("fresh", "yes", m.start(), m.end(), kept=False) for m in _matches(cues.FRESH, matched)
    ]
    matches.sort(key=lambda cue: (cue.start - cue.end, cue.start, cue.field))
    apart: list[Cue] = []
    for cue in matches:
        if not any(_clash(cue, other) for other in apart):
            apart.append(cue)
    return sorted(apart, key=lambda cue: (cue.start, cue.end))


def _clash(cue: Cue, other: Cue) -> bool:
    same = (cue.start, cue.end) == (other.start, other.end)
    return (
        cue.start < other.end and other.start < cue.end and not (same and cue.field != other.field)
    )


def _alike(shown: str) -> str:
    """Lower case, simplified, character by character, so that offsets stay those of shown."""
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in shown)
    simplified = simplify(lower)
    return simplified if len(simplified) == len(lower) else lower


def _table(text: str, field: str, table: Mapping[str, Sequence[str]]) -> Iterator[Cue]:
    for value, patterns in table.items():
        for pattern in patterns:
            for m in _matches(pattern, text):
                stays = field == "kinds" and _compiled(cues.KEPT).search(m[0]) is not None
                yield Cue(field, value, m.start(), m.end(), stays)


def _dates(text: str) -> Iterator[Cue]:
    for field, patterns in cues.DATES.items():
        for pattern in patterns:
            for m in _matches(pattern, text):
                for bound, date in _bounds(field, m.groupdict()):
                    yield Cue(bound, date, m.start(), m.end(), kept=False)


def _bounds(field: str, matched: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """after is inclusive, before exclusive: in 2023 is after 2023, before 2024."""
    year, month = matched["year"] or "", matched.get("month")
    date = f"{year}-{int(month):02d}" if month and 1 <= int(month) <= 12 else year
    if field == "during":
        return [("after", year), ("before", str(int(year) + 1))]
    return [(field, date)]


def _matches(pattern: str, text: str) -> Iterator[re.Match[str]]:
    return _compiled(pattern).finditer(text) if _may_match(pattern, text) else iter(())


def _may_match(pattern: str, text: str) -> bool:
    """Whether a pattern of cues.py is worth compiling: all of them take as long as embedding.

    One without Chinese needs an English letter; one that is Chinese, so without \\b, Chinese.
    """
    if pattern.isascii():
        return any("a" <= c <= "z" or "A" <= c <= "Z" for c in text)
    return r"\b" in pattern or not text.isascii()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _topic(written: str, shown: str, spans: Sequence[Cue]) -> str:
    """What is left when cues and frames are taken out; as asked where that is all or nothing.

    Encoders read a question mark: what needs no cut is left to the letter.
    """
    bare = shown
    for start, end in sorted({(cue.start, cue.end) for cue in spans if not cue.kept}, reverse=True):
        bare = f"{bare[:start]} {bare[end:]}"
    for candidate in (_unframed(bare), " ".join(bare.split())):
        if candidate == shown:
            return written
        topic = _trimmed(candidate)
        if any(c.isalnum() for c in topic):
            return topic
    return written


def _unframed(text: str) -> str:
    for frame in cues.FRAMES:
        if _may_match(frame, text):
            text = _compiled(frame).sub(" ", text)
    return " ".join(text.split())


def _trimmed(text: str) -> str:
    """Without the joints that a cut leaves at either end."""
    text = re.sub(r"^(?:\s|的|[,，。!！:：;；、-])+|(?:\s|的|[,，。!！:：;；、-])+$", "", text)
    text = re.sub(r"\s+(?:of|on|about|to|for|with|in|an?|the)$", "", text)
    return re.sub(r"^(?:of|on|about|to|that|an?|the)\s+", "", text, flags=re.IGNORECASE)


def _values(used: Sequence[Cue], field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cue.value for cue in used if cue.field == field))


def _words(shown: str, used: Sequence[Cue]) -> dict[str, str]:
    words: dict[str, list[str]] = {}
    for cue in used:
        words.setdefault(cue.field, []).append(shown[cue.start : cue.end].strip())
    return {field: ", ".join(dict.fromkeys(parts)) for field, parts in words.items()}

"""What of a resource tells how hard it is, as named numbers that weights can be learned for.

Why it exists: one way from a resource to its clues, for what ships (levels.py) and for what trains
(benchmarks/levels.py). Groups of words, single words, hosts, kinds, headings and stated hours. Must
not know weights, vectors or ratings.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import hypot, log2

from cache.records import Entry, Resource
from indexer.estimate.level_cues import HARD, hits, section_level
from search.text import fold, tokens

READ = 1000
"""Characters read of a note for groups of words, and of a title or the headings above a link."""

TOLD = 300
"""Characters read of a note for single words."""

MOST = 6.0

KIND_POINTS = {
    "kind paper": 4.0,
    "kind survey": 3.0,
    "kind book": 1.0,
    "kind talk": -1.0,
    "kind video": -1.0,
    "kind tutorial": -2.0,
}

Clues = Mapping[str, float]


def clues_of(resource: Resource) -> dict[str, float]:
    """Named numbers, about -2 to 2 each; absent ones are 0.

    `title G`, `note G` and `above G` are for a group of words of level_cues (the root of its hits,
    at most 2), `kind K` for a kind, `heading` for a level that headings name, less 2; `title:W` and
    `note:W` for a word, `at:H` for a host.
    """
    title, note = resource.title[:READ], note_of(resource)[:READ]
    found = {f"title {name}": count for name, count in hits(fold(title), "title")}
    found |= {f"note {name}": count for name, count in hits(fold(note), "note")}
    found[f"kind {resource.kind or 'none'}"] = 1.0
    found["title length"] = log2(1 + len(title)) / 5
    found["note length"] = log2(1 + len(note)) / 5
    if resource.language == "zh":
        found["zh"] = 1.0
    found |= _above(resource.mentions)
    found |= {f"title:{token}": 1.0 for token in tokens(title)}
    found |= {f"note:{token}": 1.0 for token in tokens(note[:TOLD])}
    found[f"at:{_host(resource.url)}"] = 1.0
    return found


def believed(clues: Clues) -> float:
    """Points of difficulty by the words of title and note and by the kind, in [-6, 6]: what was
    believed before any work was labelled."""
    total = KIND_POINTS.get(next((n for n in clues if n.startswith("kind ")), ""), 0.0)
    for group in HARD:
        said = clues.get(f"title {group.name}", 0.0), clues.get(f"note {group.name}", 0.0)
        total += group.points * min(2.0, hypot(*said))
    return max(-MOST, min(MOST, total))


def note_of(resource: Resource) -> str:
    """Every note once."""
    if len(resource.mentions) == 1:
        return resource.mentions[0].note
    notes = dict.fromkeys(mention.note for mention in resource.mentions)
    return "\n".join(note for note in notes if note)


def _host(url: str) -> str:
    """The host of a canonical address."""
    return url.partition("//")[2].partition("/")[0].removeprefix("www.")


def _above(mentions: tuple[Entry, ...]) -> Iterator[tuple[str, float]]:
    """What the headings above say, the strongest of all mentions."""
    found: dict[str, float] = {}
    levels = []
    for section in dict.fromkeys(mention.section for mention in mentions):
        for name, count in _headings(section):
            found[name] = max(count, found.get(name, 0.0))
        level = section_level(section)
        levels += [] if level is None else [level - 2]
    yield from found.items()
    if levels:
        yield "heading", sum(levels) / len(levels)


@lru_cache(maxsize=4096)
def _headings(section: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    text = fold(" / ".join(section))[:READ]
    return tuple((f"above {name}", count) for name, count in hits(text, "note"))

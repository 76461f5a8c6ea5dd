"""What a word is called in the other language: CC-CEDICT, Chinese and English both ways.

A home keeps it once as a table in which SQLite finds words in a moment (search/index/glosses.py).
Must not know questions, indexes or weights.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cache.derived import derive, is_whole
from cache.errors import StoreError
from cache.layout import Layout

Phrase = tuple[str, ...]
"""The tokens of one way to say a word."""

NAME = "cc-cedict-1"
"""The folder of the table; to be changed with how it is made."""

LONGEST = 8
"""Units of the longest word that is looked up: characters of Chinese, words of English."""

_FILE = "words.db"


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
            from search.index.glosses import write  # its patterns take 2 ms to compile

            try:
                derive(folder, lambda aside: write(aside / _FILE))
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

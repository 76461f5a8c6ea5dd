"""Titles as weighted words: how alike two are, and which words they share.

Inverse document frequency counts twice, so that `introduction` says nothing and `perceptron` much.
Must not know vectors, lists or readers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import sqrt

from search.index.lexical import LexicalIndex, rarity
from search.text import STOP, fold, tokens

Words = Mapping[str, float]
"""Weight by token."""

TELLING = 1.9
"""Inverse document frequency from which a shared word is worth naming: one text in seven."""

_COUNTED = 65_536  # tokens that are kept with their counts

_UNIT = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’.+#-]*[^\W_]+)*[+#]*"
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_STRETCH = rf"(?<![{_WIDE}])[{_WIDE}]{{2,10}}(?![{_WIDE}])|[A-Za-z][^\W_]{{2,}}(?:[.+#-]+[^\W_]+)*"
"""A word, or what stands between two marks in a script without spaces where that is short."""


class TitleWords:
    """What the words of one collection tell, kept as they are asked for."""

    def __init__(self, lexical: LexicalIndex) -> None:
        """Count in lexical."""
        self._lexical = lexical
        self._counted: dict[str, int] = {}
        self.rarity = lru_cache(maxsize=65_536)(self._rarity)
        self.words_of = lru_cache(maxsize=16_384)(self._words_of)

    def prepare(self, titles: Iterable[str]) -> None:
        """Count the words of many titles at once, where each asking has its cost."""
        if len(self._counted) > _COUNTED:
            self._counted.clear()
        wanted = frozenset[str]().union(*map(title_tokens, titles)) - STOP
        new = sorted(wanted - self._counted.keys())
        self._counted |= zip(new, self._lexical.document_frequencies(new), strict=True)

    def _rarity(self, token: str) -> float:
        """Lucene's inverse document frequency; nothing for a stop word, however rare it is among
        texts of another language."""
        if token in STOP:
            return 0.0
        frequency = self._counted.get(token)
        if frequency is None:
            frequency = self._lexical.document_frequency(token)
        return rarity(frequency, self._lexical.count)

    def length(self, title: str) -> float:
        """What the words of a title weigh together: squared rarities, by Pythagoras."""
        return sqrt(sum(self.rarity(token) ** 4 for token in title_tokens(title)))

    def _words_of(self, title: str) -> Words:
        """A title as tokens with unit length; empty where it has no word."""
        length = self.length(title)
        if not length:
            return {}
        return {token: self.rarity(token) ** 2 / length for token in title_tokens(title)}


def mixed(titles: Iterable[tuple[Words, float]]) -> Words:
    """The weighted sum of titles."""
    total: dict[str, float] = {}
    for words, share in titles:
        for token, weight in words.items():
            total[token] = total.get(token, 0.0) + share * weight
    return total


def overlap(wanted: Words, title: Words) -> float:
    """Their inner product."""
    return sum(weight * wanted.get(token, 0.0) for token, weight in title.items())


@lru_cache(maxsize=65_536)
def title_tokens(title: str) -> frozenset[str]:
    """The distinct tokens of a title, kept: the same titles come again and again."""
    return frozenset(tokens(title))


def shared_phrase(title: str, others: Sequence[str], title_words: TitleWords) -> str | None:
    """The longest run of words, as title writes it, that another title has too and that tells."""
    units = list(re.finditer(_UNIT, title))
    alike = [fold(unit[0]) for unit in units]
    runs = [run for other in others for run in _runs(title, units, alike, other)]
    weights = {run: _weight(run, title_words) for run in runs if len(run) > 1}
    best = max(weights, key=weights.__getitem__, default=None)
    return best if best and weights[best] else None


def _runs(
    title: str, units: Sequence[re.Match[str]], alike: Sequence[str], other: str
) -> list[str]:
    """Every run of title's units that other has too, in the same order."""
    from difflib import SequenceMatcher  # only reasons in words need it

    theirs = [fold(unit[0]) for unit in re.finditer(_UNIT, other)]
    blocks = SequenceMatcher(None, alike, theirs, autojunk=False).get_matching_blocks()
    return [title[units[b.a].start() : units[b.a + b.size - 1].end()] for b in blocks if b.size]


def _weight(run: str, title_words: TitleWords) -> float:
    """What a shared run tells, 0 where all its words are common."""
    weights = [title_words.rarity(token) for token in title_tokens(run)]
    return sum(weights) if max(weights, default=0.0) >= TELLING else 0.0


def new_words(
    title: str, seen: frozenset[str], title_words: TitleWords, most: int = 2
) -> str | None:
    """The most telling stretches of a title that no title before has, as it writes them."""
    stretches = [part.strip() for part in re.findall(_STRETCH, title)]
    weighed = []
    for stretch in dict.fromkeys(stretches):
        fresh = title_tokens(stretch) - seen
        if fresh and (worth := max(title_words.rarity(token) for token in fresh)) >= TELLING:
            weighed.append((worth * len(fresh) / max(1, len(title_tokens(stretch))), stretch))
    best = sorted(weighed, key=lambda item: -item[0])[:most]
    chosen = [stretch for stretch in dict.fromkeys(stretches) if stretch in {s for _, s in best}]
    return ", ".join(chosen) or None

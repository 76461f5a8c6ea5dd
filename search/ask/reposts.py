"""Reposts of one text, told by their titles: a page of answers shows it once.

Merging knows one work under several addresses; a repost is another page with the same text, and
whoever asks has read it once. Must not know scores, vectors or storage.
"""

from collections.abc import Sequence
from functools import lru_cache

from search.arrays import Figures
from search.text import fold
from search.title_words import title_tokens

LONG = 30
"""Letters of a title from which it is nobody else's, a Han character being worth three of them:
many texts are called `Introduction to Machine Learning`, `强化学习入门` or `BERT`."""

Named = tuple[str, str | None]
"""A title, and an author where one is known."""


def repost_groups(named: Sequence[Named], figures: Figures) -> list[list[int]]:
    """Positions in groups of one text each, in order; the first of a group is the best of it.

    figures are the rows of facts.npy for what is named. What is known to be of two kinds, in two
    languages or by two authors is two texts, such as a paper and the video on it.
    """
    groups: list[list[int]] = []
    alike: dict[frozenset[str], list[list[int]]] = {}
    for i, (title, _) in enumerate(named):
        same = alike.setdefault(title_tokens(title), []) if _letters(title) > LONG else []
        group = next((g for g in same if all(_agree(named, figures, j, i) for j in g)), None)
        if group is None:
            group = []
            groups.append(group)
            same.append(group)
        group.append(i)
    return groups


@lru_cache(maxsize=8192)
def _letters(title: str) -> int:
    return sum(1 if c < "\u2e80" else 3 for c in fold(title) if c.isalnum())


def _agree(named: Sequence[Named], figures: Figures, one: int, other: int) -> bool:
    """Whether nothing is known that sets two of a title apart."""
    pairs = [(figures[one][name], figures[other][name]) for name in ("kind", "language")]
    pairs.append((title_tokens(named[one][1] or ""), title_tokens(named[other][1] or "")))
    return all(mine == theirs or not mine or not theirs for mine, theirs in pairs)

"""Reposts of one text, told by their titles: a page of answers shows it once.

Merging knows one work under several addresses; a repost is another page with the same text, and
whoever asks has read it once. Must not know scores, vectors or storage.
"""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from search.wording import title_tokens

LONG = 4
"""Words of a title from which it is nobody else's: many are called `Introduction`, or `BERT`."""


def fold(titles: Sequence[str], figures: NDArray[Any]) -> list[list[int]]:
    """Positions in groups of one text each, in order; the first of a group is the best of it.

    figures are the rows of facts.npy for the titles: what is known to be of two kinds or in two
    languages is two texts, such as a paper and the video on it.
    """
    groups: list[list[int]] = []
    for i, title in enumerate(titles):
        group = next((g for g in groups if _same(titles, figures, g[0], i)), None)
        if group is None or len(title_tokens(title)) < LONG:
            groups.append([i])
        else:
            group.append(i)
    return groups


def _same(titles: Sequence[str], figures: NDArray[Any], one: int, other: int) -> bool:
    if title_tokens(titles[one]) != title_tokens(titles[other]):
        return False
    pairs = ((figures[one][name], figures[other][name]) for name in ("kind", "language"))
    return all(mine == theirs or not mine or not theirs for mine, theirs in pairs)

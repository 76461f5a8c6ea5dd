"""Which resources filters leave, kept for the next question, and the tokens postings know them by.

Filters come again and again over a generation that never changes, so what they leave is worked out
once: a question over a million resources passes over none of them. Must not know files, words or
who asks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache.records import KINDS, LEVELS, Facts, Resource
from search.arrays import Facets, Figures, Mask
from search.index import catalog_rows as stored

KEPT = 32
"""Selections kept: 1 MB each over a million resources, 2 where they have several rows."""


@dataclass(frozen=True, eq=False)
class Selection:
    """Some of the resources: mask, (count,), read-only; row_resources are all rows' ordinals.

    Each of them has one token of every group of facets (see facets_of); others may too.
    """

    mask: Mask
    row_resources: NDArray[np.int32]
    facets: Facets = ()

    @cached_property
    def rows(self) -> Mask:
        """Which rows of the indexes belong to them."""
        if len(self.row_resources) == len(self.mask):  # one row each, in order
            return self.mask
        return np.asarray(self.mask[self.row_resources], np.bool_)

    def __and__(self, other: "Selection") -> "Selection":
        """Those in both."""
        return Selection(self.mask & other.mask, self.row_resources, self.facets + other.facets)

    def within(self, mask: Mask) -> "Selection":
        """Those that mask, (count,), leaves."""
        return Selection(self.mask & mask, self.row_resources, self.facets)


def facets_of(resource: Resource, facts: Facts) -> tuple[str, ...]:
    """The tokens that a resource is known by: its kind, language, year and lists."""
    lists = dict.fromkeys(mention.list_id for mention in resource.mentions)
    return (
        _kind(resource.kind if resource.kind in KINDS else ""),
        _language(stored.language(resource.language)),
        _year(stored.date(facts.published) // 10_000),
        *map(_list, lists),
    )


def _kind(name: str | None) -> str:
    return f"kind {name or ''}"


def _language(code: bytes) -> str:
    return f"language {code.decode('ascii')}"


def _year(year: int) -> str:
    return f"year {year}"


def _list(list_id: str) -> str:
    return f"list {list_id}"


class Selector:
    """The selections of one generation. Safe to share between threads."""

    def __init__(
        self,
        figures: Figures,
        row_resources: NDArray[np.int32],
        members: Callable[[str], NDArray[np.int32]],
        on_site: Callable[[str], NDArray[np.int32]],
    ) -> None:
        """Read figures (facts.npy) and row_resources; members gives the ordinals of a list, on_site
        those on a host."""
        self._figures = figures
        self._row_resources = row_resources
        self._members = members
        self._on_site = on_site
        self.selected = lru_cache(maxsize=KEPT)(self._selected)
        self.sides = lru_cache(maxsize=KEPT)(self._sides)
        self.counts = lru_cache(maxsize=KEPT)(self._counts)

    def all(self) -> Selection:
        """Every resource."""
        return self._selection(np.ones(len(self._figures), np.bool_))

    def _selected(
        self,
        kinds: tuple[str, ...],
        languages: tuple[str, ...],
        after: str | None,
        before: str | None,
        lists: tuple[str, ...],
        sites: tuple[str, ...],
        max_minutes: float | None,
        min_stars: float | None,
    ) -> Selection | None:
        """See Catalog.selection."""
        known = list(self._tests(kinds, languages, after, before, lists))
        masks = [mask for mask, _ in known] + list(self._masks(sites, max_minutes, min_stars))
        if not masks:
            return None
        return self._selection(np.logical_and.reduce(masks), [group for _, group in known])

    def _sides(self, language: str | None) -> tuple[Selection, Selection]:
        """See Catalog.sides."""
        codes, places = self._languages
        code = stored.language(language)
        foreign = np.array([language is not None and one not in (b"", code) for one in codes], bool)
        mask = foreign[places]
        groups = [
            tuple(_language(one) for one, is_of in zip(codes, side, strict=True) if is_of)
            for side in (~foreign, foreign)
        ]
        return self._selection(~mask, groups[:1]), self._selection(mask, groups[1:])

    def _counts(self, within: Selection | None) -> dict[str, dict[str, int]]:
        """See Catalog.counts."""
        chosen = slice(None) if within is None else within.mask
        codes, places = self._languages
        levels = np.bincount(self._levels[chosen], minlength=1 + 2 * len(LEVELS))[1:]
        guessed, given = levels.reshape(2, -1)
        kinds = np.bincount(self._kinds[chosen], minlength=1 + len(KINDS))[1:]
        languages = np.bincount(places[chosen], minlength=len(codes))
        known = {code.decode(): n for code, n in zip(codes, languages.tolist(), strict=True)}
        known.pop("", None)
        return {
            "kinds": _most_first(zip(KINDS, kinds.tolist(), strict=True)),
            "languages": _most_first(known.items()),
            "levels": _most_first(zip(LEVELS, (guessed + given).tolist(), strict=True)),
            "levels_given": _most_first(zip(LEVELS, given.tolist(), strict=True)),
        }

    def _tests(
        self,
        kinds: Sequence[str],
        languages: Sequence[str],
        after: str | None,
        before: str | None,
        lists: Sequence[str],
    ) -> Iterator[tuple[Mask, tuple[str, ...]]]:
        """The mask of each filter given, and the tokens of which what it leaves has one."""
        if kinds:
            known = [kind for kind in kinds if kind in KINDS]
            codes = [KINDS.index(kind) + 1 for kind in known]
            yield np.isin(self._kinds, codes), tuple(map(_kind, known))
        if languages:
            asked = {stored.language(name) for name in languages}
            is_asked = np.array([code in asked for code in self._languages[0]], np.bool_)
            yield is_asked[self._languages[1]], tuple(map(_language, sorted(asked)))
        if after or before:
            may, _ = stored.dated(self._published, after, before)
            years = np.flatnonzero(np.bincount(self._published[may] // 10_000))
            yield may, tuple(map(_year, years.tolist()))
        if lists:
            yield self._named(map(self._members, lists)), tuple(map(_list, lists))

    def _masks(
        self, sites: Sequence[str], max_minutes: float | None, min_stars: float | None
    ) -> Iterator[Mask]:
        """The mask of each filter given that postings know nothing of."""
        if sites:
            yield self._named(map(self._on_site, sites))
        if max_minutes is not None:
            # As it is shown, rounded; an unknown length is NaN and compares as no number does.
            yield self._figures["minutes"] < max_minutes + 0.5
        if min_stars is not None:
            given = self._figures["rating_confidence"] == 1
            yield given & (self._figures["rating"] >= min_stars)

    def _named(self, groups: Iterable[NDArray[np.int32]]) -> Mask:
        mask = np.zeros(len(self._figures), np.bool_)
        for ordinals in groups:
            mask[ordinals] = True
        return mask

    def _selection(self, mask: Mask, facets: Iterable[tuple[str, ...]] = ()) -> Selection:
        mask.flags.writeable = False  # it is shared
        return Selection(mask, self._row_resources, tuple(facets))

    # Columns of their own: in facts.npy each value lies 40 bytes from the next.

    @cached_property
    def _kinds(self) -> NDArray[np.uint8]:
        return np.ascontiguousarray(self._figures["kind"])

    @cached_property
    def _published(self) -> NDArray[np.int32]:
        return np.ascontiguousarray(self._figures["published"])

    @cached_property
    def _levels(self) -> NDArray[np.uint8]:
        """0 where unknown, from 1 where estimated, from 1 + len(LEVELS) where given."""
        levels = np.clip(np.rint(self._figures["difficulty"]), 1, len(LEVELS))
        given = self._figures["difficulty_confidence"] == 1
        return np.where(np.isnan(levels), 0, levels + len(LEVELS) * given).astype(np.uint8)

    @cached_property
    def _languages(self) -> tuple[list[bytes], NDArray[np.uint16]]:
        """The languages there are, b"" for none known, and the place of each resource's."""
        column = np.ascontiguousarray(self._figures["language"])
        places = np.zeros(len(column), np.uint16)
        codes: list[bytes] = []
        left: Any = np.arange(len(column))
        while len(left):  # a pass a language over what is left: sorting a million takes longer
            codes.append(bytes(column[left[0]]))
            is_other = column[left] != codes[-1]
            places[left[~is_other]] = len(codes) - 1
            left = left[is_other]
        return codes, places


def _most_first(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted((one for one in counted if one[1]), key=lambda one: (-one[1], one[0])))

"""Which resources filters leave, kept for the next question, and the tokens postings know them by.

Filters come again and again over a generation that never changes, so what they leave is worked out
once: a question over a million resources passes over none of them. Must not know files, words or
who asks.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cache.records import KINDS, LEVELS, Facts, Resource
from search.arrays import Facets, Figures, Mask
from search.index import catalog_rows as stored
from search.index.recent import Recent

KEPT = 32
"""Selections kept: 1 MB each over a million resources, 2 where they have several rows."""

FEW = 1024
"""Resources that came lately and are named to the postings one by one, which know no arrivals."""

_MOST_STARS = 5
_LONGEST = 2**20  # minutes, beyond which all is one length


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

    def within(self, mask: Mask, facets: Facets = ()) -> "Selection":
        """Those that mask, (count,), leaves, which have these facets too."""
        return Selection(self.mask & mask, self.row_resources, self.facets + facets)


def facets_of(resource: Resource, facts: Facts) -> tuple[str, ...]:
    """The tokens that a resource is known by: its kind, language, year and lists, the site it is on
    and those above, its length to a power of two, a curator's whole stars."""
    lists = dict.fromkeys(mention.list_id for mention in resource.mentions)
    labels = (stored.site_of(resource.url) or "").split(".")
    known = [
        _kind(resource.kind if resource.kind in KINDS else ""),
        _language(stored.language(resource.language)),
        _year(stored.date(facts.published) // 10_000),
        *map(_list, lists),
        *(_site(".".join(labels[:end])) for end in range(1, len(labels) + 1)),
    ]
    if facts.minutes is not None:
        known.append(_length(_doubled(facts.minutes)))
    if facts.rating is not None and facts.rating_confidence == 1:
        known.append(_stars(int(np.float32(facts.rating))))  # as facts.npy has it
    return tuple(known)


def _kind(name: str | None) -> str:
    return f"kind {name or ''}"


def _language(code: bytes) -> str:
    return f"language {code.decode('ascii')}"


def _year(year: int) -> str:
    return f"year {year}"


def _list(list_id: str) -> str:
    return f"list {list_id}"


def _site(name: str) -> str:
    return f"site {name}"


def _length(doubled: int) -> str:
    return f"length {doubled}"


def _doubled(minutes: float) -> int:
    """How often a minute is doubled until it is longer; 0 for less than one."""
    return int(min(max(minutes, 0.0), _LONGEST)).bit_length()


def _stars(whole: int) -> str:
    return f"stars {whole}"


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
        self.came = lru_cache(maxsize=KEPT)(self._came)
        self.counts = lru_cache(maxsize=KEPT)(self._counts)
        self._found: Recent[Hashable, Selection] = Recent(KEPT)

    def all(self) -> Selection:
        """Every resource."""
        return self._selection(np.ones(len(self._figures), np.bool_))

    def kept(self, key: Hashable, find: Callable[[], Mask]) -> Selection:
        """What find gives for key, found once while it is asked for again and again."""
        held = self._found.held([key])
        if key not in held:
            held[key] = self._selection(find())
            self._found.keep(held)
        return held[key]

    def _came(self, day: str, came: tuple[int, ...]) -> Selection:
        """See Catalog.came."""
        _, mask = stored.dated(self._published, day)
        years = np.flatnonzero(np.bincount(self._published[mask] // 10_000))
        mask[list(came)] = True
        group: tuple[str | int, ...] = (*map(_year, years.tolist()), *came)
        return self._selection(mask, [group] if len(came) <= FEW else ())

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
        known += self._more_tests(sites, max_minutes, min_stars)
        if not known:
            return None
        masks, groups = zip(*known, strict=True)
        return self._selection(np.logical_and.reduce(masks), groups)

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

    def _more_tests(
        self, sites: Sequence[str], max_minutes: float | None, min_stars: float | None
    ) -> Iterator[tuple[Mask, tuple[str, ...]]]:
        """See _tests; of length and stars tokens tell less than the mask."""
        if sites:
            names = tuple(_site(stored.site(name)) for name in sites)
            yield self._named(map(self._on_site, sites)), names
        if max_minutes is not None:
            # As it is shown, rounded; an unknown length is NaN and compares as no number does.
            end = max_minutes + 0.5
            lengths = range(_doubled(end) + 1)
            yield self._figures["minutes"] < end, tuple(map(_length, lengths))
        if min_stars is not None:
            given = self._figures["rating_confidence"] == 1
            whole = range(int(min_stars), _MOST_STARS + 1)
            yield given & (self._figures["rating"] >= min_stars), tuple(map(_stars, whole))

    def _named(self, groups: Iterable[NDArray[np.int32]]) -> Mask:
        mask = np.zeros(len(self._figures), np.bool_)
        for ordinals in groups:
            mask[ordinals] = True
        return mask

    def _selection(self, mask: Mask, facets: Iterable[tuple[str | int, ...]] = ()) -> Selection:
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

"""What filters leave, what postings may be asked for it, and what is counted of it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np
import pytest

from cache.records import Entry, Facts, Resource
from search.index import catalog_rows as stored
from search.index.selection import KEPT, Selection, Selector, facets_of

KINDS = ("paper", "video", None)
LANGUAGES = ("en", "zh-Hans", None, "xx")
DATES = (None, "2019", "2021-03", "2021-03-04")
EVERY = [
    (kind, language, Facts(published=date, difficulty=level, difficulty_confidence=sure, **more))
    for kind, language, date, (level, sure, more) in product(
        KINDS,
        LANGUAGES,
        DATES,
        [
            (None, 0.0, {"minutes": 4.4, "rating": 5.0, "rating_confidence": 0.3}),
            (1.2, 0.4, {"minutes": 0.4, "rating": 2.7, "rating_confidence": 1.0}),
            (3.0, 1.0, {"minutes": 900.0, "rating": 3.9999999999, "rating_confidence": 1.0}),
        ],
    )
]
SITES = ("e.org", "en.e.org", "other.org.e")
LISTS = [("first",), ("first", "second")]
ROWS = np.repeat(np.arange(len(EVERY), dtype=np.int32), 2)


def described(number: int) -> tuple[Resource, Facts]:
    kind, language, facts = EVERY[number]
    url = f"https://{SITES[number % 3]}/{number}"
    mentions = tuple(Entry(name, url, "t") for name in LISTS[number % 2])
    return Resource(f"{number:016}", url, (), "t", kind, language, mentions), facts


DESCRIBED = [described(number) for number in range(len(EVERY))]


def members(list_id: str) -> np.ndarray:
    named = [list_id in LISTS[number % 2] for number in range(len(EVERY))]
    return np.flatnonzero(named).astype(np.int32)


def on_site(host: str) -> np.ndarray:
    sites = [SITES[number % 3] for number in range(len(EVERY))]
    name = host.lower().removeprefix("www.")
    below = [site == name or site.endswith(f".{name}") for site in sites]
    return np.flatnonzero(below).astype(np.int32)


@pytest.fixture
def selector() -> Selector:
    figures = np.array([stored.figures(*one) for one in DESCRIBED], stored.FIGURES)
    return Selector(figures, ROWS, members, on_site)


def select(selector: Selector, **filters: object) -> Selection:
    given = {"kinds": (), "languages": (), "after": None, "before": None, "lists": ()}
    given |= {"sites": (), "max_minutes": None, "min_stars": None} | filters
    selection = selector.selected(*given.values())  # type: ignore[arg-type]
    assert selection is not None
    return selection


FILTERS: Sequence[dict[str, object]] = [
    {"kinds": ("paper",)},
    {"kinds": ("paper", "video"), "languages": ("en",)},
    {"languages": ("zh", "xx")},
    {"after": "2021"},
    {"after": "2021-03-03", "before": "2022"},
    {"before": "2021-03-04", "lists": ("second",)},
    {"lists": ("first", "second"), "kinds": ("no such kind",)},
    {"sites": ("E.org",)},
    {"sites": ("www.en.e.org", "org.e")},
    {"sites": ("org",), "kinds": ("video",)},
    {"max_minutes": 4.0},
    {"max_minutes": 0.0},
    {"max_minutes": 3.5, "min_stars": 2.5},
    {"min_stars": 4.0},
    {"min_stars": 3.0, "languages": ("en",)},
]
COARSE = {"after", "before", "max_minutes", "min_stars"}
"""Of dates facets know the year, of minutes a power of two, of stars whole ones."""


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_whatever_is_left_has_a_facet_of_every_group(
    selector: Selector, filters: dict[str, object]
) -> None:
    selection = select(selector, **filters)
    found = [set(facets_of(*one)) for one in DESCRIBED]
    known = np.array([all(has & set(group) for group in selection.facets) for has in found])
    assert known[selection.mask].all()
    if not COARSE & filters.keys():
        assert np.array_equal(known, selection.mask)


@pytest.mark.parametrize("came", [(), (3, 70, 95)])
def test_what_came_is_known_by_its_year_or_by_name(
    selector: Selector, came: tuple[int, ...]
) -> None:
    selection = selector.came("2020-05-01", came)
    [group] = selection.facets
    known = [
        number in group or bool(set(facets_of(*one)) & set(group))
        for number, one in enumerate(DESCRIBED)
    ]
    assert known == selection.mask.tolist()
    assert selector.came("2020-05-01", tuple(range(len(EVERY)))).mask.all()


def test_what_is_found_once_is_kept(selector: Selector) -> None:
    found: list[str] = []

    def find(name: str) -> np.ndarray:
        found.append(name)
        return np.ones(len(EVERY), bool)

    for number in [0, 0, *range(KEPT), 0, KEPT, 1]:
        kept = selector.kept(number, partial(find, str(number)))
        assert kept.mask.all()
    assert found == [str(number) for number in [*range(KEPT), KEPT, 1]]


def test_sides_part_what_is_known_to_be_in_another_language(selector: Selector) -> None:
    languages = [language for _, language, _ in EVERY]
    for asked in ("en", "zh", "fr", None):
        own, foreign = selector.sides(asked)
        expected = [None not in (asked, one) and str(one)[:2] != asked for one in languages]
        assert foreign.mask.tolist() == expected
        assert np.array_equal(own.mask, ~foreign.mask)
        for side in (own, foreign):
            [group] = side.facets
            found = [bool(set(facets_of(*one)) & set(group)) for one in DESCRIBED]
            assert found == side.mask.tolist()


def test_both_and_within(selector: Selector) -> None:
    papers, english = select(selector, kinds=("paper",)), selector.sides("en")[0]
    both = papers & english
    assert np.array_equal(both.mask, papers.mask & english.mask)
    assert both.facets == papers.facets + english.facets
    first = int(np.flatnonzero(both.mask)[0])
    fewer = both.within(np.arange(len(EVERY)) != first)
    assert both.mask[first]
    assert not fewer.mask[first]
    assert fewer.mask.sum() == both.mask.sum() - 1


def test_rows_are_those_of_the_resources(selector: Selector) -> None:
    papers = select(selector, kinds=("paper",))
    assert np.array_equal(papers.rows, papers.mask[ROWS])
    one_each = replace(papers, row_resources=np.arange(len(EVERY), dtype=np.int32))
    assert one_each.rows is one_each.mask


def test_what_is_kept_cannot_be_changed(selector: Selector) -> None:
    papers = select(selector, kinds=("paper",))
    assert select(selector, kinds=("paper",)) is papers
    with pytest.raises(ValueError, match="read-only"):
        papers.mask[0] = False


@pytest.mark.parametrize("filters", [{}, *FILTERS], ids=str)
def test_counts_are_those_of_one_after_the_other(
    selector: Selector, filters: dict[str, object]
) -> None:
    selection = select(selector, **filters) if filters else None
    left = np.ones(len(EVERY), bool) if selection is None else selection.mask
    some = [one for one, is_left in zip(DESCRIBED, left, strict=True) if is_left]
    found = selector.counts(selection)
    assert found["kinds"] == counted([resource.kind for resource, _ in some])
    assert found["languages"] == counted([(resource.language or "")[:2] for resource, _ in some])
    assert found["levels"] == counted([facts.level for _, facts in some])
    given = [facts.level for _, facts in some if facts.difficulty_confidence == 1]
    assert found["levels_given"] == counted(given)


def counted(values: Sequence[str | None]) -> dict[str, int]:
    return {value: values.count(value) for value in set(values) if value}

"""The map a build lays out: near where works say the same, and named by curators."""

import numpy as np
import pytest

from cache.records import Entry, Resource
from indexer.index.map_layout import MOST_POINTS, layout, map_of, regions
from indexer.index.region_names import Words
from search.index.map import CollectionMap

TOPICS = (
    ("Reinforcement Learning", "强化学习"),
    ("Databases", "数据库"),
    ("Web Frameworks", "网页框架"),
)


def works(each=60, dim=32):
    """Resources of three topics under headings of both languages, vectors around three axes."""
    random = np.random.default_rng(0)
    resources, rows = [], []
    for number in range(each * len(TOPICS)):
        topic = number % len(TOPICS)
        heading = TOPICS[topic][number % 2]
        url = f"https://example.org/{number}"
        mention = Entry("a.md", url, f"Work {number}", section=("目录", heading))
        resources.append(Resource(f"{number:016x}", url, (), mention.title, None, None, (mention,)))
        rows.append(random.normal(0, 0.25, dim) + 4 * np.eye(dim)[topic])
    vectors = np.asarray(rows, np.float32)
    return resources, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def standing(resources):
    return np.zeros(len(resources), np.float32)


@pytest.fixture(scope="module")
def chart():
    resources, vectors = works()
    return map_of(resources, vectors, standing(resources))[0]


def test_what_says_the_same_lies_together(chart):
    places, topic = chart.places.astype(float), chart.ordinals % len(TOPICS)
    middles = np.array([places[topic == t].mean(0) for t in range(len(TOPICS))])
    nearest = ((places[:, None] - middles) ** 2).sum(2).argmin(1)
    assert (nearest == topic).mean() > 0.95


def test_regions_lie_within_regions_and_hold_every_point_once(chart):
    innermost = np.bincount(chart.region_of, minlength=len(chart.regions))
    for number, region in enumerate(chart.regions):
        parts = [part for part in chart.regions if part.parent == number]
        assert region.parent < number
        assert region.count == innermost[number] or region.count == sum(p.count for p in parts)
        assert all(part.depth == region.depth + 1 for part in parts)
    assert sum(r.count for r in chart.regions if r.depth == 1) == len(chart.ordinals)


def test_names_are_headings_in_both_languages_and_never_the_contents(chart):
    names = [name for region in chart.regions for name in region.names.values()]
    assert {"Databases", "数据库"} <= set(names)
    assert "目录" not in names


def test_names_differ_within_one_region(chart):
    for parent in {region.parent for region in chart.regions}:
        siblings = [n for r in chart.regions if r.parent == parent for n in r.names.values()]
        assert len(siblings) == len(set(siblings))


def test_the_same_vectors_give_the_same_map(chart):
    resources, vectors = works()
    again, _ = map_of(resources, vectors, standing(resources))
    assert again.regions == chart.regions
    assert np.array_equal(again.places, chart.places)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9, 11])
def test_few_works_have_a_map_too(count):
    resources, vectors = works(4)
    found, _ = map_of(resources[:count], vectors[:count], standing(resources[:count]))
    assert len(found.places) == len(found.region_of) == count
    assert (found.region_of >= 0).all()


def test_of_too_many_those_of_highest_standing_are_drawn(monkeypatch):
    monkeypatch.setattr("indexer.index.map_layout.MOST_POINTS", 20)
    resources, vectors = works(20)
    points = np.arange(len(resources), dtype=np.float32)
    assert map_of(resources, vectors, points)[0].ordinals.tolist() == list(range(40, 60))
    assert MOST_POINTS == 20_000


def test_equal_vectors_are_no_reason_to_fail():
    same = np.ones((30, 8), np.float32) / np.sqrt(8)
    assert np.isfinite(layout(same)).all()


def test_a_region_without_headings_is_named_by_its_titles():
    titles = ["Intro to Kubernetes", "Kubernetes in practice", "Kubernetes operators", "Cooking"]
    found = [
        Resource(f"{n:016x}", f"https://e.org/{n}", (), title, None, None, ())
        for n, title in enumerate([*titles, *[f"Thing {n}" for n in range(20)]])
    ]
    words = Words(found)
    assert "Kubernetes" in words.name(range(3), range(len(found)), ())["en"]
    assert regions(np.zeros((0, 2), np.float32), Words([]))[0] == []


def test_the_file_gives_back_what_was_saved(chart, tmp_path):
    chart.save(tmp_path / "map.npz")
    read = CollectionMap.load(tmp_path / "map.npz")
    assert (read.regions, read.lists) == (chart.regions, chart.lists)
    for name in ("ordinals", "places", "region_of", "list_of"):
        assert np.array_equal(getattr(read, name), getattr(chart, name))


def test_known_places_are_kept_and_a_new_work_lies_beside_its_like(chart):
    resources, vectors = works()
    _, known = map_of(resources, vectors, standing(resources))
    rows = np.arange(len(resources))
    few, many = (np.where(rows < new, -1, rows) for new in (2, 20))
    again, drawn = map_of(resources, vectors, standing(resources), known.of(few))
    assert np.array_equal(drawn.places[2:], known.places[2:])
    assert np.array_equal(drawn.region_of[2:], known.region_of[2:])
    middles = [known.places[topic :: len(TOPICS)].mean(0) for topic in range(len(TOPICS))]
    for row in (0, 1):
        assert np.argmin(np.linalg.norm(middles - drawn.places[row], axis=1)) == row
    same = [(region.names, region.depth, region.parent) for region in chart.regions]
    assert [(region.names, region.depth, region.parent) for region in again.regions] == same
    assert sum(region.count for region in again.regions if region.depth == 1) == len(resources)
    _, drawn = map_of(resources, vectors, standing(resources), known.of(many))  # laid out anew
    assert np.array_equal(drawn.places, known.places)


def test_a_known_map_of_the_same_works_is_the_same_map(chart):
    resources, vectors = works()
    _, known = map_of(resources, vectors, standing(resources))
    again, _ = map_of(resources, vectors, standing(resources), known)
    assert again.regions == chart.regions
    assert np.array_equal(again.places, chart.places)
    assert np.array_equal(again.region_of, chart.region_of)

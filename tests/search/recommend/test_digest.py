import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from cache.errors import QueryError
from search.engine import Engine
from tests.conftest import run, write_list

OLD = [(f"Sorting numbers {n}", f"https://old.example/{n}", "about sorting") for n in range(30)]
NEW = [
    ("Gardens for bees", "https://new.example/bees", "flowers *for* bees"),
    ("Growing beans", "https://new.example/beans", "on a balcony"),
    ("Sorting letters", "https://new.example/letters", "about sorting"),
]


@pytest.fixture
def grown(builds, tiny_settings, tmp_path):
    """A home whose second build added three works."""
    source = write_list(tmp_path / "list.md", OLD)
    builds(source)
    builds(write_list(source, [*OLD, *NEW]))
    return tiny_settings


def test_what_came_is_told_by_topic(grown):
    with Engine.open(settings=grown) as engine:
        chapters = engine.digest("1d")
        found = [result for chapter in chapters for result in chapter.results]
        assert {result.resource.title for result in found} == {title for title, *_ in NEW}
        assert sum(chapter.count for chapter in chapters) == len(NEW)
        named = [chapter.count for chapter in chapters if chapter.names]
        assert named == sorted(named, reverse=True)
        for result in found:
            assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-6)
        assert all(len(chapter.results) == 1 for chapter in engine.digest("1d", each=1))


def test_what_the_first_build_found_did_not_come(builds, tiny_settings, tmp_path):
    builds(write_list(tmp_path / "list.md", OLD))
    with Engine.open(settings=tiny_settings) as engine:
        assert engine.digest("7d") == []
        with pytest.raises(QueryError, match="--since"):
            engine.digest("soon")


@pytest.mark.parametrize(("ui", "title"), [("en", "New since"), ("zh", "以来新增")])
def test_it_is_a_letter_a_feed_and_data(grown, ui, title):
    asked = ["--home", str(grown.home), "digest", "--since", "1d", "--ui", ui]
    letter = run(*asked, "--format", "md").out
    assert letter.startswith("# ")
    assert title in letter.splitlines()[0]
    assert letter.count("\n## ") >= 1
    assert "[Gardens for bees](<https://new.example/bees>)" in letter
    feed = ET.fromstring(run(*asked, "--format", "rss").out)
    assert {item.findtext("title") for item in feed.iter("item")} == {name for name, *_ in NEW}
    with Engine.open(settings=grown) as engine:
        came = [
            datetime.fromisoformat(at).replace(microsecond=0)
            for at, _ in engine.collection.arrivals
        ]
    dates = {parsedate_to_datetime(item.findtext("pubDate") or "") for item in feed.iter("item")}
    assert dates == {came[-1]}
    told = json.loads(run(*asked, "--json").out)
    assert told["count"] == len(NEW)
    assert sum(len(chapter["results"]) for chapter in told["chapters"]) == len(NEW)
    assert title in run(*asked).out

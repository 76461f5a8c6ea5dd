import json
import shutil
from xml.etree import ElementTree as ET

import pytest

from cache import news
from cache.settings import Settings
from search.engine import Engine
from tests.conftest import run, write_list


@pytest.fixture
def engine(seed_home, tmp_path):
    """A reader of the seed lists who has marked nothing."""
    home = shutil.copytree(seed_home, tmp_path / "home")
    with Engine.open(settings=Settings(home=home)) as opened:
        yield opened


def ids(results):
    return [result.resource.id for result in results]


def best(engine, question):
    return engine.search(question, k=1).results[0].resource


def test_from_nothing_it_starts_with_what_lists_agree_on(engine):
    found = engine.recommend(10)
    assert len(set(ids(found))) == 10
    assert found[0].facts.lists == 2
    assert found[0].why == "named in 2 lists"
    for result in found:
        assert result.why
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-9)


def test_a_like_shows_at_once_and_says_so(engine):
    before = ids(engine.recommend(10))
    liked = engine.mark(best(engine, "Prompt Tuning 微调范式综述").id, "like")
    found = engine.recommend(10)
    assert liked.id not in ids(found)
    assert ids(found) != before
    familiar = [r for r in found if "new" not in r.parts]
    assert all(r.why.startswith(f"like “{liked.title}”") for r in familiar)
    assert any("prompt" in r.resource.title.lower() for r in found[:3])


def test_one_place_in_ten_goes_to_something_new(engine):
    engine.mark(best(engine, "prompt engineering guide").id, "like")
    found = engine.recommend(20)
    fresh = [rank for rank, r in enumerate(found, 1) if r.why.startswith("something new")]
    assert fresh == [10, 20]
    assert len(set(ids(found))) == 20
    for result in found:
        assert sum(result.parts.values()) == pytest.approx(result.score, abs=1e-9)


def test_a_dislike_counts_at_once(engine):
    engine.mark(best(engine, "prompt engineering guide").id, "like")
    disliked = engine.recommend(10)[0].resource
    engine.mark(disliked.id, "dislike")
    assert disliked.id not in ids(engine.recommend(50))


def test_dislikes_alone_leave_something_to_start_from(engine):
    first = engine.recommend(10)[0].resource
    engine.mark(first.id, "dislike")
    found = engine.recommend(10)
    assert len(found) == 10
    assert first.id not in ids(found)


def test_what_was_put_off_stays_and_what_was_read_goes(engine):
    later = engine.mark(best(engine, "RLHF").id, "later")
    read = engine.mark(best(engine, "GPT-3 paper").id, "read")
    found = {r.resource.id: r.why for r in engine.recommend(50)}
    assert found[later.id] == "you put it off for later"
    assert read.id not in found


def test_what_is_in_progress_is_unread_and_not_recommended_anew(engine):
    started = engine.mark(best(engine, "RLHF").id, "started")
    assert started.id not in ids(engine.recommend(50))
    assert started.id in ids(engine.search("RLHF", unread=True, k=50).results)
    assert any(f"“{started.title}”" in (r.why or "") for r in engine.recommend(5))


def test_a_mark_survives_a_change_of_id(engine):
    from cache.profile import Profile

    liked = best(engine, "RLHF")
    Profile(engine.collection.settings.layout.profile).mark("an-older-id", liked.url, "like")
    assert any(liked.title in (r.why or "") for r in engine.recommend(5))


def test_what_was_read_stays_read_where_its_id_changes(engine):
    from cache.profile import Profile

    read = best(engine, "RLHF")
    profile = Profile(engine.collection.settings.layout.profile)
    profile.mark("an-older-id", read.url, "read")
    profile.mark("of-another-index", "https://nowhere.example/", "read")
    assert read.id not in ids(engine.search("RLHF", unread=True, k=50).results)
    assert read.id not in ids(engine.path("RLHF"))
    assert read.id not in ids(engine.recommend(50))
    engine.mark(read.id, "clear")
    assert best(engine, "RLHF").id in ids(engine.search("RLHF", unread=True, k=50).results)
    assert [one.resource_id for one in profile.marks()] == ["of-another-index"]


def test_everything_marked_leaves_nothing(engine):
    for ordinal in range(engine.collection.catalog.count):
        engine.mark(engine.collection.catalog.resource(ordinal).id, "read")
    assert engine.recommend(10) == []


def test_nobody_begins_with_a_later_part(builds, tiny_settings, tmp_path):
    titles = ["Compilers, part 1", "Compilers, part 3", "Roses", "Reward models (2)"]
    links = [(title, f"https://example.org/{n}", "") for n, title in enumerate(titles)]
    builds(write_list(tmp_path / "list.md", links))
    with Engine.open(settings=tiny_settings) as opened:
        assert {r.resource.title for r in opened.recommend(10)} == {"Compilers, part 1", "Roses"}
        assert {r.resource.title for r in opened.new(10)} == set(titles)


def test_news_are_what_the_last_build_added(builds, tiny_settings, tmp_path):
    links = [(f"Old {n}", f"https://example.org/{n}", "") for n in range(5)]
    source = write_list(tmp_path / "list.md", links)
    builds(source)
    added = [("Reward models", "https://example.org/r", ""), ("Roses", "https://example.org/g", "")]
    write_list(source, [*links, *added])
    report = builds()
    with Engine.open(settings=tiny_settings) as opened:
        assert set(ids(opened.new(10))) == set(report.added)
        opened.mark("https://example.org/3", "like")
        mine = opened.new(10, for_me=True)
        assert set(ids(mine)) == set(report.added)
        assert all(r.why.startswith("like “Old 3”") for r in mine)
        opened.mark("https://example.org/r", "read")
        assert [r.resource.title for r in opened.new(10)] == ["Roses"]
    builds()
    assert set(news.latest(tiny_settings.layout.news)) == set(report.added)


def test_news_that_cannot_be_read_are_none(tmp_path):
    (tmp_path / "news.json").write_text('[{"generation": 1}]', "utf-8")
    assert news.history(tmp_path / "news.json") == []
    for number in range(30):
        news.record(tmp_path / "news.json", news.News(number, "2023", ("a",) * (number % 2)))
    kept = news.history(tmp_path / "news.json")
    assert [one.generation for one in kept] == list(range(10, 30))
    assert news.latest(tmp_path / "news.json") == ("a",)


def test_the_commands_say_the_same(engine):
    home = engine.collection.settings.home
    engine.mark(best(engine, "RLHF").id, "like")
    found = engine.recommend(5)
    told = json.loads(run("recommend", "-k", "5", "--json", home=home).out)["results"]
    assert [(one["id"], one["why"]) for one in told] == [(r.resource.id, r.why) for r in found]
    shown = run("recommend", "-k", "5", home=home).out
    places = [shown.index(r.resource.url) for r in found]
    assert places == sorted(places)
    feed = ET.fromstring(run("new", "--format", "rss", home=home).out)
    links = [item.findtext("link") for item in feed.findall(".//item")]
    assert links == [r.resource.url for r in engine.new(len(links))]
    assert links

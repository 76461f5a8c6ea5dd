import json
import shutil
from itertools import pairwise

import pytest

from cache.errors import QueryError
from cache.settings import Settings
from indexer.lists.parse import parse
from search.engine import Engine
from search.recommend.prerequisites import order_of, ordered
from server.formats import markdown
from tests.conftest import run


@pytest.fixture(scope="module")
def engine(seed_home):
    with Engine.open(settings=Settings(home=seed_home)) as opened:
        yield opened


def ids(results):
    return [result.resource.id for result in results]


@pytest.mark.parametrize("topic", ["RLHF", "大模型原理", "prompt engineering", "xyzzyqwv"])
def test_a_path_starts_easy_and_difficulty_never_falls_by_more_than_one(engine, topic):
    found = engine.path(topic)
    assert [result.step for result in found] == list(range(1, 8))
    assert len({result.resource.title for result in found}) == 7
    hard = [result.facts.difficulty or 2 for result in found]
    assert hard[0] < 1.5
    assert all(then - now >= -1 for now, then in pairwise(hard))
    assert found[0].why.startswith("start here: easy")
    assert all(result.why for result in found)
    assert len({result.resource.kind for result in found}) >= 3
    for result in found:
        assert sum(result.parts.values()) == result.score


def test_a_path_on_rlhf_is_about_it(engine):
    top = ids(engine.search("RLHF", k=10).results)
    assert len(set(ids(engine.path("RLHF"))) & set(top)) >= 4


def test_levels_keep_to_what_they_say(engine):
    easy = engine.path("ChatGPT", level="beginner")
    assert all((result.facts.difficulty or 2) < 2.5 for result in easy)
    hard = engine.path("ChatGPT", level="advanced")
    assert all((result.facts.difficulty or 2) >= 2 for result in hard)


def test_what_was_read_is_skipped(seed_home, tmp_path):
    home = shutil.copytree(seed_home, tmp_path / "home")
    with Engine.open(settings=Settings(home=home)) as opened:
        first = opened.path("RLHF")
        for result in first[:2]:
            opened.mark(result.resource.id, "read")
        again = ids(opened.path("RLHF"))
    assert not set(ids(first[:2])) & set(again)
    assert len(again) == 7


@pytest.mark.parametrize("bad", [{"steps": 0}, {"steps": 51}, {"level": "expert"}])
def test_senseless_paths_are_errors(engine, bad):
    with pytest.raises(QueryError):
        engine.path("RLHF", **bad)


def test_the_markdown_is_a_list_that_reads_back(engine):
    found = engine.path("RLHF")
    entries = parse(markdown("RLHF", found), "path").entries
    assert [entry.url for entry in entries] == [result.resource.url for result in found]
    assert [entry.title for entry in entries] == [result.resource.title for result in found]
    levels = [None if entry.difficulty is None else entry.difficulty for entry in entries]
    assert levels == [round(result.facts.difficulty or 0) or None for result in found]


def test_the_command_prints_text_markdown_and_json(seed_home):
    shown = json.loads(run("path", "RLHF", "--steps", "3", "--json", home=seed_home).out)
    assert [result["step"] for result in shown["results"]] == [1, 2, 3]
    assert all(result["why"] for result in shown["results"])
    same = run("path", "RLHF", "--steps", "3", "--format", "json", home=seed_home).out
    assert json.loads(same) == shown
    listed = run("path", "RLHF", "--steps", "3", "--format", "md", home=seed_home).out
    assert listed.startswith("# RLHF\n\n1. [")
    assert "start here" in run("path", "RLHF", home=seed_home).out


def test_evidence_is_the_same_from_both_sides(engine):
    pairs = [("RLHF", "language model"), ("语言模型", "prompt"), ("GPT-3", "ChatGPT")]
    forth = order_of(engine.collection, pairs)
    back = order_of(engine.collection, [(second, first) for first, second in pairs])
    assert forth == pytest.approx([-sign for sign in back], abs=1e-4)
    assert any(forth)


def test_an_order_has_every_topic_once(engine):
    topics = ["ChatGPT", "transformer", "RLHF", "注意力机制", "prompt"]
    assert sorted(ordered(engine.collection, topics)) == sorted(topics)
    assert ordered(engine.collection, []) == []

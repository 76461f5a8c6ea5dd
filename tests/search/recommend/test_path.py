import json
import shutil
from itertools import pairwise

import pytest

from cache.errors import QueryError
from cache.settings import Settings
from indexer.build import build
from indexer.lists.parse import parse
from search.engine import Engine
from search.recommend.path import FEW
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
def test_a_path_goes_from_easy_to_hard_and_takes_what_teaches(engine, topic):
    found = engine.path(topic)
    assert [result.step for result in found] == list(range(1, len(found) + 1))
    assert len({result.resource.title for result in found}) == len(found)
    hard = [min(3, max(1, round(result.facts.difficulty or 2))) for result in found]
    assert all(then >= now for now, then in pairwise(hard))
    assert all(result.why for result in found)
    for result in found:
        assert result.resource.kind not in ("tool", "code", "dataset")
        assert sum(result.parts.values()) == result.score


def test_a_path_on_rlhf_is_about_it(engine):
    top = ids(engine.search("RLHF", k=10).results)
    found = ids(engine.path("RLHF"))
    assert found
    assert len(set(found) & set(top)) >= min(3, len(found))


def test_a_path_keeps_to_the_time_there_is(engine):
    hours = 2.0
    found = engine.path("RLHF", hours=hours)
    assert sum((result.facts.minutes or 30) / 60 for result in found) <= hours
    assert len(found) <= len(engine.path("RLHF"))
    with pytest.raises(QueryError):
        engine.path("RLHF", hours=0)


def test_a_path_says_why_in_the_language_of_the_topic_and_where_the_lists_end(engine):
    english, chinese = engine.path("RLHF", steps=50), engine.path("大模型原理", steps=50)
    assert english[0].why.startswith("start here")
    assert english[-1].why.endswith("here the lists end")
    assert chinese[0].why.startswith("从这里开始")
    assert chinese[-1].why.endswith("到此为止")


def test_levels_keep_to_what_they_say(engine):
    easy = engine.path("ChatGPT", level="beginner")
    assert all(result.facts.level != "advanced" for result in easy)
    hard = engine.path("ChatGPT", level="advanced")
    assert all(result.facts.level != "beginner" for result in hard)


def test_what_was_read_is_skipped(seed_home, tmp_path):
    home = shutil.copytree(seed_home, tmp_path / "home")
    with Engine.open(settings=Settings(home=home)) as opened:
        first = opened.path("RLHF")
        for result in first[:2]:
            opened.mark(result.resource.id, "read")
        again = ids(opened.path("RLHF"))
    assert not set(ids(first[:2])) & set(again)


@pytest.mark.parametrize("bad", [{"steps": 0}, {"steps": 51}, {"level": "expert"}])
def test_senseless_paths_are_errors(engine, bad):
    with pytest.raises(QueryError):
        engine.path("RLHF", **bad)


def test_the_markdown_is_a_list_that_reads_back(engine):
    found = engine.path("RLHF")
    entries = parse(markdown("RLHF", found), "path").entries
    assert [entry.url for entry in entries] == [result.resource.url for result in found]
    assert [entry.title for entry in entries] == [result.resource.title for result in found]
    given = [result.facts.difficulty_confidence == 1 for result in found]
    assert [entry.difficulty for entry in entries] == [
        round(result.facts.difficulty or 0) or None if sure else None
        for result, sure in zip(found, given, strict=True)
    ]


def test_the_command_prints_text_markdown_and_json(seed_home):
    shown = json.loads(run("path", "RLHF", "--steps", "3", "--json", home=seed_home).out)
    assert [r["step"] for r in shown["results"]] == [1, 2, 3][: len(shown["results"])]
    assert shown["results"]
    assert all(result["why"] for result in shown["results"])
    same = run("path", "RLHF", "--steps", "3", "--format", "json", home=seed_home).out
    assert json.loads(same) == shown
    listed = run("path", "RLHF", "--steps", "3", "--format", "md", home=seed_home).out
    assert listed.startswith("# RLHF\n\n1. [")
    assert "start here" in run("path", "RLHF", home=seed_home).out
    assert "nothing to learn this from" in run("path", "xyzzyqwv", home=seed_home).err


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


@pytest.fixture(scope="module")
def made(example_home, tmp_path_factory):
    """An index of a list made to hold works on a topic, beside it and within it."""
    home = tmp_path_factory.mktemp("made")
    shutil.copytree(example_home / "vectors", home / "vectors")
    listed = home / "list.md"
    listed.write_text(MADE, "utf-8")
    build([str(listed)], Settings(home=home), offline=True)
    with Engine.open(settings=Settings(home=home)) as opened:
        yield opened


MADE = """# Databases

## SQL

- [Learning SQL](https://example.org/learning-sql) - A book for beginners.
- [SQL Tutorial](https://example.com/sql-tutorial) - A simple introduction to queries.
- [The SQL Handbook](https://example.net/handbook) - A guide to queries and joins.
- [SQL at our company](https://engineering.example.com/sql) - How we moved all our queries.
- [Snowflake SQL billing dashboards](https://example.org/snowflake) - A guide to bills.
- [On the complexity of SQL](https://arxiv.org/abs/2401.00001) - A paper.

## Community

- [SQL Weekly](https://example.org/weekly) - News on queries every week.

## Rust books

- [Learning Rust](https://example.org/rust-1)
- [The Rust Handbook](https://example.org/rust-2)
- [Rust, an introduction](https://example.org/rust-3)
- [A guide to Rust](https://example.org/rust-4)
- [Rust from the ground up](https://example.org/rust-5)

## Gardening

- [Growing tomatoes](https://example.org/tomatoes) - A guide for beginners.
- [Pruning roses](https://example.org/roses) - A guide for beginners.
"""


def test_a_path_takes_what_is_on_the_topic_and_no_asides(made):
    titles = {result.resource.title for result in made.path("SQL")}
    assert {"Learning SQL", "SQL Tutorial", "The SQL Handbook"} & titles
    assert titles <= {"Learning SQL", "SQL Tutorial", "The SQL Handbook"}


def test_what_is_asked_for_is_no_aside(made):
    titles = [result.resource.title for result in made.path("SQL paper")]
    assert "On the complexity of SQL" in titles


def test_a_path_has_few_steps_that_say_the_same(made):
    found = made.path("Rust")
    assert len({result.facts.level for result in found}) == 1
    assert len(found) == FEW
    assert [result.why.count("another book") for result in found] == [0, 1, 1]

"""The list that ships says of its works what the seed lists said, and answers what it should."""

import json
from collections import defaultdict

import pytest

from indexer.lists.parse import read_list
from indexer.resources.canonical import canonical_url
from search.engine import Engine
from tests.conftest import LISTS

FACTS = ("author", "published", "rating", "difficulty", "tier")


@pytest.fixture(scope="module")
def parsed():
    return read_list(LISTS / "how-chatgpt-works.md")


@pytest.fixture(scope="module")
def gold(shared):
    lines = (shared / "seeds" / "gold.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def by_url(rows, get):
    found = defaultdict(list)
    for row in rows:
        found[canonical_url(get(row, "url"))].append(row)
    return found


def test_it_has_eighty_entries_and_no_problems(parsed):
    assert len(parsed.entries) == 80
    assert parsed.problems == ()


def test_every_entry_is_annotated_in_both_languages_somewhere(parsed):
    notes = [entry.note for entry in parsed.entries]
    assert sum(bool(note) for note in notes) >= 76
    assert any(note.isascii() for note in notes)
    assert any("\u4e00" <= c <= "\u9fff" for note in notes for c in note)


@pytest.mark.parametrize("fact", FACTS)
def test_its_facts_are_those_of_the_seeds(parsed, gold, fact):
    """Every fact that a seed list states; an author may stand where the seeds name none."""
    ours, theirs = by_url(parsed.entries, getattr), by_url(gold, dict.get)
    assert ours.keys() == theirs.keys()
    differing = {}
    for url, rows in theirs.items():
        said = sorted({str(row[fact]) for row in rows})
        shown = sorted({str(getattr(entry, fact)) for entry in ours[url]})
        if said != shown and not (fact == "author" and said == ["None"]):
            differing[url] = (said, shown)
    assert differing == {}


def test_no_comment_is_copied(parsed, gold):
    written = {row["note"].strip() for row in gold if len(row["note"].strip()) > 8}
    assert not [
        entry.note for entry in parsed.entries if any(said in entry.note for said in written)
    ]


def first(home, question, k=10):
    with Engine.open(home) as engine:
        return engine.search(question, k=k).results


@pytest.mark.parametrize("question", ["explain RLHF simply", "通俗易懂地讲解 RLHF"])
def test_a_simple_question_has_an_easy_well_rated_answer_first(example_home, question):
    best = first(example_home, question)[0]
    assert best.facts.level == "beginner"
    assert best.facts.rating >= 4


@pytest.mark.parametrize("question", ["explain RLHF in depth", "深入讲解 RLHF"])
def test_a_deep_question_has_a_hard_answer_first(example_home, question):
    assert first(example_home, question)[0].facts.level == "advanced"


def test_the_level_asked_for_moves_the_answers_of_the_seeds(seed_home):
    easy = first(seed_home, "explain RLHF simply")
    hard = first(seed_home, "explain RLHF in depth")
    known = [
        [r.facts.difficulty for r in found if r.facts.difficulty is not None]
        for found in (easy, hard)
    ]
    assert sum(known[0]) / len(known[0]) < sum(known[1]) / len(known[1])

"""Real lists: the two seeds field by field, and 45 lists by an independent count of their links."""

import importlib.util
import json

import pytest

from indexer.lists.parse import entry_json, read_list
from tests.conftest import ROOT

FIELDS = ("title", "url", "section", "note", "published", "author", "rating", "difficulty", "tier")


@pytest.fixture(scope="module")
def parsing(shared):
    spec = importlib.util.spec_from_file_location("parsing", ROOT / "benchmarks" / "parsing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_seeds_are_read_field_by_field(shared):
    lines = (shared / "seeds" / "gold.jsonl").read_text("utf-8").splitlines()
    gold = [json.loads(line) for line in lines]
    for name in sorted({entry["list"] for entry in gold}):
        wanted = [{f: e[f] for f in FIELDS} for e in gold if e["list"] == name]
        parsed = read_list(shared / "seeds" / name)
        assert [{f: entry_json(e)[f] for f in FIELDS} for e in parsed.entries] == wanted
        assert parsed.problems == ()


def test_real_lists_lose_no_links(shared, parsing):
    written = found = 0
    for path in sorted((shared / "lists").glob("*.md")):
        links, kept, _, _ = parsing.count(path)
        assert kept >= 0.97 * links, path.name
        written, found = written + links, found + kept
    assert written > 20_000
    assert found >= 0.99 * written


def test_the_document_is_current(parsing):
    assert parsing.DOCUMENT.read_text("utf-8") == parsing.document()


def test_ratings_of_a_real_table(shared):
    path = shared / "lists" / "ratings-gold.tsv"
    header, *rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    gold = [dict(zip(header, row, strict=True)) for row in rows]
    entries = read_list(shared / "lists" / "lrs1353281004__ChatGPT_recipes.md").entries
    by_line = {entry.line: entry for entry in reversed(entries)}  # the main one of each row
    for row in gold:
        entry = by_line[int(row["line"])]
        assert entry.url == row["url"]
        assert str(entry.rating or "") == row["recommend_1_5"]
        assert str(entry.difficulty or "") == row["difficulty_1_3"]
        assert (entry.published or "") == row["date"]
        assert (entry.author or "") == row["source"].replace("\\", "")

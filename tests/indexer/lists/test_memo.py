import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version

import pytest

from cache.parsed import ParsedCache
from cache.records import Entry
from indexer.lists import memo as subject
from indexer.lists.memo import LIBRARIES, SOURCES, parsed_once
from indexer.lists.parse import Parsed, Problem, parse
from tests.conftest import LISTS, ROOT

TEXT = "# 强化学习\n\n- [A\\](x)](https://e.org/a) - n\x01ote\n- [B](https://e.org/b) 2022 ⭐⭐⭐\n"
READS_ALL = """
import sys
from indexer.lists import sources
from indexer.lists.sources import Content, ListText

bodies = {
    "text/markdown": b"# \\n- [A](https://e.org/a) <b>n</b>\\n\\n|A|\\n|--|\\n|[B](//e.org)|\\n",
    "text/x-rst": b"A\\n=\\n\\n* `A <https://e.org/a>`_ n\\n",
    "text/html": "<ul><li><a href='https://e.org/a'>\u5f3a\u5316\u5b66\u4e60".encode("gb18030"),
}
for media_type, body in bodies.items():
    found = ListText("https://e.org/x", "https://e.org/x", "x")
    assert sources.parsed(found, Content(body, media_type, None), "x").entries
print(*sys.modules)
"""
ELSEWHERE = {"errors", "inflate", "page_index", "page_records", "pages", "segments", "warc"}
"""Modules of the cache that hold lists of the web but do not read them."""


@pytest.fixture
def kept(tmp_path):
    return ParsedCache(tmp_path / "parsed")


class Asked:
    """Parses, and counts how often it had to."""

    def __init__(self, found):
        self.times, self.found = 0, found

    def __call__(self):
        self.times += 1
        return self.found


def test_an_unchanged_list_is_parsed_once_and_comes_back_equal(kept):
    asked = Asked(parse(TEXT, "a.md"))
    first = parsed_once(TEXT.encode(), "markdown", "a.md", kept, asked)
    again = parsed_once(TEXT.encode(), "markdown", "a.md", kept, asked)
    assert asked.times == 1
    assert first == again == (asked.found, first[1])
    assert asked.found.problems
    assert len(asked.found.entries) == 2
    assert all(type(entry.section) is tuple for entry in again[0].entries)


def test_every_real_list_comes_back_equal(kept):
    for path in sorted(LISTS.glob("*.md")):
        found = parse(path.read_text("utf-8"), path.name)
        for _ in range(2):
            assert parsed_once(b"", "", path.name, kept, Asked(found))[0] == found


def test_another_list_id_format_or_text_is_parsed_again(kept):
    asked = Asked(parse(TEXT, "a.md"))
    first = (TEXT.encode(), "markdown", "a.md")
    others = [(b"x", *first[1:]), (first[0], "html", "a.md"), (*first[:2], "b.md")]
    for given in (first, *others, first):
        parsed_once(*given, kept, asked)
    assert asked.times == 5  # the last: one record a list


def test_another_parser_parses_again(kept, monkeypatch):
    asked = Asked(parse(TEXT, "a.md"))
    parsed_once(b"", "", "a.md", kept, asked)
    monkeypatch.setattr(subject, "_parser", lambda: b"another")
    parsed_once(b"", "", "a.md", kept, asked)
    assert asked.times == 2


def test_a_record_of_another_shape_is_parsed_again(kept):
    asked = Asked(parse(TEXT, "a.md"))
    key = subject._key(b"", "", "a.md")
    for record in (b"", b"[[],[]]", b"[[],[[1]]]\n[]", b"[[],[]]\n[[1]]", b"\xff\n[]", b"{}\n{}"):
        kept.put("a.md", key, record)
        assert parsed_once(b"", "", "a.md", kept, asked)[0] == asked.found
    assert asked.times == 6


def test_halves_of_a_surrogate_pair_stay_halves(kept):
    entry = Entry("a.md", "https://e.org", "\ud83d\ude00 \ud800", "note\n\u2028", ("", "a"))
    found = Parsed((entry, replace(entry, section=())), (Problem(3, "why\nnot"),))
    for _ in range(2):
        assert parsed_once(b"", "", "a.md", kept, Asked(found))[0] == found


def test_nothing_is_kept_of_a_list_without_entries(kept, tmp_path):
    asked = Asked(Parsed((), (Problem(1, "nothing"),)))
    for _ in range(2):
        assert parsed_once(b"", "", "a.md", kept, asked)[0] == asked.found
    assert asked.times == 2
    assert not (tmp_path / "parsed").exists()


def test_the_parser_is_all_that_reading_lists_imports():
    command = [sys.executable, "-c", READS_ALL]
    told = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    ).stdout
    loaded = [name for name in told.split() if name.startswith(("indexer.", "cache.", "search."))]
    ours = {name for name in loaded if (ROOT / f"{name.replace('.', '/')}.py").is_file()}
    elsewhere = {f"cache.{name}" for name in ELSEWHERE}
    assert ours - elsewhere == set(SOURCES) - {"indexer.lists.memo"}
    assert {"markdown_it", "mdurl", "lxml", "docutils", "turbohtml"} <= set(told.split())
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in SOURCES)
    assert all(map(version, LIBRARIES))

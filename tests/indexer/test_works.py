"""Works passed over as columns are those that merging all entries gives."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from cache.parsed import ParsedCache
from cache.records import Entry
from indexer import works as subject
from indexer.index.keys import key_of
from indexer.lists.parse import read_list
from indexer.lists.read_all import ReadList
from indexer.resources.facts import independent_lists
from indexer.resources.merge import merge
from indexer.works import SOURCES, Works
from tests.conftest import LISTS, ROOT

LOADED = "import sys, indexer.resources.merge as merge, indexer.works; print(*sys.modules)"
VIDEO = "https://www.youtube.com/watch?v=abcdefghi01"
COPY = "https://www.bilibili.com/video/BV1U84y167a3"
TALK = "注意力机制与位置编码推导 李宏毅"


def lists_of(*lists: list[Entry]) -> list[ReadList]:
    return [ReadList(given[0].list_id, repr(given), tuple(given)) for given in lists]


def entry(list_id: str, position: int, url: str, title: str = "A title", **more: object) -> Entry:
    return Entry(list_id, url, title, position=position, **more)


def check(lists: list[ReadList], kept: ParsedCache) -> Works:
    """Works of lists, held against merging all there is."""
    entries = [entry for one in lists for entry in one.entries]
    expected, works = merge(entries), Works(lists, kept)
    assert list(works.resources) == expected
    assert [name.decode() for name in works.ids.tolist()] == [one.id for one in expected]
    assert dict(works.groups) == dict(independent_lists(entries))
    changed = dict.fromkeys(works.to_tell([]), b"")
    for one, key in zip(expected, works.keys(changed).tolist(), strict=True):
        assert key in (b"", key_of(one, 1, None, ()).rstrip(b"\0"))  # as numpy shows them
    return works


MEETING = [
    [
        entry("b.md", 0, "https://e.org/paper", note="said", author="李宏毅"),
        entry("b.md", 1, "https://e.org/code", "code", part_of="https://e.org/paper"),
        entry("b.md", 2, VIDEO, TALK, author="李宏毅"),
        entry("b.md", 3, "http://e.org/paper/#top", "The paper"),
        entry("b.md", 4, "not an address", "Nothing"),
        entry("b.md", 5, "https://e.org/alone", "Alone"),
    ],
    [
        entry("a.md", 0, COPY, TALK, author="李宏毅"),
        entry("a.md", 1, "https://e.org/second", "Second"),
        entry("a.md", 2, "https://www.e.org/third", "Third"),
    ],
]


def test_works_that_meet_are_merged_and_others_stand_alone(tmp_path):
    kept = ParsedCache(tmp_path)
    lists = lists_of(*MEETING)
    for _ in range(2):  # the second time from what is kept
        works = check(lists, kept)
        told = {works.resources[row].url for row in works.to_tell([])}
        assert {"https://e.org/paper", COPY} <= told
        assert "https://e.org/second" not in told
    one_less = [lists[0], lists_of(MEETING[1][1:])[0]]
    check(one_less, kept)
    check(lists, kept)


def test_a_part_stands_alone_once_its_work_is_gone(tmp_path):
    kept = ParsedCache(tmp_path)
    whole = entry("a.md", 0, "https://e.org/paper")
    part = entry("b.md", 0, "https://e.org/code", part_of="https://e.org/paper")
    both = check(lists_of([whole], [part]), kept)
    assert len(both) == 1
    assert len(check(lists_of([replace(whole, url="https://e.org/x")], [part]), kept)) == 2


def test_only_works_that_may_have_a_page_are_told(tmp_path):
    works = Works(lists_of(*MEETING), ParsedCache(tmp_path))
    rows = set(works.to_tell([]))
    more = set(works.to_tell(["e.org/third", "e.org/nowhere"])) - rows
    assert [works.resources[row].title for row in more] == ["Third"]


def test_works_of_the_example_lists(tmp_path):
    read = [(path.name, read_list(path).entries) for path in sorted(LISTS.glob("*.md"))]
    check([ReadList(name, name, entries) for name, entries in read], ParsedCache(tmp_path))


def test_works_of_real_lists(shared, tmp_path, monkeypatch):
    paths = sorted((shared / "lists").glob("*.md"))
    lists = [ReadList(path.name, path.name, read_list(path).entries) for path in paths]
    kept = ParsedCache(tmp_path)
    works = check(lists, kept)
    assert len(works.to_tell([])) < len(works) / 2
    monkeypatch.setattr(subject, "LISTS_HELD", 1)
    assert list(works.resources[40:50]) == merge(e for one in lists for e in one.entries)[40:50]
    works.hold()
    assert works.resources[7] is works.resources[7]


def test_what_is_kept_follows_from_all_that_merges():
    told = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True)
    loaded = {
        name for name in told.stdout.decode().split() if name.startswith("indexer.resources.")
    }
    elsewhere = {"indexer.resources.facts"}  # what is known of a work is no part of its key
    assert loaded - elsewhere == {name for name in SOURCES if name.startswith("indexer.resources.")}
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in SOURCES)


@pytest.mark.parametrize("ids", [[3, 3, 5], [], [1], [2, 7, 7, 7, 1]])
def test_what_is_there_twice_is_shared(ids):
    given = np.array(ids, np.uint64)
    assert subject._shared(given).tolist() == [ids.count(one) > 1 for one in ids]

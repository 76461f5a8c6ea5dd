"""Real lists of other shapes: what each must give, by counts taken from their text."""

import re
from pathlib import Path

import pytest

from indexer.lists.parse import read_list
from indexer.resources.merge import merge


@pytest.fixture(scope="module")
def more(shared) -> Path:
    return shared / "lists-more"


def named(more: Path, start: str) -> Path:
    return next(path for path in more.iterdir() if path.name.startswith(start))


def test_nearly_every_link_is_read_or_set_aside_with_a_reason(more):
    paths = [path for path in more.rglob("*") if path.is_file() and path.name != "README.md"]
    assert len(paths) == 43
    for path in paths:
        coverage = read_list(path).coverage
        assert coverage.entries > 0, path.name
        assert coverage.share >= 0.97, (path.name, coverage)


def test_citations_in_paragraphs(more):
    path = named(more, "floodsung")
    entries = read_list(path).entries
    text = path.read_text("utf-8").replace("\nRegion-based", " Region-based")
    lines = [line for line in text.split("\n") if re.match(r"\*\*\[\d+\]\*\*", line)]
    assert len(lines) == 133
    right = 0
    by_url = {entry.url: entry for entry in entries}
    for line in lines:
        url = re.search(r"\]\((\S+)\)", line)[1]
        quoted = re.search(r'["“]\**(.+?)\**[.,]?\**["”]', line)
        title = quoted and " ".join(quoted[1].replace("*", "").split()).rstrip(".")
        stars = line.count(":star:") or None
        years = re.findall(r"(?<![\d.:/])((?:19|20)\d\d)(?![\d.-]\d|\d)", line.split("[[")[0])
        entry = by_url.get(url)
        right += (
            entry is not None
            and entry.title == title
            and entry.rating == stars
            and entry.published in years
        )
    assert len(entries) >= 132
    assert right >= 125


def test_a_heading_that_is_the_work(more):
    entries = read_list(named(more, "gokayfem")).entries
    headings = re.findall(
        r"^### \*\*(.+?)\*\*", named(more, "gokayfem").read_text("utf-8"), re.MULTILINE
    )
    titles = {entry.title for entry in entries}
    assert len(headings) > 150
    assert sum(heading in titles for heading in headings) >= 0.95 * len(headings)
    books = read_list(named(more, "Roman")).entries
    learning = next(entry for entry in books if entry.title == "Learning R")
    assert learning.note.startswith("Learn how to perform data analysis")


def test_cells_with_a_title_and_what_it_says(more):
    entries = read_list(named(more, "dair-ai")).entries
    assert max(len(entry.title) for entry in entries) <= 200
    simpo = next(entry for entry in entries if entry.title == "SimPO")
    assert simpo.note.startswith("a simpler and more effective approach")
    assert simpo.url == "https://arxiv.org/abs/2405.14734"


def test_every_outline_and_every_link_of_org(more):
    path = named(more, "kilimchoi")
    outlines = re.findall(r'<outline [^>]*htmlUrl="([^"]+)"', path.read_text("utf-8"))
    parsed = read_list(path)
    assert {entry.url for entry in parsed.entries} == {u.replace("&amp;", "&") for u in outlines}
    path = named(more, "emacs-tw")
    entries = {(entry.url, entry.title) for entry in read_list(path).entries}
    items = re.findall(
        r"^ *- \[\[(https?://[^\]]+)\]\[([^\[\]]+)\]\]", path.read_text("utf-8"), re.MULTILINE
    )
    assert len(items) > 600
    assert {(url.strip(), title.strip()) for url, title in items} <= entries


HOURS = re.compile(r"(?:学时|Hours?|Time)\W*[:：]\W*(\d+)")
STARS = re.compile(r"(?:难度|Difficulty)[^🌟\n]*(🌟+)")
FIRST = re.compile(r"(?:先修要求|Prerequisite[s]?(?: requirements)?)\W*[:：][ *]*(.*)")


def test_a_page_is_a_course(more):
    pages = sorted((more / "csdiy").rglob("*.md"))
    assert len(pages) == 36
    entries = []
    for path in pages:
        text = path.read_text("utf-8")
        course, *others = read_list(path).entries
        assert course.title == re.search(r"^# (.+)", text, re.MULTILINE)[1].strip(), path.name
        assert course.hours == float(HOURS.search(text)[1]), path.name
        stars = STARS.search(text)[1]
        assert (course.difficulty, course.difficulty_said) == (
            min(3, -(-min(5, len(stars)) * 3 // 5)),
            stars,
        )
        said = FIRST.search(text)[1].strip()
        assert (course.requires or "") == ("" if said in {"", "无", "None"} else said), path.name
        assert len(course.note) > 50
        assert all(other.title not in {"课程网站", "课程视频", "Fall 2019"} for other in others)
        entries.append((path.name.split(".en")[0].removesuffix(".md"), course))
    works = {}
    for name, course in entries:
        works.setdefault(name, []).append(course)
    assert len(works) == 18
    for pair in works.values():
        if pair[0].url == pair[1].url:
            assert len(merge(pair)) == 1
    assert sum(pair[0].url == pair[1].url for pair in works.values()) >= 16

import pytest

from cache.errors import ListError
from cache.lists_toml import ListBook, ListRecord
from cache.pages import PageCache
from cache.parsed import ParsedCache
from cache.records import Page
from indexer.lists import sources, workers
from indexer.lists.read_all import read_all
from tests.conftest import write_list

LINK = ("Attention", "https://example.org/a", "note")


@pytest.fixture
def pages(tmp_path):
    with PageCache(tmp_path / "pages") as opened:
        yield opened


def gathered(given, pages, book=None, crawl=None, kept=None):
    kept = kept or ParsedCache(pages._folder / "parsed")
    return read_all(
        [str(name) for name in given], book or ListBook(), pages, kept, crawl, lambda *_: None
    )


def test_lists_are_read_and_remembered_by_full_path(pages, tmp_path, monkeypatch):
    source = write_list(tmp_path / "a.md", [LINK])
    monkeypatch.chdir(tmp_path)
    found = gathered(["a.md"], pages)
    assert [entry.url for entry in found.entries] == [LINK[1]]
    assert [(r.source, r.list_id) for r in found.book] == [(str(source), "a.md")]
    assert gathered(["./a.md", str(source)], pages, found.book).entries == found.entries


def test_read_at_moves_only_where_the_list_changed(pages, tmp_path):
    source = write_list(tmp_path / "a.md", [LINK])
    old = ListRecord(str(source), "a.md", "sha256:0", "2001-01-01T00:00:00+00:00")
    book = gathered([source], pages, ListBook((old,))).book
    first = book.get("a.md")
    assert first.read_at > old.read_at
    source.write_text(source.read_text("utf-8") + "\n", "utf-8")  # nothing that matters
    assert gathered([], pages, book).book.get("a.md") == first


def test_no_list_at_all_is_an_error(pages):
    with pytest.raises(ListError, match="no list was added yet"):
        gathered([], pages)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# Only words\n\nno link here\n", b"\0\1\2"])
def test_a_named_list_without_links_is_an_error_whatever_else_there_is(pages, tmp_path, content):
    good = write_list(tmp_path / "good.md", [LINK])
    bad = tmp_path / "bad.md"
    bad.write_bytes(content)
    with pytest.raises(ListError, match=r"bad\.md"):
        gathered([good, bad], pages)


def test_an_added_list_that_fails_is_told_beside_the_others(pages, tmp_path):
    good, gone = write_list(tmp_path / "good.md", [LINK]), tmp_path / "gone.md"
    book = ListBook((ListRecord(str(gone), "gone.md"),))
    found = gathered([good], pages, book)
    assert (len(found.entries), list(found.failures)) == (1, [str(gone)])


def test_only_remote_lists_are_crawled_and_read_from_the_cache(pages, tmp_path):
    asked = []

    def crawl(urls):
        asked.extend(urls)
        page = Page(urls[0], urls[0], 200, "text/plain", "", "2026-01-01T00:00:00+00:00")
        pages.put(page, b"- [B](https://example.org/b)", checked_at=1.0)

    local = write_list(tmp_path / "a.md", [LINK])
    found = gathered([local, "https://lists.example/x.md"], pages, crawl=crawl)
    assert asked == ["https://lists.example/x.md"]
    assert {(e.list_id, e.title) for e in found.entries} == {
        ("a.md", "Attention"),
        ("lists.example/x.md", "B"),
    }
    offline = gathered([], pages, found.book)
    assert set(offline.entries) == set(found.entries)


def test_a_list_is_parsed_again_only_where_it_changed(pages, tmp_path, monkeypatch):
    read = []
    parse = sources.parsed
    monkeypatch.setattr(sources, "parsed", lambda *given: read.append(given[2]) or parse(*given))
    kept = ParsedCache(tmp_path / "parsed")
    lists = [write_list(tmp_path / name, [LINK]) for name in ("a.md", "b.md")]
    first = gathered(lists, pages, kept=kept)
    assert len(first.entries) == 2
    write_list(lists[1], [LINK, ("New", "https://example.org/new", "")])
    second = gathered([], pages, first.book, kept=kept)
    third = gathered([], pages, first.book, kept=kept)
    assert read == ["a.md", "b.md", "b.md"]
    assert len(second.entries) == 3
    assert second.entries == third.entries
    assert len(list((tmp_path / "parsed").iterdir())) == 2
    gathered([lists[0]], pages, kept=kept)
    assert len(list((tmp_path / "parsed").iterdir())) == 1


def test_many_lists_are_parsed_elsewhere_to_the_same_effect(pages, tmp_path, monkeypatch):
    folder = tmp_path / "lists"
    folder.mkdir()
    for number in range(6):
        links = [(f"T{n}", f"https://e.org/{number}/{n}", "a note") for n in range(50)]
        write_list(folder / f"{number}.md", links)
    (folder / "empty.md").write_text("nothing", "utf-8")
    here = gathered([folder], pages)
    monkeypatch.setattr(workers, "WORTH", 0)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    elsewhere = gathered([folder], pages, kept=ParsedCache(tmp_path / "other"))
    assert elsewhere.entries == here.entries
    assert elsewhere.failures == here.failures
    assert [r.coverage for r in elsewhere.book] == [r.coverage for r in here.book]
    assert {r.coverage.read for r in here.book} == {50}


def test_a_build_says_which_links_it_could_not_read(pages, tmp_path):
    source = tmp_path / "a.md"
    hidden = "".join(f'<iframe src="https://h.org/{n}">\n' for n in range(20))
    source.write_text(f"- [A](https://a.org)\n\n{hidden}", "utf-8")
    found = gathered([source], pages)
    (problem,) = found.problems["a.md"]
    assert problem.line == 3
    assert problem.message == (
        "only part of it was read: 21 links: 1 read as 1 entries; "
        "20 missed (first on lines 3, 4, 5, 6, 7)"
    )
    source.write_text(hidden, "utf-8")
    with pytest.raises(ListError, match="no entry from 20 links"):
        gathered([source], pages)

import pytest

from cache.errors import ListError
from cache.pages import PageCache
from cache.records import Page
from indexer.lists.sources import ListText, is_remote, locate, read
from tests.conftest import write_list

RAW = "https://raw.githubusercontent.com"


@pytest.mark.parametrize(
    ("source", "origin", "name"),
    [
        ("owner/repo", f"{RAW}/owner/repo/HEAD/README.md", "owner/repo"),
        ("https://github.com/owner/repo", f"{RAW}/owner/repo/HEAD/README.md", "owner/repo"),
        ("https://github.com/owner/repo.git", f"{RAW}/owner/repo/HEAD/README.md", None),
        ("https://www.github.com/owner/repo/", f"{RAW}/owner/repo/HEAD/README.md", "owner/repo"),
        ("https://github.com/owner/repo#readme", f"{RAW}/owner/repo/HEAD/README.md", "owner/repo"),
        ("https://github.com/o/r/blob/main/docs/a.md", f"{RAW}/o/r/main/docs/a.md", None),
        ("https://example.com/list.md", "https://example.com/list.md", "example.com/list.md"),
        ("HTTPS://example.com/a", "HTTPS://example.com/a", None),
    ],
)
def test_a_remote_source_has_one_address(source, origin, name):
    (found,) = locate(source)
    assert (found.source, found.origin) == (source, origin)
    assert found.name == (name or found.name)
    assert found.name


def test_a_folder_that_exists_is_not_a_repository(tmp_path, monkeypatch):
    (tmp_path / "owner" / "repo").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert not is_remote("owner/repo")
    assert is_remote("owner/other")
    assert not is_remote("a/b/c")
    assert not is_remote("ftp://example.com/x")


def test_a_folder_gives_its_lists_by_relative_name(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.md", "a.rst", "deep/c.html", ".hidden.md", "notes.pdf", "LICENSE.md"):
        (tmp_path / name).write_text("- [A](https://example.org)\n", "utf-8")
    assert [found.name for found in locate(str(tmp_path))] == ["a.rst", "b.md", "deep/c.html"]


def test_what_is_not_there_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ListError, match="empty holds no list"):
        locate(str(tmp_path / "empty"))
    with pytest.raises(ListError, match=r"none\.md: no such file"):
        locate(str(tmp_path / "none.md"))


def test_an_unreadable_file_is_named(tmp_path):
    source = tmp_path / "folder.md"
    source.mkdir()
    with pytest.raises(ListError, match=r"folder\.md"):
        read(ListText(str(source), str(source), "folder.md"), "x", None)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html; charset=gb18030", '<a href="https://e.org/a">强化学习</a>'.encode("gb18030")),
        ("text/markdown", "- [强化学习](https://e.org/a)".encode()),
        ("application/octet-stream", "- [强化学习](https://e.org/a)".encode()),
        ("text/x-rst", "- `强化学习 <https://e.org/a>`_\n".encode()),
    ],
)
def test_a_page_is_read_as_what_it_says_it_is(tmp_path, media_type, body):
    url = "https://lists.example/reading"
    page = Page(url, url, 200, media_type, "", "2026-01-01T00:00:00+00:00")
    with PageCache(tmp_path) as pages:
        pages.put(page, body, checked_at=1.0)
        (entry,) = read(locate(url)[0], "x", pages).entries
    assert (entry.title, entry.url, entry.list_id) == ("强化学习", "https://e.org/a", "x")


def test_a_page_that_failed_says_why(tmp_path):
    url = "https://lists.example/reading"
    with PageCache(tmp_path) as pages:
        with pytest.raises(ListError, match="never fetched") as never:
            read(locate(url)[0], "x", pages)
        assert "--offline" in never.value.hint
        pages.put_failure(url, "lists.example: no such host", checked_at=1.0, retry_at=2.0)
        with pytest.raises(ListError, match="no such host") as failed:
            read(locate(url)[0], "x", pages)
        assert "network" in failed.value.hint


def test_a_local_list_is_read(tmp_path):
    source = write_list(tmp_path / "a.md", [("A", "https://e.org/a", "n")])
    (entry,) = read(locate(str(source))[0], "id", None).entries
    assert (entry.list_id, entry.title, entry.note) == ("id", "A", "n")


def test_records_beside_prose_are_data_about_it_and_named_they_are_read(tmp_path):
    write_list(tmp_path / "list.md", [("A", "https://a.org", "a")])
    for name in ("ratings.tsv", "gold.jsonl", "tags.yml"):
        (tmp_path / name).write_text("https://b.org")
    assert [found.name for found in locate(str(tmp_path))] == ["list.md"]
    assert [found.name for found in locate(str(tmp_path / "gold.jsonl"))] == ["gold.jsonl"]
    records = tmp_path / "software"
    records.mkdir()
    for name in "ab":
        (records / f"{name}.yml").write_text("name: A\nurl: https://a.org/\n")
    assert [found.name for found in locate(str(tmp_path))] == ["list.md"]
    (records / "c.yml").write_text("name: C\nurl: https://c.org/\n")
    assert [found.name for found in locate(str(tmp_path))] == ["list.md", "software/*.yml"]

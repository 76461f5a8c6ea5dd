"""ListBook: what was added survives any text, a crash and a curious editor."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.errors import StoreError
from cache.lists_toml import ListBook, ListRecord

FOLDER = ListRecord("~/清单", "seeds-gpt", "sha256:ab", "2026-11-21T22:33:49Z")


def test_a_book_reads_back_as_written(tmp_path):
    path = tmp_path / "home" / "lists.toml"
    book = ListBook()
    book.add(FOLDER)
    book.add(ListRecord("~/清单", "seeds-book"))
    book.add(ListRecord('https://example.com/a?b="c"\\d#e', "web"))
    book.save(path)
    again = ListBook.load(path)
    assert list(again) == list(book)
    assert again.sources() == ("~/清单", 'https://example.com/a?b="c"\\d#e')
    assert len(again) == 3
    assert "web" in again
    assert again.get("seeds-gpt") == FOLDER
    assert again.get("nothing") is None
    assert list(path.parent.iterdir()) == [path]


def test_no_file_is_an_empty_book(tmp_path):
    assert list(ListBook.load(tmp_path / "lists.toml")) == []


def test_reading_a_list_again_keeps_its_place(tmp_path):
    book = ListBook((FOLDER, ListRecord("x/y", "y")))
    book.add(ListRecord(FOLDER.source, FOLDER.list_id, "sha256:cd", "2026-12-01T00:00:00Z"))
    assert [record.list_id for record in book] == ["seeds-gpt", "y"]
    assert book.get("seeds-gpt").digest == "sha256:cd"


def test_one_name_never_means_two_lists():
    book = ListBook((ListRecord("a/README.md", "README"),))
    with pytest.raises(StoreError, match=r"b/README\.md") as caught:
        book.add(ListRecord("b/README.md", "README"))
    assert caught.value.hint
    assert book.free_id("README", "a/README.md") == "README"
    assert book.free_id("README", "b/README.md") == "README-2"
    book.add(ListRecord("b/README.md", "README-2"))
    assert book.free_id("README", "b/README.md") == "README-2"
    assert book.free_id("README", "c/README.md") == "README-3"


def test_a_list_is_forgotten():
    book = ListBook((FOLDER, ListRecord("x", "x")))
    book.remove(FOLDER.list_id)
    assert [record.list_id for record in book] == ["x"]


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "format = 99",
        'format = "1"',
        'list = "x"',
        "list = [1]",
        '[[list]]\nsource = "x"',
        '[[list]]\nsource = "x"\nlist_id = 3',
        '[[list]]\nsource = "x"\nlist_id = "x"\ncolour = "red"',
        '[[list]]\nsource = "x"\nlist_id = "x"\n[[list]]\nsource = "y"\nlist_id = "x"',
    ],
)
def test_a_damaged_book_is_named_and_not_overwritten(tmp_path, text):
    path = tmp_path / "lists.toml"
    path.write_text(text)
    with pytest.raises(StoreError, match=r"lists\.toml") as caught:
        ListBook.load(path)
    assert caught.value.hint
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "lists.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError):
        ListBook.load(path)


def test_a_book_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "lists.toml"
    ListBook((FOLDER,)).save(path)
    with pytest.raises(StoreError):
        ListBook((ListRecord("\ud800", "x"),)).save(path)
    with pytest.raises(StoreError):
        ListBook((FOLDER,)).save(path / "below a file" / "lists.toml")
    assert list(ListBook.load(path)) == [FOLDER]
    assert list(tmp_path.iterdir()) == [path]


def test_a_book_can_be_mended_by_hand(tmp_path):
    path = tmp_path / "lists.toml"
    ListBook((FOLDER, ListRecord("x", "x"))).save(path)
    values = tomllib.loads(path.read_text("utf-8"))
    assert values["list"][0]["source"] == "~/清单"
    path.write_text('# mine\n[[list]]\nsource = "o/r"\nlist_id = "r"\n', "utf-8")
    assert list(ListBook.load(path)) == [ListRecord("o/r", "r")]


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(st.lists(st.builds(ListRecord, TEXT, TEXT, st.none() | TEXT, st.none() | TEXT), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_survives(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("book") / "lists.toml"
    book = ListBook(tuple(records))
    book.save(path)
    assert list(ListBook.load(path)) == list(book)

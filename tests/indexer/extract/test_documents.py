import pickle

import pytest

from cache.documents import DocumentCache
from cache.errors import ExtractError
from cache.pages import PageCache
from cache.records import Page, Resource
from indexer.extract import sandbox
from indexer.extract.documents import documents_of, lasting, usable_page

TEXT = "<html><title>Attention</title><body><article><h1>Attention</h1>" + "".join(
    f"<p>Paragraph {n} says something about attention, in whole sentences of its own.</p>"
    for n in range(8)
)


def resource(name, *aliases):
    url = f"https://example.org/{name}"
    return Resource(name, url, aliases, name, None, None, ())


@pytest.fixture
def pages(tmp_path):
    with PageCache(tmp_path / "pages") as opened:
        yield opened


@pytest.fixture
def kept(tmp_path):
    with DocumentCache(tmp_path / "documents.db") as opened:
        yield opened


def put(pages, url, body, media_type="text/html"):
    page = Page(url, url, 200, media_type, "", "2026-01-01T00:00:00+00:00")
    return pages.put(page, body.encode(), checked_at=1.0)


def test_a_page_is_extracted_once(pages, kept):
    put(pages, "https://example.org/a", TEXT)
    heard = []
    work = resource("a")
    first = documents_of([work], pages, kept, lambda done, of: heard.append((done, of)))
    assert heard == [(1, 1)]
    document = first.documents["a"]
    assert (document.title, document.resource_id, document.evidence) == (
        "Attention",
        "a",
        "full text",
    )
    assert "Paragraph 7" in document.text
    again = documents_of([work], pages, kept, lambda done, of: heard.append((done, of)))
    assert (again, heard) == (first, [(1, 1)])


def test_a_page_without_text_is_a_failure_that_is_remembered(pages, kept):
    put(pages, "https://example.org/a", "<html><body></body></html>")
    first = documents_of([resource("a")], pages, kept)
    assert first.documents == {}
    assert list(first.failures) == ["https://example.org/a"]
    heard = []
    again = documents_of([resource("a")], pages, kept, lambda *told: heard.append(told))
    assert (again, heard) == (first, [])


def test_a_changed_page_is_extracted_anew(pages, kept):
    put(pages, "https://example.org/a", TEXT)
    documents_of([resource("a")], pages, kept)
    put(pages, "https://example.org/a", TEXT.replace("Paragraph 7", "Stanza 7"))
    found = documents_of([resource("a")], pages, kept)
    assert "Stanza 7" in found.documents["a"].text


def test_the_first_usable_address_serves(pages):
    alias = "https://mirror.example/a"
    pages.put_failure("https://example.org/a", "HTTP 404", checked_at=1.0, retry_at=2.0)
    assert usable_page(resource("a", alias), pages) is None
    put(pages, alias, TEXT)
    assert usable_page(resource("a", alias), pages).url == alias
    assert documents_of([], pages, None).documents == {}


def test_a_damaged_page_is_a_failure_and_the_others_are_read(pages, kept, tmp_path):
    for name in ("a", "b"):
        put(pages, f"https://example.org/{name}", TEXT.replace("Paragraph", name.upper() * 3))
    pages.flush()
    (segment,) = (tmp_path / "pages").glob("*.warc.gz")
    whole = bytearray(segment.read_bytes())
    whole[len(whole) // 4] ^= 0xFF
    segment.write_bytes(whole)
    found = documents_of([resource("a"), resource("b")], pages, kept)
    assert len(found.documents) + len(found.failures) == 2
    assert len(found.failures) == 1


def test_an_address_that_speaks_of_memory_is_no_want_of_memory(tmp_path, monkeypatch):
    """What lasts is told by the error, not by words that a page's address may hold."""
    url = "https://a.org/memory-networks-that-died"
    resource = Resource("r1", url, (), "Memory", None, None, ())
    page = Page(url, url, 200, "text/html", "", "2024-01-01T00:00:00Z")
    with PageCache(tmp_path / "pages") as pages, DocumentCache(tmp_path / "d.db") as kept:
        pages.put(page, b"<p>Too short.</p>")
        first = documents_of([resource], pages, kept)
        assert "no readable text" in first.failures[url]
        monkeypatch.setattr(sandbox.ExtractPool, "documents", None)  # is not asked again
        assert documents_of([resource], pages, kept) == first


def test_what_says_more_of_a_busy_machine_is_tried_again():
    assert not lasting(ExtractError("its reader took more than 10 seconds", passing=True))
    assert lasting(ExtractError("https://a.org/memory: no readable text"))
    error = pickle.loads(pickle.dumps(ExtractError("m", "h", passing=True)))
    assert (error.message, error.hint, error.passing) == ("m", "h", True)

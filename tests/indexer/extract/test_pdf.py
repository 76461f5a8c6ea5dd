"""PDFs: text in order, whole paragraphs, a title, or one clear error."""

import pytest

from cache.errors import ExtractError
from indexer.extract.pdf import join_lines, read


@pytest.fixture(scope="module")
def pdf(shared):
    """The bytes of a PDF by its name."""
    return lambda name: (shared / "hostile" / "pdf" / name).read_bytes()


def test_every_hostile_pdf_gives_text_or_one_error(pdf, shared):
    names = {path.name for path in (shared / "hostile" / "pdf").glob("*.pdf")} - {
        "libreoffice-writer-password.pdf"
    }
    read_well = {name: read(pdf(name), max_text=100_000) for name in sorted(names)}
    assert len(read_well) == 26
    with pytest.raises(ExtractError, match="password"):
        read(pdf("libreoffice-writer-password.pdf"), max_text=100_000)
    for name, found in read_well.items():
        assert found.complete, name
        assert not set(found.text + found.title) & set("\x00\x02\x1b\ufffe\r"), name
    scans = {name for name, found in read_well.items() if not found.text}
    assert scans == {
        "grayscale-image.pdf",
        "imagemagick-ASCII85Decode.pdf",
        "imagemagick-CCITTFaxDecode.pdf",
        "imagemagick-images.pdf",
        "imagemagick-lzw.pdf",
    }


def test_titles_come_from_metadata_or_the_largest_type(pdf):
    assert read(pdf("google-doc-document.pdf"), max_text=9999).title == "PDF Example Document"
    assert (
        read(pdf("multicolumn.pdf"), max_text=9999).title == "Two-Column Document with Lorem Ipsum"
    )
    assert read(pdf("crazyones-pdfa.pdf"), max_text=9999).title == "The Crazy Ones"
    plain = read(pdf("pdflatex-4-pages.pdf"), max_text=99_999).title
    assert plain.startswith("Hello, here is some text")
    assert len(plain) < 150


def test_lines_are_joined_to_paragraphs(pdf):
    text = read(pdf("pdflatex-4-pages.pdf"), max_text=99_999).text
    first = text.split("\n\n")[0]
    assert first.startswith("Hello, here is some text without a meaning. This text should show")
    assert len(first) > 400
    assert "\n" not in first
    columns = read(pdf("multicolumn.pdf"), max_text=99_999).text
    assert (
        "Lorem ipsum dolor sit amet, consectetuer adipiscing elit. Ut purus elit, vestibulum ut"
        in columns
    )


def test_page_numbers_are_not_text(pdf):
    text = read(pdf("pdflatex-4-pages.pdf"), max_text=99_999).text
    assert not {"1", "2", "3", "4"} & set(text.split("\n\n"))


def test_reading_stops_at_the_cap(pdf):
    found = read(pdf("pdflatex-4-pages.pdf"), max_text=1000)
    assert not found.complete
    assert 1000 < len(found.text) < 8000


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"%PDF-1.4\n%%EOF", b"not a pdf" * 100])
def test_what_is_no_pdf_is_refused(body):
    with pytest.raises(ExtractError, match="broken"):
        read(body, max_text=1000)


def test_lines_of_chinese_join_without_spaces():
    assert join_lines(["深度学习是机器", "学习的一个分支"]) == "深度学习是机器学习的一个分支"
    assert join_lines(["attention is", "all you need"]) == "attention is all you need"
    assert join_lines(["使用", "Transformer", "模型"]) == "使用 Transformer 模型"

"""Pages to documents: real pages, hostile ones, and a floor under how much of them we get."""

import csv
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.extraction import f1, words, words_of_html
from cache.errors import ExtractError
from cache.records import Page
from indexer.extract.page import extract

READABILITY_FLOOR = 0.953  # mean token F1 of the pages with text; 0.9567 measured
TITLES_FLOOR = 0.68  # of Mozilla's titles, which keep some site names that we cut; 0.70 measured
MISLABELLED = "https://lonepatient.top/2016/05/19/hyperopt.html"  # `en`, over 1,400 Han characters

PROSE = "Attention lets every position look at every other position of the sequence. "
CHINESE = "注意力机制让序列中的每个位置都能看到其他所有位置，因此可以并行计算。"


def page(media_type="text/html", url="https://blog.example/posts/attention-explained.html"):
    return Page(url, url, 200, media_type, "sha256:0", "2026-01-01T00:00:00Z")


def document(body, media_type="text/html", **options):
    body = body.encode() if isinstance(body, str) else body
    return extract(page(media_type), body, "r", **options)


def article(inner, head="<title>A title</title>"):
    return f"<!doctype html><html><head>{head}</head><body><article>{inner}</article></body></html>"


def expected_words(folder):
    return words_of_html((folder / "expected.html").read_text("utf-8"))


def test_readability_pages_keep_the_article_and_little_else(shared):
    scores, titles = {}, []
    for folder in sorted((shared / "readability").iterdir()):
        try:
            found = document((folder / "source.html").read_bytes())
        except ExtractError:
            assert sum(expected_words(folder).values()) < 15, folder.name
            continue
        scores[folder.name] = f1(words(found.text), expected_words(folder))
        told = json.loads((folder / "expected-metadata.json").read_text("utf-8"))["title"]
        titles.append(found.title == told)
    assert len(scores) >= 63
    assert sum(scores.values()) / len(scores) >= READABILITY_FLOOR, sorted(
        (score, name) for name, score in scores.items()
    )[:8]
    assert sum(titles) / len(titles) >= TITLES_FLOOR


def test_web_pages_have_title_text_and_the_right_language(shared):
    with (shared / "web" / "INDEX.tsv").open(encoding="utf-8", newline="") as rows:
        index = list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(index) == 67
    for row in index:
        body = (shared / "web" / row["file"]).read_bytes()
        found = extract(page("text/html; charset=utf-8", row["url"]), body, "r")
        assert len(found.text) >= 200, row["url"]
        assert found.title in row["title"], (found.title, row["title"])
        assert "\ufffd" not in found.text + found.title
        language = "zh" if row["url"] == MISLABELLED else row["language"]
        assert found.language == language, row["url"]
        assert found.complete


def test_structure_survives_as_text():
    found = document(
        article(
            f"<h1>Attention</h1><p>{PROSE * 3}</p><h2>Code</h2>"
            "<pre><code>def f(x):\n    return x\n</code></pre>"
            f"<p>{PROSE}<code>f(1)</code> is 1.</p>"
            f"<ul><li>one thing</li><li>two things<ul><li>nested</li></ul></li></ul>"
            "<table><tr><th>model</th><th>size</th></tr><tr><td>small</td><td>118M</td></tr></table>"
            f"<p>{PROSE * 2}</p>"
        )
    )
    blocks = found.text.split("\n\n")
    assert blocks[0] == "# Attention"
    assert blocks[1] == (PROSE * 3).strip()
    assert blocks[2:4] == ["## Code", "def f(x):\n    return x"]
    assert blocks[4] == f"{PROSE}f(1) is 1."
    assert blocks[5] == "- one thing\n- two things\n  - nested"
    assert blocks[6] == "model | size\nsmall | 118M"


def test_formulas_are_written_as_tex():
    katex = (
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>E</mi>'
        '<annotation encoding="application/x-tex">E = mc^2</annotation></semantics></math></span>'
        '<span class="katex-html" aria-hidden="true"><span>E</span><span>=</span></span></span>'
    )
    wiki = (
        "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>"
        "{\\displaystyle x_{i}}</annotation></semantics></math>"
    )
    script = '<span class="MathJax_Preview">a b</span><script type="math/tex">a+b</script>'
    zhihu = '<img eeimg="1" alt="\\alpha">'
    found = document(article(f"<p>{PROSE} {katex}, {wiki}, {script} and {zhihu} end.</p>" * 2))
    assert "$E = mc^2$, $x_{i}$, $a+b$ and $\\alpha$ end." in found.text


def test_listings_lose_their_line_numbers():
    listing = (
        "<figure class='highlight'><table><tr><td class='gutter'><pre>1\n2\n3</pre></td>"
        "<td class='code'><pre>import os\nprint(1)\nquit()</pre></td></tr></table></figure>"
    )
    found = document(article(f"<p>{PROSE * 3}</p>{listing}<p>{PROSE * 3}</p>"))
    assert "\n\nimport os\nprint(1)\nquit()\n\n" in found.text


@pytest.mark.parametrize("depth", [100, 240, 256, 300, 513, 1000, 2500, 5000])
@pytest.mark.parametrize("tag", ["div", "blockquote", "span"])
def test_deep_nesting_loses_no_text(depth, tag):
    levels = "".join(f"<{tag}><p>Level {n} says something.</p>" for n in range(depth))
    found = document(article(levels + f"</{tag}>" * depth))
    kept = [int(number) for number in re.findall(r"Level (\d+) says something", found.text)]
    assert kept == list(range(depth))


def test_hidden_text_is_dropped_unless_it_is_the_page():
    hidden = "<div style='display: none'>Secret words for robots.</div>"
    assert "Secret" not in document(article(f"<p>{PROSE * 5}</p>{hidden}")).text
    shown_later = f"<div style='visibility: hidden'><p>{PROSE * 9}</p></div><p>Footer.</p>"
    assert PROSE.strip() in document(article(shown_later)).text


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Attention | My Blog</title>", "", "Attention"),
        ("<title>深入理解注意力_科技_腾讯网</title>", "", "深入理解注意力"),
        ("<title>My Blog - Attention</title>", "<h1>Attention</h1>", "Attention"),
        ("<title>Attention – a survey</title>", "", "Attention – a survey"),
        ("<title>Attention - blog</title>", "", "Attention"),
        ("<meta property='og:title' content='From OG'><title>x | y</title>", "", "From OG"),
        ("<meta name='citation_title' content='Cited'><title>x</title>", "<h1>H</h1>", "Cited"),
        (
            "<meta property='og:title' content='The Series'><title>Part two</title>",
            "<h1>2 Part two</h1>",
            "Part two",
        ),
        ("<title>Blog</title>", "<h1>Attention</h1>", "Attention"),
        ("", "", "attention explained"),
        ("<title>A\x00B\u202e &amp; C\n D</title>", "", "AB & C D"),
    ],
)
def test_titles(head, body, title):
    assert document(article(f"{body}<p>{PROSE * 3}</p>", head)).title == title


def test_authors_and_dates():
    head = (
        "<title>t</title><meta name='author' content='张三'>"
        "<meta property='article:published_time' content='2022-03-04T01:02:03Z'>"
    )
    found = document(article(f"<p>{CHINESE * 5}</p>", head))
    assert (found.author, found.published, found.language) == ("张三", "2022-03-04", "zh")
    cited = "<title>t</title><meta name='citation_publication_date' content='2017/6'>"
    assert document(article(f"<p>{PROSE * 5}</p>", cited)).published == "2017-06"


def linked_data(**fields):
    told = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", **fields})
    return f'<title>t</title><script type="application/ld+json">{told}</script>'


def test_a_by_line_counts_more_than_the_name_of_the_publication():
    house = {"@type": "Organization", "name": "The Daily"}
    meta = "<meta name='author' content='The Daily'>"
    writer = [{"@type": "Person", "name": "Ada Li"}, {"@type": "Person", "name": "Bo Ek"}]
    said = {
        "Ada Li, Bo Ek": linked_data(author=[house, *writer], publisher=house) + meta,
        "Cem Un": meta + "<meta property='article:author' content='Cem Un'>"
        "<meta property='og:site_name' content='The Daily'>",
        "The Daily": linked_data(author=house, publisher=house) + meta,
        "Dee Vo": linked_data(author="Dee Vo", publisher=house),
        "Eve A., Fay B.": "<meta name='citation_author' content='Eve A.'>"
        "<meta name='citation_author' content='Fay B.'>" + linked_data(author=writer),
    }
    for author, head in said.items():
        assert document(article(f"<p>{PROSE * 5}</p>", head)).author == author


@pytest.mark.parametrize(
    ("head", "free"),
    [
        (linked_data(isAccessibleForFree=False), False),
        (linked_data(isAccessibleForFree="False"), False),
        (linked_data(isAccessibleForFree=True), True),
        (linked_data(isAccessibleForFree="https://schema.org/False"), False),
        (linked_data(mentions={"@type": "Article", "isAccessibleForFree": False}), True),
        ('<script type="application/ld+json">{"@graph": [</script>', True),
        ("<meta property='article:content_tier' content='locked'>", False),
        ("<meta property='article:content_tier' content='free'>", True),
        ("<meta itemprop='isAccessibleForFree' content='False'>", False),
    ],
)
def test_a_document_behind_a_paywall_is_not_complete(head, free):
    assert document(article(f"<p>{PROSE * 5}</p>", head)).complete is free


def test_captured_news_pages_have_their_text_and_their_author(shared):
    from gzip import decompress

    found = {
        path.name.split("_")[0]: document(decompress(path.read_bytes()))
        for path in (shared / "captures" / "newyorker").iterdir()
    }
    assert found["TheNewYorker"].author == "Rachel Riederer"
    assert len(found["TheNewYorker"].text) > 20_000
    assert found["AnadoluAjansi"].author == "Fatma Sevinç Çetin"
    assert len(found["AnadoluAjansi"].text) > 4_000


def test_text_is_cut_at_a_paragraph_and_says_so():
    body = article("".join(f"<p>{n} {PROSE * 2}</p>" for n in range(100)))
    found = document(body, max_text=5000)
    assert not found.complete
    assert 4500 <= len(found.text) <= 5000
    assert found.text.endswith(".")
    assert document(body).complete


def test_markdown_and_plain_text_are_kept_as_they_are():
    source = f"# Attention\n\n{PROSE}{PROSE}\n\n- one\n- two\n"
    found = document(source, "text/markdown; charset=utf-8")
    assert (found.title, found.text) == ("Attention", source.replace(" \n", "\n").strip())
    found = document(("注意力\n\n" + CHINESE * 4).encode("gb18030"), "text/plain")
    assert (found.title, found.language) == ("注意力", "zh")
    assert CHINESE in found.text


def test_bytes_outrank_a_wrong_type(shared):
    pdf = (shared / "hostile" / "pdf" / "multicolumn.pdf").read_bytes()
    assert document(pdf, "text/html").title == "Two-Column Document with Lorem Ipsum"
    assert (
        document(pdf, "application/octet-stream").language == document(pdf, "text/plain").language
    )
    page_as_text = article(f"<p>{PROSE * 3}</p>")
    assert document(page_as_text, "text/plain").text == (PROSE * 3).strip()
    assert document(page_as_text, "").text == (PROSE * 3).strip()


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"", "text/html", "empty page"),
        (b"<html><body><div id=root></div></body></html>", "text/html", "no readable text"),
        (b'{"a": [1, 2]}', "application/json", "not a readable type"),
        (b'{"a": [1, 2]}', "text/plain", "data, not prose"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "not a readable type"),
        (b"PK\x03\x04", "application/zip", "not a readable type"),
        (b"%PDF-1.4 broken", "application/pdf", "the PDF is broken"),
        (b"short", "text/plain", "no readable text"),
        (b"\x00\x01\x02", "", "not a readable type"),
    ],
)
def test_what_cannot_be_read_says_why(body, media_type, reason):
    with pytest.raises(ExtractError, match=reason) as caught:
        document(body, media_type)
    assert caught.value.message.startswith("https://blog.example/")
    assert caught.value.hint


def test_naughty_strings_pass_through_pages(naughty_strings):
    for start in range(0, len(naughty_strings), 40):
        some = "".join(f"<p>{text}</p>" for text in naughty_strings[start : start + 40])
        found = document(article(f"<p>{PROSE * 3}</p>{some}").encode("utf-8", "surrogatepass"))
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202e]", found.text + found.title
        )


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["text/html", "text/plain", "application/pdf", ""]))
def test_any_bytes_are_a_document_or_an_error(body, media_type):
    try:
        found = document(b"<html><p>" + PROSE.encode() * 2 + body, media_type)
    except ExtractError as error:
        assert error.hint  # noqa: PT017
    else:
        assert found.text
        assert found.title

import pytest

from indexer.check import patch
from indexer.check.form import slips_in
from indexer.check.titles import Claims, differs
from indexer.crawl.reasons import trouble_of

MOVES = {"https://a.org/x": "https://b.org/x", "https://b.org/x": "https://c.org/(y)"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](https://a.org/x)", "[a](https://b.org/x)"),
        ("[a]: https://a.org/x\n", "[a]: https://b.org/x\n"),
        ("see https://a.org/x.", "see https://b.org/x."),
        ("<https://b.org/x> 中文", "<https://c.org/%28y%29> 中文"),
        ("https://a.org/x.html", "https://a.org/x.html"),
        ("https://a.org/x/y https://a.org/xy", "https://a.org/x/y https://a.org/xy"),
        ("https://web.archive.org/web/1/https://a.org/x", None),
        ("[a](https://a.org/x#part)\r\n", "[a](https://a.org/x#part)\r\n"),
    ],
)
def test_an_address_changes_only_where_it_stands_by_itself(before, after):
    done, missing = patch.changed(before.encode(), MOVES)
    assert done.decode() == (before if after is None else after)
    assert missing == {url for url in MOVES if done.decode() == before or url not in before}


def test_a_patch_says_where_a_file_has_no_last_line_end():
    made = patch.unified(b"a\r\nb", b"a\r\nc", "x.md").decode()
    assert made.count("\\ No newline at end of file") == 2
    assert "-b\n" in made


@pytest.mark.parametrize(
    ("reason", "trouble"),
    [
        ("a.org: HTTP 404", "gone"),
        ("a.org: HTTP 410", "gone"),
        ("a.org: no such host", "gone"),
        ("a.org: block page that says '该内容已被发布者删除'", "gone"),
        ("a.org: HTTP 403", "wall"),
        ("a.org: Cloudflare challenge", "wall"),
        ("www.youtube.com: youtube: no video (consent, captcha, or removed)", "wall"),
        ("a.org: its robots.txt does not allow it", "refused"),
        ("a.org: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate"),
        ("a.org: it asked to be left alone for a while", "unasked"),
        ("a.org (10.0.0.1): refused, it is private", "unasked"),
        ("a.org: HTTP 503", "failing"),
        ("a.org: media type image/png holds no text", "unreadable"),
        ("a.org: more than 20,000,000 bytes", "unreadable"),
        ("a.org: more than 5 redirects", "failing"),
        ("a.org: its name cannot be looked up now", "failing"),
        ("a.org: no answer in time", "failing"),
    ],
)
def test_what_a_reason_says_of_a_page(reason, trouble):
    assert trouble_of(reason) == trouble


@pytest.mark.parametrize(
    ("ours", "theirs", "other"),
    [
        ("The Annotated Transformer", "The Annotated Transformer | Harvard", False),
        ("SICP", "Structure and Interpretation of Computer Programs", False),
        ("PyTorch tutorials", "Welcome to Py Torch Tutorial", False),
        ("注意力机制详解", "Attention, explained", False),
        ("注意力机制详解", "一文读懂注意力机制", False),
        ("注意力机制详解", "博彩公司开户送钱", True),
        ("Deep learning book", "Best casino bonuses", True),
        ("The", "Best casino bonuses", False),
    ],
)
def test_titles_differ_where_nothing_is_shared(ours, theirs, other):
    assert differs(ours, Claims(theirs, theirs)) is other


def slips(*lines):
    return [(slip.kind, slip.line) for slip in slips_in("\n".join(lines), "a")]


def test_a_slip_is_what_the_rest_of_the_list_does_not_do():
    good = [f"- [{name}](https://e.org/{name}) - About {name}." for name in "ABCDEFGH"]
    assert slips(*good) == []
    assert slips(*good, "- [I](https://e.org/i) About it.") == [("separator", 9)]
    assert slips(*good, "- [I](https://e.org/i) - About it") == [("punctuation", 9)]
    assert slips(*good, "- [I](https://e.org/i) - about it.") == [("capital", 9)]
    assert slips(*good, "- [ I ](https://e.org/i) - About it.") == [("spaces", 9)]
    assert slips(*good, "- [C3](https://e.org/i) - About it.") == [("alphabetical", 9)]
    assert slips(*good, "- [I](https://e.org/i) - iFood in Go.") == []
    assert slips(*good, "- [ink](https://e.org/i) - ink is a tool.") == []
    assert slips(*good, "- [](https://e.org/i) - about it.") == [("capital", 9)]
    assert slips(*good, "- [The I](https://e.org/i) - About it.") == []
    assert slips(*good, "- [I](https://e.org/i) (PDF) *(free)* [(EPUB)](https://e.org/e)") == []
    assert slips(*good, "- [I](https://e.org/i) - http.Handler in Go.") == []
    assert slips(*good, "- [Contents ](#contents-)") == []
    assert slips("```", "- [ I ](https://e.org/i)", "```") == []


def test_a_list_of_another_style_has_no_slips():
    bare = [f"- [{name}](https://e.org/{name}): about {name}" for name in "HBCAEFGD"]
    assert slips(*bare) == []

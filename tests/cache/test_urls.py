"""Addresses lose what people put before the @, in every form, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.urls import plain_url, text_without_credentials, without_credentials


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://user:pass@example.com/a#b", "https://example.com/a"),
        ("http:user@example.com/", "http:example.com/"),
        ("https:\\\\u:p@example.com/", "https:\\\\example.com/"),
        ("https://example.com/@handle", "https://example.com/@handle"),
        ("https://example.com?mail=a@b", "https://example.com?mail=a@b"),
        (" https://a@b@example.com/ ", "https://example.com/"),
        ("//u:p@example.com/", "//example.com/"),
    ],
)
def test_keys_hold_no_credentials(url, plain):
    assert plain_url(url) == plain


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("see https://me:hunter2@a.org/x, then b", "see https://a.org/x, then b"),
        ("[a](https://me@a.org) and ftp://u:p@b.org", "[a](https://a.org) and ftp://b.org"),
        ("https://me:hunter@2@a.org", "https://a.org"),
        ("https://a.org,b@c.org", "https://a.org,b@c.org"),
        ("[a](https://a.org)和mail@b.org", "[a](https://a.org)和mail@b.org"),
        ("https://www.youtube.com/@TwoMinutePapers", "https://www.youtube.com/@TwoMinutePapers"),
        ("write to me@example.org", "write to me@example.org"),
        ("// @decorator", "// @decorator"),
    ],
)
def test_running_text_loses_credentials_and_nothing_else(text, left):
    assert text_without_credentials(text) == left


@given(st.text(), st.sampled_from(["https://", "http:", "HTTPS:\\\\", "//"]))
def test_taking_them_out_twice_takes_out_no_more(rest, start):
    for strip in (without_credentials, text_without_credentials):
        once = strip(start + rest)
        assert strip(once) == once

"""What a page says of itself: whose it is, and whether all of it may be read."""

import json

import pytest

from indexer.extract import html_text
from indexer.extract.metadata import about

URL = "https://www.the-weekly.test/2024/ice"


def claims(head="", body="", **linked):
    """What a page with such a head, body and article's linked data says."""
    article = {"@context": "https://schema.org", "@type": "NewsArticle"} | linked
    script = f"<script type='application/ld+json'>{json.dumps(article)}</script>" if linked else ""
    return about(html_text.parse(f"<title>Ice</title>{head}{script}<body><p>Ice.</p>{body}"), URL)


PUBLISHERS = [
    "<meta name=author content='Big House'><meta name=copyright content='(c) Big House 2024'>",
    "<meta name=author content='The Weekly'><meta property=og:site_name content='The Weekly'>",
    "<meta name=author content='the-weekly'>",
]


@pytest.mark.parametrize("head", PUBLISHERS)
def test_a_publication_in_the_authors_place_loses_to_the_by_line(head):
    assert claims(head).author is not None
    by_line = "<meta property='article:author' content='李 明'>"
    assert claims(head + by_line).author == "李 明"
    people = [{"@type": "Person", "name": "Ann Lee"}, {"@type": "Person", "name": "Bo"}]
    assert claims(head, author=people).author == "Ann Lee, Bo"


def test_who_is_named_by_linked_data_as_publisher_is_no_author():
    person, house = {"name": "Ann Lee"}, {"@type": "Organization", "name": "Big House"}
    head = "<meta name=author content='Big House'>"
    assert claims(head, author=person, publisher=house).author == "Ann Lee"
    assert claims(author=house, publisher=house).author != "Ann Lee"


def test_an_author_stays_where_nothing_says_otherwise():
    head = "<meta name=author content='Ann Lee'>"
    assert claims(head).author == "Ann Lee"
    assert claims(head, author={"@type": "Person", "name": "Somebody Else"}).author == "Ann Lee"


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ({"isAccessibleForFree": False}, False),
        ({"isAccessibleForFree": "False"}, False),
        ({"isAccessibleForFree": True}, True),
        ({"headline": "x"}, True),
        ({"hasPart": {"isAccessibleForFree": False, "cssSelector": ".more"}}, False),
        ({"@graph": [{"@type": "Article", "isAccessibleForFree": False}]}, False),
        ({"@graph": [{"@type": "Product", "isAccessibleForFree": False}]}, True),
        ({"@type": "ItemList", "itemListElement": [{"isAccessibleForFree": False}]}, True),
    ],
)
def test_linked_data_says_who_may_read(said, free):
    assert claims(**said).free is free


def test_paywalls_are_seen_where_linked_data_says_nothing():
    wall = "<div class='c paywall'>Subscribe to read on.</div>"
    assert not claims(body=wall).free
    assert claims(body=wall, isAccessibleForFree=True).free
    assert not claims("<meta property='article:content_tier' content='locked'>").free
    assert claims("<meta property='article:content_tier' content='metered'>").free
    assert claims(body="<p class='about-paywalls'>How paywalls work.</p>").free


@pytest.mark.parametrize("source", ["{", "[" * 9999, "null", '"x"', '{"@graph": 3, "author": 4}'])
def test_no_linked_data_breaks_a_page(source):
    head = f"<script type='application/ld+json'>{source}</script>"
    assert claims(head).free

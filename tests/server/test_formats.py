from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from cache.records import Entry, Facts, Resource, Result
from indexer.lists.parse import parse
from server.feeds import rss
from server.formats import markdown, reading_list

URL = "https://example.org/a_(b)?x=1&y=[2]"


def result(title, why=None, minutes=None, sure=1.0):
    resource = Resource("id", URL, (), title, None, None, ())
    facts = Facts(difficulty=1, difficulty_confidence=sure, minutes=minutes)
    return Result(resource, 0.0, {}, None, "list note", facts, why)


def test_markdown_says_level_minutes_and_why():
    text = markdown("To <learn>", [result("A *b* [c]", "start here", 12.4), result("D")])
    assert text.splitlines()[0] == r"# To \<learn\>"
    first, second = parse(text, "path").entries
    assert (first.title, first.url, first.difficulty) == ("A *b* [c]", URL, 1)
    assert "12 min" in first.note
    assert "start here" in first.note
    assert second.title == "D"


def test_an_estimate_is_not_read_back_as_a_curators_word():
    text = markdown("To learn", [result("A", sure=0.6), result("B")])
    assert "(~beginner)" in text
    first, second = parse(text, "path").entries
    assert (first.title, first.difficulty) == ("A", None)
    assert (second.title, second.difficulty) == ("B", 1)


@given(st.text(max_size=60), st.text(max_size=60))
@example("](https://evil.example) [x", "\n\n- [y](https://evil.example)")
@example("<a href='https://evil.example'>", "`")
@example("\x85# heading", "\u2028- x")
@example("🦜🔗", "﷽")
def test_no_title_or_reason_breaks_out_of_a_line(title, why):
    entries = parse(markdown(title, [result(title, why), result("Last")]), "path").entries
    assert [entry.url for entry in entries] == [URL, URL]
    assert entries[1].title == "Last"


@given(st.text(max_size=60))
@example("</title><script>")
@example("\ufffe\x00\ud800")
def test_rss_is_well_formed_whatever_a_title_says(title):
    items = ET.fromstring(rss(title, [result(title, title)])).findall("channel/item")
    assert [item.findtext("link") for item in items] == [URL]


def listed(title, note, **facts):
    mentions = (Entry("a", URL, title, note),)
    resource = Resource("id", URL, (), title, None, None, mentions)
    return Result(resource, 0.0, {}, None, "list note", Facts(**facts))


@given(st.text(max_size=60), st.text(max_size=60))
@example("a | b", "c | d")
@example("x", "see https://evil.example/ or [y](https://evil.example)")
@example("| --- |", "# x")
def test_a_saved_list_holds_its_works_and_no_others(title, note):
    text = reading_list(title, [listed(title, note), listed("Last", "Good")])
    entries = parse(text, "saved").entries
    assert [entry.url for entry in entries] == [URL, URL]
    assert entries[1].title == "Last"


def test_what_was_estimated_is_not_saved_as_a_curators_word():
    sure = {"rating_confidence": 1, "difficulty_confidence": 1}
    facts = {"rating": 4.0, "difficulty": 3.0}
    text = reading_list("Q", [listed("A", "n", **facts, **sure), listed("B", "n", **facts)])
    one, two = parse(text, "saved").entries
    assert (one.rating, one.difficulty, two.rating, two.difficulty) == (4, 3, None, None)

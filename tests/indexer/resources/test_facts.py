"""facts_of and independent_lists: curators counted once and fairly."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.records import Document, Entry
from indexer.resources.facts import facts_of, independent_among, independent_lists, reading_minutes
from indexer.resources.merge import merge


def resource(*entries):
    (found,) = merge(entries)
    return found


def entry(list_id="a", **fields):
    return Entry(list_id, fields.pop("url", "https://example.com/x"), "X", **fields)


def document(text="", **fields):
    values = {"author": None, "published": None, "evidence": "full text", **fields}
    return Document("id", "X", language="en", text=text, **values)


def test_what_no_one_said_stays_unknown():
    facts = facts_of(resource(entry()), None)
    assert (facts.rating, facts.difficulty, facts.tier, facts.author, facts.published) == (
        None,
    ) * 5
    assert (facts.rating_confidence, facts.difficulty_confidence) == (0.0, 0.0)
    assert (facts.lists, facts.evidence, facts.minutes) == (1, "list note", None)


def test_ratings_and_levels_are_means_and_the_best_tier_wins():
    facts = facts_of(
        resource(
            entry("a", rating=5, difficulty=1, tier=3),
            entry("b", rating=4, tier=1),
            entry("c", difficulty=2),
        ),
        None,
    )
    assert (facts.rating, facts.rating_confidence) == (4.5, 1.0)
    assert (facts.difficulty, facts.difficulty_confidence) == (1.5, 1.0)
    assert (facts.tier, facts.lists) == (1, 3)


def test_curators_name_the_author_before_the_page_does():
    page = document(author="Editor")
    assert facts_of(resource(entry(author="李沐")), page).author == "李沐"
    three = resource(entry("a", author="B"), entry("b", author="A"), entry("c", author="A"))
    assert facts_of(three, page).author == "A"
    assert facts_of(resource(entry()), page).author == "Editor"


@pytest.mark.parametrize(
    ("said", "page", "wanted"),
    [
        ((), "2020-05-01", "2020-05-01"),
        (("2022",), None, "2022"),
        (("2022", "2022-12-07"), None, "2022-12-07"),
        (("2022", "2022-12", "2021-01-01"), None, "2022-12"),
        (("2022",), "2022-12-07", "2022-12-07"),
        (("2022",), "2023-01-01", "2022"),
        (("2022-12-07",), "2022", "2022-12-07"),
        (("2021", "2022"), None, "2021"),
    ],
)
def test_the_date_is_the_most_exact_that_is_agreed(said, page, wanted):
    mentions = [entry(str(n), published=date) for n, date in enumerate(said)] or [entry()]
    assert facts_of(resource(*mentions), document(published=page)).published == wanted


def test_reading_time_by_script():
    assert reading_minutes("word " * 238) == pytest.approx(1.0)
    assert reading_minutes("读" * 255) == pytest.approx(1.0)
    assert reading_minutes("学ぶ" * 357) == pytest.approx(2.0)
    assert reading_minutes("读" * 255 + " GPT" * 238) == pytest.approx(2.0)
    assert reading_minutes("don't state-of-the-art") == pytest.approx(2 / 238)
    assert reading_minutes("🚀 —— ，。") == 0


def test_minutes_only_where_the_text_is_the_whole_work():
    read = resource(entry(kind="article"))
    text = "word " * 476
    assert facts_of(read, document(text)).minutes == pytest.approx(2.0)
    assert facts_of(read, document(text, complete=False)).minutes is None
    assert facts_of(read, document(text, evidence="abstract")).minutes is None
    assert facts_of(read, document("")).minutes is None
    watched = resource(entry(kind="video"))
    assert facts_of(watched, document(text)).minutes is None
    assert facts_of(watched, document(text, minutes=63.5)).minutes == 63.5


def lists(**urls):
    return [
        Entry(list_id, f"https://example.com/{n}", "x", position=position)
        for list_id, numbers in urls.items()
        for position, n in enumerate(numbers)
    ]


def test_lists_that_copy_each_other_are_one_voice():
    entries = lists(original=range(100), fork=range(10, 110), other=range(90, 150), tiny=range(15))
    groups = independent_lists(entries)
    assert groups == {"fork": "fork", "original": "fork", "other": "other", "tiny": "tiny"}
    found = {r.url: r for r in merge(entries)}
    assert facts_of(found["https://example.com/95"], None, groups=groups).lists == 2
    assert facts_of(found["https://example.com/12"], None, groups=groups).lists == 2
    assert facts_of(found["https://example.com/12"], None).lists == 3


def test_a_list_pasted_into_a_larger_one_is_a_copy_at_the_stated_bounds():
    assert independent_lists(lists(big=range(500), part=range(488, 508)))["part"] == "big"
    assert independent_lists(lists(big=range(500), part=range(489, 509)))["part"] == "part"
    assert independent_lists(lists(big=range(500), part=range(19)))["part"] == "part"


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.integers(0, 60), max_size=50)),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_groups_do_not_depend_on_order(urls, order):
    entries = lists(**urls)
    groups = independent_lists(entries)
    order.shuffle(entries)
    assert independent_lists(entries) == groups
    spelt = [replace(e, url=e.url.replace("s:", ":")) if e.position % 3 else e for e in entries]
    assert independent_among(merge(spelt)) == groups
    assert set(groups) == {e.list_id for e in entries}
    for list_id, leader in groups.items():
        assert groups[leader] == leader <= list_id


def test_shuffled_mentions_give_equal_facts():
    mentions = [entry(str(n), author=a, published=p) for n, (a, p) in enumerate(
        [("A", "2020"), ("B", "2020-01"), ("B", "2021"), (None, None), ("A", None)])]  # fmt: skip
    wanted = facts_of(resource(*mentions), None)
    random.Random(1).shuffle(mentions)
    assert facts_of(resource(*mentions), None) == wanted

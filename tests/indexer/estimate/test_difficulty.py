"""Difficulty and stars where nobody rated: what the wording says, what rated neighbours teach."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from cache.layout import Layout
from cache.records import Document, Entry, Facts, Resource
from indexer.estimate.bayes import fit, side_by_side
from indexer.estimate.clues import believed, clues_of
from indexer.estimate.difficulty import DIFFICULTY, STARS, confidence, estimate, regress, shelves
from indexer.estimate.level_cues import GOOD, HARD, body_points, good_points, section_level
from indexer.estimate.levels import weights, with_hours
from indexer.index.cards import card_text
from indexer.resources.facts import facts_of
from indexer.resources.merge import merge
from search.models.embed import DEFAULT_MODEL, builder
from search.text import fold

DIM = 8


def entry(position: int, title: str, note: str = "", **more: object) -> Entry:
    return replace(
        Entry("list", f"https://example.org/{position}", title, note, (), position), **more
    )


def shelf(*entries: Entry) -> tuple[list[Resource], list[Facts]]:
    resources = merge(entries)
    return resources, [facts_of(resource, None) for resource in resources]


def estimated(*entries: Entry, vectors: np.ndarray | None = None) -> list[Facts]:
    resources, facts = shelf(*entries)
    if vectors is None:
        vectors = np.zeros((len(resources), DIM), np.float32)
    return estimate(resources, facts, vectors, {})


@pytest.mark.parametrize(
    ("easy", "hard"),
    [
        ("A gentle introduction for beginners", "Proof of convergence: the theory in depth"),
        ("Meta launches a new model, raises one billion", "How the training algorithm works"),
        ("通俗易懂，零基础入门", "万字长文：训练算法与架构详解"),
        ("通俗易懂，零基礎入門", "萬字長文：訓練演算法與架構詳解"),
        ("谷歌宣布投资40亿美元！网友：疯狂", "论文精读：强化学习的原理与推导"),
        ("ＣＥＯ宣布：首个产品来了！", "ＲＬＨＦ论文综述"),
    ],
)
def test_wording_orders_texts_in_both_languages(easy: str, hard: str) -> None:
    resources, _ = shelf(entry(0, easy), entry(1, hard))
    low, high = (believed(clues_of(resource)) for resource in resources)
    assert low < 0 < high
    of_low, of_high = (weights(None).of_clues(clues_of(resource))[0] for resource in resources)
    assert of_low < of_high


def test_easy_depth_is_not_depth() -> None:
    (resource,), _ = shelf(entry(0, "深入浅出"))
    assert believed(clues_of(resource)) == -1
    (resource,), _ = shelf(entry(0, "深入"))
    assert believed(clues_of(resource)) == 1


@pytest.mark.parametrize(
    "made",
    [
        entry(0, "gorilla/mux", "A powerful HTTP router and URL matcher for building Go servers"),
        entry(0, "Kafka client", "Python client for Apache Kafka", section=("Message Queues",)),
        entry(0, "Yelp reviews", "A dataset of reviews for sentiment analysis", kind="dataset"),
        entry(0, "jieba", "中文分词组件", section=("中文NLP工具",)),
    ],
)
def test_what_is_nothing_to_learn_from_has_no_level(made: Entry) -> None:
    made = replace(made, url="https://github.com/someone/something")
    (fact,) = estimated(made)
    assert (fact.difficulty, fact.difficulty_confidence) == (None, 0.0)
    (rated,) = estimated(replace(made, difficulty=2))
    assert (rated.difficulty, rated.difficulty_confidence) == (2, 1.0)


@pytest.mark.parametrize(
    "made",
    [
        entry(0, "Learn Go in an afternoon", "A tutorial for beginners", kind="tutorial"),
        entry(0, "Python 入门教程", section=("Python",), kind="book"),
        entry(0, "An introduction to statistics", "(PDF)", section=("Books",), kind="book"),
    ],
)
def test_what_begins_is_called_beginner(made: Entry) -> None:
    (fact,) = estimated(made)
    assert fact.level == "beginner"
    assert 1 / 3 < fact.difficulty_confidence < 1


def test_papers_are_advanced() -> None:
    paper = entry(0, "Convergence of stochastic gradient methods: a proof", kind="paper")
    (fact,) = estimated(replace(paper, url="https://arxiv.org/abs/1706.03762"))
    assert fact.level == "advanced"


def test_what_a_curator_said_stays() -> None:
    said, other = estimated(
        entry(0, "通俗易懂的入门", difficulty=3, rating=1), entry(1, "A proof in depth", rating=5)
    )
    assert (said.difficulty, said.difficulty_confidence) == (3, 1.0)
    assert (said.rating, said.rating_confidence) == (1, 1.0)
    assert (other.rating, other.rating_confidence) == (5, 1.0)
    assert other.difficulty is not None


def test_papers_are_harder_than_tutorials() -> None:
    paper, tutorial = estimated(
        replace(entry(0, "Attention", kind="paper"), url="https://arxiv.org/abs/1706.03762"),
        replace(entry(1, "Attention", kind="tutorial"), url="https://example.org/tutorial"),
    )
    assert tutorial.difficulty < paper.difficulty


def test_the_text_of_a_page_counts() -> None:
    resources, facts = shelf(entry(0, "Attention", "How attention works", kind="article"))
    vectors = np.zeros((1, DIM), np.float32)

    def level(text: str) -> float:
        document = Document(resources[0].id, "", None, None, "en", text, "full text")
        (fact,) = estimate(resources, facts, vectors, {resources[0].id: document})
        return fact.difficulty

    plain = level("plain words " * 100)
    assert level(r"where $x \in R$ and \sum_i w_i. Proof. " * 30) > plain
    assert level("In this post we assume familiarity with algebra. " * 10) > plain
    assert level("For beginners, no prior knowledge is needed. " * 10) < plain
    assert body_points("假设读者熟悉线性代数。" * 20) > 0 > body_points("零基础也能看懂。" * 20)


def test_stated_hours_count() -> None:
    short, long = estimated(
        entry(0, "Operating systems", kind="course", hours=15.0),
        entry(1, "Operating systems", kind="course", hours=200.0),
    )
    assert short.difficulty < long.difficulty


def test_hours_count_by_what_is_usual_in_their_list() -> None:
    long = [("long.md", hours) for hours in (100.0, 200.0, 200.0, 200.0, 400.0)]
    short = [("short.md", hours) for hours in (1.0, 2.0, 2.0, 2.0, 4.0)]
    found = with_hours(np.full(11, 2.0), [*long, *short, None])
    assert found[:5] == pytest.approx(found[5:10])
    assert found[0] < found[1] == found[10] == 2 < found[4]


def test_lists_that_state_few_hours_are_compared_with_one_another() -> None:
    pages = [(f"{n}.md", hours) for n, hours in enumerate((60.0, 80.0, 100.0, 150.0, 200.0))]
    found = with_hours(np.full(5, 2.0), pages)
    assert found[2] == 2
    assert (np.diff(found) > 0).all()
    alone = with_hours(np.full(1, 2.0), [("0.md", 100.0)])
    assert alone == pytest.approx([2.0])


def test_beside_hours_words_say_half() -> None:
    said = [("a.md", 100.0), None]
    assert with_hours(np.array([1.0, 1.0]), said) == pytest.approx([1.5, 1.0])


def test_another_model_means_words_alone() -> None:
    shipped = weights("multilingual-e5-small@1571fc982750")
    assert shipped.dim == 384
    assert weights("another@1").dim == weights(None).dim == 0


@pytest.mark.parametrize(
    ("heading", "level"),
    [
        ("Beginner", 1),
        ("For Beginners", 1),
        ("Getting started", 1),
        ("Intro CS", 1),
        ("🌱 入门教程", 1),
        ("零基礎", 1),
        ("Intermediate", 2),
        ("进阶阅读", 2),
        ("Advanced Topics", 3),
        ("高級", 3),
        ("Advanced Console UIs", None),
        ("Expert Systems", None),
        ("Basic", None),
        ("技术原理", None),
    ],
)
def test_headings_name_levels_only_where_that_is_all_they_say(
    heading: str, level: float | None
) -> None:
    assert section_level(("Books", heading)) == level


def test_the_innermost_heading_that_names_a_level_counts() -> None:
    assert section_level(("Beginner", "Advanced")) == 3
    assert section_level(("Beginner", "Books")) == 1


def test_sections_of_one_list_teach_their_level() -> None:
    entries = [
        entry(
            i, f"Item {i}", section=("News" if i % 2 else "Theory",), difficulty=1 + 2 * (1 - i % 2)
        )
        for i in range(20)
    ]
    unknown = [
        entry(20 + i, "Item", section=(section,), kind="article")
        for i, section in enumerate(("Theory", "News"))
    ]
    theory, news = estimated(*entries, *unknown)[-2:]
    assert theory.difficulty is not None
    assert news.difficulty is not None
    assert theory.difficulty > 2.1
    assert news.difficulty < 1.9


def test_near_vectors_teach_and_far_lists_stay_silent() -> None:
    near = np.eye(DIM, dtype=np.float32)
    rows = [0, 1] * 20 + [0, 1]
    entries = [entry(i, f"Item {i}", difficulty=1 + 2 * rows[i]) for i in range(40)]
    entries += [entry(40, "Item"), entry(41, "Item")]
    far = replace(entry(0, "Item"), list_id="other", url="https://example.com/")
    vectors = np.vstack([near[rows], near[5:6]])
    facts = estimated(*entries, far, vectors=vectors)
    assert facts[40].difficulty < facts[41].difficulty
    assert facts[42].difficulty is None


def test_order_and_strangers_change_nothing() -> None:
    rng = np.random.default_rng(1)
    entries = [entry(i, f"深入 {i}" if i % 3 else "入门", difficulty=i % 3 + 1) for i in range(12)]
    entries += [entry(i, "训练原理") for i in range(12, 15)]
    vectors = rng.normal(size=(16, DIM)).astype(np.float32)
    resources, facts = shelf(*entries)
    alone = estimate(resources, facts, vectors[:15], {})
    assert alone == estimate(resources, facts, vectors[:15], {})
    stranger = replace(entry(0, "gorilla"), list_id="other", url="https://example.com/")
    more, more_facts = shelf(*entries, stranger)
    assert estimate(more, more_facts, vectors, {})[:15] == alone
    back = estimate(resources[::-1], facts[::-1], vectors[:15][::-1], {})[::-1]
    assert [f.difficulty for f in back] == pytest.approx([f.difficulty for f in alone], abs=1e-3)


def test_an_empty_collection_has_no_estimates() -> None:
    assert estimate([], [], np.zeros((0, DIM), np.float32), {}) == []


@given(st.text(), st.text(), st.sampled_from(["", "Deep dive", "深入", "论文 proof", "in", "？!"]))
def test_words_are_counted_alike_in_any_script(title: str, note: str, said: str) -> None:
    for table in (HARD, GOOD):
        for group in table:
            for text in (fold(title), fold(f"{note} {said}"), said):
                ascii_text = "".join(filter(str.isascii, text))
                found = re.findall(group.words, ascii_text)
                assert re.findall(group.latin, ascii_text) == found


def test_regression_agrees_with_the_textbook() -> None:
    rng = np.random.default_rng(0)
    columns, values = rng.normal(size=(7, 4)), rng.normal(size=7)
    prior, deviations = rng.normal(size=4), np.array([0.5, 1.0, 2.0, 0.1])
    table, index = rng.normal(size=(2, 1)), np.array([1, 0, 1])
    columns[:3, 1:2] = table[index]
    blocks = [(columns[:3, :1], None), (table, index), (columns[:3, 2:], None)]
    posterior = fit(columns, values, prior, deviations, 0.3)
    assert np.array_equal(side_by_side(blocks), columns[:3])
    means, variances, learned = posterior.predict(blocks)
    precision = np.diag(deviations**-2) + columns.T @ columns / 0.3
    right = np.diag(deviations**-2) @ prior + columns.T @ values / 0.3
    expected = columns[:3] @ np.linalg.solve(precision, right)
    spread = np.diag(columns[:3] @ np.linalg.solve(precision, columns[:3].T))
    assert means == pytest.approx(expected)
    assert variances == pytest.approx(spread + 0.3, rel=1e-5)
    near = columns[:3].copy()
    near[:, :1] = 0  # the first block is left out
    before = np.diag(near @ np.diag(deviations**2) @ near.T)
    after = np.diag(near @ np.linalg.solve(precision, near.T))
    assert learned == pytest.approx((before - after) / before, rel=1e-5)


@given(st.floats(1, 5), st.floats(0.01, 5), st.sampled_from([DIFFICULTY, STARS]))
def test_confidence_is_a_chance_that_doubt_lowers(mean: float, variance: float, target) -> None:
    mean = min(mean, target.most)
    (sure,) = confidence(np.array([mean]), np.array([variance]), target)
    (less,) = confidence(np.array([mean]), np.array([variance + 1]), target)
    assert 0 < sure <= 1
    if mean == round(mean):
        assert less <= sure


@given(st.text(), st.text(), st.text())
def test_any_text_has_bounded_points(title: str, note: str, body: str) -> None:
    found = good_points(title, note)
    assert found is None or -6 <= found <= 6
    assert -6 <= body_points(body) <= 6


@pytest.fixture(scope="module")
def gold(shared: Path) -> tuple[list[Resource], list[Facts]]:
    with (shared / "lists" / "ratings-gold.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return shelf(
        *(
            Entry(
                "gold",
                row["url"],
                re.sub(r"\\(.)", r"\1", row["title"]),
                row["summary"],
                (row["section"],),
                position,
                row["source"],
                row["date"],
                int(row["recommend_1_5"]),
                int(row["difficulty_1_3"]),
            )
            for position, row in enumerate(rows)
        )
    )


def test_wording_alone_orders_rated_rows(gold: tuple[list[Resource], list[Facts]]) -> None:
    resources, facts = gold
    blind = [replace(fact, rating=None, difficulty=None) for fact in facts]
    found = estimate(resources, blind, np.zeros((len(facts), DIM), np.float32), {})
    for name, floor in (("difficulty", 0.4), ("rating", 0.4)):
        middle = DIFFICULTY.mean[0] if name == "difficulty" else STARS.mean[0]
        guesses = [getattr(fact, name) or middle for fact in found]
        truth = [getattr(fact, name) for fact in facts]
        assert spearmanr(guesses, truth).statistic > floor


@pytest.mark.model
def test_hidden_ratings_are_found_again(
    gold: tuple[list[Resource], list[Facts]], tmp_path: Path
) -> None:
    resources, facts = gold
    cards = [card_text(r, f, ()) for r, f in zip(resources, facts, strict=True)]
    embedder = builder(DEFAULT_MODEL, Layout(tmp_path))
    vectors = embedder.encode_passages(cards)
    hard, good = shelves(resources, facts, {}, weights(embedder.model_id), vectors)
    order = np.random.default_rng(0).permutation(len(facts))
    for kind, target, name, floor in (
        (hard, DIFFICULTY, "difficulty", 0.58),
        (good, STARS, "rating", 0.42),
    ):
        truth = [getattr(fact, name) for fact in facts]
        means = np.zeros(len(facts))
        for judged in (order[start::10] for start in range(10)):
            seen = [None if row in set(judged) else value for row, value in enumerate(truth)]
            found = np.concatenate([c[0] for c in regress(kind, target, seen, vectors)])
            means[judged] = found[judged]
        assert spearmanr(means, truth).statistic > floor

import numpy as np

from cache.records import KINDS
from search.ask.reposts import repost_groups
from search.index.catalog_rows import FIGURES


def figures(*rows):
    table = np.zeros(len(rows), FIGURES)
    for i, (kind, language) in enumerate(rows):
        table[i]["kind"] = KINDS.index(kind) + 1 if kind else 0
        table[i]["language"] = language.encode()
    return table


def untold(*titles):
    return [(title, None) for title in titles]


def test_three_reposts_are_one_place():
    titles = [
        "通向AGI之路：大型语言模型技术精要",
        "Something else entirely on rewards and policies",
        "通向 AGI 之路:大型語言模型技術精要",
        "通向AGI之路：大型语言模型技术精要",
    ]
    said = figures(("article", "zh"), ("article", "en"), (None, "zh"), ("article", "zh"))
    assert repost_groups(untold(*titles), said) == [[0, 2, 3], [1]]


def test_a_paper_and_the_video_on_it_are_two():
    titles = ["Training language models to follow instructions"] * 4
    said = figures(("paper", "en"), ("video", "en"), ("paper", "zh"), (None, "en"))
    assert repost_groups(untold(*titles), said) == [[0, 3], [1], [2]]


def test_two_authors_wrote_two_texts():
    title = "Reinforcement learning from human feedback, explained"
    named = [(title, "Kim Lee"), (title, "李沐"), (title, None), (title, "kim lee")]
    assert repost_groups(named, figures(*[(None, "en")] * 4)) == [[0, 2, 3], [1]]


def test_short_titles_are_anybodys():
    titles = [
        "BERT",
        "BERT",
        "强化学习入门",
        "强化学习入门",
        *["Introduction to Machine Learning"] * 2,
        "",
    ]
    said = figures(*[(None, "en")] * len(titles))
    assert repost_groups(untold(*titles), said) == [[n] for n in range(len(titles))]


def test_nothing_is_no_trouble():
    assert repost_groups([], figures()) == []

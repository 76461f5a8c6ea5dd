import numpy as np

from cache.records import KINDS
from search.catalog_rows import FIGURES
from search.reposts import fold


def figures(*rows):
    table = np.zeros(len(rows), FIGURES)
    for i, (kind, language) in enumerate(rows):
        table[i]["kind"] = KINDS.index(kind) + 1 if kind else 0
        table[i]["language"] = language.encode()
    return table


def test_three_reposts_are_one_place():
    titles = [
        "通向AGI之路：大型语言模型技术精要",
        "Something else entirely on rewards",
        "通向 AGI 之路:大型語言模型技術精要",
        "通向AGI之路：大型语言模型技术精要",
    ]
    said = figures(("article", "zh"), ("article", "en"), (None, "zh"), ("article", "zh"))
    assert fold(titles, said) == [[0, 2, 3], [1]]


def test_a_paper_and_the_video_on_it_are_two():
    titles = ["Attention is all you need"] * 3
    said = figures(("paper", "en"), ("video", "en"), ("paper", "zh"))
    assert fold(titles, said) == [[0], [1], [2]]


def test_short_titles_are_anybodys():
    assert fold(["BERT", "BERT", "", ""], figures(*[(None, "en")] * 4)) == [[0], [1], [2], [3]]


def test_nothing_is_no_trouble():
    assert fold([], figures()) == []

"""Tables: columns in any order and language, rows as curators really write them."""

import pytest

from indexer.lists.parse import parse


def entries(source, **options):
    return parse(source, "list.md", **options).entries


def table(header, *rows):
    rule = "|" + "---|" * header.count("|")
    return "\n".join([f"|{header}", rule, *(f"|{row}" for row in rows)]) + "\n"


def test_a_chinese_table_with_short_rows():
    source = table(
        "资料链接|来源|发布时间点|内容概述|整体推荐指数|技术难度指数|备注|",
        r"[GPT\-3 [精读]](https://a.org/1)|李沐|2022\-03\-04|沐神的**GPT系列（三）**解读。|⭐️⭐⭐️|❗❗|补充|",
        "[B](https://a.org/2)|知乎|2022-12-7|x|⭐|❗❗❗|",
        "[C](https://a.org/3)|",
    )
    first, second, third = entries(source)
    assert (first.title, first.author, first.published) == ("GPT-3 [精读]", "李沐", "2022-03-04")
    assert (first.note, first.rating, first.difficulty) == ("沐神的GPT系列（三）解读。 补充", 3, 2)
    assert (second.published, second.rating, second.difficulty) == ("2022-12-07", 1, 3)
    assert (third.rating, third.difficulty, third.note, third.line) == (None, None, "", 5)


@pytest.mark.parametrize(
    "header",
    [
        "Rating|Level|Title|Author|Year|Description|",
        "評分|難度|標題|作者|年份|簡介|",
        "Stars|Difficulty|Paper|Source|Date|Notes|",
        "推薦指數|技術難度指數|資料鏈接|來源|發布時間點|內容概述|",
    ],
)
def test_columns_in_any_order_and_script(header):
    source = table(header, "4/5|Intermediate|[T](https://a.org)|Ann Li|2019|About it|")
    (entry,) = entries(source)
    assert (entry.title, entry.author, entry.published) == ("T", "Ann Li", "2019")
    assert (entry.rating, entry.difficulty, entry.note) == (4, 2, "About it")


def test_title_and_link_in_different_cells():
    source = table(
        "Title|Link|Provenance|Type|",
        r"Deep \| Learning|[link](https://a.org)|primary|book|",
        "Bare|https://b.org/x|二手|课程|",
    )
    first, second = entries(source)
    assert (first.title, first.url, first.tier, first.kind) == (
        "Deep | Learning",
        "https://a.org",
        1,
        "book",
    )
    assert (second.title, second.url, second.tier, second.kind) == (
        "Bare",
        "https://b.org/x",
        2,
        "course",
    )


def test_further_links_of_a_row_are_entries_of_their_own():
    source = table(
        "Model|Paper|Code|",
        "BERT|[BERT: Pre-training](https://a.org)|[link](https://b.org)|",
        "X|[X](https://c.org)|[pdf](https://d.org)|",
    )
    assert [e.title for e in entries(source)] == [
        "BERT: Pre-training",
        "BERT: Pre-training (link)",
        "X",
        "X (pdf)",
    ]


def test_unknown_columns_are_kept_in_words():
    source = table("Courses|Duration|Effort|", "[A](https://a.org)|8 weeks|4 hours|")
    (entry,) = entries(source)
    assert entry.note == "Duration: 8 weeks; Effort: 4 hours;"


def test_a_count_of_stars_is_no_rating():
    source = table("Repo|Stars|", "[A](https://a.org)|3|", "[B](https://b.org)|6.4k|")
    assert [e.rating for e in entries(source)] == [None, None]
    assert [e.note for e in entries(source)] == ["", ""]


@pytest.mark.parametrize(
    ("cell", "rating"),
    [("★★★☆☆", 3), ("🌟🌟", 2), ("5", 5), ("8/10", 4), ("四星", 4), ("n/a", None), ("⭐ ⭐ ⭐", 3)],
)
def test_rating_cells(cell, rating):
    (entry,) = entries(table("Title|Rating|", f"[A](https://a.org)|{cell}|"))
    assert entry.rating == rating


@pytest.mark.parametrize(
    ("cell", "difficulty"),
    [
        ("❗", 1),
        ("❗️❗️", 2),
        ("入门", 1),
        ("進階", 2),
        ("困难", 3),
        ("2", 2),
        ("Expert", 3),
        ("-", None),
    ],
)
def test_difficulty_cells(cell, difficulty):
    (entry,) = entries(table("Title|难度|", f"[A](https://a.org)|{cell}|"))
    assert entry.difficulty == difficulty


def test_difficulty_on_a_scale_of_five():
    rows = [f"[T{n}](https://a.org/{n})|{'⭐' * n}|" for n in range(1, 6)]
    assert [e.difficulty for e in entries(table("Title|难度|", *rows))] == [1, 2, 2, 3, 3]


def test_a_table_without_known_headers():
    source = table("|x|", "Question|[Android](https://a.org)|", "Text|[iOS](https://b.org)|")
    assert [e.title for e in entries(source)] == ["Android", "iOS"]


def test_rows_without_a_link_are_reported():
    source = table("Title|Link|", "Lost||", "Kept|[x](https://a.org)|")
    parsed = parse(source, "x")
    assert [e.title for e in parsed.entries] == ["Kept"]
    assert [(p.line, p.message) for p in parsed.problems] == [(3, "a row without a link")]


def test_an_html_table_with_markdown_and_blank_lines_inside():
    source = """<table>
<tr><th>Title</th><th>Description</th><th>Rating</th></tr>
<tr>
<td>

[A](https://a.org)

</td>
<td>about <b>A</b></td><td>⭐⭐</td>
</tr>
<tr><td><a href="https://b.org">B</a><td>about B
</table>

- [After](https://c.org)
"""
    first, second, third = entries(source)
    assert (first.title, first.note, first.rating) == ("A", "about A", 2)
    assert (second.title, second.note) == ("B", "about B")
    assert third.title == "After"


def test_a_table_inside_details():
    source = "<details><summary>More</summary>\n\n|Date|Paper|\n|-|-|\n|2017-06|[A](https://a.org)|\n\n</details>\n"
    (entry,) = entries(source)
    assert (entry.section, entry.published) == (("More",), "2017-06")

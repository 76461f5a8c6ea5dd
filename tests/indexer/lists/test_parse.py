"""Every shape a Markdown list takes, one small handwritten list each."""

import pytest

from cache.records import KINDS, Entry
from indexer.lists.parse import parse


def entries(source, **options):
    return parse(source, "list.md", **options).entries


def only(source, **options) -> Entry:
    found = entries(source, **options)
    assert len(found) == 1, found
    return found[0]


def titles(source, **options):
    return [entry.title for entry in entries(source, **options)]


def test_nested_bullets_carry_headings_and_parents():
    source = """# GPT
## 第一手资料
### Paper
* 2017\u00a0[Attention](https://a.org/1) - 介绍了 Transformer。
* GPT1~GPT4 Openai
  * 2018 [GPT-1](https://a.org/2)
    * [Code of GPT-1](https://a.org/3)
## 第二手
* [Other](https://a.org/4)
"""
    first, second, third, fourth = entries(source)
    assert first.section == ("GPT", "第一手资料", "Paper")
    assert (first.published, first.note, first.tier) == ("2017", "介绍了 Transformer。", 1)
    assert second.section == ("GPT", "第一手资料", "Paper", "GPT1~GPT4 Openai")
    assert third.section == (*second.section, "GPT-1")
    assert (fourth.section, fourth.tier) == (("GPT", "第二手"), 2)
    assert [e.position for e in (first, second, third, fourth)] == [0, 1, 2, 3]
    assert [e.line for e in (first, second, third, fourth)] == [4, 6, 7, 9]


@pytest.mark.parametrize(
    ("heading", "tier"),
    [
        ("第一手资料", 1),
        ("一手资料", 1),
        ("Primary sources", 1),
        ("第二手解讀資料", 2),
        ("Second-hand", 2),
        ("第三手资料", 3),
        ("Tertiary literature", 3),
        ("Primary keys in databases", None),
    ],
)
def test_tier_of_a_section(heading, tier):
    assert only(f"## {heading}\n- [A](https://a.org)").tier == tier


def test_headings_close_those_of_their_level_and_below():
    source = "# A\n### C\n- [1](https://a.org/x1 'one')\n## B\n- [Two](https://a.org/2)\n"
    first, second = entries(source)
    assert first.section == ("A", "C")
    assert second.section == ("A", "B")


def test_setext_headings_and_badges_in_headings():
    source = (
        "Awesome [![Awesome](https://awesome.re/badge.svg)](https://awesome.re)\n=====\n"
        "- [A](https://a.org)\n"
    )
    assert only(source).section == ("Awesome",)


def test_titles_keep_brackets_and_addresses_keep_parentheses():
    entry = only("- [Inside OpenAI [Entire Talk]](https://en.wikipedia.org/wiki/Foo_(bar))")
    assert entry.title == "Inside OpenAI [Entire Talk]"
    assert entry.url == "https://en.wikipedia.org/wiki/Foo_(bar)"


def test_escapes_and_emphasis_go_from_text():
    entry = only(
        r"- [GPT\-2 \_李沐](https://a.org/a_b_c?x=1&y=2) "
        r"沐神的**GPT（系列）**的__In\-Context 学习__，*好* `code`"
    )
    assert entry.title == "GPT-2 _李沐"
    assert entry.url == "https://a.org/a_b_c?x=1&y=2"
    assert entry.note == "沐神的GPT（系列）的In-Context 学习，好 code"


def test_snake_case_and_powers_are_no_emphasis():
    entry = only("- [snake_case_name](https://a.org) uses __init__ and 2**10 of a*b")
    assert entry.title == "snake_case_name"
    assert "2**10 of a*b" in entry.note


def test_every_kind_of_space_is_one_space():
    entry = only("- [A\u00a0\u3000B ](https://a.org) —\u2003x\u200b y&nbsp;&emsp;z")
    assert (entry.title, entry.note) == ("A B", "x y z")


def test_several_links_on_a_line():
    found = entries(
        "- [Title](https://a.org) - what it is. [code](https://b.org) [[pdf]](https://c.org)"
        " like [Other](https://d.org)"
    )
    assert [e.title for e in found] == ["Title", "Title (code)", "Title (pdf)", "Other"]
    assert found[0].note == "what it is. like Other"
    assert [e.kind for e in found] == [None, "code", "paper", None]
    assert not any(e.note for e in found[1:])


def test_words_before_generic_links_are_the_title():
    found = entries("- **BERT**: Pre-training. [[论文]](https://a.org) | [代码](https://b.org)")
    assert [e.title for e in found] == ["BERT", "BERT (代码)"]
    assert found[0].note == "Pre-training."


def test_peers_do_not_become_each_others_notes():
    found = entries(
        "- [A1](https://a.org), [B1](https://b.org) and [C1](https://c.org) - all three"
    )
    assert [(e.title, e.note) for e in found] == [("A1", "all three"), ("B1", ""), ("C1", "")]


def test_a_link_inside_a_sentence_keeps_the_sentence():
    entry = only("- You will find [requests](https://a.org) easy to use.")
    assert (entry.title, entry.note) == ("requests", "You will find requests easy to use.")


def test_the_same_address_twice_in_an_item_is_one_entry():
    assert titles("- [A](https://a.org) or [here](https://a.org)") == ["A"]


def test_reference_links():
    source = """- [Title][one] and [two][] and [three]

[one]: https://a.org/1
[two]: https://a.org/2 'T'
[three]: <https://a.org/3>
"""
    assert [e.url for e in entries(source)] == [f"https://a.org/{n}" for n in (1, 2, 3)]


def test_bare_addresses():
    source = """- Amit Merchant https://a.org/x_y_(z).
- 地址：https://b.org/项目，很好
- https://c.org/only
- <https://d.org/auto>
- [https://e.org/same](https://e.org/same)
"""
    found = entries(source)
    assert [e.url for e in found] == [
        "https://a.org/x_y_(z)",
        "https://b.org/项目",
        "https://c.org/only",
        "https://d.org/auto",
        "https://e.org/same",
    ]
    assert found[0].title == "Amit Merchant"
    assert found[2].title == "c.org/only"


def test_a_parent_bullet_titles_the_addresses_below_it():
    source = """- SecGPT
  - 地址：https://a.org
  - 简介：安全大模型
- BERT
  - 论文：https://b.org
  - 代码：https://c.org
"""
    found = entries(source)
    assert [e.title for e in found] == ["SecGPT", "BERT (论文)", "BERT (代码)"]
    assert found[0].note == "安全大模型"
    assert found[0].section == ("SecGPT",)


def test_sub_bullets_without_links_describe_their_parent():
    entry = only("- [Paper](https://a.org)\n  - Ann Li, Bo Wu\n  - Keyword: RLHF\n")
    assert entry.note == "Ann Li, Bo Wu Keyword: RLHF"


def test_the_next_paragraph_of_an_item_describes_it():
    assert only("- [A](https://a.org)\n\n  What it is.\n").note == "What it is."


def test_paragraph_entries_under_a_heading_without_bullets():
    source = """## 文章
1、[红灯停表](https://a.org/1)（英文）

美团和苏州公安。

![](https://img.org/x.webp)

【技术】[第二](https://a.org/2)<br>
【技术】[第三](https://a.org/3)

## List
Prose with a [link](https://b.org/prose) in it.

[Spark](https://b.org/intro) is an engine:

- [Item](https://b.org/item)
"""
    found = entries(source)
    titles = ["红灯停表", "第二", "第三", "List (link)", "Spark", "Item"]
    assert [e.title for e in found] == titles
    assert found[0].note == "（英文） 美团和苏州公安。"
    assert found[3].note == "Prose with a link in it."
    assert found[0].section == ("文章",)


def test_headings_that_are_links():
    source = "# [Awesome](https://self.org)\n## [A Course](https://a.org)\nWeekly lectures.\n"
    entry = only(source)
    assert (entry.title, entry.note, entry.section) == (
        "A Course",
        "Weekly lectures.",
        ("Awesome",),
    )


def test_quotes_are_entries_only_where_they_open_with_a_link():
    source = """> Note: see [this](https://n.org) first.

> **[Regulus](https://a.org)** <kbd>★ 6</kbd> 🟢<br>Compliance plugins.
"""
    entry = only(source)
    assert entry.title == "Regulus"
    assert entry.note.endswith("Compliance plugins.")
    assert entry.rating is None


def test_badges_pictures_code_and_anchors_are_no_entries():
    source = """# T
- [Contents](#contents) [top](#)
- ![picture](https://img.org/a.png)
- [![build](https://img.shields.io/x.svg)](https://ci.org) plain
- [mail](mailto:a@b.org) [js](javascript:alert(1)) [file](docs/a.md) [root](/x)
- `[code](https://code.org)`

```
- [fenced](https://fence.org)
```

    [indented](https://indent.org)

<!-- - [hidden](https://hidden.org) -->
"""
    assert titles(source) == []


def test_a_picture_can_be_the_only_link_of_an_item():
    assert only("- [![The cover](cover.jpg)](https://a.org)").title == "The cover"


def test_broken_links_are_reported_with_their_line():
    parsed = parse("# T\n\n- [Gone]()\n- [Local](notes.md)\n- [Fine](https://a.org)\n", "x")
    assert [(p.line, p.message) for p in parsed.problems] == [
        (3, "a link without an address: Gone"),
        (4, "leads to no website: notes.md"),
    ]


def test_addresses_without_a_scheme():
    found = entries("- [A](//a.org/x)\n- [B](www.b.org)\n- [C](HTTP://c.org)\n")
    assert [e.url for e in found] == ["https://a.org/x", "http://www.b.org", "HTTP://c.org"]


def test_html_anchors_lists_and_details():
    source = """<details>
<summary><b>Chinese</b> models</summary>

- [A](https://a.org)

</details>

- [B](https://b.org)

<ul><li><a href="https://c.org?x=1&amp;y=2">C</a> &ndash; note<li><a href='https://d.org'>D</a></ul>

- <a href="https://e.org">E</a> <img src="x.png"> said <b>well</b>
"""
    found = entries(source)
    assert [(e.title, e.url) for e in found] == [
        ("A", "https://a.org"),
        ("B", "https://b.org"),
        ("C", "https://c.org?x=1&y=2"),
        ("D", "https://d.org"),
        ("E", "https://e.org"),
    ]
    assert [e.section for e in found] == [("Chinese models",), (), (), (), ()]
    assert found[2].note == "note"
    assert found[4].note == "said well"


def test_indented_bullets_are_bullets():
    assert titles("Intro\n\n    - [A](https://a.org)\n    - [B](https://b.org)\n") == ["A", "B"]


def test_lazy_continuation_belongs_to_the_item_before():
    found = entries(
        "- [A](https://a.org)\n  - Task: x\n-[B](https://b.org)\n- [C](https://c.org)\n"
    )
    assert [e.url for e in found] == ["https://a.org", "https://b.org", "https://c.org"]


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("2017 [A](https://a.org)", "2017"),
        ("[2022-3-4] [A](https://a.org)", "2022-03-04"),
        ("[A](https://a.org) (2017) - x", "2017"),
        ("[A](https://a.org) (ACL 2018) - x", "2018"),
        ("[A](https://a.org) `Google` `2020`", "2020"),
        ("[A](https://a.org) - x (June 2021)", "2021-06"),
        ("[A](https://a.org)（2023年1月5日）", "2023-01-05"),
        ("[A](https://a.org) — 2021 年 5 月", "2021-05"),
        ("Jan 5, 2023: [A](https://a.org)", "2023-01-05"),
        ("[A](https://a.org) (2023-2024)", None),
        ("[A](https://a.org) - support for Fortran 2018 and later", None),
        ("[A in 2019](https://a.org)", None),
    ],
)
def test_dates(text, published):
    assert only(f"- {text}").published == published


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("[A](https://a.org) by Ann Li - good", "Ann Li"),
        ("[A](https://a.org) by Ann B. Li. Great", "Ann B. Li"),
        ("[A](https://a.org) by [Ann Li](https://a.org)", "Ann Li"),
        ("[A](https://a.org) 作者：张三，很好", "张三"),
        ("[A](https://a.org) — Jan van Li", "Jan van Li"),
        ("[A (by Amit Chaudhary)](https://a.org)", "Amit Chaudhary"),
        ("[A](https://a.org) - powered by Rust and love", None),
        ("[A](https://a.org) - Time Series Database", None),
        ("[A](https://a.org) - queries powered by Apache Spark", None),
        ("[A](https://a.org) - heavily inspired by Haml, by Ann Li", "Ann Li"),
        ("[A](https://a.org) - (powered by Next.js) by Ann Li", "Ann Li"),
        ("[A](https://a.org) - driven mainly by Netty.", None),
        ("[A](https://a.org) - compiled just in time by JIT-compiling arrays", None),
        ("[A](https://a.org) - inspired by Haskell's Data.List.", None),
        ("[A](https://a.org) - Learn by Doing.", None),
        ("[A](https://a.org) - notes by Prof. Ann Li", "Ann Li"),
        ("[A](https://a.org) - more about the author: he won a prize", None),
        ("[A](https://a.org) - 由谷歌开发的框架", "谷歌"),
        ("[A](https://a.org) - 由 Stephen L. Moshier 编写", "Stephen L. Moshier"),
        ("[A](https://a.org) - 由張三編寫", "張三"),
        ("[A](https://a.org) - 由 Sphinx 驱动", None),
        ("[A](https://a.org) - 由 C 语言编写", None),
        ("[A](https://a.org) - 由同一作者开发", None),
    ],
)
def test_authors(text, author):
    assert only(f"- {text}").author == author


@pytest.mark.parametrize(
    ("said", "note"),
    [
        (
            "a database developed by Twitter, for graphs",
            "a database developed by Twitter, for graphs",
        ),
        ("由谷歌开发的框架", "由谷歌开发的框架"),
        ("a database, by Twitter. Old", "a database. Old"),
        ("a database powered by Spark", "a database powered by Spark"),
    ],
)
def test_a_byline_leaves_a_sentence_whole(said, note):
    assert only(f"- [A](https://a.org) - {said}").note == note


def test_a_list_that_credits_authors_by_habit():
    names = ["Ann Li", "Bo van Wu", "Cy Xu, Di Ma", "Jonathan A. Poritz (PDF)", "Ed Yu", "Flo Zi"]
    source = "".join(f"- [Book {n}](https://a.org/{n}) - {name}\n" for n, name in enumerate(names))
    found = entries(source)
    assert [e.author for e in found[:3]] == ["Ann Li", "Bo van Wu", "Cy Xu, Di Ma"]
    assert (found[3].author, found[3].note) == ("Jonathan A. Poritz", "(PDF)")


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("[A](https://a.org) ⭐⭐⭐⭐", 4),
        ("[A](https://a.org) ⭐️⭐️⭐️", 3),
        ("[A](https://a.org) ★★★☆☆ fine", 3),
        ("[A](https://a.org) :star::star:", 2),
        ("[A](https://a.org) 推荐指数：4", 4),
        ("[A](https://a.org) - rated 4.5/5", 5),
        ("⭐ [A](https://a.org)", None),
        ("[A](https://a.org) ⭐ 6.4k", None),
        ("[A](https://a.org) ★ 381", None),
        ("[A](https://a.org) 4/5/2020", None),
    ],
)
def test_ratings_in_running_text(text, rating):
    entry = only(f"- {text}")
    assert entry.rating == rating
    if rating and "⭐" in text:
        assert entry.note == ""


@pytest.mark.parametrize(
    ("source", "difficulty"),
    [
        ("- [A](https://a.org) (Beginner)", 1),
        ("- [A](https://a.org) 【中级】", 2),
        ("- [A](https://a.org) 难度：高级", 3),
        ("- [A](https://a.org) Level: intermediate", 2),
        ("## 入门资料\n- [A](https://a.org)", 1),
        ("## Advanced courses\n- [A](https://a.org)", 3),
        ("## Advanced Console UIs\n- [A](https://a.org)", None),
        ("- [A](https://a.org) warning❗", None),
    ],
)
def test_difficulty_in_words(source, difficulty):
    assert only(source).difficulty == difficulty


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("## Papers\n- [A](https://openai.com/x)", "paper"),
        ("## 论文\n- [A](https://www.youtube.com/watch?v=1)", "paper"),
        ("## Talks\n- [A](https://www.youtube.com/watch?v=1)", "talk"),
        ("## 博客\n- [A](https://a.org)", "article"),
        ("## Misc\n- [A Survey of X](https://arxiv.org/abs/1)", None),
        ("## Misc\n- [A](https://a.org)", None),
    ],
)
def test_kinds_are_the_curators_words(source, kind):
    found = only(source).kind
    assert found == kind
    assert found is None or found in KINDS


def test_a_licence_is_one_entry_a_list():
    source = "".join(f"- [T{n}](https://a.org/{n}) - x. [MIT](https://mit.org)\n" for n in range(9))
    found = entries(source)
    assert len(found) == 10
    assert sum(e.url == "https://mit.org" for e in found) == 1
    assert found[0].note == "x. MIT"


def test_check_boxes_say_nothing():
    assert [e.note for e in entries("- [x] [A](https://a.org)\n- [ ] [B](https://b.org) - b")] == [
        "",
        "b",
    ]


def test_front_matter_is_not_a_heading():
    source = "---\ntitle: My list\ntags: [a]\n---\n\n## S\n- [A](https://a.org)\n"
    entry = only(source)
    assert (entry.section, entry.line) == (("S",), 7)

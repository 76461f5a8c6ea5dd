"""Shapes of lists in the wild, one small handwritten list each; test_more.py has the real ones."""

from indexer.lists.parse import parse, told


def entries(source, **options):
    return parse(source, "list.md", **options).entries


def test_a_paragraph_that_cites_a_work():
    source = """# Roadmap
## Survey
**[4]** LeCun, Yann, Yoshua Bengio, and Geoffrey Hinton. "**Deep learning**." Nature 521.7553
(2015): 436-444. [[pdf]](https://a.org/1.pdf) [[code]](https://a.org/c) **(Three Giants)**
:star::star:

**[5]** Chen, Tianqi, et al. "Net2net: Accelerating learning." arXiv:1511.05641 (2015).
[[pdf]](https://a.org/2)

**Note**: the old page is [here](https://a.org/old).
"""
    first, code, second, _prose = entries(source)
    assert (first.title, first.published, first.rating, first.order) == (
        "Deep learning",
        "2015",
        2,
        4,
    )
    assert first.author == "LeCun, Yann, Yoshua Bengio, and Geoffrey Hinton"
    assert first.note == "Three Giants — Nature 521.7553 (2015): 436-444."
    assert first.section == ("Roadmap", "Survey")
    assert code.title == "Deep learning (code)"
    assert (second.title, second.published) == ("Net2net: Accelerating learning", "2015")


def test_html_that_nothing_closes_ends_with_its_block():
    source = """<h4 align="center">

  ```
  code
  ```
  <a href="https://b.org"><img src="https://img.shields.io/x.svg"></a>
</p>

## Papers

- [A](https://a.org) - note

<details>
<summary>More</summary>

## Inside

- [B](https://a.org/b)
"""
    first, second = entries(source)
    assert (first.title, first.note, first.section) == ("A", "note", ("Papers",))
    assert second.section == ("Inside",)


def test_html_that_is_closed_later_takes_in_markdown():
    source = "<details><summary>More</summary>\n\n- [A](https://a.org)\n\n</details>\n\n- [B](https://b.org)\n"
    assert [entry.section for entry in entries(source)] == [("More",), ()]


def test_a_heading_with_its_link_as_a_label():
    source = """# Books
#### Learning R [[Amazon]](www.amazon.com/dp/1449357105/) *Free*

<img src="https://img.org/cover.gif"/>

Learn how to perform data analysis.

## [Deep Learning](https://a.org) [code](https://a.org/code)
A textbook.
"""
    first, second, third = entries(source)
    assert (first.title, first.url) == ("Learning R", "http://www.amazon.com/dp/1449357105/")
    assert first.note == "Free Learn how to perform data analysis."
    assert first.section == ("Books",)
    assert (second.title, second.note) == ("Deep Learning", "A textbook.")
    assert (third.title, third.note) == ("Deep Learning (code)", "")


def test_a_heading_over_buttons_or_labels_is_the_work():
    badge = "https://img.shields.io/badge"
    source = f"""# Models
## Architectures
### **MODUS: Any-to-Any**

Unifies discrete and continuous modalities.

[![arXiv]({badge}/arXiv-2607.1-red.svg)](https://arxiv.org/abs/2607.1) [![GitHub]({badge}/Code-x-blue)](https://github.com/a/b)

Boqiang Zhang, Lei Ke, Ruihan Yang<br>
**Released:** 2026-03-31

### Penguin
- [paper](https://arxiv.org/abs/1)
- Project page: https://penguin.org/
"""
    first, code, second, site = entries(source)
    assert (first.title, first.url) == ("MODUS: Any-to-Any", "https://arxiv.org/abs/2607.1")
    assert first.author == "Boqiang Zhang, Lei Ke, Ruihan Yang"
    assert (first.published, first.note) == (
        "2026-03-31",
        "Unifies discrete and continuous modalities.",
    )
    assert code.title == "MODUS: Any-to-Any (GitHub)"
    assert (second.title, site.title) == ("Penguin", "Penguin (Project page)")


def test_links_in_prose_are_entries_but_not_in_what_introduces_or_manages_a_list():
    source = """# List
Inspired by [awesome](https://a.org/awesome).

## Install
Use [Homebrew](https://brew.sh) or build it. More [here](https://a.org/more)!

## Contributing
See [the guide](https://a.org/guide).
"""
    parsed = parse(source, "list.md")
    assert [(e.title, e.note) for e in parsed.entries] == [
        ("Homebrew", "Use Homebrew or build it."),
        ("Install (here)", "More here!"),
    ]
    assert parsed.coverage.set_aside == {"housekeeping": 1, "introduction": 1}
    assert parsed.coverage.share == 1


def test_a_list_of_nothing_but_prose_is_read():
    assert [e.title for e in entries("# T\nI like [this book](https://a.org).")] == ["this book"]


def test_coverage_counts_what_a_reader_never_saw():
    parsed = parse('- [A](https://a.org)\n<iframe src="https://b.org/swallowed">\n', "list.md")
    assert (parsed.coverage.links, parsed.coverage.read) == (2, 1)
    assert parsed.coverage.missed == ((2, "https://b.org/swallowed"),)
    assert told(parsed.coverage) == ("2 links: 1 read as 1 entries; 1 missed (first on lines 2)")


def test_opml_outlines():
    source = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE opml [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>
<opml version="2.0"><body>
<outline text="Blogs">
<outline text="Airbnb &amp; Co" xmlUrl="https://a.org/feed" htmlUrl="https://a.org/"
  description="Engineering"/>
<outline text="Only a feed" xmlUrl="https://b.org/feed"/></outline>
<outline text="&b;" url="https://c.org"/>
</body></opml>"""
    parsed = parse(source, "blogs.opml", media_type="text/x-opml")
    first, second, third = parsed.entries
    assert (first.title, first.url, first.note) == ("Airbnb & Co", "https://a.org/", "Engineering")
    assert first.section == ("Blogs",)
    assert (second.title, second.url) == ("Only a feed", "https://b.org/feed")
    assert "lol" not in third.title
    assert parsed.coverage.set_aside == {"feed": 1}
    assert any("entities" in problem.message for problem in parsed.problems)


def test_org():
    source = """#+TITLE: Emacs
* TODO Packages :tag:
:PROPERTIES:
:URL: https://drawer.org
:END:
- [[https://a.org][Dashboard]] - A *startup* dashboard
  with more.
  - [[https://b.org][(or emacs]] =[built-in]=
# [[https://comment.org][no]]
Use [[https://brew.sh][Homebrew]] to install.
#+BEGIN_SRC sh
curl https://code.org
#+END_SRC
| Name | Note |
|------+------|
| [[https://t.org][Table|d]] | said |
"""
    parsed = parse(source, "x.org", media_type="text/org")
    assert [(e.title, e.url) for e in parsed.entries] == [
        ("Dashboard", "https://a.org"),
        ("(or emacs", "https://b.org"),
        ("Homebrew", "https://brew.sh"),
        ("Table|d", "https://t.org"),
    ]
    assert parsed.entries[0].note == "A startup dashboard with more."
    assert parsed.entries[1].section == ("Packages", "Dashboard")
    assert parsed.coverage.set_aside == {"code": 2, "comment": 1}


def test_a_note_of_many_sentences():
    note = ". ".join(["."] * 1500)
    assert len(entries(f"- [A](https://a.org) {note} end")) == 1


def test_steps_and_effort_keep_the_order_and_words_of_a_roadmap():
    first, second, third, course = entries("""# Roadmap
1. Start here: [Intro](https://i.org) (2h 30m)
2. [Next](https://n.org)

## Week 3: CNNs
- Read [ResNet](https://r.org) (difficulty: hard, about 45 min)
- [CS50](https://c.org)
  - Difficulty: easy
  - Duration: 11 weeks
  - Effort: 10 hours/week
  - Prerequisites: C, some maths
""")
    assert [e.order for e in (first, second, third, course)] == [1, 2, 3, 3]
    assert (first.hours, third.hours, course.hours) == (2.5, 0.75, 110.0)
    assert (third.difficulty, third.difficulty_said) == (3, "hard")
    assert (course.difficulty, course.requires) == (1, "C, some maths")


def test_a_link_that_says_nothing_is_titled_by_where_it_stands():
    found = entries("""# List
## Papers
* [2013](https://a.org) - **AMPLab** - Shark: SQL and Rich Analytics at Scale.
* [Encord] [A guide](https://b.org)
* ChatGLM：
  * 地址：https://github.com/THUDM/ChatGLM-6B
* https://bare.org/x
* [@golang](https://twitter.com/golang)
* [2020/05] Few-Shot Learners. *Brown et al.* [[paper]](https://c.org)
""")
    assert [e.title for e in found] == [
        "Shark: SQL and Rich Analytics at Scale",
        "A guide",
        "ChatGLM",
        "Papers (bare.org)",
        "Papers (@golang)",
        "Few-Shot Learners",
    ]
    assert (found[0].author, found[0].published) == ("AMPLab", "2013")
    assert (found[1].note, found[5].published) == ("Encord", "2020-05")

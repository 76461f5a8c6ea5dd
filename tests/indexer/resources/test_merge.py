"""merge: one resource a work, every mention kept, and never two works in one."""

import json
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.records import Entry
from indexer.lists.parse import parse
from indexer.resources import same_work
from indexer.resources.canonical import canonical_url, resource_id
from indexer.resources.merge import merge

YOUTUBE = "https://www.youtube.com/watch?v="
BILIBILI = "https://www.bilibili.com/video/BV"


def entry(url, title, list_id="a", position=0, **fields):
    return Entry(list_id, url, title, position=position, **fields)


def youtube(title, n=1, **fields):
    return entry(f"{YOUTUBE}abcdefghi{n:02d}", title, position=n, **fields)


def bilibili(title, n=1, **fields):
    return entry(f"{BILIBILI}1U84y167{'abcdefgh'[n]}3", title, "b", position=n, **fields)


@pytest.fixture(scope="module")
def gold(shared):
    path = shared / "seeds" / "gold.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    fields = ("author", "published", "rating", "difficulty", "tier")
    return [
        Entry(
            r["list"],
            r["url"],
            r["title"],
            r["note"] or "",
            position=n,
            **{f: r[f] for f in fields},
        )
        for n, r in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def real_lists(shared):
    """Every inline link of the real lists: cruder than the parser, and independent of it."""
    folder = shared / "lists"
    link = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s)]+)[^)\n]*\)")
    return [
        Entry(path.name, match[2], match[1].replace("\\", ""), position=n)
        for path in sorted(folder.glob("*.md"))
        for n, match in enumerate(link.finditer(path.read_text("utf-8")))
    ]


def addresses(resource):
    return {canonical_url(mention.url) for mention in resource.mentions}


def test_mentions_of_one_address_meet_and_none_is_lost():
    entries = [
        entry("http://arxiv.org/pdf/1706.03762v5.pdf", "PDF", "z", note="基础", rating=5),
        entry("https://arxiv.org/abs/1706.03762", "Attention is all you need", "b"),
        entry("https://arxiv.org/abs/1706.03762v1", "Attention Is All You Need", "c", tier=1),
        entry("https://ar5iv.org/abs/1706.03762", "Attention Is All You Need.", "a"),
    ]
    (found,) = merge(entries)
    assert found.id == resource_id("https://arxiv.org/abs/1706.03762")
    assert found.url == "https://arxiv.org/abs/1706.03762"
    assert found.title == "Attention Is All You Need."
    assert (found.kind, found.language) == ("paper", "en")
    assert [m.list_id for m in found.mentions] == ["a", "b", "c", "z"]
    assert set(found.mentions) == set(entries)
    assert set(found.aliases) == {e.url for e in entries} - {found.url}


def test_titles_that_name_the_link_lose_against_any_that_names_the_work():
    url = "https://example.com/x"
    titles = [
        "code",
        "[PDF]",
        "Paper",
        "论文",
        "Code",
        "code",
        "https://example.com/x",
        "Deep Sets",
    ]
    (found,) = merge([entry(url, t, position=n) for n, t in enumerate(titles)])
    assert found.title == "Deep Sets"
    (only,) = merge([entry(url, "code"), entry(url, "", position=1)])
    assert only.title == "code"
    (none,) = merge([entry(url, "  ")])
    assert none.title == url


def test_a_title_without_the_site_name_is_preferred():
    url = "https://www.bilibili.com/video/BV1iY41137Zi"
    titles = [
        "Codex 论文精读_哔哩哔哩_bilibili",
        "Codex 论文精读_哔哩哔哩_bilibili",
        "Codex 论文精读",
    ]
    (found,) = merge([entry(url, t, position=n) for n, t in enumerate(titles)])
    assert found.title == "Codex 论文精读"


def test_the_address_to_open_prefers_https_and_keeps_the_other_forms():
    entries = [
        entry("http://example.com/x/", "X"),
        entry("http://example.com/x/", "X", position=1),
        entry("https://example.com/x?utm_source=feed", "X", position=2),
    ]
    (found,) = merge(entries)
    assert found.url == "https://example.com/x"
    assert set(found.aliases) == {"http://example.com/x/", "https://example.com/x?utm_source=feed"}
    (plain,) = merge(entries[:1])
    assert plain.url == "http://example.com/x/"
    assert plain.aliases == ("https://example.com/x",)


def test_an_entry_without_a_web_address_is_kept():
    (found,) = merge([entry(" ftp://ftp.example.com/book.ps ", "A book")])
    assert found.url == "ftp://ftp.example.com/book.ps"
    assert found.mentions[0].title == "A book"


@pytest.mark.parametrize(
    ("url", "title", "language"),
    [
        ("https://example.com/1", "深入浅出 Transformer", "zh"),
        ("https://example.com/2", "Attention", "en"),
        ("https://arxiv.org/abs/1706.03762", "注意力就是你所需要的一切", "en"),
        ("https://mp.weixin.qq.com/s/abc", "ChatGPT", "zh"),
        ("https://example.com/3", "🚀 2023", None),
        ("https://example.com/4", "深層学習のすすめ", "ja"),
    ],
)
def test_language_by_title_and_by_sites_of_one_language(url, title, language):
    (found,) = merge([entry(url, title)])
    assert found.language == language


def test_the_seed_lists_merge_as_a_reader_would(gold):
    resources = merge(gold)
    joined = [resource for resource in resources if len(resource.mentions) > 1]
    assert [sorted(m.title for m in r.mentions) for r in joined] == [
        ["GPT，GPT-2，GPT-3 论文精读", "GPT，GPT-2，GPT-3 论文精读【论文精读】_李沐"],
        [
            "OpenAI Codex 论文精读【论文精读】",
            "OpenAI Codex 论文精读【论文精读】_哔哩哔哩_bilibili",
        ],
        [
            "Chat GPT (可能)是怎么炼成的 - GPT社会化的过程 (李宏毅)",
            "ChatGPT (可能)是怎麼煉成的 - GPT 社會化的過程",
        ],
    ]
    assert len(resources) == 77
    for resource in joined:
        assert {"www.bilibili.com", "www.youtube.com"} == {
            n.split("/")[2] for n in addresses(resource)
        }
        assert addresses(resource) <= {resource.url, *resource.aliases}


def crossing(resources):
    return {frozenset(addresses(r)) for r in resources if len(addresses(r)) > 1}


# Every join across addresses over the real lists, each looked at by eye; a new one must be too.
WECHAT = "https://mp.weixin.qq.com/s?__biz=MzA3MzI4MjgzMw==&mid="
MULTIMEDIA = "https://dtc-wsuv.org/dmyers19/dtc477-%20Advanced%20Multimedia%20Authoring"
LECTURES = {
    frozenset({f"{BILIBILI}1AF411b7xQ", f"{YOUTUBE}t70Bl3w7bxY"}),
    frozenset({f"{BILIBILI}1iY41137Zi", f"{YOUTUBE}oZriUGkQSNM"}),
    frozenset({f"{BILIBILI}1U84y167i3", f"{YOUTUBE}e0aKI2GGZNg"}),
}
TEXTS = {
    frozenset(
        {
            f"{MULTIMEDIA}/FlavioCopes-Handbooks/The%20Next%20Handbook/book.pdf",
            "https://flaviocopes.com/page/nextjs-handbook",
        }
    ),
    frozenset(
        {
            "https://flaviocopes.com/page/svelte-handbook",
            "https://www.freecodecamp.org/news/the-svelte-handbook",
        }
    ),
    *[
        frozenset({f"https://www.jiqizhixin.com/articles/{article}", f"{WECHAT}{post}"})
        for article, post in (
            ("2023-01-03-2", "2650864920&idx=2&sn=04949e0dbca4edabb27e72e781349f24"),
            ("2022-12-29-11", "2650864784&idx=4&sn=4aa1a0756d1a1abcd2b9903eaa9d8799"),
            ("2022-12-29-6", "2650864680&idx=3&sn=e658a9108dbb7ab3d3b41d77185363a6"),
        )
    ],
}


def test_over_all_real_lists_only_checked_joins_cross_addresses(gold, real_lists):
    assert crossing(merge([*real_lists, *gold])) == LECTURES


def test_over_all_real_lists_as_parsed_only_checked_joins_cross_addresses(shared):
    folder = shared / "lists"
    paths = [*sorted(folder.glob("*.md")), *sorted((shared / "seeds").glob("*.md"))]
    entries = [e for path in paths for e in parse(path.read_text("utf-8"), path.name).entries]
    found = crossing(merge([replace(entry, part_of=None) for entry in entries]))
    assert found >= LECTURES
    assert found <= LECTURES | TEXTS


def test_over_all_real_lists_each_address_is_in_one_resource_and_no_mention_is_lost(real_lists):
    entries = real_lists
    resources = merge(entries)
    assert sum(len(resource.mentions) for resource in resources) == len(entries) > 20_000
    assert len({resource.id for resource in resources}) == len(resources)
    owners = {}
    for resource in resources:
        for name in addresses(resource):
            assert owners.setdefault(name, resource.id) == resource.id
        for mention in resource.mentions:
            assert mention.url.strip() in {resource.url, *resource.aliases}


def test_order_of_input_changes_nothing(gold, real_lists):
    entries = [*gold, *real_lists[:3000]]
    wanted = merge(entries)
    for seed in range(3):
        random.Random(seed).shuffle(entries)
        assert merge(entries) == wanted
    assert merge(iter(entries)) == wanted
    assert merge([]) == []


LECTURE = "ChatGPT (可能)是怎麼煉成的 - GPT 社會化的過程"

READING = "GPT，GPT-2，GPT-3 论文精读"
FAMILY = "从word2vec开始，说下GPT庞大的家族系谱"
SPARKS = "Sparks of AGI: early experiments with GPT-4"
BUILD = "Let's build GPT: from scratch, in code, spelled out"


def wechat(title, **fields):
    return entry("https://mp.weixin.qq.com/s/abc", title, "c", **fields)


def zhihu(title, **fields):
    return entry("https://zhuanlan.zhihu.com/p/1", title, "d", **fields)


SAME = [
    (
        youtube(LECTURE),
        bilibili("Chat GPT (可能)是怎么炼成的 - GPT社会化的过程 (李宏毅)", author="李宏毅"),
    ),
    (youtube(LECTURE, author="Hung-yi Lee 李宏毅"), bilibili(LECTURE, author="李宏毅老师")),
    (youtube(READING), bilibili("GPT,GPT-2,GPT-3 论文精读【论文精读】_李沐", author="李沐")),
    (youtube(LECTURE), bilibili(f"【李宏毅】{LECTURE}_哔哩哔哩_bilibili", author="李宏毅")),
    (
        youtube(BUILD, author="Andrej Karpathy"),
        bilibili(BUILD.title().replace("'", "’"), author="Andrej Karpathy"),
    ),
    (
        wechat(FAMILY, author="机器之心公众号"),
        zhihu("从 word2vec 开始，说下 GPT 庞大的家族系谱", author="机器之心"),
    ),
]


@pytest.mark.parametrize("pair", SAME)
def test_one_lecture_on_two_sites_is_one_resource(pair):
    (found,) = merge(pair)
    assert found.id == resource_id(min(canonical_url(e.url) for e in pair))
    assert len(found.mentions) == 2


GENERIC = """
Introduction
Deep Learning
Blog
课程
GPT-4论文精读
深度学习入门教程
机器学习公开课完整版中文字幕
Introduction to Deep Learning
Transformer论文精读
BERT 论文逐段精读【论文精读】
CS224N: Natural Language Processing with Deep Learning
"""
GENERIC_OF_ONE_AUTHOR = (
    "机器学习课程",
    "深度学习基础教程视频合集",
    "Introduction to Machine Learning",
)
NANO = "nanoGPT: train medium sized GPTs"

APART = {
    "short or generic titles": [
        (youtube(title), bilibili(title, author="李沐")) for title in GENERIC.strip().split("\n")
    ],
    "generic titles even where authors agree": [
        (youtube(title, author="李宏毅"), bilibili(title, author="李宏毅"))
        for title in GENERIC_OF_ONE_AUTHOR
    ],
    "an English title without an author may be the title of what is explained": [
        (youtube(title), bilibili(title, author="张三"))
        for title in ("Attention Is All You Need", SPARKS, BUILD)
    ],
    "no author anywhere": [(youtube(LECTURE), bilibili(LECTURE))],
    "a platform is no author": [
        (youtube(LECTURE, author="YouTube"), bilibili(LECTURE, author="哔哩哔哩"))
    ],
    "different authors": [
        (youtube(LECTURE, author="王五"), bilibili(LECTURE, author="李宏毅")),
    ],
    "different years": [
        (
            youtube(LECTURE, published="2021"),
            bilibili(LECTURE, author="李宏毅", published="2022-12-07"),
        )
    ],
    "different parts": [
        (youtube(f"{LECTURE}（上）"), bilibili(f"{LECTURE}（下）", author="李宏毅")),
        (youtube(f"【第一讲】{LECTURE}"), bilibili(f"【第二讲】{LECTURE}", author="李宏毅")),
        (youtube(f"{LECTURE} 1/2"), bilibili(f"{LECTURE} 2/2", author="李宏毅")),
    ],
    "almost the same title": [
        (youtube(READING), bilibili(READING.replace("3", "4"), author="李沐")),
    ],
    "languages and signs that differ": [
        (youtube(one), bilibili(other, author="李宏毅"))
        for one, other in (
            ("【Python】面向对象编程的二十个技巧", "【Java】面向对象编程的二十个技巧"),
            ("【Python】面向对象编程的二十个技巧", "面向对象编程的二十个技巧"),
            ("面向对象编程的C++核心技巧大全", "面向对象编程的C#核心技巧大全"),
            ("面向对象编程的核心技巧第1-2集", "面向对象编程的核心技巧第12集"),
        )
    ],
    "different languages": [
        (
            youtube("How ChatGPT was possibly trained and socialised", author="李宏毅"),
            bilibili(LECTURE, author="李宏毅"),
        )
    ],
    "the same site": [(youtube(LECTURE, 1, author="李宏毅"), youtube(LECTURE, 2, author="李宏毅"))],
    "a playlist and a video": [
        (
            entry("https://www.youtube.com/playlist?list=PLx", LECTURE, author="李宏毅"),
            bilibili(LECTURE, author="李宏毅"),
        )
    ],
    "articles with one author missing": [(wechat(FAMILY, author="机器之心公众号"), zhihu(FAMILY))],
    "a video and an article": [
        (youtube(LECTURE, author="李宏毅"), zhihu(LECTURE, author="李宏毅")),
    ],
    "code": [
        (
            entry("https://github.com/a/nanogpt", NANO, author="Andrej Karpathy"),
            entry("https://gitlab.com/b/nanogpt", NANO, author="Andrej Karpathy"),
        )
    ],
}


@pytest.mark.parametrize("pair", [pair for pairs in APART.values() for pair in pairs])
def test_weak_evidence_joins_nothing(pair):
    assert len(merge(pair)) == 2


def test_two_candidates_of_one_site_leave_all_apart():
    entries = [bilibili(LECTURE, author="李宏毅"), youtube(LECTURE, 1), youtube(LECTURE, 2)]
    assert len(merge(entries)) == 3


def test_evidence_that_contradicts_itself_leaves_all_apart():
    other = "GPT，GPT-2，GPT-3 论文精读"
    entries = [
        bilibili(LECTURE, 1, author="李宏毅"),
        bilibili(other, 2, author="李宏毅"),
        youtube(LECTURE, 1),
        entry(f"{YOUTUBE}abcdefghi01", other, "c"),
    ]
    assert len(merge(entries)) == 3


def test_an_author_known_from_another_list_is_read_at_the_end_of_a_title():
    known = entry("https://example.com/x", "别的文章", author="李宏毅")
    assert len(merge([known, youtube(LECTURE), bilibili(f"{LECTURE} (李宏毅)")])) == 2
    assert len(merge([youtube(LECTURE), bilibili(f"{LECTURE} (李宏毅)")])) == 2


TITLES = st.sampled_from(
    [LECTURE, f"{LECTURE} (李宏毅)", "GPT，GPT-2，GPT-3 论文精读", "x", "课程", ""]
)
URLS = st.sampled_from(
    [f"{YOUTUBE}abcdefghi0{n}" for n in range(3)] + [f"{BILIBILI}1U84y167{c}3?p=1" for c in "abc"]
    + ["http://a.com/x", "https://a.com/x/", "https://a.com/x?v=1", "nowhere", "https://v.youku.com/1"]
)  # fmt: skip
ENTRIES = st.builds(
    Entry,
    list_id=st.sampled_from("abc"),
    url=URLS,
    title=TITLES,
    position=st.integers(0, 9),
    author=st.sampled_from([None, None, "李宏毅", "李沐"]),
    published=st.sampled_from([None, None, "2022", "2022-12", "2021"]),
)


@given(st.lists(ENTRIES, max_size=14), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_merge_is_a_partition_whatever_comes(entries, order):
    resources = merge(entries)
    shuffled = list(entries)
    order.shuffle(shuffled)
    assert merge(shuffled) == resources
    kept = [mention for resource in resources for mention in resource.mentions]
    assert sorted(kept, key=repr) == sorted(entries, key=repr)
    for resource in resources:
        assert resource.title
        assert resource.url not in resource.aliases
        sites = [m.url.split("/")[2] for m in resource.mentions if "//" in m.url]
        named = {(m.url.partition("?p=")[0]) for m in resource.mentions}
        assert (
            len(set(sites)) > 1
            or len({u.replace("http:", "https:").rstrip("/") for u in named}) == 1
        )


def test_what_is_only_linked_as_part_of_a_work_joins_it():
    source = """- [Attention](https://a.org/p) - great [code](https://g.org/c) [video](https://v.org/v)
- [Other](https://a.org/o) - [video](https://v.org/both)
- [Third](https://a.org/t) - [video](https://v.org/both)
"""
    first, other, both, third = merge(parse(source, "list.md").entries)
    assert (first.url, first.title) == ("https://a.org/p", "Attention")
    assert first.aliases == ("https://g.org/c", "https://v.org/v")
    assert [m.title for m in first.mentions] == [
        "Attention",
        "Attention (code)",
        "Attention (video)",
    ]
    assert (other.aliases, both.url, third.aliases) == ((), "https://v.org/both", ())
    alone = merge([*parse(source, "a").entries, *parse("- [C](https://g.org/c)", "b").entries])
    assert [r.url for r in alone if r.url.startswith("https://g.org")] == ["https://g.org/c"]


def test_many_works_of_one_title_are_not_compared_with_each_other(monkeypatch):
    compared = []
    plain = same_work._compatible
    monkeypatch.setattr(same_work, "_compatible", lambda a, b: compared.append(1) or plain(a, b))
    entries = [
        Entry("a", f"https://s{n}.org/x", "The very same long title", author="Ann Li", kind="paper")
        for n in range(500)
    ]
    assert len(merge(entries)) == 500
    assert len(compared) <= 5 * 500


def test_a_list_of_books_by_its_name_joins_no_two_addresses():
    title = "The very same long title"
    first, second = merge(
        [
            Entry("free-books", "https://a.org/x", title, author="Ann Li"),
            Entry("free-books", "https://b.org/x", title, author="Ann Li", position=1),
        ]
    )
    assert first.kind == second.kind == "book"

"""kind_of: what curators, sites and titles say, in that order of trust."""

import pytest

from cache.records import KINDS, Entry
from indexer.lists.parse import parse
from indexer.resources.kinds import is_video_host, kind_of
from indexer.resources.merge import merge


def said(*kinds, title="x"):
    return [Entry("a", "https://example.com", title, kind=kind) for kind in kinds]


@pytest.mark.parametrize(
    ("url", "title", "kind"),
    [
        ("https://arxiv.org/abs/1706.03762", "Attention Is All You Need", "paper"),
        ("https://arxiv.org/abs/2303.18223", "A Survey of Large Language Models", "survey"),
        ("https://arxiv.org/abs/2303.18223", "大语言模型综述", "survey"),
        ("https://www.youtube.com/watch?v=t70Bl3w7bxY", "Neural networks course", "video"),
        ("https://www.youtube.com/channel/UCx", "Two Minute Papers", None),
        ("https://www.bilibili.com/video/BV1U84y167i3", "课程", "video"),
        ("https://github.com/karpathy/nanogpt", "nanoGPT tutorial", "code"),
        ("https://github.com/sindresorhus/awesome", "Awesome", "reference"),
        ("https://www.coursera.org/learn/machine-learning", "Machine Learning", "course"),
        ("https://huggingface.co/datasets/squad", "SQuAD", "dataset"),
        ("https://huggingface.co/blog/rlhf", "RLHF", "article"),
        ("https://mp.weixin.qq.com/s/abc", "ChatGPT数据集之谜", "article"),
        ("https://mp.weixin.qq.com/s/abc", "大模型入门", "tutorial"),
        ("https://zhuanlan.zhihu.com/p/1", "通向AGI之路", "article"),
        ("https://engineering.linkedin.com/x", "Presence", "article"),
        ("https://example.com/blog/2015/x", "Understanding LSTM", "article"),
        ("https://example.com/x", "CS231n: ConvNets", "course"),
        ("https://example.com/x", "The Beginner's Guide", "tutorial"),
        ("https://example.com/x", "Deep Learning Book", "book"),
        ("https://example.com/x", "Bookmark manager", None),
        ("https://example.com/x", "", None),
        ("https://en.wikipedia.org/wiki/RLHF", "RLHF", "reference"),
    ],
)
def test_kind_by_address_and_title(url, title, kind):
    assert kind_of([Entry("a", url, title)], url) == kind


def test_curators_outvote_the_site_and_ties_are_settled():
    url = "https://github.com/a/b"
    assert kind_of(said("book", "book", "code"), url) == "book"
    assert kind_of(said("book", "course"), url) == kind_of(said("course", "book"), url) == "course"
    assert kind_of(said("nonsense", None), url) == "code"
    assert kind_of(said("paper", title="A survey of surveys"), url) == "survey"
    assert kind_of([], "not an address") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("EbookFoundation__free-programming-books__free-programming-books-zh.md", "book"),
        ("awesome-public-datasets.md", "dataset"),
        ("强化学习论文.md", "paper"),
        ("my_papers.bib", "paper"),
        ("awesome-bookmarks", None),
        ("papers-and-books.md", None),
    ],
)
def test_the_last_word_has_the_name_of_the_list(name, kind):
    assert kind_of([Entry(name, "https://example.com/x", "x")], "https://example.com/x") == kind
    assert kind_of([Entry(name, "https://github.com/a/b", "x")], "https://github.com/a/b") == "code"


def test_every_kind_is_one_of_the_declared():
    urls = ["https://vimeo.com/1", "https://www.ted.com/talks/x", "https://doi.org/10.1/x",
            "https://speakerdeck.com/x/y", "https://huggingface.co/spaces/a/b"]  # fmt: skip
    for url in urls:
        assert kind_of([Entry("a", url, "x")], url) in KINDS


def test_video_hosts():
    assert is_video_host("https://www.bilibili.com/video/BV1U84y167i3")
    assert is_video_host("https://v.youku.com/x")
    assert not is_video_host("https://example.com/youtube.com/")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("## Videos\n- [A](https://www.youtube.com/watch?v=1)", "video"),
        ("## 论文\n- [A](https://www.youtube.com/watch?v=1)", "video"),
        ("## Talks\n- [A](https://www.youtube.com/watch?v=1)", "talk"),
        ("## Misc\n- [Two Minute Papers](https://www.youtube.com/@TwoMinutePapers)", None),
        ("## Misc\n- [A channel](https://www.youtube.com/channel/UC1)", None),
        ("## Articles\n- [A](https://arxiv.org/abs/1706.03762)", "paper"),
        ("## Articles\n- [A Survey of X](https://arxiv.org/abs/1706.03762)", "survey"),
        ("## Books\n- [A](https://www.coursera.org/learn/a)", "course"),
        ("## 数据集\n- [A](https://github.com/a/b)", "dataset"),
    ],
)
def test_a_site_of_one_sort_of_thing_is_no_vote_of_the_curator(source, kind):
    (resource,) = merge(parse(source, "a.md").entries)
    assert resource.kind == kind

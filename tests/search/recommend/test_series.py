import pytest

from cache.records import Entry, Resource
from search.recommend.series import is_later_part


def work(title: str, *mentions: Entry) -> Resource:
    return Resource("a", "https://example.org/a", (), title, None, None, mentions)


@pytest.mark.parametrize(
    "title",
    [
        "Part 3 (Safely dealing with scientific units)",
        "Building the Activity Graph, Part 2",
        "Compilers, part IV: code",
        "Lecture 12: attention",
        "Linear algebra, Ep. 07",
        "Go 语言（三）",
        "深入 TCP (2)",
        "操作系统 第十二讲",
        "注意力机制（下）",
        "RLHF 第 2 部分",
    ],
)
def test_later_parts_are_told_by_their_titles(title):
    assert is_later_part(work(title))


@pytest.mark.parametrize(
    "title",
    [
        "Attention, part 1",
        "Part I: what a language model is",
        "Go 语言（一）",
        "第一讲 线性代数",
        "注意力机制（上）",
        "Operating Systems: Three Easy Pieces",
        "A short introduction to operating systems (2001)",
        "Particle 3 and the parts of speech",
        "Learn Python in a Week",
        "Introduction to Programming Using Java (5th Edition)",
        "第二代 神经网络",
    ],
)
def test_first_parts_and_whole_works_are_not(title):
    assert not is_later_part(work(title))


def test_what_every_list_calls_part_of_another_work_is_one():
    alone = Entry("list", "https://example.org/a", "Code")
    part = Entry("other", "https://example.org/a", "Code", part_of="https://example.org/paper")
    assert is_later_part(work("Code", part))
    assert not is_later_part(work("Code", part, alone))

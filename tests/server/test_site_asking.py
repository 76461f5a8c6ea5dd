"""The exported site understands a question as the engine does, and what narrows it there too."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.site_bytes import Host
from cache.settings import Settings
from search.ask.understand import understand
from server.site import export
from tests.server.test_filters import ALL, FILTERS, OPERATORS, endings

SEARCH = """async (asked) => (await (await import("./source.js")).search({ k: 50, ...asked }))"""
UNDERSTOOD = """async (questions) => {
  const { understood } = await import("./understanding.js");
  return Promise.all(questions.map((question) => understood(question)));
}"""
SAID = ("topic", "level", "kinds", "languages", "after", "before", "intent", "cues", "exact")
MORE = ("without", "sites", "authors", "lists")
WORDS = """
    explain|simply|in depth|RLHF|入门|深入讲解|综述|论文|视频|中文|in english|since 2023|before|
    2020年以后|latest|最新的|papers|video course|for beginners|注意力机制|的|，|?|🦜|ＦＵＬＬ|簡單|
    入門|什么是|请|推荐|2023年的|in 2022|"explain simply"|-video|site:arXiv.org|list:x|how do|
    author:"Jason Wei"|datasets for|a tool for Python|框架|guide|C++|源码|-O2|“深入浅出”|
    书单：「读过」|tell me about
"""


@pytest.fixture(scope="module")
def served(two_lists: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("two") / "site"
    export(two_lists, folder)
    with Host(Path(folder)) as host:
        yield host.url


def questions() -> list[str]:
    """Runs of words that say something, the same each time."""
    words = [word.strip() for word in WORDS.replace("\n", "").split("|")]
    draw = random.Random(1)
    return [*words, *(" ".join(draw.choices(words, k=draw.randint(2, 6))) for _ in range(300))]


def test_a_question_is_understood_as_by_the_engine(served: str, visits: Any) -> None:
    page = visits.open(served)
    asked = questions()
    for question, found in zip(asked, page.evaluate(UNDERSTOOD, asked), strict=True):
        query = understand(question)
        for name in (*SAID, *MORE):
            ours = getattr(query, name)
            assert found[name] == (list(ours) if isinstance(ours, tuple) else ours), question
        assert found["operators"] == [one._asdict() for one in query.operators], question


def test_filters_leave_what_they_leave_elsewhere(served: str, visits: Any) -> None:
    page = visits.open(served)
    for name, (flags, expected) in FILTERS.items():
        if "since" not in flags:
            found = page.evaluate(SEARCH, {"q": "transformer", **flags})["results"]
            assert endings(found) == expected, name


def test_operators_leave_what_they_leave_elsewhere(served: str, visits: Any) -> None:
    page = visits.open(served)
    for question, expected in OPERATORS.items():
        found = page.evaluate(SEARCH, {"q": question})
        assert endings(found["results"]) == expected, question
        assert all(one["said"] in question for one in found["query"]["operators"])


@pytest.mark.parametrize("quoted", ["“梯度消失的梯子”", '"ladder of no gradient"'])
def test_what_nothing_says_to_the_letter_is_asked_without_quotes(
    served: str, visits: Any, quoted: str
) -> None:
    page = visits.open(f"{served}?q=transformer {quoted} -video&ui=en")
    page.wait_for_selector(".result .acts")
    assert f"Nothing says “{quoted[1:-1]}”" in page.locator(".understood").first.inner_text()
    found = page.evaluate(SEARCH, {"q": f"transformer {quoted} -video"})
    assert (found["query"]["exact"], found["query"]["unsaid"]) == ([], [quoted[1:-1]])
    assert endings(found["results"]) == ALL - {"kCc8FmEb1nY"}


@pytest.mark.parametrize(("ui", "said"), [("en", "No list is named"), ("zh", "没有名为")])
def test_what_narrows_is_shown_and_what_is_unknown_is_named(
    served: str, visits: Any, ui: str, said: str
) -> None:
    page = visits.open(f"{served}?q=transformer+site:arxiv.org&ui={ui}")
    page.wait_for_selector(".result .acts")
    assert page.locator(".narrowed .taken span[dir]").all_inner_texts() == ["site:arxiv.org"]
    page.locator(".narrowed .taken").click()
    page.wait_for_selector(".narrowed", state="detached")
    page.get_by_role("searchbox").fill("transformer list:nowhere")
    page.wait_for_selector(".note")
    assert said in page.locator(".note").inner_text()


@pytest.mark.parametrize(
    ("ui", "asked", "said"),
    [
        ("en", "how to bake sourdough bread, in pictures", "Nothing in your lists is about this"),
        ("zh", "古代陶瓷的中文名称", "没有这方面的内容"),
    ],
)
def test_that_nothing_is_about_a_question_is_said(
    served: str, visits: Any, ui: str, asked: str, said: str
) -> None:
    page = visits.open(f"{served}?q={asked}&ui={ui}")
    page.wait_for_selector(".result .acts")
    assert said in page.locator("#view h2").first.inner_text()
    assert page.locator(".result").count() <= 3
    for answered in ("illustrated transformer", "注意力机制", "chain of thought"):
        assert not page.evaluate(SEARCH, {"q": answered})["little"], answered
    assert not page.evaluate(SEARCH, {"q": asked, "lang": ["en"]})["little"]

"""Filters on the page, over two lists: folded away, counted among the answers, taken away again."""

import re
from typing import Any

import pytest

from tests.server.test_browser import PHONE, answered, titles

QUESTION = "transformer"


def opened(visits: Any, two: Any, rest: str = "", **look: Any) -> Any:
    page = visits.open(f"{two.url}/?q={QUESTION}{rest}", **look)
    page.wait_for_selector(".result .acts, .note")
    return page


def shown_are(page: Any, two: Any, **flags: Any) -> None:
    """Wait until the page shows what the API answers."""
    expected = two.get("/api/search", k=20, **flags).json()["results"]
    page.wait_for_function(
        "(ids) => JSON.stringify([...document.querySelectorAll('.result article')]"
        ".map((one) => one.dataset.id).sort()) === JSON.stringify(ids)",
        arg=sorted(one["id"] for one in expected),
    )


def test_filters_are_one_line_that_unfolds(two: Any, visits: Any) -> None:
    page = opened(visits, two)
    assert page.locator(".filters").bounding_box()["height"] < 70
    page.locator("summary", has_text="Filters").click()
    chip = page.get_by_role("button", name=re.compile("^awesome-web"))
    among = two.get("/api/search", q=QUESTION, k=20, detail="true").json()["among"]
    assert chip.locator(".count").inner_text() == str(among["lists"]["awesome-web.md"])
    level = page.get_by_role("button", name=re.compile("^Advanced"))
    given, every = (among[name].get("advanced", 0) for name in ("levels_given", "levels"))
    guessed = f"{given} + ~{every - given}" if given else f"~{every}"
    assert level.locator(".count").inner_text() == (guessed if given < every else str(every))
    chip.click()
    shown_are(page, two, q=QUESTION, list="awesome-web.md")
    page.get_by_role("button", name="Take away: awesome-web").click()
    shown_are(page, two, q=QUESTION)


@pytest.mark.parametrize(
    ("label", "typed", "flags"),
    [
        ("Minutes at most", "40", {"max_minutes": "40"}),
        ("Stars at least", "5", {"min_stars": "5"}),
        ("New since", "7d", {"since": "7d"}),
        ("Site", "arxiv.org", {"site": "arxiv.org"}),
        ("Author", "Karpathy", {"author": "Karpathy"}),
    ],
)
def test_each_filter(two: Any, visits: Any, label: str, typed: str, flags: Any) -> None:
    page = opened(visits, two)
    page.locator("summary", has_text="Filters").click()
    box = page.get_by_label(label, exact=True)
    box.fill(typed)
    box.press("Enter")
    shown_are(page, two, q=QUESTION, **flags)
    [(name, value)] = flags.items()
    assert f"{name}={value}" in page.url
    page.locator(".taken").click()
    shown_are(page, two, q=QUESTION)


@pytest.mark.parametrize("said", ["-video", "“chain of thought”", "site：arxiv.org", "author:ng"])
def test_operators_are_chips_that_are_taken_away(two: Any, visits: Any, said: str) -> None:
    page = opened(visits, two)
    page.get_by_role("searchbox").first.fill(f"{said} {QUESTION}")
    answered(page, f"{said} {QUESTION}")
    shown_are(page, two, q=f"{said} {QUESTION}")
    page.get_by_role("button", name=f"Take away: {said}").click()
    answered(page, QUESTION)
    assert page.get_by_role("searchbox").first.input_value() == QUESTION
    shown_are(page, two, q=QUESTION)


def test_where_nothing_is_found_only_what_narrowed_it_is_shown(two: Any, visits: Any) -> None:
    page = opened(visits, two, "&site=nowhere.example.org")
    page.get_by_text("Nothing here answers that").wait_for()
    assert page.locator("summary").count() == 0
    page.get_by_role("button", name="Take away: nowhere.example.org").click()
    shown_are(page, two, q=QUESTION)


def test_results_stand_by_level_where_one_was_asked(two: Any, visits: Any) -> None:
    page = opened(visits, two, "&level=intermediate")
    heads = page.locator(".levelgroup").all_inner_texts()
    assert heads[0].startswith("Intermediate")
    results = two.get("/api/search", q=QUESTION, k=20, level="intermediate").json()["results"]
    own = [one["title"] for one in results if one["level"] == "intermediate"]
    assert own
    assert titles(page)[: len(own)] == own


def test_a_work_in_progress_is_marked(two: Any, visits: Any) -> None:
    page = opened(visits, two)
    button = page.get_by_role("button", name="In progress").first
    button.click()
    page.wait_for_selector(".mark[aria-pressed=true]")
    assert [one["mark"] for one in two.get("/api/marks").json()["marks"]] == ["started"]
    button.click()
    page.wait_for_function("() => !document.querySelector('.mark[aria-pressed=true]')")


def test_in_chinese_nothing_is_left_in_english(two: Any, visits: Any) -> None:
    visits.expected = ("400",)
    page = opened(visits, two, "&list=awesome-web.md", locale="zh-CN")
    page.locator("summary", has_text="筛选").click()
    said = page.locator(".filters .name, .filters summary, .acts, .clear").all_inner_texts()
    assert not re.search("[A-Za-z]{2,}", " ".join(said))
    page.goto(f"{two.url}/?q=x&after=soon")
    page.get_by_role("heading", name="有一个参数不成立").wait_for()
    page.get_by_text("after：应当写成 2023, 2023-06, 2023-06-30 的样子").wait_for()


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"viewport": PHONE}])
def test_axe_finds_nothing_serious(two: Any, visits: Any, look: dict[str, Any]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(visits, two, "&level=beginner&site=arxiv.org", reduced_motion="reduce", **look)
    page.locator("summary", has_text="Filters").click()
    found = Axe().run(page).response["violations"]
    bad = [v for v in found if v["impact"] in {"serious", "critical", "moderate"}]
    assert [(v["id"], v["nodes"][0]["html"]) for v in bad] == []
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""The page in Debian's chromium: what a reader does, by mouse, by keyboard, on a phone."""

import base64
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cache.settings import Settings
from indexer.lists.parse import parse

PHONE = {"width": 390, "height": 844}
VIEWS = {
    "start": ("/", ".example"),
    "results": ("/?q=explain+RLHF+simply", ".result .acts"),
    "path": ("/?view=path&topic=transformers", ".step"),
    "map": ("/?view=map", ".legend"),
    "new": ("/?view=new", "h2"),
    "recommend": ("/?view=recommend", "h2"),
    "tools": ("/?view=tools", ".toolcard"),
}


def titles(page: Any) -> list[str]:
    found: list[str] = page.locator(".result h3").all_inner_texts()
    return found


def answered(page: Any, text: str) -> None:
    """Wait for the answer to text."""
    page.wait_for_function(
        "q => new URLSearchParams(location.search).get('q') === q"
        " && document.querySelector('.result .acts')"
        " && !document.getElementById('main').hasAttribute('aria-busy')",
        arg=text,
    )


def test_results_come_while_typing(live: Any, visits: Any) -> None:
    page = visits.open(live.url)
    page.get_by_role("searchbox").press_sequentially("RLHF", delay=20)
    answered(page, "RLHF")
    assert titles(page) == [
        r["title"] for r in live.get("/api/search", q="RLHF", k=20).json()["results"]
    ]
    assert page.locator("mark").first.inner_text() == "RLHF"
    assert re.fullmatch(r"20 results in \d+ ms", page.get_by_role("status").inner_text())


def test_a_stale_answer_never_replaces_a_newer_one(live: Any, visits: Any) -> None:
    page = visits.open(live.url)
    held: list[Any] = []
    page.route(re.compile(r"/api/search\?q=GPT&"), lambda route: held.append(route))
    box = page.get_by_role("searchbox")
    box.fill("GPT")
    page.wait_for_function("() => document.querySelector('.bone')")
    box.fill("transformer")
    answered(page, "transformer")
    newer = titles(page)
    assert held
    for route in held:
        route.abort()
    page.wait_for_timeout(200)
    assert titles(page) == newer


def test_filters_narrow_and_are_taken_away(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=ChatGPT")
    page.locator("summary", has_text="Filters").click()
    page.get_by_role("button", name=re.compile("^Video")).click()
    page.wait_for_url("**kind=video**")
    count = len(live.get("/api/search", q="ChatGPT", kind="video", k=20).json()["results"])
    page.wait_for_function(f"() => document.querySelectorAll('.result').length === {count}")
    assert all("Video" in meta for meta in page.locator(".meta").all_inner_texts())
    chip = page.get_by_role("button", name=re.compile("^Video"))
    assert chip.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_url(re.compile(r"\?q=ChatGPT$"))
    page.go_back()
    page.wait_for_url("**kind=video**")


def test_why_shows_parts_that_sum_to_the_score(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=explain+transformers+simply")
    why = page.get_by_role("button", name="Why this").first
    why.click()
    assert why.get_attribute("aria-expanded") == "true"
    shown = page.locator(".parts").first.locator(".points").all_inner_texts()
    *parts, score = [float(text.replace("−", "-")) for text in shown]
    assert len(parts) > 1
    assert abs(sum(parts) - score) < 0.0006 * len(parts)
    widths = page.locator(".bar").evaluate_all("bars => bars.map(b => b.offsetWidth)")
    assert widths == sorted(widths, reverse=True)
    why.click()
    assert page.locator(".parts").first.is_hidden()


def test_similar_leads_on_and_back(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=attention+is+all+you+need")
    first = page.locator(".result h3").first.inner_text()
    page.get_by_role("button", name="Similar").first.click()
    page.wait_for_selector(".origin")
    assert page.locator(".origin .title").inner_text() == first
    page.wait_for_selector(".result .acts")
    assert first not in titles(page)
    page.go_back()
    answered(page, "attention is all you need")
    assert titles(page)[0] == first


def test_marks_are_kept(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=GPT-3")
    page.get_by_role("button", name="Like", exact=True).first.click()
    page.wait_for_function(
        "() => document.getElementById('status').textContent.startsWith('Marked')"
    )
    page.get_by_role("button", name="Later", exact=True).first.click()
    page.wait_for_function("() => document.getElementById('status').textContent.includes('Later')")
    page.reload()
    liked = page.get_by_role("button", name="Like", exact=True).first
    page.wait_for_selector(".result .acts")
    assert liked.get_attribute("aria-pressed") == "true"
    liked.click()  # takes this one mark away, not the other
    page.wait_for_function(
        "() => document.getElementById('status').textContent.includes('cleared')"
    )
    assert [m["mark"] for m in live.get("/api/marks").json()["marks"]] == ["later"]
    page.get_by_role("button", name="Later", exact=True).first.click()
    page.wait_for_function("() => !document.querySelector('.mark[aria-pressed=true]')")
    assert live.get("/api/marks").json()["marks"] == []


def test_a_path_is_drawn_in_steps(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=path")
    page.get_by_label("What do you want to learn?").fill("transformers")
    page.get_by_role("button", name="Draw the path").click()
    page.wait_for_selector(".step")
    page.get_by_label("Steps").fill("2")
    page.get_by_label("Steps").press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.step').length === 2")
    asked = live.get("/api/path", topic="transformers", steps=2).json()["results"]
    assert page.locator(".step h3").all_inner_texts() == [step["title"] for step in asked]
    assert page.locator(".node").all_inner_texts() == [str(step["step"]) for step in asked]
    assert page.locator(".because").count() == sum(1 for step in asked if step.get("why"))


def test_an_estimate_looks_like_one(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=explain+RLHF+simply")
    page.wait_for_selector(".result .acts")
    results = live.get("/api/search", q="explain RLHF simply", k=20).json()["results"]
    guessed = {r["id"]: r["level"] is not None and r["level_confidence"] < 1 for r in results}
    shown = page.locator(".result article").evaluate_all(
        "all => all.map((one) => [one.dataset.id,"
        " one.querySelector('.level')?.classList.contains('guess') ?? false])"
    )
    assert dict(shown) == guessed
    assert any(guessed.values())
    assert not all(guessed.values())
    sure = page.locator(".level.guess").first.get_attribute("title")
    assert re.fullmatch(r"estimated, \d+% sure", sure)


def on_map(page: Any, live: Any, number: int) -> tuple[float, float]:
    """Where a point of the whole map is drawn on the page."""
    packed = live.get("/api/map/points").json()
    columns, n = base64.b64decode(packed["points"]), packed["count"]
    x, y = (struct.unpack_from("<H", columns, 2 * (column * n + number))[0] for column in (0, 1))
    box = page.locator("canvas.map").bounding_box()
    scale = min(box["width"], box["height"] * 1.55) * 0.92
    return (
        box["x"] + box["width"] / 2 + (x / 65535 - 0.5) * scale,
        box["y"] + box["height"] / 2 - (y / 65535 - 0.5) * scale / 1.55,
    )


def test_the_map_is_explored_by_pointer(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=map")
    page.wait_for_selector(".legend")
    page.mouse.click(*on_map(page, live, 3))
    page.wait_for_selector(".peek .title")
    titles_of = live.get("/api/map/resources", at=",".join(map(str, range(80)))).json()["results"]
    assert page.locator(".peek .title").inner_text() in {one["title"] for one in titles_of}
    page.locator(".peek").get_by_role("button", name="Close").click()
    for colour in ("level", "list"):
        page.get_by_role("button", name=colour, exact=True).click()
        page.wait_for_selector(f".chip[aria-pressed=true]:text-is('{colour}')")
    before = page.locator("canvas.map").screenshot()
    page.get_by_role("button", name="Closer").click()
    page.wait_for_timeout(200)
    assert page.locator("canvas.map").screenshot() != before


def test_a_point_tells_what_it_is_where_the_pointer_rests(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=map")
    page.wait_for_selector(".legend")
    box = page.locator("canvas.map").bounding_box()
    card = page.locator(".peek")
    spots = [
        (box["x"] + (x + 0.5) / 30 * box["width"], box["y"] + (y + 0.5) / 30 * box["height"])
        for y in range(30)
        for x in range(26)  # the buttons lie over the rest
    ]
    met = next(spot for spot in spots if clicked(page, spot))
    assert card.locator(".act").all_inner_texts() == ["Similar", "Close"]
    card.get_by_role("button", name="Close").click()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.move(*met)
    card.wait_for(state="visible")
    assert card.locator(".act").all_inner_texts() == ["Similar"]
    assert "null" not in card.inner_text()


def clicked(page: Any, spot: tuple[float, float]) -> bool:
    """Whether a click there opens what a point is."""
    page.mouse.click(*spot)
    page.wait_for_timeout(50)
    return bool(page.locator(".peek").is_visible())


def test_a_lasso_makes_a_list_that_can_be_saved(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=map")
    page.wait_for_selector(".legend")
    page.get_by_role("button", name="Draw around some").click()
    box = page.locator("canvas.map").bounding_box()
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    page.mouse.move(box["x"] + 0.02 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    for x, y in corners:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
    page.mouse.up()
    page.wait_for_selector(".chosen .result")
    count = live.get("/api/map/points").json()["count"]
    assert page.locator(".chosen .result").count() == min(count, 200)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a list").click()
    saved = Path(download.value.path()).read_text("utf-8")
    assert len(parse(saved, "saved.md").entries) == min(count, 200)


def test_asking_on_the_map_lights_up_answers_and_on_path_draws_one(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=map")
    page.wait_for_selector(".legend")
    page.get_by_role("searchbox").first.fill("explain RLHF simply")
    page.wait_for_selector(".chosen .result")
    best = live.get("/api/search", q="explain RLHF simply").json()["results"][0]["title"]
    assert page.locator(".chosen .result h3").first.inner_text() == best
    page = visits.open(f"{live.url}/?view=path")
    page.get_by_role("searchbox").first.fill("transformers")
    page.keyboard.press("Enter")
    page.wait_for_selector(".step")
    assert "view=path" in page.url
    assert "topic=transformers" in page.url


def test_what_was_asked_goes_along_to_another_tab(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=transformers")
    answered(page, "transformers")
    page.get_by_role("link", name="Path").click()
    page.wait_for_selector(".step")
    assert "topic=transformers" in page.url
    box = page.get_by_role("searchbox")
    assert box.input_value() == "transformers"
    assert box.get_attribute("placeholder") == "What do you want to learn?"
    page.get_by_role("link", name="Map").click()
    page.wait_for_selector(".chosen .result")
    assert box.get_attribute("placeholder") == "Light up a topic on the map"
    page.go_back()
    page.wait_for_selector(".step")
    page.go_back()
    answered(page, "transformers")
    assert page.get_by_role("button", name="Search", exact=True).count() == 1


def test_a_question_can_be_followed(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=explain+RLHF+simply")
    answered(page, "explain RLHF simply")
    address = page.get_by_role("link", name="Follow this question").get_attribute("href")
    feed = live.client.get(address)
    assert feed.headers["content-type"].startswith("application/rss+xml")
    assert "<title>nextread: explain RLHF simply</title>" in feed.text


def test_for_you_says_where_nothing_was_marked_yet(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=recommend")
    page.get_by_text("You have marked nothing yet").wait_for()
    found = live.get("/api/search", q="RLHF").json()["results"][0]["id"]
    live.client.post("/api/marks", json={"resource": found, "mark": "like"})
    page.reload()
    page.wait_for_selector(".result .acts")
    assert page.get_by_text("You have marked nothing yet").count() == 0
    live.client.post("/api/marks", json={"resource": found, "mark": "clear"})


def test_the_map_as_a_list_holds_every_resource(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?view=map")
    page.wait_for_selector(".legend")
    page.locator("summary", has_text="The same as a list").click()
    count = live.get("/api/map/points").json()["count"]
    page.wait_for_function(
        """(count) => {
          document.querySelectorAll('.aslist details').forEach((one) => { one.open = true; });
          return document.querySelectorAll('.aslist li').length === count;
        }""",
        arg=count,
    )


def test_by_keyboard_alone(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/")
    page.wait_for_selector(".example")
    page.keyboard.press("/")
    page.keyboard.type("RLHF")
    page.keyboard.press("Enter")
    answered(page, "RLHF")
    focused = "document.activeElement.closest('.result h3')?.innerText"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == titles(page)[1]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == titles(page)[0]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".parts").first.is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.evaluate(
        "document.activeElement.addEventListener('click', e => { e.preventDefault();"
        " window.opened = e.currentTarget.href; })"
    )
    page.keyboard.press("Enter")
    assert page.evaluate("window.opened").startswith("http")


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_needs_no_sideways_scrolling(live: Any, visits: Any, view: str) -> None:
    address, ready = VIEWS[view]
    page = visits.open(live.url + address, viewport=PHONE, has_touch=True)
    page.wait_for_selector(ready)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_both_languages(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=RLHF", locale="zh-CN")
    answered(page, "RLHF")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.get_by_role("button", name="为什么是它").count() == 20
    page.get_by_role("link", name="English interface").click()
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    page.get_by_role("button", name="Why this").first.wait_for()
    page.reload()
    page.wait_for_selector(".result .acts")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_light_and_dark(live: Any, visits: Any) -> None:
    page = visits.open(live.url, color_scheme="dark")
    page.wait_for_selector(".example")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("button", name="Light or dark").click()
    light = page.evaluate(paper)
    assert light != dark
    page.reload()
    assert page.evaluate(paper) == light


@pytest.mark.parametrize("ui", ["en", "zh"])
def test_plain_search_works_without_javascript(live: Any, visits: Any, ui: str) -> None:
    page = visits.open(f"{live.url}/?ui={ui}", java_script_enabled=False)
    page.get_by_role("searchbox").fill("RLHF")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url(f"**/?q=RLHF&ui={ui}")
    assert page.evaluate("document.documentElement.lang").startswith(ui)
    expected = [r["title"] for r in live.get("/api/search", q="RLHF", k=20).json()["results"]]
    assert [text.strip() for text in titles(page)] == [" ".join(t.split()) for t in expected]
    assert page.get_by_role("navigation").count() == 0
    told = page.locator(".meta").all_inner_texts()
    levels = {"en": "Beginner|Intermediate|Advanced", "zh": "入门|进阶|深入"}[ui]
    assert any(re.match(f"~(?:{levels})", meta) for meta in told)  # estimated


def test_nothing_found_and_failures_are_said_with_a_way_out(live: Any, visits: Any) -> None:
    page = visits.open(f"{live.url}/?q=RLHF&after=2090")
    page.get_by_text("Nothing here answers that").wait_for()
    visits.expected = ("Failed to load resource", "net::ERR_FAILED")
    page.route("**/api/search?**", lambda route: route.abort())
    page.get_by_role("searchbox").fill("GPT")
    page.get_by_text("The server does not answer").wait_for()
    page.unroute("**/api/search?**")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Nothing here answers that").wait_for()


def test_a_refused_question_is_explained(live: Any, visits: Any) -> None:
    visits.expected = ("400",)
    page = visits.open(f"{live.url}/?q=RLHF&after=soon")
    page.get_by_role("heading", name="A parameter is not valid").wait_for()
    assert "after: should look like 2023, 2023-06" in page.locator(".note").inner_text()


def test_without_an_index_the_page_says_how_to_begin(
    tmp_path: Path, start: Callable[..., Any], visits: Any
) -> None:
    visits.expected = ("503",)
    page = visits.open(start(Settings.load(tmp_path)).url)
    page.get_by_text("Nothing has been indexed yet").wait_for()
    assert page.locator("code").inner_text() == "nextread build LIST"


def test_the_bookmarklet_adds_a_page_that_is_then_found(
    copy_of: Callable[[], Settings], start: Callable[..., Any], visits: Any
) -> None:
    own = start(copy_of())
    visits.expected = ("404",)
    page = visits.open(f"{own.url}/?view=tools")
    link = page.get_by_role("link", name="What else is like this page?")
    assert own.url in link.get_attribute("href")
    url, title = "https://example.org/quokka?a=1&b=2", "Quokkas [explained] <b>simply</b>"
    known = page.goto(f"{own.url}/?view=like&url={url.replace('&', '%26')}&title={title}")
    assert known.ok
    page.get_by_role("button", name="Add it to my list").click()
    page.get_by_text("Added.").wait_for()
    page.goto(f"{own.url}/?view=tools")
    page.wait_for_selector(".toolcard")
    for _ in range(600):  # a minute, where nothing else waits: then it will not come
        if own.get("/health").json()["generation"] > 1:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("what was added was not published")
    found = own.get("/api/search", q="quokka", k=1).json()["results"][0]
    assert (found["url"], found["title"]) == (url, title)
    page.get_by_role("button", name="Index now").click()
    page.get_by_text("Done: nothing had changed.").wait_for()


@pytest.mark.parametrize(
    ("view", "look"), [*((view, "light") for view in VIEWS), ("results", "dark"), ("map", "dark")]
)
def test_axe_finds_nothing_serious(live: Any, visits: Any, view: str, look: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    address, ready = VIEWS[view]
    page = visits.open(live.url + address, color_scheme=look, reduced_motion="reduce")
    page.wait_for_selector(ready)
    for opener in page.get_by_role("button", name="Why this").all()[:1]:
        opener.click()
    found = Axe().run(page).response["violations"]
    bad = [v for v in found if v["impact"] in {"serious", "critical", "moderate"}]
    assert [(v["id"], v["nodes"][0]["html"]) for v in bad] == []

"""The exported site: its analyzer agrees with ours, its search works in chromium, it is small."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.site_bytes import Host
from cache.errors import StoreError
from cache.records import LEVELS
from cache.settings import Settings
from indexer.lists.parse import read_list
from search.engine import Engine
from search.text import query_tokens, tokens
from server.site import SiteReport, export
from tests.conftest import ROOT

FIRST_ANSWER = 300_000
"""Bytes until the first answer of this site, of which page and scripts are 40,000 and the
analyzer's tables as many; a cell of vectors is 20,000, and it has few of them."""

ENDINGS = (
    "",
    "s",
    "es",
    "ed",
    "ing",
    "er",
    "ly",
    "ion",
    "ational",
    "iveness",
    "eedly",
    "ying",
    "ogist",
)
_IRREGULAR = """
    skis skies dying lying tying idly gently ugly early only singly sky news howe atlas cosmos bias
    andes inning outings evening proceed exceedly succeeded paste pasted pasting universal organic
    generate communism arsenal past added egging offed yes youth sayings eye flies ties gas this
    gaps kiwis agreed feed needs biologist hoped hopping falling fizzed bliss controlled
"""

QUESTIONS = [
    *(
        "explain RLHF simply",
        "transformers 图解",
        "ChatGPT 是怎样训练出来的",
        "GPT-3's fine-tuning",
    ),
    *("李宏毅 機器學習", "ｆｕｌｌ　ｗｉｄｔｈ", "C++ and C# .NET", "naïve café Straße ΣΊΣΥΦΟΣ"),
    *(
        "한국어 พิมพ์ไทย",
        "emoji 👩‍💻 and x\u200by",
        "don't we'll",
        "LLMs CNNs",
        "4.5 v2.0 a_b x&y",
        "",
    ),
]


@pytest.fixture(scope="module")
def site(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SiteReport]:
    folder = tmp_path_factory.mktemp("exported") / "site"
    return folder, export(built, folder)


@pytest.fixture(scope="module")
def host(site: tuple[Path, SiteReport]) -> Iterator[Host]:
    """The site in a folder of a host, as on any page of a project."""
    with Host(site[0], "/lists/mine/") as host:
        yield host


@pytest.fixture
def served(host: Host) -> str:
    return host.url


def piece(folder: Path, name: str) -> Any:
    (pieces,) = folder.glob("data-*")
    return json.loads(gzip.decompress((pieces / f"{name}.bin").read_bytes()))


def pieces_of(folder: Path, kind: str) -> list[Any]:
    return [piece(folder, f"{kind}/{path.stem}") for path in folder.glob(f"data-*/{kind}/*.bin")]


def corpus() -> list[str]:
    entries = read_list(ROOT / "lists" / "how-chatgpt-works.md").entries
    texts = [text for e in entries for text in (e.title, e.note, e.author or "", *e.section)]
    return [*texts, *QUESTIONS]


AGREE = """
import { readFileSync } from "node:fs";
import { analyzer } from "./tokens.js";
const { tables, texts } = JSON.parse(readFileSync(0, "utf8"));
const own = analyzer(tables);
console.log(JSON.stringify(texts.map((t) => [own.tokens(t), own.queryTokens(t)])));
"""


def test_its_analyzer_agrees_with_ours(site: tuple[Path, SiteReport], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed here; the browser test asks the same of the engine")
    plain = re.findall(r"[a-z]+", " ".join(corpus()).lower())
    forms = {word + ending for word in (*plain, *_IRREGULAR.split()) for ending in ENDINGS}
    texts = [*corpus(), *sorted(forms)]
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name in ("tokens.js", "stem.js"):
        shutil.copy(site[0] / name, tmp_path)
    (tmp_path / "agree.mjs").write_text(AGREE)
    ran = subprocess.run(
        [node, str(tmp_path / "agree.mjs")],
        input=json.dumps({"tables": piece(site[0], "analyzer"), "texts": texts}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    for text, (found, asked) in zip(texts, json.loads(ran.stdout), strict=True):
        if text not in QUESTIONS:
            assert (found, asked) == (tokens(text), query_tokens(text)), text
            continue
        known = {token for shard in pieces_of(site[0], "words") for token in shard}
        assert [t for t in found if t in known] == [t for t in tokens(text) if t in known], text


def test_it_is_small_and_safe(site: tuple[Path, SiteReport]) -> None:
    folder, report = site
    assert report.first_load < 160_000
    assert report.total < 1_000_000
    html = (folder / "index.html").read_text("utf-8")
    assert "script-src 'self'" in html
    assert "http://" not in html.replace("http://www.w3.org", "")


def test_it_overwrites_nothing_else(built: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(StoreError):
        export(built, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "kept"
    once = export(built, tmp_path / "site")
    assert export(built, tmp_path / "site") == once
    assert len(list((tmp_path / "site").glob("data-*"))) == 1


def test_the_same_collection_gives_the_same_bytes(
    site: tuple[Path, SiteReport], built: Settings, tmp_path: Path
) -> None:
    export(built, tmp_path / "again")
    told = [
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (site[0], tmp_path / "again")
    ]
    assert told[0] == told[1]


def test_every_resource_is_in_its_pieces(site: tuple[Path, SiteReport], built: Settings) -> None:
    plan = json.loads((site[0] / "site.json").read_text("utf-8"))
    blocks = -(-plan["count"] // plan["block"])
    records = [one for block in range(blocks) for one in piece(site[0], f"records/{block}")]
    assert len(records) == plan["count"] == site[1].resources
    placed = {name: place for ids in pieces_of(site[0], "ids") for name, place in ids.items()}
    assert placed == {record["id"]: place for place, record in enumerate(records)}
    sizes = [
        len(gzip.decompress(next(site[0].glob(f"data-*/cells/{cell}.bin")).read_bytes()))
        for cell in range(len(plan["cells"]) - 1)
    ]
    edges = zip(plan["cells"], plan["cells"][1:], strict=False)
    assert sizes == [plan["dim"] * (end - start) for start, end in edges]
    assert plan["cells"][-1] == plan["count"]


def test_the_first_answer_loads_few_of_its_pieces(
    host: Host, site: tuple[Path, SiteReport], visits: Any
) -> None:
    host.sent.clear()
    page = visits.open(f"{host.url}?q=思维链")
    page.wait_for_selector(".result .acts")
    assert sum(host.sent.values()) < FIRST_ANSWER
    loaded = [name for name in host.sent if "/words/" in name]
    assert 1 <= len(loaded) <= 2
    assert len(pieces_of(site[0], "words")) > 2


@pytest.mark.parametrize(
    ("ui", "hint"), [("en", "export it again"), ("zh", "重新导出")], ids=["en", "zh"]
)
def test_a_piece_that_does_not_come_is_named(served: str, visits: Any, ui: str, hint: str) -> None:
    visits.expected = ("Failed to load resource",)
    page = visits.open(f"{served}?ui={ui}")
    page.wait_for_selector(".example")
    page.route("**/words/*.bin", lambda route: route.fulfill(status=404))
    page.get_by_role("searchbox").fill("RLHF")
    page.wait_for_selector(".note .hint")
    said = page.locator(".note").inner_text()
    assert re.search(r"data-\w+/words/\d+\.bin", said)
    assert hint in said
    page.unroute("**/words/*.bin")
    page.locator(".note button").click()
    page.wait_for_selector(".result .acts")


def test_search_similar_map_and_marks_in_the_browser(
    served: str, built: Settings, visits: Any
) -> None:
    page = visits.open(served)
    page.get_by_role("searchbox").fill("attention is all you need")
    page.wait_for_selector(".result .acts")
    assert page.locator(".result h3").first.inner_text() == "Attention Is All You Need"
    page.get_by_role("button", name="Why this").first.click()
    points = page.locator(".parts").first.locator(".points").all_inner_texts()
    *parts, score = [float(text.replace("−", "-")) for text in points]
    assert abs(sum(parts) - score) < 0.002
    page.get_by_role("button", name="Similar").first.click()
    page.wait_for_selector(".origin")
    page.wait_for_selector(".result .acts")
    page.get_by_role("button", name="Like", exact=True).first.click()
    page.reload()
    page.wait_for_selector(".mark[aria-pressed=true]")
    page.goto(f"{served}?view=map")
    page.wait_for_selector(".legend")
    with Engine.open(settings=built) as engine:
        assert str(engine.collection.catalog.count) in page.locator("#status").inner_text()
    page.get_by_role("searchbox").fill("attention is all you need")
    page.wait_for_selector(".chosen .result")
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == [
        "Search",
        "Path",
        "Map",
        "For you",
    ]


def test_its_answers_resemble_the_engines(served: str, built: Settings, visits: Any) -> None:
    page = visits.open(served)
    page.wait_for_selector(".example")
    questions = ["RLHF", "transformer 图解", "GPT-3 few-shot", "思维链", "李宏毅 ChatGPT"]
    with Engine.open(settings=built) as engine:
        for question in questions:
            best = {result.resource.id for result in engine.search(question, k=10).results}
            ids = page.evaluate(
                "async (q) => (await (await import('./source.js')).search({ q, k: 10 }))"
                ".results.map((r) => r.id)",
                question,
            )
            assert len(best & set(ids)) >= 4, question


def test_similar_resembles_the_engines(served: str, built: Settings, visits: Any) -> None:
    page = visits.open(served)
    page.wait_for_selector(".example")
    asked = "async (id) => (await (await import('./source.js')).similar([id])).results"
    with Engine.open(settings=built) as engine:
        for question in ("attention is all you need", "RLHF", "思维链"):
            first = engine.search(question, k=1).results[0].resource.id
            best = {result.resource.id for result in engine.similar([first], k=10)}
            found = page.evaluate(asked, first)
            assert first not in {result["id"] for result in found}
            assert len(best & {result["id"] for result in found[:10]}) >= 5, question
            for result in found:
                assert result["score"] == pytest.approx(sum(result["parts"].values()))


@pytest.mark.parametrize(
    ("ui", "said"),
    [("en", ("both on", "same section of a list")), ("zh", ("都讲", "在书单的同一栏目"))],
    ids=["en", "zh"],
)
def test_what_is_similar_says_in_what(
    served: str, built: Settings, visits: Any, ui: str, said: tuple[str, str]
) -> None:
    with Engine.open(settings=built) as engine:
        found = [
            engine.search(q, k=1).results[0].resource.id for q in ("RLHF", "思维链", "ChatGPT")
        ]
    page = visits.open(f"{served}?view=like&id={found[0]}&ui={ui}")
    page.wait_for_selector(".result .because")
    assert page.locator(".because").count() == 12
    asked = "async (id) => (await (await import('./source.js')).similar([id])).results"
    reasons = [result["why"] for one in found for result in page.evaluate(asked, one)]
    for each in said:
        assert any(each in reason for reason in reasons), reasons


MARKS = {"en": {"read": "Read", "like": "Like"}, "zh": {"read": "已读", "like": "喜欢"}}


def press(item: Any, name: str) -> None:
    item.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(
    ("ui", "named", "start"),
    [("en", "like “", "of 5 stars"), ("zh", "与“", "满分 5 星")],
    ids=["en", "zh"],
)
def test_recommendations_follow_marks_kept_in_the_browser(
    served: str, visits: Any, ui: str, named: str, start: str
) -> None:
    page = visits.open(f"{served}?view=recommend&ui={ui}")
    page.wait_for_selector(".result .because")
    assert any(start in said for said in page.locator(".because").all_inner_texts())
    read = page.locator(".result article").first.get_attribute("data-id")
    press(page.locator(".result").first, MARKS[ui]["read"])
    page.locator(".result").first.locator(".mark[aria-pressed=true]").wait_for()
    page.goto(f"{served}?q=attention+is+all+you+need&ui={ui}")
    page.wait_for_selector(".result .acts")
    liked = page.locator(".result h3").first.inner_text()
    press(page.locator(".result").first, MARKS[ui]["like"])
    page.locator(".result").first.locator(".mark[aria-pressed=true]").wait_for()
    page.goto(f"{served}?view=recommend&ui={ui}")
    page.wait_for_selector(".result .because")
    assert any(named + liked in said for said in page.locator(".because").all_inner_texts())
    shown = page.locator(".result article").evaluate_all("all => all.map((one) => one.dataset.id)")
    assert len(shown) == 20
    assert read not in shown
    assert liked not in page.locator(".result h3").all_inner_texts()


@pytest.mark.parametrize(
    ("ui", "start"), [("en", "start here"), ("zh", "从这里开始")], ids=["en", "zh"]
)
def test_a_path_is_drawn_from_what_teaches_the_topic(
    served: str, built: Settings, visits: Any, ui: str, start: str
) -> None:
    page = visits.open(f"{served}?view=path&topic=transformers&ui={ui}")
    page.wait_for_selector(".step .because")
    assert page.locator(".because").first.inner_text().startswith(start)
    titles = page.locator(".step h3").all_inner_texts()
    assert all("transformer" in title.lower() for title in titles)
    asked = (
        "async () => (await (await import('./source.js')).path({ topic: 'transformers' })).results"
    )
    found = page.evaluate(asked)
    assert [one["title"] for one in found] == titles
    assert [one["step"] for one in found] == list(range(1, len(found) + 1))
    levels = [LEVELS.index(one["level"]) for one in found]
    assert levels == sorted(levels)
    with Engine.open(settings=built) as engine:
        ours = {result.resource.id for result in engine.path("transformers")}
    assert ours & {one["id"] for one in found}
    press(page.locator(".step").first, MARKS[ui]["read"])
    page.locator(".step").first.locator(".mark[aria-pressed=true]").wait_for()
    assert titles[0] not in {one["title"] for one in page.evaluate(asked)}


def test_no_path_is_drawn_where_nothing_names_the_topic(served: str, visits: Any) -> None:
    page = visits.open(f"{served}?view=path&topic=sourdough+bread")
    page.wait_for_selector(".note")
    assert "do not hold enough" in page.locator(".note").inner_text()


def test_the_map_is_in_both_languages_and_loads_no_vectors(host: Host, visits: Any) -> None:
    for ui, said in (("en", "What the lists cover"), ("zh", "书单覆盖了什么")):
        host.sent.clear()
        page = visits.open(f"{host.url}?view=map&ui={ui}")
        page.wait_for_selector(".legend")
        assert page.locator("#view h2").first.inner_text() == said
        assert not [name for name in host.sent if "/cells/" in name or "/words/" in name]
        page.locator(".aslist summary").first.click()
        page.locator(".aslist details summary").first.click()
        page.wait_for_selector(".aslist details[open]")

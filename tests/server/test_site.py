"""The exported site: its analyzer agrees with ours, its search works in chromium, it is small."""

import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cache.errors import StoreError
from cache.settings import Settings
from indexer.lists.parse import read_list
from search.engine import Engine
from search.text import query_tokens, tokens
from server.site import SiteReport, export
from tests.conftest import ROOT

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
def served(site: tuple[Path, SiteReport]) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(site[0]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def corpus() -> list[str]:
    entries = read_list(ROOT / "lists" / "how-chatgpt-works.md").entries
    texts = [text for e in entries for text in (e.title, e.note, e.author or "", *e.section)]
    return [*texts, *QUESTIONS]


SCRIPT = """
import { readFileSync } from "node:fs";
import { analyzer } from %s;
const own = analyzer(JSON.parse(readFileSync(%s, "utf8")));
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((t) => [own.tokens(t), own.queryTokens(t)])));
"""


def test_its_analyzer_agrees_with_ours(site: tuple[Path, SiteReport], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed here; the browser test asks the same of the engine")
    texts = corpus()
    script = tmp_path / "agree.mjs"
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(site[0] / "tokens.js", tmp_path)
    script.write_text(SCRIPT % ('"./tokens.js"', json.dumps(str(site[0] / "tables.json"))))
    ran = subprocess.run(
        [node, str(script)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    answers = list(zip(texts, json.loads(ran.stdout), strict=True))
    for text, (found, asked) in answers[: -len(QUESTIONS)]:
        assert (found, asked) == (tokens(text), query_tokens(text)), text
    known = set(json.loads((site[0] / "data.json").read_text("utf-8"))["postings"])
    for text, (found, _) in answers:
        assert [t for t in found if t in known] == [t for t in tokens(text) if t in known], text


def test_it_is_small_and_safe(site: tuple[Path, SiteReport]) -> None:
    folder, report = site
    assert report.first_load < 500_000
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
    page.goto(f"{served}/?view=map")
    page.wait_for_selector(".legend")
    with Engine.open(settings=built) as engine:
        assert str(engine.collection.catalog.count) in page.locator("#status").inner_text()
    page.get_by_role("searchbox").fill("attention is all you need")
    page.wait_for_selector(".chosen .result")
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == ["Search", "Map"]


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

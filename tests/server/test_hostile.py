"""Naughty strings in titles and notes stay text: in the browser and in the terminal."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cache.errors import UrlError
from cache.generation import Writer
from cache.records import Entry, Facts, Resource, Result
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.index import write as index
from search.answers import results_json
from search.engine import Engine
from search.models.embed import builder
from server import added, feeds
from tests.conftest import ROOT

BAD_LINKS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "java\nscript:alert(1)",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
STEP = 50  # results drawn at once


@pytest.fixture(scope="module")
def hostile(
    background: Path, naughty_strings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """A home whose every title and note is a naughty string, published past the list parser."""
    home = shutil.copytree(background, tmp_path_factory.mktemp("hostile") / "home")
    settings = Settings.load(home)
    works = []
    for number, text in enumerate(naughty_strings):
        safe = text.encode("utf-8", "replace").decode()
        url = (
            BAD_LINKS[number % 40]
            if number % 40 < len(BAD_LINKS)
            else f"https://n{number}.example/"
        )
        entry = Entry("naughty.md", url, safe or "empty", f"{safe} zebra", (safe,), number)
        resource = Resource(f"{number:016x}", url, (), safe or "empty", None, None, (entry,))
        works.append(index.work_of(resource, Facts(author=safe or None), None, ()))
    embedder = builder(settings.model, settings.layout)
    with Writer(settings.layout) as writer:
        folder = settings.layout.vectors(embedder.model_id)
        with VectorCache.open(folder, embedder.dim) as cache:
            vectors, centres, *_ = index.embed(works, embedder, cache, lambda *_: None)
        index.write(writer.folder, works, vectors, centres)
        writer.publish(
            model_id=embedder.model_id,
            dim=embedder.dim,
            counts=index.counts(works),
            settings={"recipe": index.RECIPE},
            digest=index.content_digest(works, embedder.model_id),
        )
    return settings


TRAP = """
window.tripped = [];
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.tripped.push(name);
const broken = (e) => window.tripped.push(e.violatedDirective);
document.addEventListener("securitypolicyviolation", broken);
"""

LOOSE = """() => [...document.querySelectorAll('#view *')].filter(e =>
  /^(SCRIPT|IFRAME|IMG|OBJECT|EMBED|STYLE|LINK|VIDEO|BASE|META)$/i.test(e.tagName)
  || [...e.attributes].some(a => a.name.startsWith('on'))
  || (e.href && !/^https?:/.test(e.href.baseVal ?? e.href))
  || (e.tagName === 'A' && e.target && e.rel !== 'noopener noreferrer')).map(e => e.outerHTML)"""


def test_naughty_strings_are_inert_in_the_browser(
    hostile: Settings, start: Callable[..., Any], visits: Any
) -> None:
    own = start(hostile)
    page = visits.open("about:blank")
    page.add_init_script(TRAP)
    shown: dict[str, str] = {}
    page.goto(f"{own.url}/?view=map")
    page.wait_for_selector(".legend")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(500)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(1500)
    assert page.evaluate(LOOSE) == []
    points = own.get("/api/map").json()["points"]
    listed = page.locator(".aslist li").evaluate_all(
        "items => items.map(i => i.firstChild.textContent)"
    )
    assert set(listed) <= {point["title"] for point in points}
    assert len(points) == 515
    page.goto(f"{own.url}/?q=zebra")
    page.wait_for_selector(".result .acts")
    wanted_all = results_json(all_results(hostile))
    for first in range(0, 515, STEP):
        results = wanted_all[first : first + STEP]
        drawn = page.evaluate(
            """async (results) => {
              const { resultList } = await import('/static/results.js');
              document.getElementById('view').replaceChildren(resultList(results, {}));
              return [...document.querySelectorAll('article')].map(
                a => [a.dataset.id, a.querySelector('h3').textContent,
                      a.querySelector('.snippet')?.textContent ?? '']);
            }""",
            results,
        )
        assert page.evaluate(LOOSE) == []
        shown |= {one: title for one, title, _ in drawn}
        wanted = [(r["id"], r["title"], r["snippet"]) for r in results]
        assert [tuple(one) for one in drawn] == wanted
    assert len(shown) == 515
    assert page.evaluate("window.tripped") == []


def test_naughty_strings_are_inert_without_javascript(
    hostile: Settings, naughty_strings: list[str], start: Callable[..., Any], visits: Any
) -> None:
    own = start(hostile)
    page = visits.open(f"{own.url}/", java_script_enabled=False)
    for text in naughty_strings[::40]:
        if not text.strip() or "\x00" in text:
            continue
        page.get_by_role("searchbox").fill(text.replace("\n", " ")[:500])
        page.get_by_role("searchbox").press("Enter")
        page.wait_for_load_state()
        assert page.locator("#view script, #view img, #view iframe, #view svg").count() == 0
        links = page.locator("h3 a").evaluate_all("links => links.map(l => l.getAttribute('href'))")
        assert all(re.match(r"https?://|$", link) for link in links)


def all_results(settings: Settings) -> list[Result]:
    with Engine.open(settings=settings) as engine:
        records = engine.collection.catalog.records(range(engine.collection.catalog.count))
    return [Result(one, 0.5, {"dense": 0.5}, None, "list note", facts) for one, facts in records]


def test_naughty_strings_are_inert_in_the_terminal(
    hostile: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    from server.terminal.results import print_results

    results = all_results(hostile)
    assert len(results) == 515
    for explain in (False, True):
        print_results(results, json=False, explain=explain)
        out = capsys.readouterr().out
        assert all(f"{rank}. " in out for rank in range(1, 516))
        assert not CONTROL.search(out)
    print_results(results, json=True)
    listed = capsys.readouterr().out
    assert len(json.loads(listed)["results"]) == 515
    assert not CONTROL.search(listed)


def test_the_command_itself_prints_no_control_bytes(hostile: Settings) -> None:
    command = [sys.executable, "-m", "cli", "--home", str(hostile.home), "search", "zebra"]
    ran = subprocess.run([*command, "-k", "515"], cwd=ROOT, capture_output=True, check=True)
    assert len(ran.stdout) > 10_000
    assert not CONTROL.search(ran.stdout.decode())


def test_the_feed_holds_them_as_text(naughty_strings: list[str]) -> None:
    import xml.etree.ElementTree as ET

    results = []
    for number, text in enumerate(naughty_strings):
        entry = Entry("l", "javascript:alert(1)", text, text)
        resource = Resource(str(number), "javascript:alert(1)", (), text, None, None, (entry,))
        results.append(Result(resource, 0.0, {}, None, "list note", Facts()))
    content = feeds.rss("t", results, published="2024-01-01T00:00:00+00:00")
    items = ET.fromstring(content).findall(".//item")
    assert len(items) == 515
    assert all(item.find("link") is None for item in items)
    assert all("<" not in (item.findtext("description") or "") for item in items)


def test_what_the_bookmarklet_adds_is_read_back_as_it_was(
    naughty_strings: list[str], tmp_path: Path
) -> None:
    from indexer.lists.parse import read_list

    settings = Settings.load(tmp_path)
    written = []
    for number, text in enumerate(naughty_strings):
        title = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if title and number % 5 == 0:
            url = f"https://n{number}.example/a(b)?q=[{number}]&x=<y>"
            written.append(title)
            path = added.append(settings, url, text, text)
    parsed = read_list(path)
    assert len(parsed.entries) == len(written)
    for address in BAD_LINKS:
        with pytest.raises(UrlError):
            added.append(settings, address, "x", "y")

"""Pages that a browser sends: with the token, from the extension, and from nobody else."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cache.lock import writing
from cache.pages import PageCache
from cache.settings import Settings
from indexer.build import build
from server.bounds import MAX_PAGE
from server.guard import Access
from server.saving import saving_token
from tests.conftest import write_list
from tests.server.conftest import CHROMIUM, FLAGS

EXTENSION = Path(__file__).parents[2] / "extension"
URL = "https://example.org/attention"
PROSE = "<p>Attention lets every position look at every other position of a sequence.</p>" * 9
PAGE = f"<!doctype html><title>Attention</title><article>{PROSE}</article>"
ORIGINS = ["https://evil.example", "http://127.0.0.1:1", "null", "chrome-extension.evil://x"]


@pytest.fixture
def home(tmp_path: Path, tiny_settings: Settings) -> Settings:
    """A home whose list links to URL, built without its page."""
    listed = write_list(tmp_path / "list.md", [("Attention", URL, "read this first")])
    build([str(listed)], tiny_settings, offline=True)
    return tiny_settings


def sent(live: Any, token: str | None, **headers: str) -> Any:
    bearer = {} if token is None else {"authorization": f"Bearer {token}"}
    body = {"url": URL, "html": PAGE}
    return live.client.post("/api/pages", json=body, headers={**bearer, **headers})


def test_a_page_is_kept_and_the_next_build_has_its_text(
    home: Settings, start: Callable[..., Any]
) -> None:
    live = start(home)
    token = live.get("/api/token").json()["token"]
    answer = sent(live, token, origin="chrome-extension://abcdefghijklmnop")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["title"] == "Attention"
    assert told["id"] == live.get("/api/resource", resource=URL).json()["resource"]["id"]
    assert live.get("/api/resource", resource=URL).json()["resource"]["evidence"] == "list note"
    build([], home, offline=True)
    assert live.get("/api/resource", resource=URL).json()["resource"]["evidence"] == "full text"


def test_a_page_needs_the_token_on_loopback_too(home: Settings, start: Callable[..., Any]) -> None:
    live = start(home)
    token = saving_token(home.layout)
    assert home.layout.token.stat().st_mode & 0o077 == 0
    for given in (None, "wrong", token[:-1]):
        assert sent(live, given).status_code == 401
        assert sent(live, given, origin="chrome-extension://a").status_code == 401
    assert sent(live, None, cookie=f"nextread_token={token}").status_code == 401
    asked = live.client.get("/api/facets", headers={"origin": "moz-extension://a"})
    assert asked.status_code == 401
    assert sent(live, token).status_code == 200


def test_no_page_of_another_origin_can_send_one(home: Settings, start: Callable[..., Any]) -> None:
    live = start(home)
    token = saving_token(home.layout)
    for origin in ORIGINS:
        assert sent(live, token, origin=origin).status_code == 403, origin
    assert sent(live, token, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert live.client.get("/", headers={"origin": "chrome-extension://a"}).status_code == 403
    with PageCache(home.layout.pages, read_only=True) as pages:
        assert pages.get(URL) is None


def test_a_server_with_a_token_takes_that_one(home: Settings, start: Callable[..., Any]) -> None:
    live = start(home, Access(token="said at its start"))
    assert sent(live, saving_token(home.layout)).status_code == 401
    assert sent(live, "said at its start").status_code == 200


def test_what_is_too_large_or_holds_no_text_is_refused(
    home: Settings, start: Callable[..., Any]
) -> None:
    live = start(home)
    ours = {"authorization": f"Bearer {saving_token(home.layout)}"}

    def posted(**body: str) -> Any:
        return live.client.post("/api/pages", json=body, headers=ours)

    assert posted(url=URL, html="x" * MAX_PAGE).status_code == 413
    assert posted(url=URL, html="<p>short</p>").status_code == 422
    assert posted(url=URL, html="<title>Just a moment...</title><p>wait</p>").status_code == 422
    assert posted(url="file:///etc/passwd", html=PAGE).status_code == 400
    assert posted(url=URL).status_code == 400
    with PageCache(home.layout.pages, read_only=True) as pages:
        assert pages.get(URL) is None
    large = PAGE + "<!--" + "x" * (1 << 20) + "-->"
    assert posted(url=URL, html=large).status_code == 200


def test_a_page_sent_during_a_build_waits_for_the_next(
    home: Settings, start: Callable[..., Any]
) -> None:
    live = start(home)
    with writing(home.layout.lock, "a build"):
        assert sent(live, saving_token(home.layout)).status_code == 200
    build([], home, offline=True)
    assert live.get("/api/resource", resource=URL).json()["resource"]["evidence"] == "full text"


@contextlib.contextmanager
def website(folder: Path) -> Iterator[str]:
    """Files on a port of loopback that is not the server's."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{site.server_address[1]}"
    finally:
        site.shutdown()
        site.server_close()


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Any]:
    """Chromium with the extension loaded, as a reader has it."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    loaded = [f"--disable-extensions-except={EXTENSION}", f"--load-extension={EXTENSION}"]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=str(CHROMIUM),
            headless=True,
            args=[*FLAGS, "--headless=new", *loaded],
            ignore_default_args=["--headless", "--disable-extensions"],
            locale="en-GB",
        )
        context.set_default_timeout(30_000)
        yield context
        context.close()


def extension_id(context: Any) -> str:
    page = context.new_page()
    page.goto("chrome://extensions")
    found: str = page.evaluate(
        "async () => (await chrome.developerPrivate.getExtensionsInfo())"
        ".find(one => one.name === 'nextread').id"
    )
    page.close()
    return found


def popup_over(context: Any, tab: Any, name: str) -> Any:
    """The popup as a page of its own, told which tab it is over."""
    popup = context.new_page()
    popup.goto(f"chrome-extension://{name}/popup.html")
    number = popup.evaluate(
        "async url => (await chrome.tabs.query({})).find(tab => tab.url === url).id", tab.url
    )
    popup.goto(f"chrome-extension://{name}/popup.html?tab={number}")
    return popup


def test_one_click_saves_the_page_and_tells_what_is_known(
    tmp_path: Path, tiny_settings: Settings, start: Callable[..., Any], chromium: Any
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    script = f"document.body.innerHTML = {json.dumps('<article>' + PROSE + '</article>')}"
    page = f"<!doctype html><title>Attention</title><body>Wait.<script>{script}</script>"
    (folder / "drawn.html").write_text(page)
    live = start(tiny_settings)
    with website(folder) as site:
        url = f"{site}/drawn.html"
        links = [("Attention", url, "read this first"), ("Other", URL, "and then this")]
        listed = write_list(tmp_path / "list.md", links)
        build([str(listed)], tiny_settings, offline=True)
        tab = chromium.new_page()
        tab.goto(f"{url}?utm_source=elsewhere#part")
        asked: list[str] = []
        popup = popup_over(chromium, tab, extension_id(chromium))
        popup.on("request", lambda request: asked.append(request.url))
        popup.get_by_label("Port").fill(live.url.rpartition(":")[2])
        popup.get_by_label("Token").fill("not this")
        popup.get_by_role("button", name="Connect").click()
        popup.get_by_text("not the one the Tools tab shows").wait_for()
        popup.get_by_label("Token").fill(saving_token(tiny_settings.layout))
        popup.get_by_role("button", name="Connect").click()
        popup.get_by_text("Saved:").wait_for()
        popup.get_by_text("read this first").wait_for()
        assert "list's note only" in popup.locator("#facts").inner_text()
        popup.get_by_role("button", name="What else is like this?").click()
        popup.locator("#results a").first.wait_for()
        assert popup.locator("#results a").first.inner_text() == "Other"
        assert {url.rpartition("/api/")[0] for url in asked} == {live.url}
    build([], tiny_settings, offline=True)
    known = live.get("/api/resource", resource=url).json()["resource"]
    assert known["evidence"] == "full text"


def test_a_page_of_another_site_cannot_send_by_script(
    tmp_path: Path, home: Settings, start: Callable[..., Any], chromium: Any
) -> None:
    live, token = start(home), saving_token(home.layout)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "evil.html").write_text("<title>evil</title>")
    send = """async ([server, token, body, mode]) => {
        try {
            const headers = {'content-type': mode === 'cors' ? 'application/json' : 'text/plain',
                             authorization: `Bearer ${token}`};
            const sent = await fetch(server + '/api/pages', {method: 'POST', mode, headers, body});
            return sent.status;
        } catch (error) { return String(error); }
    }"""
    body = json.dumps({"url": URL, "html": PAGE})
    with website(tmp_path / "site") as site:
        page = chromium.new_page()
        page.goto(f"{site}/evil.html")
        for mode in ("cors", "no-cors"):
            answer = page.evaluate(send, [live.url, token, body, mode])
            assert answer != 200
        read = page.evaluate(
            "async url => { try { return await (await fetch(url)).text() }"
            " catch (error) { return String(error) } }",
            f"{live.url}/api/token",
        )
        assert token not in read
    with PageCache(home.layout.pages, read_only=True) as pages:
        assert pages.get(URL) is None

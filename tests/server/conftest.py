"""One home, built once, and real servers on loopback sockets."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cache.settings import Settings
from server.guard import Access, Limits
from server.listening import bind, server
from tests.two_lists import fill


class Live:
    """A running server: its address, a client, its home."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings, self.url = settings, url
        self.client = httpx.Client(base_url=url, timeout=300)

    def get(self, path: str, **params: object) -> httpx.Response:
        return self.client.get(path, params=params)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def built(example_home: Path) -> Settings:
    """Settings of the example home; not to be changed (see copy_of)."""
    return Settings.load(example_home)


@pytest.fixture(scope="session")
def copy_of(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Settings]:
    def copied() -> Settings:
        home = tmp_path_factory.mktemp("copied") / "home"
        shutil.copytree(built.home, home)
        return Settings.load(home)

    return copied


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Live]]:
    """Start a server on a free port; all are stopped at the end."""
    running: list[Callable[[], None]] = []

    def started(
        settings: Settings,
        access: Access | None = None,
        limits: Limits | None = None,
        host: str = "127.0.0.1",
    ) -> Live:
        roomy = Limits(rate=1e6, burst=1_000_000, answer_seconds=300)
        one = server(settings, access or Access(), limits or roomy)
        bound = bind(host, 0)
        thread = threading.Thread(target=one.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not one.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        shown = f"[{host}]" if ":" in host else host
        live = Live(settings, f"http://{shown}:{bound.getsockname()[1]}")

        def stop() -> None:
            live.client.close()
            one.should_exit = True
            thread.join(20)
            bound.close()

        running.append(stop)
        return live

    yield started
    for stop in running:
        stop()


@pytest.fixture(scope="session")
def live(copy_of: Callable[[], Settings], start: Callable[..., Live]) -> Live:
    """A server that tests share; they leave its marks as they found them."""
    return start(copy_of())


@pytest.fixture(scope="session")
def two_lists(tiny_model: Path, tiny_home: Path, once: Any) -> Settings:
    """Settings of the home of tests/two_lists.py; not to be changed."""

    def filled(home: Path) -> None:
        shutil.copytree(tiny_home / "vectors", home / "vectors")
        fill(home, tiny_model)

    return Settings.load(once("two", filled), model=str(tiny_model))


@pytest.fixture(scope="session")
def two(two_lists: Settings, start: Callable[..., Live], tmp_path_factory: Any) -> Live:
    """A server on a copy of two_lists; tests leave its marks as they found them."""
    home = tmp_path_factory.mktemp("two") / "home"
    shutil.copytree(two_lists.home, home)
    return start(Settings.load(home, model=two_lists.model))


CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visits:
    """Opens pages and remembers what they complained of and whom they asked."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.expected: tuple[str, ...] = ()

    def open(self, url: str, **look: Any) -> Any:
        context = self.browser.new_context(**{"locale": "en-GB", **look})
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))
        page.goto(url)
        return page

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium; a module's, since playwright's loop forbids others in its thread."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visits(browser: Any) -> Iterator[Visits]:
    """Pages that must not complain, nor ask any host but their server's."""
    made = Visits(browser)
    yield made
    for context in browser.contexts:
        context.close()
    unexpected = [c for c in made.complaints if not any(e in c for e in made.expected)]
    assert unexpected == []
    assert all(host.startswith("127.0.0.1:") for host in made.asked if host), made.asked

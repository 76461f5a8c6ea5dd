"""Take the pictures in docs/screenshots: `python -m benchmarks.screenshots [--home HOME] [DIR]`.

Starts a server on a home (by default a new one with the example list), drives Debian's chromium
with playwright, and writes PNG files of fewer than 200 KB.
"""

import argparse
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cache.settings import Settings
from server.guard import Access, Limits
from server.listening import server

ROOT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LARGEST = 200_000  # bytes
WIDE, PHONE = (1000, 760), (390, 844)

SHOTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "light": ("/?q=explain RLHF simply", {}, ".result .acts"),
    "dark": ("/?q=explain RLHF simply", {"color_scheme": "dark"}, ".result .acts"),
    "chinese": ("/?q=ChatGPT 是怎样训练出来的&ui=zh", {"locale": "zh-CN"}, ".result .acts"),
    "phone": ("/?q=explain RLHF simply", {"viewport": PHONE}, ".result .acts"),
    "start": ("/", {}, ".example"),
    "why": ("/?q=transformer 图解", {}, ".result .acts"),
    "path": ("/?view=path&topic=transformers", {}, ".step"),
    "map": ("/?view=map", {"viewport": (1000, 980)}, ".legend"),
    "map-near": ("/?view=map", {"viewport": (1000, 980)}, ".legend"),
    "map-dark": (
        "/?view=map&by=level",
        {"color_scheme": "dark", "viewport": (1000, 980)},
        ".legend",
    ),
    "nothing": ("/?q=how to bake sourdough bread", {}, ".result .acts"),
    "tools": ("/?view=tools", {}, ".toolcard"),
}


def main() -> None:
    """Read the arguments and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", nargs="*", choices=list(SHOTS))
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "screenshots")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        settings = Settings.load(given.home or built(Path(made) / "home"))
        with running(settings) as url:
            shoot(url, given.folder, given.only or list(SHOTS))


def built(home: Path) -> Path:
    """A new home with the example list."""
    from indexer.build import build

    build([str(ROOT / "lists")], Settings.load(home), offline=True)
    return home


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The address of a server on settings' home."""
    one = server(settings, Access(), Limits(rate=1e6, burst=1_000_000))
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=one.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not one.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        one.should_exit = True
        thread.join(20)


def shoot(url: str, folder: Path, names: list[str]) -> None:
    """Write each picture of names into folder."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names:
            address, look, ready = SHOTS[name]
            width, height = look.get("viewport", WIDE)
            options = {**look, "viewport": {"width": width, "height": height}}
            page = browser.new_context(**{"locale": "en-GB", **options}).new_page()
            page.goto(url + address)
            page.wait_for_selector(ready)
            if name == "why":
                page.get_by_role("button", name="Why this").first.click()
            if name.startswith("map"):
                drawn(page, near=name == "map-near")
            file = folder / f"{name}.png"
            page.screenshot(path=file)
            size = file.stat().st_size
            print(f"{file.name}: {size} bytes")
            if size > LARGEST:
                raise SystemExit(f"{file} is larger than {LARGEST} bytes")
            page.context.close()
        browser.close()


def drawn(page: Any, *, near: bool) -> None:
    """Wait until the map is painted; near brings its middle closer first."""
    if near:
        box = page.locator("canvas").first.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for _ in range(4):
            page.mouse.wheel(0, -400)
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()

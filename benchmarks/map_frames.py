"""How smoothly the map of a home moves: `python -m benchmarks.map_frames --home HOME`.

Zooms and pans 240 frames in Debian's chromium, which has no GPU here, and prints as JSON how long a
drawing takes and how far frames lie apart (milliseconds, median and 95th percentile), each the best
of five runs: other work on a machine only ever makes them longer.
"""

import argparse
import json
from pathlib import Path

from benchmarks.screenshots import CHROMIUM, FLAGS, running
from cache.settings import Settings

RUNS = 5
MOVE = """async () => {
  const canvas = document.querySelector("canvas.map"), box = canvas.getBoundingClientRect();
  const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true };
  const asked = window.requestAnimationFrame.bind(window);
  const frame = () => new Promise((resolve) => asked(resolve));
  const apart = [], drawing = [];
  window.requestAnimationFrame = (draw) => asked((now) => {
    const began = performance.now();
    draw(now);
    drawing.push(performance.now() - began);
  });
  let last = await frame();
  for (let i = 0; i < 240; i++) {
    const deltaY = i % 120 < 60 ? -40 : 40;
    canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, cancelable: true, ...at }));
    const now = await frame();
    apart.push(now - last);
    last = now;
  }
  window.requestAnimationFrame = asked;
  const told = (values) => {
    values.sort((a, b) => a - b);
    return [0.5, 0.95].map((part) => values[Math.floor(values.length * part)]);
  };
  return { apart: told(apart), drawing: told(drawing) };
}"""


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args()
    with running(Settings.load(given.home)) as url:
        print(json.dumps(measured(url)))


def measured(url: str) -> dict[str, list[float]]:
    """Median and 95th percentile of a drawing and between frames, ms."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 980})
        page.goto(f"{url}/?view=map")
        page.wait_for_selector(".legend")
        page.wait_for_timeout(1000)
        runs = [page.evaluate(MOVE) for _ in range(RUNS)]
        browser.close()
    return {
        name: [round(min(run[name][place] for run in runs), 1) for place in (0, 1)]
        for name in ("drawing", "apart")
    }


if __name__ == "__main__":
    main()

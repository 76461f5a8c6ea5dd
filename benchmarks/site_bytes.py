"""What an exported site loads until its first answer, and how good that answer is.

usage: python -m benchmarks.site_bytes [--home HOME] [--questions N]

Exports the home, serves the folder as file hosts do (text compressed on the way, anything else as
it is), asks each judged question of the library in a new browser, and prints the bytes it took,
what they were, nDCG@10, and how many of the engine's first ten are among the site's.
"""

import argparse
import functools
import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import fmean
from threading import Thread
from typing import Any, Self

from benchmarks.library import HOME, Asked, ask
from cache.records import Result
from cache.settings import Settings
from search.engine import Engine
from server.site import export

CHROMIUM = "/usr/bin/chromium"
COMPRESSED = {".js", ".css", ".html", ".json", ".svg"}
"""What any file host compresses for a browser."""

ASK = """async (q) => {
  const { search } = await import("./source.js");
  return (await search({ q, k: 10 })).results.map((result) => result.id);
}"""


class Host:
    """Serves a folder under a path on loopback and counts what it sends: bytes by name."""

    def __init__(self, folder: Path, under: str = "/") -> None:
        """Serve from now on; close when done."""
        self.sent: Counter[str] = Counter()
        handler = functools.partial(_Handler, self.sent, under, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{under}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, sent: Counter[str], under: str, *arguments: Any, **named: Any) -> None:
        self._sent, self._under = sent, under
        super().__init__(*arguments, **named)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a file, or that there is none."""
        inside = self.path.startswith(self._under)
        path = Path(self.translate_path("/" + self.path.removeprefix(self._under)))
        path = path / "index.html" if path.is_dir() else path
        if not inside or not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        packed = path.suffix in COMPRESSED
        content = gzip.compress(content, mtime=0) if packed else content
        self.send_response(200)
        self.send_header("content-type", self.guess_type(str(path)))
        if packed:
            self.send_header("content-encoding", "gzip")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self._sent[path.relative_to(self.directory).as_posix()] += len(content)


def main() -> None:
    """Export, ask, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--questions", type=int, default=None)
    given = parser.parse_args()
    asked = [one for one in ask(given.home) if one.answered and any(one.grades.values())]
    asked = asked[: given.questions]
    with tempfile.TemporaryDirectory() as folder:
        report = export(Settings.load(given.home), Path(folder) / "site")
        with Host(Path(folder) / "site") as host:
            ids, loads = _answers(host, [one.text for one in asked])
    print(
        json.dumps({"exported": report.total, **figures(given.home, asked, ids, loads)}, indent=1)
    )


def figures(
    home: Path, asked: Sequence[Asked], ids: Sequence[list[str]], loads: Sequence[Counter[str]]
) -> dict[str, Any]:
    """Bytes and files of the loads, what those of the first were, what answers are worth."""
    totals = [sum(load.values()) for load in loads]
    sorts: Counter[str] = Counter()
    for name, size in loads[0].items():
        sorts["page and scripts" if "/" not in name else name.split("/")[1]] += size
    found = []
    with Engine.open(home) as engine:
        for one, named in zip(asked, ids, strict=True):
            ordinals = [o for o in engine.collection.catalog.ordinals(named) if o is not None]
            records = engine.collection.catalog.records(ordinals)
            results = [Result(r, 0.0, {}, None, f.evidence, f) for r, f in records]
            found.append(Asked(one.name, one.text, True, one.grades, results, None))
    same = [
        len({r.resource.id for r in one.results[:10]} & set(named)) / 10
        for one, named in zip(asked, ids, strict=True)
    ]
    return {
        "bytes, mean": round(fmean(totals)),
        "bytes, most": max(totals),
        "files, most": max(map(len, loads)),
        "bytes of the first": dict(sorts),
        "ndcg@10": round(fmean(one.ndcg() for one in found), 4),
        "engine's ndcg@10": round(fmean(one.ndcg() for one in asked), 4),
        "engine's among them": round(fmean(same), 3),
    }


def _answers(host: Host, questions: Sequence[str]) -> tuple[list[list[str]], list[Counter[str]]]:
    from playwright.sync_api import sync_playwright

    ids, loads = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for question in questions:
            host.sent.clear()
            context = browser.new_context()
            page = context.new_page()
            page.goto(host.url)
            page.wait_for_selector(".example")
            ids.append(page.evaluate(ASK, question))
            loads.append(Counter(host.sent))
            context.close()
        browser.close()
    return ids, loads


if __name__ == "__main__":
    main()

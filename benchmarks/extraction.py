"""Text of real pages against what their readers expect, beside two libraries, in one run.

    python -m benchmarks.extraction ../shared/data/readability [DIR …] [--json]

Each DIR holds a folder a page: source.html and expected.html, as Mozilla's Readability keeps its
test pages. The figure is the mean token F1 of all pages of a DIR: words of the text found against
words of the text expected, each as often as it occurs; a Chinese or Japanese character is a word. A
page that is refused counts as no text. Nothing is cached; each page is parsed by all in turn.
readability-lxml is not part of our environment: `pip install readability-lxml` first.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

from lxml import html

from cache.errors import ExtractError
from cache.records import Page
from indexer import charset
from indexer.extract.page import extract

URL = "http://fakehost/test/page.html"
"""Where Mozilla's pages say they were."""


def words(text: str) -> Counter[str]:
    """The words of text, small letters, each with how often it occurs."""
    return Counter(re.findall(r"[\u3040-\u9fff]|[^\W_]+", text.lower()))


def f1(found: Counter[str], expected: Counter[str]) -> float:
    """The harmonic mean of precision and recall, by word; 0 where they share none."""
    common = sum((found & expected).values())
    return 2 * common / (sum(found.values()) + sum(expected.values())) if common else 0.0


def words_of_html(text: str) -> Counter[str]:
    """The words of everything in a piece of HTML."""
    return words(" ".join(html.fromstring(text).itertext()))


def ours(source: bytes) -> str:
    """The text that would enter the index; nothing where the page is refused."""
    try:
        return extract(Page(URL, URL, 200, "text/html", "", ""), source, "page").text
    except ExtractError:
        return ""


def plain_trafilatura(source: bytes) -> str:
    """trafilatura as it comes, without comments."""
    import trafilatura

    return trafilatura.extract(source, include_comments=False) or ""


def plain_readability(source: bytes) -> str:
    """readability-lxml as it comes."""
    from readability import Document
    from readability.readability import Unparseable

    try:
        summary = Document(charset.clean(charset.decode(source, None, html=True))).summary()
    except Unparseable:
        return ""
    return " ".join(html.fromstring(summary).itertext())


READERS: dict[str, Callable[[bytes], str]] = {
    "nextread": ours,
    "trafilatura": plain_trafilatura,
    "readability-lxml": plain_readability,
}


def pages(folder: Path) -> Iterator[tuple[str, bytes, Counter[str]]]:
    """Name, source and expected words of every page in folder."""
    for page in sorted(folder.iterdir()):
        if (page / "source.html").is_file():
            expected = words_of_html((page / "expected.html").read_text("utf-8"))
            yield page.name, (page / "source.html").read_bytes(), expected


def measured(folder: Path) -> dict[str, dict[str, float]]:
    """F1 by reader and page."""
    scores: dict[str, dict[str, float]] = {reader: {} for reader in READERS}
    for name, source, expected in pages(folder):
        for reader, read in READERS.items():
            scores[reader][name] = f1(words(read(source)), expected)
    return scores


def main() -> None:
    """Print one line a folder, or one JSON object with every page's figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {str(folder): measured(folder) for folder in given.folders}
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for folder, scores in found.items():
        count = len(scores["nextread"])
        figures = ", ".join(f"{name} {fmean(by.values()):.4f}" for name, by in scores.items())
        print(f"{folder}: {count} pages: {figures}")


if __name__ == "__main__":
    main()

"""How many of the seed lists' 80 links end with text, where sites answer as they do today.

usage: python -m benchmarks.replay [--json]

Every address is served on loopback under its own name, with an answer in its site's shape
(replay_shapes.py) and robots.txt as ../shared/data/captures/robots quotes it, and crawled by each
setting of `robots`; then what is still without text is given to `nextread save` as a browser shows
it. Waits (Crawl-delay, the terms of arXiv) are left out: they change nothing but the time.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import replay_shapes as shapes
from benchmarks.measured import ROOT
from cache.documents import DocumentCache
from cache.pages import PageCache
from cache.records import Document, Entry, Resource
from cache.settings import Settings
from indexer import sites
from indexer.crawl import robots
from indexer.crawl.crawler import Fetcher
from indexer.extract.documents import documents_of
from indexer.lists.parse import read_list
from indexer.resources.merge import merge
from indexer.save import save
from tests.loopback import LoopbackWeb, Reply

SHARED = ROOT.parent / "shared" / "data"
SETTINGS = {"default": "obey", "listed": "listed"}
ENDS = ("full text", "abstract", "title only", "nothing")


def entries() -> list[Entry]:
    """The links of the two seed lists."""
    found = sorted((SHARED / "seeds").glob("*.md"))
    if not found:
        sys.exit("../shared/data/seeds is not here: nothing to replay")
    return [entry for path in found for entry in read_list(path).entries]


def web_of(resources: Sequence[Resource]) -> dict[str, Any]:
    """What is answered at which address."""
    pages: dict[str, Any] = {}
    for file in (SHARED / "captures" / "robots").glob("*.txt"):
        rules = Reply(file.read_bytes(), media_type="text/plain")
        pages[f"{file.stem}/robots.txt"] = rules
    for resource in resources:
        written = [entry.url for entry in resource.mentions]
        for asked in sites.requests_for(resource.url, written):
            pages[_key(asked)] = shapes.shape_of(asked, resource.title)
        for paper in sites.sequels_of(resource.url):
            pages[_key(paper)] = shapes.paper()
        if urlsplit(resource.url).hostname == "www.youtube.com":
            pages[_key(sites.requests_for(resource.url)[1])] = shapes.embedded(resource.title)
        if urlsplit(resource.url).hostname == "github.com":
            pages[_key(resource.url)] = shapes.article(resource.title)
    return pages


def _key(url: str) -> str:
    return url.split("://", 1)[1]


def crawled(resources: Sequence[Resource], home: Path, setting: str) -> Mapping[str, Document]:
    """The documents that a crawl under one setting gives."""
    settings = _settings(home, setting)
    with LoopbackWeb(web_of(resources)) as web, PageCache(settings.layout.pages) as pages:
        reached = web.settings(home, robots=setting)
        listed = {one.url: [entry.url for entry in one.mentions] for one in resources}
        asyncio.run(Fetcher(reached, pages, backoff=0.01).crawl(list(listed), listed=listed))
    return documents(resources, home)


def documents(resources: Sequence[Resource], home: Path) -> Mapping[str, Document]:
    """The documents of what is in a home's page cache."""
    layout = Settings(home=home).layout
    with PageCache(layout.pages) as pages, DocumentCache(layout.documents) as kept:
        return documents_of(resources, pages, kept).documents


def _settings(home: Path, setting: str) -> Settings:
    return Settings(home=home, robots=setting)


def saved(
    resources: Sequence[Resource], home: Path, had: Mapping[str, Document]
) -> Mapping[str, Document]:
    """The documents there are once every page without text was saved from a browser, where it is
    drawn, signed in and past every captcha."""
    folder = home / "saved"
    folder.mkdir()
    for number, resource in enumerate(resources):
        if end_of(had.get(resource.id)) in ENDS[:2]:
            continue
        seen = shapes.shape_of(resource.url, resource.title)
        page = shapes.wechat(resource.title) if callable(seen) else seen
        if not isinstance(page, str) or 'id="app"' in page:
            page = shapes.article(resource.title)
        mark = f"<!-- saved from url=({len(resource.url):04}){resource.url} -->\n"
        (folder / f"{number}.html").write_text(mark + page, "utf-8")
    save(Settings(home=home), [folder])
    return documents(resources, home)


def end_of(document: Document | None) -> str:
    """How a link ended."""
    if document is None:
        return "nothing"
    if document.evidence in ENDS:
        return document.evidence
    return "title only"


def tables(links: Sequence[Entry]) -> Iterator[tuple[str, dict[str, Counter[str]]]]:
    """For each setting how many links of each host ended how."""
    resources = merge(links)
    of_link = {entry.url: one for one in resources for entry in one.mentions}

    def counted(found: Mapping[str, Document]) -> dict[str, Counter[str]]:
        hosts: dict[str, Counter[str]] = {}
        for link in links:
            resource = of_link[link.url]
            host = urlsplit(resource.url).hostname or ""
            hosts.setdefault(host, Counter())[end_of(found.get(resource.id))] += 1
        return hosts

    for name, setting in SETTINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = crawled(resources, Path(folder), setting)
            yield name, counted(found)
            if name == "default":
                yield "saved", counted(saved(resources, Path(folder), found))


def with_text(hosts: Mapping[str, Counter[str]]) -> int:
    """How many links ended with real text."""
    return sum(ends["full text"] + ends["abstract"] for ends in hosts.values())


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    robots.MAX_CRAWL_DELAY = 0.0
    sites.arxiv.DELAYS.clear()
    links = entries()
    found = dict(tables(links))
    figures = {name: with_text(hosts) for name, hosts in found.items()} | {"of": len(links)}
    if as_json:
        hosts = {name: {h: dict(ends) for h, ends in t.items()} for name, t in found.items()}
        print(json.dumps(figures | {"hosts": hosts}, ensure_ascii=False))
        return
    for name, hosts in found.items():
        print(f"\n{name}: {figures[name]} of {len(links)} with text\n")
        print(f"| host | {' | '.join(ENDS)} |\n|---|{'---:|' * len(ENDS)}")
        for host, ends in sorted(hosts.items(), key=lambda item: -item[1].total()):
            print(f"| {host} | {' | '.join(str(ends[end]) for end in ENDS)} |")


if __name__ == "__main__":
    main()

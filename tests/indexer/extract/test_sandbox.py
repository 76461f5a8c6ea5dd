"""The pool: one bad job is one failure, in its place, and nothing is left running."""

import ctypes
import os
import random
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from cache.errors import ExtractError
from cache.records import Document, Page
from indexer.extract.sandbox import ExtractPool, SafePool
from tests.conftest import ROOT

PAGES = int(os.environ.get("NEXTREAD_TORTURE_PAGES", "60"))
PDFS = int(os.environ.get("NEXTREAD_TORTURE_PDFS", "30"))


def page(url, media_type="text/html"):
    return Page(url, url, 200, media_type, "sha256:0", "2026-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def pool():
    with ExtractPool(workers=2, seconds=10) as pool:
        yield pool


def test_results_come_in_order_and_workers_are_used_again(pool):
    assert list(pool.map(os.getenv, [("HOME", str(n)) for n in range(40)]))
    waits = [(0.05,), (0.0,), (0.02,), (0.0,)] * 5
    assert list(pool.map(time.sleep, waits)) == [None] * 20
    assert list(pool.map(divmod, [(n, 7) for n in range(50)])) == [divmod(n, 7) for n in range(50)]
    assert len({pool.run(os.getpid) for _ in range(8)}) <= 2


def test_a_crash_costs_one_job(pool):
    results = list(pool.map(eval, [("1",), ("__import__('os').abort()",), ("3",), ("4",)]))
    assert (results[0], results[2:]) == (1, [3, 4])
    assert isinstance(results[1], ExtractError)
    assert "SIGABRT" in results[1].message
    with pytest.raises(ExtractError, match="SIGSEGV"):
        pool.run(ctypes.string_at, 8)


def test_an_endless_job_is_stopped_and_the_others_finish():
    with SafePool(workers=2, seconds=1) as pool:
        jobs = [("1",), ("[0 for _ in iter(int, 1)]",), ("3",), ("4",)]
        results = list(pool.map(eval, jobs, name=lambda job: f"<{job[0]}>"))
        assert (results[0], results[2:]) == (1, [3, 4])
        assert results[1].message.startswith("<[0 for _ in iter(int, 1)]>: ")
        assert "more than 1 seconds" in results[1].message


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_AS")
def test_memory_is_limited(pool):
    results = list(pool.map(eval, [("len(bytes(2 << 30))",), ("len(bytes(1 << 20))",)]))
    assert "memory" in results[0].message
    assert results[1] == 1 << 20


def test_no_page_pays_for_loading_its_parsers():
    """Not even for the model that tells languages, which comes with the first text."""
    with ExtractPool(workers=1) as pool:
        assert pool.run(eval, "'indexer.extract.page' in __import__('sys').modules")
        assert pool.run(
            eval,
            "__import__('indexer.extract.language').extract.language._identifier.cache_info()[3]",
        )
    with SafePool(workers=1) as pool:
        assert not pool.run(eval, "'indexer.extract.page' in __import__('sys').modules")


def test_errors_and_unpicklable_results_are_failures_of_their_job(pool):
    results = list(pool.map(eval, [("1/0",), ("lambda: 0",), ("'fine'",)]))
    assert "ZeroDivisionError" in results[0].message
    assert isinstance(results[1], ExtractError)
    assert results[2] == "fine"


def test_a_worker_that_dies_idle_is_replaced(pool):
    for _ in range(4):
        process = psutil.Process(pool.run(os.getpid))
        process.kill()
        process.wait(5)
    assert list(pool.map(abs, [(-1,), (-2,), (-3,)])) == [1, 2, 3]


def test_jobs_are_read_only_a_few_ahead(pool):
    taken = []

    def jobs():
        for number in range(100):
            taken.append(number)
            yield (number,)

    results = pool.map(abs, jobs())
    assert next(results) == 0
    assert len(taken) <= 6
    results.close()
    assert pool.run(abs, -5) == 5


def test_closing_leaves_no_process_behind():
    with SafePool(workers=2, seconds=30) as pool:
        pids = {pool.run(os.getpid), *pool.map(os.getpid, [()] * 6)}
        unfinished = pool.map(time.sleep, [(0,), (25,), (25,)])
        next(unfinished)
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_workers_do_not_outlive_a_killed_parent():
    script = """
        import os, threading
        from indexer.extract.sandbox import SafePool
        if __name__ == "__main__":
            pool = SafePool(workers=2, seconds=1)
            print(*set(pool.map(os.getpid, [()] * 8)), flush=True)
            threading.Timer(0.3, os.kill, (os.getpid(), 9)).start()
            list(pool.map(eval, [("[0 for _ in iter(int, 1)]",)]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    pids = [int(pid) for pid in done.stdout.split()]
    assert done.returncode == -9
    assert pids
    _, alive = psutil.wait_procs([psutil.Process(p) for p in pids if psutil.pid_exists(p)], 20)
    assert not alive


def test_pages_become_documents_and_bad_ones_errors(pool):
    good = "<title>Good page</title><article><h1>Good page</h1><p>" + "Readable words. " * 30
    deep = "<div>" * 50_000 + "x"
    jobs = [
        (page("https://a.example/"), good.encode(), "a"),
        (page("https://b.example/"), b"\x00" * 1000, "b"),
        (page("https://c.example/"), deep.encode(), "c"),
        (page("https://d.example/", "application/pdf"), b"%PDF-1.7 nothing", "d"),
        (page("https://e.example/"), good.encode(), "e"),
    ]
    found = list(pool.documents(iter(jobs)))
    assert [isinstance(one, Document) for one in found] == [True, False, False, False, True]
    for (asked, _, _), one in zip(jobs, found, strict=True):
        if isinstance(one, ExtractError):
            assert one.message.startswith(asked.final_url)
        else:
            assert one.title == "Good page"


def mutated(body, chance):
    """body after a few random accidents: bytes changed, removed, doubled, spliced."""
    body = bytearray(body)
    for _ in range(chance.randint(1, 12)):
        at, size = chance.randrange(len(body) or 1), chance.choice((1, 2, 8, 200, 4000))
        accident = chance.randrange(5)
        if accident == 0:
            body[at : at + size] = chance.randbytes(size)
        elif accident == 1:
            del body[at : at + size]
        elif accident == 2:
            body[at:at] = body[at : at + size] * chance.choice((1, 3, 50))
        elif accident == 3:
            other = chance.randrange(len(body) or 1)
            body[at:at] = body[other : other + size]
        elif chance.random() < 0.2:
            del body[max(1, at) :]
    return bytes(body)


def survives(pool, files, count, media_type):
    chance = random.Random(20260101)
    jobs = (
        (page(f"https://m.example/{n}", media_type), mutated(chance.choice(files), chance), str(n))
        for n in range(count)
    )
    found = list(pool.documents(jobs))
    assert len(found) == count
    for one in found:
        assert isinstance(one, Document | ExtractError)
        if isinstance(one, Document):
            assert one.text.strip()
            assert one.title
            assert not {"\x00", "\x1b"} & set(one.text + one.title)
        else:
            assert "please report" not in one.hint, one.message
    return found


def test_mutated_pages_give_text_or_an_error(pool, shared):
    files = [path.read_bytes() for path in sorted((shared / "readability").glob("*/source.html"))]
    small = [body for body in files if len(body) < 200_000]
    found = survives(pool, small, PAGES, "text/html")
    assert sum(isinstance(one, Document) for one in found) > PAGES / 2


def test_mutated_pdfs_give_text_or_an_error(pool, shared):
    files = [path.read_bytes() for path in sorted((shared / "hostile" / "pdf").glob("*.pdf"))]
    found = survives(pool, files, PDFS, "application/pdf")
    assert any(isinstance(one, Document) for one in found)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_AS")
def test_what_libraries_reserve_is_not_taken_from_the_pages_share():
    """numpy reserves 41 MB of address space a processor: on a large machine more than the limit."""
    script = """
        import mmap, tempfile
        from indexer.extract.sandbox import _limit
        file = tempfile.TemporaryFile()
        file.truncate(3 << 30)
        reserved = mmap.mmap(file.fileno(), 3 << 30, access=mmap.ACCESS_READ)
        _limit(1 << 30)
        part = bytes(512 << 20)
        try:
            bytes(2 << 30)
        except MemoryError:
            raise SystemExit(7)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 7

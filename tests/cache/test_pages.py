import gzip
import hashlib
import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from cache.errors import Damaged, Locked, StoreError
from cache.page_records import digest_of
from cache.pages import PageCache
from cache.records import Page
from tests.conftest import ROOT

DAY = 86_400.0


def page(url="https://example.com/a", **changes):
    made = Page(url, url, 200, "text/html", "", "2024-05-01T10:00:00Z", etag='"1"')
    return replace(made, **changes)


def warc_bytes(folder):
    return sum(path.stat().st_size for path in folder.glob("*.warc.gz"))


def everything(pages):
    return [(p, pages.body(p) if p.digest else b"") for p in pages.pages()]


def test_usable_among_names_all_that_get_finds_usable(tmp_path):
    spellings = [
        f"{scheme}://{www}e.org/{n}{end}"
        for n in range(300)
        for scheme, www, end in (("http", "www.", ""), ("https", "", "/"), ("https", "", "#x"))
    ]
    with PageCache(tmp_path) as pages:
        for n in range(0, 300, 3):
            pages.put(page(f"https://e.org/{n}"), b"x", checked_at=1.0)
        for n in range(1, 300, 3):
            pages.put_failure(f"https://e.org/{n}", "gone", checked_at=1.0, retry_at=2.0)
        pages.put(page("https://e.org/2", status=301, final_url="https://e.org/3"), b"")
        usable = {u for u in spellings if (p := pages.get(u)) is not None and p.failure is None}
        assert usable == pages.usable_among(spellings)
        assert len(usable) == 303
        assert pages.usable_among([]) == set()


def test_what_is_put_comes_back(tmp_path):
    with PageCache(tmp_path) as pages:
        kept = pages.put(page(), "你好 world".encode(), response_headers=[("ETag", '"1"')])
        assert kept.digest == "sha256:" + hashlib.sha256("你好 world".encode()).hexdigest()
    with PageCache(tmp_path) as pages:
        assert pages.get("https://example.com/a") == kept
        assert pages.body(kept) == "你好 world".encode()
        assert pages.get("https://example.com/other") is None


def test_other_tools_read_the_segments(tmp_path):
    with PageCache(tmp_path) as pages:
        kept = pages.put(
            page(final_url="https://example.com/b"),
            b"<p>text</p>",
            request_headers=[("User-Agent", "nextread/0.1")],
            response_headers=[("Content-Encoding", "gzip"), ("Content-Length", "5")],
            hops=[("https://example.com/a", 301, [("Location", "/b")])],
        )
    (segment,) = tmp_path.glob("*.warc.gz")
    seen = []
    with segment.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            body = record.content_stream().read()
            seen.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI")))
            assert record.rec_headers.protocol == "WARC/1.1"
            if record.rec_type == "response" and body:
                assert body == b"<p>text</p>"
                assert record.rec_headers.get_header("WARC-Payload-Digest") == kept.digest
                assert record.http_headers.get_header("X-Archive-Orig-Content-Encoding") == "gzip"
    a, b = "https://example.com/a", "https://example.com/b"
    assert seen == [("response", a), ("response", b), ("request", b)]


@pytest.mark.parametrize("size", [65_000, 65_536, 131_072, 3_000_000])
@pytest.mark.parametrize("filler", ["random", "zeros", "text"])
def test_bodies_of_every_size_come_back(tmp_path, size, filler):
    bodies = {
        "random": random.Random(size).randbytes(size),
        "zeros": bytes(size),
        "text": b"".join(b"%d words to read\n" % i for i in range(size // 12))[:size],
    }
    with PageCache(tmp_path) as pages:
        kept = pages.put(page(), bodies[filler])
        other = pages.put(page("https://b.org/"), b"after")
        assert pages.body(kept) == bodies[filler]
        assert pages.body(other) == b"after"
        assert list(pages.verify()) == []


def test_an_equal_body_is_stored_once(tmp_path):
    body = random.Random(1).randbytes(200_000)
    with PageCache(tmp_path) as pages:
        pages.put(page(), body)
        before = warc_bytes(tmp_path)
        pages.put(page(fetched_at="2024-06-01T10:00:00Z"), body)
        pages.put(page("https://mirror.org/"), body)
        assert warc_bytes(tmp_path) - before < 3_000
        assert pages.body(pages.get("https://mirror.org/")) == body
        assert pages.get("https://example.com/a").fetched_at == "2024-06-01T10:00:00Z"


def test_a_later_failure_does_not_hide_a_good_page(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page(), b"good", checked_at=0)
        pages.put(page(fetched_at="2025-01-01T00:00:00Z", status=404, failure="HTTP 404"), b"gone")
        pages.put_failure("https://example.com/a", "no answer\nat all", checked_at=9e9, retry_at=0)
        assert pages.body(pages.get("https://example.com/a")) == b"good"
        assert pages.standing("https://example.com/a").attempts == 2
        assert pages.standing("https://example.com/a").failure == "no answer at all"


def test_due_follows_age_and_retry_time(tmp_path):
    url = "https://example.com/a"
    with PageCache(tmp_path) as pages:
        assert pages.due(url, 0)
        pages.put(page(), b"x", checked_at=1000)
        assert not pages.due(url, 1000 + 29 * DAY)
        assert pages.due(url, 1000 + 31 * DAY)
        assert pages.due(url, 1000 + 2 * DAY, refresh_days=1)
        pages.put_unchanged(url, checked_at=1000 + 31 * DAY)
        assert not pages.due(url, 1000 + 32 * DAY)
        pages.put_failure(url, "down", checked_at=1000 + 62 * DAY, retry_at=1000 + 70 * DAY)
        assert not pages.due(url, 1000 + 69 * DAY)
        assert pages.due(url, 1000 + 70 * DAY)
        assert pages.get(url).fetched_at == "2024-05-01T10:00:00Z"


def test_unchanged_needs_a_page(tmp_path):
    with PageCache(tmp_path) as pages, pytest.raises(StoreError):
        pages.put_unchanged("https://example.com/", checked_at=0)


def test_no_credentials_reach_the_disk(tmp_path):
    secret = "https://user:hunter2@example.com/a"
    with PageCache(tmp_path) as pages:
        told = [("Location", secret[6:]), ("Link", f'<{secret}>; rel="canonical"')]
        pages.put(page(secret), b"x", response_headers=told, hops=[(secret, 301, told)])
        pages.put_failure(secret, "down", checked_at=9e9, retry_at=0)
        assert pages.get(secret).url == "https://example.com/a"
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        data += gzip.decompress(data) if path.suffix == ".gz" else b""
        assert b"hunter2" not in data


def test_a_lost_index_is_made_again(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page(), b"one", checked_at=5)
        pages.put(page("https://b.org/", fetched_at="2024-05-02T00:00:00.25Z"), b"one")
        pages.put_unchanged("https://b.org/", checked_at=9e9)
        pages.put_failure("https://c.org/", "no such host", checked_at=7, retry_at=8)
        before = everything(pages)
        standings = [pages.standing(p.url) for p, _ in before]
    (tmp_path / "pages.db").unlink()
    with PageCache(tmp_path) as pages:
        assert everything(pages) == before
        assert [pages.standing(p.url) for p, _ in before] == standings


def test_a_broken_index_is_made_again(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page(), b"one")
    (tmp_path / "pages.db").write_bytes(b"not a database" * 1000)
    with PageCache(tmp_path) as pages:
        assert pages.body(pages.get("https://example.com/a")) == b"one"


def test_a_lost_segment_is_noticed(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page(), b"one")
    for path in tmp_path.glob("*.warc.gz"):
        path.unlink()
    with PageCache(tmp_path) as pages:
        assert pages.get("https://example.com/a") is None


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 900))
def test_a_torn_tail_costs_only_the_torn_record(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("pages")
    with PageCache(folder) as pages:
        pages.put(page(), b"first")
        pages.flush()
        whole = warc_bytes(folder)
        pages.put(page("https://example.com/second"), random.Random(2).randbytes(900))
    (segment,) = folder.glob("*.warc.gz")
    os.truncate(segment, max(whole, segment.stat().st_size - cut))
    with PageCache(folder) as pages:
        assert pages.body(pages.get("https://example.com/a")) == b"first"
        assert pages.get("https://example.com/second") is None
        pages.put(page("https://example.com/third"), b"third")
    with PageCache(folder) as pages:
        assert [p.url for p in pages.pages()] == [
            "https://example.com/a",
            "https://example.com/third",
        ]
        assert list(pages.verify()) == []


def test_what_a_kill_left_unindexed_is_found(tmp_path):
    script = (
        "import os, sys\n"
        "from cache.pages import PageCache\n"
        "from cache.records import Page\n"
        "pages = PageCache(__import__('pathlib').Path(sys.argv[1]))\n"
        "for i in range(70):\n"
        "    url = f'https://example.com/{i}'\n"
        "    made = Page(url, url, 200, 'text/html', '', '2024-05-01T10:00:00Z')\n"
        "    pages.put(made, f'body {i}'.encode())\n"
        "os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT)
    assert done.returncode == 9
    with PageCache(tmp_path) as pages:
        bodies = {p.url: body for p, body in everything(pages)}
    assert bodies == {f"https://example.com/{i}": f"body {i}".encode() for i in range(70)}


def test_a_flipped_byte_is_damage(tmp_path):
    with PageCache(tmp_path) as pages:
        kept = pages.put(page(), random.Random(3).randbytes(5000))
    (segment,) = tmp_path.glob("*.warc.gz")
    data = bytearray(segment.read_bytes())
    data[3000] ^= 0xFF
    segment.write_bytes(data)
    with PageCache(tmp_path) as pages:
        assert list(pages.verify())
        with pytest.raises(Damaged, match="nextread-00000001"):
            pages.body(kept)


def test_damage_is_due_and_mended_by_the_same_body(tmp_path):
    body = random.Random(4).randbytes(5000)
    with PageCache(tmp_path) as pages:
        kept = pages.put(page(), body, checked_at=1000)
    (segment,) = tmp_path.glob("*.warc.gz")
    data = bytearray(segment.read_bytes())
    data[3000] ^= 0xFF
    segment.write_bytes(data)
    with PageCache(tmp_path) as pages:
        assert not pages.due(kept.url, 1000)
        with pytest.raises(Damaged):
            pages.body(kept)
    with PageCache(tmp_path) as pages:
        assert pages.due(kept.url, 3e6)
        pages.put(page(fetched_at="2024-06-01T10:00:00Z"), body, checked_at=3e6)
        assert pages.body(kept) == body
        pages.reindex()
        assert pages.body(kept) == body


def test_two_writers_are_noticed(tmp_path):
    with PageCache(tmp_path) as first, PageCache(tmp_path) as second:
        first.put(page(), b"one")
        first.flush()
        second.put(page("https://b.org/"), b"two")
        second.flush()
        with pytest.raises(Locked):
            first.put(page("https://c.org/"), b"three")


def test_segments_roll(tmp_path, monkeypatch):
    monkeypatch.setattr("cache.segments.SEGMENT_BYTES", 2000)
    with PageCache(tmp_path) as pages:
        for i in range(9):
            pages.put(page(f"https://example.com/{i}"), random.Random(i).randbytes(900))
        before = everything(pages)
    assert len(list(tmp_path.glob("*.warc.gz"))) > 3
    with PageCache(tmp_path) as pages:
        assert everything(pages) == before
        pages.reindex()
        assert everything(pages) == before


def test_reading_writes_nothing(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page(), b"one")
    files = sorted((p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.iterdir())
    with PageCache(tmp_path, read_only=True) as pages:
        assert pages.body(pages.get("https://example.com/a")) == b"one"
    assert files == sorted(
        (p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.iterdir()
    )
    (tmp_path / "pages.db").unlink()
    with PageCache(tmp_path, read_only=True) as pages:
        assert pages.body(pages.get("https://example.com/a")) == b"one"
    with PageCache(tmp_path / "none", read_only=True) as pages:
        assert list(pages.pages()) == []
    assert [p.name for p in tmp_path.iterdir()] == ["nextread-00000001.warc.gz"]


def test_export_then_import_gives_the_same_pages(tmp_path):
    with PageCache(tmp_path / "one") as pages:
        hop = [("https://example.com/old", 302, [("Location", "/a")])]
        pages.put(
            page("https://example.com/old", final_url="https://example.com/a"), b"x", hops=hop
        )
        pages.put(page("https://b.org/"), b"x")
        pages.put(page("https://d.org/", status=404, failure="HTTP 404"), b"gone", retry_at=77)
        pages.put_failure("https://c.org/", "no such host", checked_at=7, retry_at=8)
        size = pages.export_warc(tmp_path / "out.warc.gz")
        before = everything(pages)
    assert size == (tmp_path / "out.warc.gz").stat().st_size
    with PageCache(tmp_path / "two") as pages:
        report = pages.import_warc(tmp_path / "out.warc.gz")
        assert (report.pages, report.known, report.problems) == (4, 0, ())
        assert everything(pages) == before
        assert pages.standing("https://d.org/").retry_at == 77
        again = pages.import_warc(tmp_path / "out.warc.gz")
        assert (again.pages, again.known) == (0, 4)


def test_a_failed_export_leaves_nothing(tmp_path):
    with PageCache(tmp_path / "one") as pages:
        pages.put(page(), b"x")
        with pytest.raises(StoreError, match="missing"):
            pages.export_warc(tmp_path / "missing" / "out.warc.gz")
        with pytest.raises(StoreError, match="none"):
            pages.import_warc(tmp_path / "none.warc.gz")


# (pages, other records, problems) of every file
HOSTILE = {
    "bad.arc": (0, 1, 3),
    "example-bad-non-chunked.warc.gz": (2, 4, 0),
    "example-bad.warc.gz.bad": (3, 3, 0),
    "example-digest.warc": (0, 4, 0),
    "example-iana.org-chunked.warc": (1, 2, 0),
    "example-resource.warc.gz": (1, 2, 0),
    "example-space-in-target-uri.warc.gz": (0, 2, 0),
    "example-space-in-url.arc": (1, 1, 1),
    "example-trunc.warc": (1, 3, 1),
    "example-wget-bad-target-uri.warc.gz": (1, 5, 0),
    "example-wrong-chunks.warc.gz": (1, 1, 1),
    "example.arc": (1, 1, 0),
    "example.arc.gz": (1, 1, 0),
    "example.warc": (2, 4, 0),
    "example.warc.gz": (2, 4, 0),
    "post-test.warc.gz": (3, 3, 0),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_real_and_broken_files_give_all_that_is_readable(shared, tmp_path, name):
    with PageCache(tmp_path) as pages:
        report = pages.import_warc(shared / "hostile" / "warc" / name)
        assert (report.pages, report.other, len(report.problems)) == HOSTILE[name]
        for found in pages.pages():
            assert len(pages.body(found)) > 0
            assert found.digest.startswith("sha256:")
            assert found.failure is None or found.status != 200
        again = pages.import_warc(shared / "hostile" / "warc" / name)
        assert (again.pages, again.known) == (0, report.pages)


def test_the_hostile_folder_has_no_file_without_expectation(shared):
    assert {path.name for path in (shared / "hostile" / "warc").iterdir()} == set(HOSTILE)


def test_records_around_broken_ones_are_kept(tmp_path):
    for i in range(5):
        with PageCache(tmp_path / str(i)) as pages:
            pages.put(page(f"https://example.com/{i}"), random.Random(i).randbytes(2000))
            pages.export_warc(tmp_path / f"{i}.warc.gz")
    members = [(tmp_path / f"{i}.warc.gz").read_bytes() for i in range(5)]
    broken = bytearray(members[2])
    broken[700:720] = b"\xff" * 20
    garbage = random.Random(9).randbytes(300).replace(b"\x1f", b"")
    torn = members[4][:-700]
    whole = members[0] + bytes(broken) + garbage + members[1] + members[3] + torn
    (tmp_path / "mixed.warc.gz").write_bytes(whole)
    with PageCache(tmp_path / "all") as pages:
        report = pages.import_warc(tmp_path / "mixed.warc.gz")
        urls = {p.url for p in pages.pages() if p.failure is None}
        assert {f"https://example.com/{i}" for i in (0, 1, 3)} <= urls
        assert len(report.problems) >= 2


@pytest.mark.parametrize("declared", [b"10", b"999", b"99999"])
def test_a_wrong_length_does_not_swallow_the_next_record(tmp_path, declared):
    def record(url, length, body):
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
        head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + url
        head += b"\r\nWARC-Date: 2024-01-01T00:00:00Z\r\nContent-Length: "
        return head + (length or str(len(http)).encode()) + b"\r\n\r\n" + http + b"\r\n\r\n"

    data = record(b"https://a.org/", declared, b"first" * 9) + record(
        b"https://b.org/", b"", b"second"
    )
    (tmp_path / "w.warc").write_bytes(data)
    with PageCache(tmp_path / "pages") as pages:
        report = pages.import_warc(tmp_path / "w.warc")
        assert pages.body(pages.get("https://b.org/")) == b"second"
        assert pages.body(pages.get("https://a.org/")).startswith(b"first")
        assert len(report.problems) == 1


@settings(max_examples=25, deadline=None)
@given(junk=st.binary(max_size=400), place=st.integers(0, 2000))
def test_import_never_raises_for_content(tmp_path_factory, junk, place):
    folder = tmp_path_factory.mktemp("w")
    with PageCache(folder / "one") as pages:
        pages.put(page(), b"text " * 50)
        pages.export_warc(folder / "w.warc.gz")
    packed = (folder / "w.warc.gz").read_bytes()
    plain = gzip.decompress(packed)
    for data in (packed, plain):
        (folder / "j.warc").write_bytes(data[:place] + junk + data[place:])
        with PageCache(folder / "two") as pages:
            pages.import_warc(folder / "j.warc")
            assert all(digest_of(pages.body(p)) == p.digest for p in pages.pages())
            assert list(pages.verify()) == []


def test_a_compressed_bomb_in_a_warc_is_a_problem(tmp_path):
    bomb = gzip.compress(bytes(65 << 20), 1)
    http = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.org/\r\n"
        f"WARC-Date: 2024-01-01T00:00:00Z\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    (tmp_path / "w.warc").write_bytes(head.encode() + http + b"\r\n\r\n")
    with PageCache(tmp_path / "pages") as pages:
        report = pages.import_warc(tmp_path / "w.warc")
        assert report.pages == 0
        assert "more than" in report.problems[0].message


def test_imported_addresses_are_found_loosely(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page("http://www.example.com/post/"), b"text")
        redirect = page("http://t.co/x", final_url="http://www.example.com/post/", status=301)
        pages.put(replace(redirect, failure="HTTP 301"), b"")
        assert pages.body(pages.get("https://example.com/post")) == b"text"
        assert pages.get("http://t.co/x").failure is None
        assert pages.get("https://example.com/POST") is None


def test_robots_are_not_pages(tmp_path):
    with PageCache(tmp_path) as pages:
        pages.put(page("https://example.com/robots.txt"), b"User-agent: *")
        assert pages.get("https://example.com/robots.txt") is not None
        assert list(pages.pages()) == []


def test_a_full_disk_leaves_no_half_record(tmp_path):
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from cache.pages import PageCache\n"
        "from cache.records import Page\n"
        "from cache.errors import StoreError\n"
        "import random\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "pages = PageCache(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "made = Page('https://a.org/', 'https://a.org/', 200, '', '', '2024-05-01T10:00:00Z')\n"
        "try:\n"
        "    pages.put(made, random.Random(1).randbytes(100_000))\n"
        "except StoreError as error:\n"
        "    print(error.hint)\n"
    )
    if not hasattr(os, "fork"):
        pytest.skip("file size limits are POSIX")
    command = [sys.executable, "-c", script, tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert "disk" in done.stdout, done.stderr
    assert warc_bytes(tmp_path) == 0

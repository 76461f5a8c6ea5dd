"""Saved files of every format to pages with text, under the address they are from."""

import base64
import gzip
import json
import os
import plistlib
import threading
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from cache.errors import ExtractError, StoreError
from cache.lock import writing
from cache.page_records import digest_of, stamp
from cache.pages import PageCache
from cache.records import Page
from cache.settings import Settings
from indexer import save as saved
from indexer.build import build
from indexer.crawl.saved_files import pages_of
from tests.conftest import assert_error, run, write_list

URL = "https://zhuanlan.zhihu.com/p/100001"
PROSE = "<p>注意力机制让序列中的每个位置都能看到其他所有位置，因此可以并行计算。</p>" * 12
PAGE = f"<!doctype html><html><head><title>注意力</title></head><body><article>{PROSE}"
SINGLEFILE = (
    f"<!DOCTYPE html> <html lang=zh><!--\n Page saved with SingleFile \n url: {URL}?a=1&amp;b=2 \n"
    " saved date: Sun Mar 01 2026 08:00:00 GMT+0800 (China Standard Time)\n-->" + PAGE[15:]
)
PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 4000


def mhtml():
    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = URL
    message["Date"] = "Sun, 01 Mar 2026 00:00:00 -0000"
    message.set_content("p { color: red }", subtype="css")
    message.make_mixed()
    message.replace_header("Content-Type", 'multipart/related; type="text/html"')
    part = EmailMessage()
    part.set_content(PAGE, subtype="html", cte="quoted-printable")
    part["Content-Location"] = URL
    message.attach(part)
    return message.as_bytes()


def har():
    def entry(url, text, kind="text/html; charset=utf-8", **more):
        content = {"mimeType": kind, "text": text, **more}
        return {
            "startedDateTime": "2026-03-01T00:00:00Z",
            "request": {"method": "GET", "url": url},
            "response": {"status": 200, "content": content},
        }

    other = base64.b64encode(PAGE.encode()).decode()
    entries = [
        entry(URL + "#top", PAGE),
        entry("https://x.example/a.js", "let a = 1", "text/javascript"),
        entry("https://x.example/b", other, encoding="base64"),
        {"request": {}},
        "no entry",
    ]
    return json.dumps({"log": {"entries": entries}}).encode()


def webarchive():
    main = {
        "WebResourceURL": URL,
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": "UTF-8",
        "WebResourceData": PAGE.encode(),
    }
    return plistlib.dumps({"WebMainResource": main}, fmt=plistlib.FMT_BINARY)


FILES = {
    "a.mhtml": mhtml(),
    "a.har": har(),
    "a.webarchive": webarchive(),
    "singlefile.html": SINGLEFILE.encode(),
    "chrome.html": f"<!-- saved from url=(0038){URL} -->\n{PAGE}".encode(),
    "canonical.htm": PAGE.replace(
        "<title>", f'<link href="{URL}" rel="canonical"><title>'
    ).encode(),
    "gbk.html": PAGE.replace(
        "<title>", f"<meta charset=gb18030><meta property='og:url' content='{URL}'><title>"
    ).encode("gb18030"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_tells_its_address_and_its_text_is_kept(name, tmp_path, fresh_home):
    (tmp_path / name).write_bytes(FILES[name])
    report = saved.save(Settings(home=fresh_home), [tmp_path / name])
    assert report.failures == {}
    kept = next(kept for kept in report.kept if kept.url.startswith(URL))
    assert kept.document.title == "注意力"
    assert kept.document.text.count("注意力机制") == 12
    with PageCache(fresh_home / "pages", read_only=True) as pages:
        page = pages.get(kept.url)
        assert page is not None
        assert not pages.due(kept.url, 4e9)


def test_a_file_is_dated_by_what_it_says(tmp_path):
    for name in ("a.mhtml", "a.har", "singlefile.html"):
        (tmp_path / name).write_bytes(FILES[name])
        assert stamp(pages_of(str(tmp_path / name))[0].saved_at) == "2026-03-01T00:00:00Z", name
    assert [page.url for page in pages_of(str(tmp_path / "a.har"))] == [URL, "https://x.example/b"]


def test_a_download_may_note_where_it_is_from(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    try:
        os.setxattr(file, "user.xdg.origin.url", URL.encode())
    except (AttributeError, OSError):
        pytest.skip("this file system keeps no attributes")
    assert pages_of(str(file))[0].url == URL


def test_pictures_in_a_page_are_left_out(tmp_path):
    file = tmp_path / "big.html"
    file.write_text(SINGLEFILE.replace("<article>", f"<article><img src='{PICTURE}'>"))
    (page,) = pages_of(str(file))
    assert len(page.body) < len(SINGLEFILE.encode()) + 100
    assert page.url == f"{URL}?a=1&b=2"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.html", PAGE.encode(), "does not say where it is from"),
        ("a.docx", b"PK\x03\x04 words", "is no saved page"),
        ("a.har", b'{"log": {}}', "is no HAR"),
        ("a.har", b"{" * 99, "is no HAR"),
        ("a.mhtml", b"MIME-Version: 1.0\n\nno page", "does not say"),
        ("a.webarchive", b"bplist00 torn", "no web archive"),
        ("a.pdf", b"%PDF-1.7 torn", "does not say"),
    ],
)
def test_a_file_that_gives_no_page_says_why(name, content, says, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExtractError, match=says):
        pages_of(str(tmp_path / name))


def test_a_folder_gives_what_it_can_and_the_rest_is_told(tmp_path, fresh_home):
    folder = tmp_path / "saved"
    (folder / "page_files").mkdir(parents=True)
    (folder / "page_files" / "frame.html").write_bytes(FILES["chrome.html"])
    (folder / "good.html").write_bytes(FILES["chrome.html"])
    (folder / "bad.html").write_text(PAGE)
    (folder / "notes.txt").write_text("mine")
    wall = "<title>登录</title><p>请先登录后查看</p>"
    (folder / "wall.html").write_text(f"<!-- saved from url=(0001){URL}1 --><html>{wall}")
    ran = run("save", str(folder), "--json", home=fresh_home)
    told = json.loads(ran.out)
    assert [kept["url"] for kept in told["kept"]] == [URL]
    assert sorted(Path(name).name for name in told["failures"]) == ["bad.html", "wall.html"]
    assert "登录" in told["failures"][str(folder / "wall.html")]
    assert ran.code == 0
    assert run("save", str(folder / "bad.html"), home=fresh_home).code == 1
    assert run("save", str(folder / "bad.html"), "--url", URL, home=fresh_home).code == 0
    assert_error(run("save", str(tmp_path / "none"), home=fresh_home), "none")


def test_a_saved_page_is_indexed_by_the_next_build(tmp_path, tiny_settings):
    listed = write_list(tmp_path / "list.md", [("注意力", f"{URL}?utm_source=x", "好")])
    build([str(listed)], tiny_settings, offline=True)
    file = tmp_path / "a.mhtml"
    file.write_bytes(FILES["a.mhtml"])
    report = saved.save(tiny_settings, [file])
    assert report.kept[0].resource is not None
    counts = build([], tiny_settings, offline=True).manifest.counts
    assert counts["documents"] == 1


def test_an_older_file_never_replaces_a_newer_fetch(tmp_path, fresh_home):
    with PageCache(fresh_home / "pages") as pages:
        body = PAGE.replace("注意力机制", "新的机制").encode()
        page = Page(URL, URL, 200, "text/html", digest_of(body), "2026-04-01T00:00:00Z")
        pages.put(page, body)
    file = tmp_path / "a.mhtml"
    file.write_bytes(FILES["a.mhtml"])
    saved.save(Settings(home=fresh_home), [file])
    with PageCache(fresh_home / "pages", read_only=True) as pages:
        newest = pages.get(URL)
        assert newest is not None
        assert newest.fetched_at == "2026-04-01T00:00:00Z"


def test_pages_saved_while_another_process_writes_wait_for_it(tmp_path, tiny_settings):
    listed = write_list(tmp_path / "list.md", [("注意力", URL, "好")])
    file = tmp_path / "a.mhtml"
    file.write_bytes(FILES["a.mhtml"])
    with writing(tiny_settings.layout.lock, "another"):
        assert len(saved.save(tiny_settings, [file]).kept) == 1
        assert len(list(tiny_settings.layout.saved.iterdir())) == 1
    assert build([str(listed)], tiny_settings, offline=True).manifest.counts["documents"] == 1
    assert list(tiny_settings.layout.saved.iterdir()) == []


def test_archives_bring_all_their_pages(tmp_path, fresh_home):
    source, target = Settings(home=tmp_path / "source"), Settings(home=fresh_home)
    file = tmp_path / "a.mhtml"
    file.write_bytes(FILES["a.mhtml"])
    saved.save(source, [file])
    segment = next(source.layout.pages.glob("*.warc.gz"))
    with zipfile.ZipFile(tmp_path / "crawl.wacz", "w") as archive:
        archive.write(segment, "archive/data.warc.gz")
        archive.writestr("datapackage.json", "{}")
    report = saved.save(target, [tmp_path / "crawl.wacz", segment])
    assert (report.imported, report.known, report.failures) == (1, 1, {})
    (tmp_path / "torn.wacz").write_bytes(b"PK\x03\x04 torn")
    assert list(saved.save(target, [tmp_path / "torn.wacz"]).failures) == [
        str(tmp_path / "torn.wacz")
    ]


def test_a_watched_folder_gives_what_comes_once_it_is_whole(tmp_path, fresh_home, monkeypatch):
    monkeypatch.setattr(saved, "_POLL", 0.05)
    folder = tmp_path / "downloads"
    folder.mkdir()
    heard, whole = [], threading.Event()

    def hear(report):
        heard.append(report)
        whole.set()
        raise KeyboardInterrupt

    def write():
        with (folder / "a.mhtml").open("wb") as file:
            for start in range(0, len(FILES["a.mhtml"]), 4000):
                file.write(FILES["a.mhtml"][start : start + 4000])
                file.flush()
                os.fsync(file.fileno())

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(KeyboardInterrupt):
        saved.watch(Settings(home=fresh_home), [folder], hear)
    writer.join()
    assert [kept.url for kept in heard[0].kept] == [URL]
    with pytest.raises(StoreError):
        saved.watch(Settings(home=fresh_home), [tmp_path / "none"], hear)


def test_captured_pages_of_every_site_are_kept_with_text(shared, tmp_path, fresh_home):
    pages = {
        "wechat/普通图文_01.html.gz": "https://mp.weixin.qq.com/s/aaaaaaaaaaaaaaaaaaaaaa",
        "zhihu/zhihu_article.html": "https://zhuanlan.zhihu.com/p/33105153",
        "arxiv/arxiv_abs_2026.html": "https://arxiv.org/abs/2601.00001",
        "newyorker/TheNewYorker_2023_05_16.html.gz": "https://www.newyorker.com/a",
    }
    for name, url in pages.items():
        content = (shared / "captures" / name).read_bytes()
        content = gzip.decompress(content) if name.endswith(".gz") else content
        file = tmp_path / f"{Path(name).parent}.html"
        file.write_bytes(f"<!-- saved from url=(0001){url} -->\n".encode() + content)
    report = saved.save(Settings(home=fresh_home), [tmp_path])
    assert report.failures == {}
    assert {kept.url for kept in report.kept} == set(pages.values())
    assert all(len(kept.document.text) > 100 for kept in report.kept)

"""Links that answer badly, slowly or oddly: each told for what it is, none called dead for it."""

import json
import shutil
import subprocess

import pytest

from server.schemas import Check
from tests.conftest import run
from tests.loopback import LoopbackWeb, Reply

LONG = "words to read " * 120


def page(title, charset="utf-8"):
    body = f"<title>{title}</title><h1>{title}</h1><p>{LONG}".encode(charset)
    return Reply(body, media_type=f"text/html; charset={charset}")


def sent(where, status=301):
    return Reply("", status, {"Location": where})


def pages():
    return {
        "loop.example/a": sent("https://loop.example/b"),
        "loop.example/b": sent("https://loop.example/a"),
        "self.example/a": sent("https://self.example/a"),
        "nowhere.example/a": sent("https://gone-host.example/a"),
        "empty.example/a": Reply("", 301),
        "script.example/a": sent("javascript:alert(1)"),
        "busy.example/a": Reply("later", 429, {"Retry-After": "86400"}),
        "over.example/a": Reply("down", 503, {"Retry-After": "86400"}),
        "huge.example/a": Reply(b"<title>Huge page</title>" + b"x" * 30_000_000),
        "cut.example/a": Reply(raw=[b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n<title>Cut"]),
        "noise.example/a": Reply(raw=[b"\x00\xff\xfe not http at all\r\n\r\n"]),
        "track.example/a": sent("https://track.example/a?utm_source=list&fbclid=1"),
        "track.example/a?utm_source=list&fbclid=1": page("Tracked page"),
        "secure.example/a": lambda r: (
            sent("https://secure.example/a") if r.scheme == "http" else page("Secure page")
        ),
        "www.bare.example/a": page("Bare page"),
        "bare.example/a": sent("https://www.bare.example/a"),
        "xn--bcher-kva.example/a": page("Bücher lesen"),
        "gbk.example/a": page("深度学习入门教程", "gbk"),
        "big5.example/a": page("深度學習入門教程", "big5"),
        "bare-gbk.example/a": Reply(
            f"<meta charset=gb2312><title>机器学习笔记</title>{LONG}".encode("gbk"),
            media_type="text/html",
        ),
        "pdf.example/a.pdf": Reply(b"%PDF-1.4\n%%EOF", media_type="application/pdf"),
        "image.example/a.png": Reply(b"\x89PNG\r\n", media_type="image/png"),
        "zip.example/a.zip": Reply(b"PK\x03\x04", media_type="application/zip"),
        "turkish.example/a": Reply(f"<html lang=tr-TR><title>Kurban bedelleri</title>{LONG}"),
        "nothing.example/a": Reply("", 204),
        "mixed.example/a": page("404 ways to read"),
        "paper.example/not-found": page("Why things are not found: a study"),
    }


CASES = {  # address: title, states it may be told as, where to
    "https://loop.example/a": ("Loop", {"failing"}, None),
    "https://self.example/a": ("Itself", {"failing"}, None),
    "https://nowhere.example/a": ("Nowhere", {"dead", "failing"}, None),
    "https://empty.example/a": ("Empty move", {"failing"}, None),
    "https://script.example/a": ("Script", {"failing"}, None),
    "https://busy.example/a": ("Busy", {"failing", "unasked"}, None),
    "https://over.example/a": ("Over", {"failing", "unasked"}, None),
    "https://huge.example/a": ("Huge page", {"ok"}, None),
    "https://cut.example/a": ("Cut", {"failing"}, None),
    "https://noise.example/a": ("Noise", {"failing"}, None),
    "https://track.example/a": ("Tracked page", {"ok"}, None),
    "http://secure.example/a": ("Secure page", {"moved"}, "https://secure.example/a"),
    "https://bare.example/a": ("Bare page", {"moved"}, "https://www.bare.example/a"),
    "https://bücher.example/a": ("Bücher lesen", {"ok"}, None),
    "https://gbk.example/a": ("深度学习入门教程", {"ok"}, None),
    "https://big5.example/a": ("深度学习入门教程", {"ok"}, None),
    "https://bare-gbk.example/a": ("机器学习笔记", {"ok"}, None),
    "https://pdf.example/a.pdf": ("A paper", {"ok"}, None),
    "https://image.example/a.png": ("A picture", {"ok"}, None),
    "https://zip.example/a.zip": ("An archive", {"ok"}, None),
    "https://turkish.example/a": ("The price of a sacrifice", {"ok"}, None),
    "https://nothing.example/a": ("Nothing", {"failing", "ok"}, None),
    "https://mixed.example/a": ("404 ways to read", {"ok"}, None),
    "https://paper.example/not-found": ("Why things are not found", {"ok"}, None),
}


@pytest.fixture
def web():
    with LoopbackWeb(pages()) as started:
        yield started


@pytest.fixture
def checked(web, tmp_path, monkeypatch):
    for name, value in web.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    lines = [f"- [{title}]({url}) - Good." for url, (title, *_) in CASES.items()]
    (tmp_path / "README.md").write_text("\n".join(["# Links", "", *lines, ""]), "utf-8")
    return lambda *flags: run("check", "README.md", *flags, home=tmp_path / "home")


def test_nothing_is_invented_of_links_that_answer_oddly(checked, web, tmp_path):
    ran = checked("--json")
    shown = json.loads(ran.out)
    Check.model_validate(shown)
    links = {link["url"]: link for link in shown["links"]}
    told = {
        url: (links[url]["state"], links[url]["to"], [n["kind"] for n in links[url]["notes"]])
        for url in CASES
    }
    for url, (_, states, to) in CASES.items():
        assert told[url][0] in states, (url, links[url])
        assert told[url][1:] == (to, []), (url, links[url])
    assert all(sum(asked == url for asked in web.asked()) <= 3 for url in web.asked())
    if git := shutil.which("git"):
        patch = checked("--fix", "--offline").out
        given = {"input": patch, "text": True, "encoding": "utf-8", "cwd": tmp_path}
        assert subprocess.run([git, "apply", "-"], **given, check=False).returncode == 0
        text = (tmp_path / "README.md").read_text("utf-8")
        assert "(https://secure.example/a)" in text
        assert "utm_source" not in text

"""A password in an address ends where it was read: nowhere on disk, in no answer, in no message."""

import gzip
import json
import sqlite3
import stat
from pathlib import Path

import pytest

from cache.lock import writing
from indexer.lists.parse import MEDIA_TYPES, parse
from tests.conftest import run
from tests.loopback import LoopbackWeb, Reply

SECRET = "hunter2"
TEXT = "".join(f"<p>Sentence {n} of a page about reward models, all in one.</p>" for n in range(9))
PAGE = f"<html><head><title>Reward models</title></head><body><article>{TEXT}</article></body>"
LISTED = f"""# Secrets

- [Reward models](https://me:{SECRET}@a.test/x#part) - see https://me:{SECRET}@b.test/y too
- [Refused](http://me:{SECRET}@c.test:22/) and [moved](https://me:{SECRET}@a.test/moved)
- https://me:{SECRET}@d.test/gone
"""
PAGES = {
    "a.test/x": PAGE,
    "b.test/y": PAGE.replace("Reward", "Value"),
    "a.test/moved": Reply(status=302, headers={"Location": f"https://me:{SECRET}@a.test/x"}),
    "lists.test/list.md": Reply("- [Value](https://b.test/y)\n", media_type="text/markdown"),
}


def everything_in(home: Path) -> bytes:
    """Every byte under home (pages are kept as they came, so none of them holds the
    secret), gzip undone and databases told row by row."""
    found = b""
    for path in home.rglob("*"):
        if path.is_file() and "models" not in path.parts:
            found += f"{path.name}\n".encode() + path.read_bytes()
            if path.suffix == ".gz":
                found += gzip.decompress(path.read_bytes())
            if path.suffix == ".db":
                found += "".join(sqlite3.connect(path).iterdump()).encode("utf-8", "replace")
    return found


def test_no_password_of_a_list_or_its_links_survives_a_build(
    fresh_home, tiny_model, tmp_path, monkeypatch
):
    monkeypatch.setenv("NEXTREAD_MODEL", str(tiny_model))
    local = tmp_path / "local.md"
    local.write_text(LISTED, "utf-8")
    with LoopbackWeb(PAGES) as web:
        for name, value in web.environment().items():
            monkeypatch.setenv(name, value)
        source = f"https://me:{SECRET}@lists.test/list.md"
        built = run("build", source, str(local), "--json", home=fresh_home)
        told = [
            built,
            run("status", "--json", home=fresh_home),
            run("search", "reward models", "--json", home=fresh_home),
            run("cache", "export", str(tmp_path / "out.warc.gz"), home=fresh_home),
            run("verify", home=fresh_home),
        ]
        sent = [(request.url, dict(request.headers)) for request in web.requests]
    assert [ran.code for ran in told] == [0] * len(told), told
    report = json.loads(built.out)
    assert report["documents"] >= 2, report
    assert "port 22" in report["failures"]["http://c.test:22/"], report
    assert SECRET not in str(told) + str(sent)
    assert not any("authorization" in headers for _, headers in sent)
    assert SECRET.encode() not in everything_in(fresh_home)
    assert SECRET.encode() not in gzip.decompress((tmp_path / "out.warc.gz").read_bytes())
    assert 'source = "https://lists.test/list.md"' in (fresh_home / "lists.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "source", [f"ftp://me:{SECRET}@a.test/list.md", f"https://me:{SECRET}@none.test/list.md"]
)
def test_no_password_is_in_an_error(tmp_path, source):
    ran = run("build", source, "--offline", home=tmp_path / "home")
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert SECRET not in ran.err


@pytest.mark.parametrize("media_type", sorted(set(MEDIA_TYPES.values())))
def test_no_password_is_in_an_entry(media_type):
    url = f"https://me:{SECRET}@a.test/x#part"
    source = {
        "text/html": f"<ul><li><a href='{url}'>{url}</a> see {url}</li></ul>",
        "text/x-opml": f"<opml><body><outline text='see {url}' htmlUrl='{url}'/></body></opml>",
        "application/json": f'[{{"title": "see {url}", "url": "{url}", "note": "see {url}"}}]',
        "text/x-rst": f"T\n=\n\n- `{url} <{url}>`_ see {url}\n- {url}\n",
    }.get(media_type, f"# T\n- [{url}]({url}) see {url}\n- {url}\n\n[r]: {url}\n- [x][r]\n")
    parsed = parse(source, "x", media_type=media_type)
    assert parsed.entries
    assert SECRET not in str(parsed)
    assert {entry.url for entry in parsed.entries} == {"https://a.test/x#part"}


def test_a_sign_in_prose_is_not_taken_for_a_password():
    said = "见 https://a.test，作者@某人 and https://b.test/@name/x or mail me@c.test"
    (entry,) = parse(f"- [T](https://d.test/@me) {said}\n", "x").entries[:1]
    assert entry.url == "https://d.test/@me"
    urls = {found.url for found in parse(f"# T\n- {said}\n", "x").entries}
    assert "https://b.test/@name/x" in urls


def test_a_home_and_what_is_in_it_are_for_their_owner_only(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("NEXTREAD_MODEL", str(tiny_model))
    home = tmp_path / "new" / "home"
    source = tmp_path / "list.md"
    source.write_text("- [Attention](https://example.org/attention)\n", "utf-8")
    assert run("build", str(source), "--offline", home=home).code == 0
    assert run("mark", "https://example.org/attention", "like", home=home).code == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "profile.db").stat().st_mode) == 0o600
    assert "note:" not in run("status", home=home).err
    home.chmod(0o755)  # by hand, later: a choice, which is told and kept
    for command in (("build", "--offline"), ("status",)):
        assert f"note: {home} is open to other users" in run(*command, home=home).err
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


@pytest.mark.parametrize("kept", [None, "settings.toml", "notes.txt"])
def test_a_home_made_by_hand_is_closed_before_anything_is_in_it(tmp_path, kept):
    """Not where it holds somebody's files: `--home .` closes nobody's folder."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    if kept:
        (home / kept).touch()
    with writing(home / "LOCK"):
        ours = kept != "notes.txt"
        assert stat.S_IMODE(home.stat().st_mode) == (0o700 if ours else 0o755)

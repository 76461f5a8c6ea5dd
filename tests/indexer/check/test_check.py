"""A list of sixty links, one of each case among many that are well, served on loopback."""

import json
import shutil
import ssl
import subprocess

import pytest

from server.schemas import Check
from tests.conftest import assert_error, run
from tests.loopback import LoopbackWeb, Reply

WELL = 35
WORDS = [
    "alpha",
    "bravo",
    "cobalt",
    "delta",
    "ember",
    "falcon",
    "garnet",
    "harbor",
    "indigo",
    "jasper",
    "kelvin",
    "lagoon",
]


def page(title):
    return f"<title>{title}</title><h1>{title}</h1><p>" + "words to read " * 120


def sent(where, status=301):
    return Reply("", status, {"Location": where})


def repository(name, archived=False, pushed="2999-01-01T00:00:00Z"):
    told = {"full_name": name, "archived": archived, "pushed_at": pushed}
    return Reply(json.dumps(told), media_type="application/json; charset=utf-8")


def copy_told(stamp):
    closest = {"available": True, "status": "200", "timestamp": stamp, "url": "http://e.org/"}
    return Reply(json.dumps({"archived_snapshots": {"closest": closest}}))


LOOKUP = "archive.org/wayback/available?url="
RAW = "raw.githubusercontent.com"
CASES = [  # title, address, state, where to, notes
    ("Gone page", "https://gone.example/a", "dead", None, []),
    ("Gone with copy", "https://kept.example/a", "dead", None, []),
    ("No longer", "https://gone.example/410", "dead", None, []),
    ("Moved one", "https://old.example/one", "moved", "https://new.example/one", []),
    ("Moved secure", "http://plain.example/x", "moved", "https://plain.example/x", []),
    ("Moved twice", "https://old.example/two#part", "moved", "https://new.example/two", []),
    ("Moved then lent", "https://old.example/lent", "moved", "https://new.example/lent", []),
    ("Only lent", "https://lent.example/a", "ok", None, []),
    ("Home again", "https://homes.example/deep/page", "soft_404", "https://homes.example/", []),
    ("Error page", "https://errs.example/deep", "soft_404", "https://errs.example/404.html", []),
    ("Quiet error", "https://quiet.example/deep", "soft_404", "https://quiet.example/deep", []),
    ("Login wall", "https://wall.example/a", "wall", None, []),
    ("Forbidden", "https://wall.example/403", "wall", None, []),
    ("Bad certificate", "https://bad.example/a", "certificate", None, []),
    ("Not for robots", "https://shut.example/a", "refused", None, []),
    ("Broken server", "https://broken.example/a", "failing", None, []),
    ("Another name", "https://named.example/a", "ok", None, ["title"]),
    ("Old tool", "https://github.com/who/old", "ok", None, ["repository_untouched"]),
    ("Shelved tool", "https://github.com/who/shelved", "ok", None, ["repository_archived"]),
    ("Fresh tool", "https://github.com/who/fresh", "ok", None, []),
    ("Renamed", "https://github.com/who/was", "moved", "https://github.com/who/is", []),
    ("Alpha work 0", "https://well.example/0?utm_source=x", "ok", None, ["duplicate"]),
    ("One work", "https://new.example/one", "ok", None, ["same_work"]),
    ("Project", "https://host.example/project", "moved", "https://project.example/", []),
    ("说明文档", "https://named.example/translated", "ok", None, []),
]


def pages():
    served = {f"well.example/{n}": page(f"{_name(n)} work {n}") for n in range(WELL)}
    served |= {
        "kept.example/a": Reply("", 404),
        LOOKUP + "kept.example/a": copy_told("20190203040506"),
        "web.archive.org/web/20190203040506id_/https://kept.example/a": page("Gone with copy"),
        LOOKUP + "gone.example/a": Reply("{}"),
        "gone.example/410": Reply("", 410),
        LOOKUP + "gone.example/410": Reply("no", 400),  # nobody can say
        "old.example/one": sent("https://new.example/one"),
        "new.example/one": page("Moved one work"),
        "plain.example/x": lambda r: (
            sent("https://plain.example/x") if r.scheme == "http" else page("Moved secure")
        ),
        "old.example/two": sent("https://mid.example/two", 308),
        "mid.example/two": sent("https://new.example/two"),
        "new.example/two": page("Moved twice"),
        "old.example/lent": sent("https://new.example/lent"),
        "new.example/lent": sent("https://new.example/today", 302),
        "new.example/today": page("Moved then lent"),
        "lent.example/a": sent("https://lent.example/b", 302),
        "lent.example/b": page("Only lent"),
        "homes.example/deep/page": sent("/"),
        "homes.example/": page("Homes of all"),
        "errs.example/deep": sent("/404.html", 302),
        "errs.example/404.html": page("Sorry"),
        "quiet.example/deep": page("404 - Page not found"),
        "wall.example/a": sent("/login?next=/a", 302),
        "wall.example/login?next=/a": page("Login"),
        "wall.example/403": Reply("no", 403),
        LOOKUP + "wall.example/a": Reply("{}"),
        LOOKUP + "wall.example/403": Reply("{}"),
        "shut.example/robots.txt": Reply("User-agent: *\nDisallow: /", media_type="text/plain"),
        "shut.example/a": page("Not for robots"),
        "broken.example/a": Reply("oops", 501),
        "bad.example/a": page("Bad certificate"),
        "named.example/a": page("Cheap casino bonuses"),
        "named.example/translated": page("Documentation of a library"),
        "host.example/project": sent("https://project.example/"),
        "project.example/": page("Project"),
    }
    for name in ("old", "shelved", "fresh", "was"):
        served[f"{RAW}/who/{name}/HEAD/README.md"] = Reply(f"# {name}\n", media_type="text/plain")
    api = "api.github.com/repos/who"
    return served | {
        f"{api}/old": repository("who/old", pushed="2015-05-05T00:00:00Z"),
        f"{api}/shelved": repository("who/shelved", archived=True, pushed="2015-05-05T00:00:00Z"),
        f"{api}/fresh": repository("Who/Fresh"),
        f"{api}/was": repository("who/is"),
    }


def _name(n):
    return WORDS[n % len(WORDS)].capitalize()


def list_text():
    lines = ["# Awesome things", ""]
    lines += [f"- [{_name(n)} work {n}](https://well.example/{n}) - Good." for n in range(WELL)]
    lines += [f"- [{title}]({url}) - Good." for title, url, *_ in CASES]
    return "\n".join(lines) + "\n"


@pytest.fixture
def web():
    with LoopbackWeb(pages()) as started:
        other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        started._authority.issue_cert("other.example").configure_cert(other)
        started._contexts["bad.example"] = other
        yield started


@pytest.fixture
def asked(web, tmp_path, monkeypatch):
    """Check a list in a home of its own, as its curator would."""
    for name, value in web.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "README.md"
    source.write_text(list_text(), "utf-8")
    return lambda *flags: run("check", str(source), *flags, home=tmp_path / "home")


def found(ran):
    shown = json.loads(ran.out)
    Check.model_validate(shown)
    return shown, {link["url"]: link for link in shown["links"]}


def test_each_case_is_told_right_and_none_is_invented(asked, web):
    ran = asked("--json")
    shown, links = found(ran)
    assert (ran.code, len(shown["links"])) == (1, 60)
    for title, url, state, to, notes in CASES:
        link = links[url]
        told = link["state"], link["to"], [note["kind"] for note in link["notes"]]
        assert told == (state, to, notes), (title, link)
    others = [link for url, link in links.items() if url not in {case[1] for case in CASES}]
    assert len(others) == WELL
    assert all(link["state"] == "ok" and not link["notes"] for link in others)
    assert shown["slips"] == []
    archive = {case[1]: links[case[1]]["archive"] for case in CASES}
    assert archive["https://kept.example/a"]["state"] == "copy"
    assert archive["https://kept.example/a"]["date"] == "2019-02-03"
    assert archive["https://gone.example/a"]["state"] == "none"
    assert archive["https://gone.example/410"]["state"] == "unasked"
    notes = {link["url"]: link["notes"] for link in shown["links"] if link["notes"]}
    assert notes["https://github.com/who/old"][0]["said"] == "2015-05-05"
    assert notes["https://named.example/a"][0]["said"] == "Cheap casino bonuses"
    assert notes["https://well.example/0?utm_source=x"][0]["line"] == 3
    assert "https://shut.example/a" not in web.asked()  # politely
    assert all(url.count("https://well.example/") < 2 for url in web.asked())


def test_two_runs_agree_and_the_second_asks_for_no_page_again(asked, web):
    first = asked("--json")
    web.clear()
    second = asked("--json")
    assert second.out == first.out
    assert {url for url in web.asked() if "archive.org" not in url} == set()
    web.clear()
    offline, _ = found(asked("--json", "--offline"))
    assert web.requests == []
    assert offline["links"] == json.loads(first.out)["links"]
    assert offline["offline"]


def test_offline_before_anything_was_asked_knows_nothing(asked, web):
    ran = asked("--json", "--offline")
    shown, _ = found(ran)
    assert (ran.code, shown["counts"]) == (0, {"unasked": 60})
    assert web.requests == []
    assert {n["kind"] for link in shown["links"] for n in link["notes"]} == {"duplicate"}


def test_fix_patches_exactly_what_moved(asked, tmp_path):
    before = list_text()
    patch = asked("--fix")
    moved = {url: to for _, url, state, to, _ in CASES if state == "moved"}
    moved["https://old.example/two#part"] += "#part"
    lines = patch.out.splitlines()
    gone = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    come = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    assert len(gone) == len(come) == len(moved) == 6
    expected = before
    for old, new in moved.items():
        assert expected.count(f"({old})") == 1
        expected = expected.replace(f"({old})", f"({new})")
    assert (tmp_path / "README.md").read_text("utf-8") == before
    if git := shutil.which("git"):
        given = {"input": patch.out, "text": True, "encoding": "utf-8", "cwd": tmp_path}
        assert subprocess.run([git, "apply", "-"], **given, check=False).returncode == 0
        assert (tmp_path / "README.md").read_text("utf-8") == expected
        (tmp_path / "README.md").write_text(before, "utf-8")
    assert asked("--fix", "--write").out == ""
    assert (tmp_path / "README.md").read_text("utf-8") == expected


def test_what_a_build_fetched_is_not_asked_again(
    web, asked, tiny_home, tiny_model, tmp_path, monkeypatch
):
    monkeypatch.setenv("NEXTREAD_MODEL", str(tiny_model))
    for folder in ("models", "vectors"):
        shutil.copytree(tiny_home / folder, tmp_path / "home" / folder)
    assert run("build", str(tmp_path / "README.md"), home=tmp_path / "home").code == 0
    web.clear()
    _, links = found(asked("--json"))
    beside = ("https://api.github.com/", "https://archive.org/")
    assert [url for url in web.asked() if not url.startswith(beside)] == []
    for _, url, state, to, _ in CASES:
        assert (links[url]["state"], links[url]["to"]) == (state, to)


def test_the_report_is_in_the_readers_language(asked, monkeypatch):
    english = asked("--ui", "en")
    assert "archived copy of 2019-02-03" in english.out
    assert "60 links: " in english.err
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = asked("--offline")
    assert "存档副本（2019-02-03）" in chinese.out
    assert "60 个链接" in chinese.err
    issue = asked("--offline", "--format", "md", "--ui", "en").out
    assert "## dead (3)" in issue
    assert "- [ ] line 38: [Gone page](<https://gone.example/a>)" in issue


def test_where_a_limit_is_reached_nobody_is_asked_further(web, asked):
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"}
    for name in ("old", "shelved", "fresh", "was"):
        web.pages[f"api.github.com/repos/who/{name}"] = Reply("no", 403, spent)
    _, links = found(asked("--json"))
    assert sum("api.github.com" in url for url in web.asked()) == 1
    for name in ("old", "shelved", "fresh", "was"):
        link = links[f"https://github.com/who/{name}"]
        assert (link["state"], link["to"], link["notes"]) == ("ok", None, [])


def test_a_list_on_the_web_is_checked_and_not_written(web, asked, tmp_path):
    web.pages["lists.example/a.md"] = Reply(list_text(), media_type="text/markdown")
    home = tmp_path / "home"
    patch = run("check", "https://lists.example/a.md", "--fix", home=home)
    assert patch.out.startswith("--- a/a.md\n+++ b/a.md\n")
    refused = run("check", "https://lists.example/a.md", "--fix", "--write", home=home)
    assert_error(refused, "lists.example/a.md")


def test_what_is_no_list_is_named(tmp_path):
    assert_error(run("check", str(tmp_path / "none.md"), home=tmp_path), "none.md")

"""Every command, in this process, on the example's index."""

import json
import shutil

import pytest

from search.engine import Engine
from tests.conftest import LISTS, assert_error, run, write_list

EXAMPLE = LISTS / "how-chatgpt-works.md"
RESULT_KEYS = {
    "rank", "id", "url", "title", "score", "parts", "kind", "level", "rating", "language",
    "published", "author", "snippet", "evidence", "lists",
}  # fmt: skip
MENTION_KEYS = {"list", "title", "url", "section", "note", "rating", "difficulty"}
ENTRY_KEYS = {
    "title", "url", "section", "note", "author", "published", "rating", "difficulty", "tier",
}  # fmt: skip


def answer(home, *arguments):
    ran = run("search", *arguments, "--json", home=home)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("\n") == 1
    return json.loads(ran.out)


@pytest.fixture
def own_home(example_home, tmp_path):
    """A copy to write to."""
    return shutil.copytree(example_home, tmp_path / "home")


def test_search_json_is_the_contract(example_home):
    shown = answer(example_home, "explain RLHF simply", "-k", "7")
    assert {"query", "took_ms", "results"} <= shown.keys()
    assert shown["query"]["text"] == "explain RLHF simply"
    assert (shown["query"]["level"], shown["query"]["k"]) == ("beginner", 7)
    assert [result["rank"] for result in shown["results"]] == list(range(1, 8))
    for result in shown["results"]:
        assert result.keys() >= RESULT_KEYS
        assert sum(result["parts"].values()) == result["score"]
        assert result["level"] in (None, "beginner", "intermediate", "advanced")
        assert all(mention.keys() == MENTION_KEYS for mention in result["lists"])
        assert result["lists"]


def test_search_shows_title_link_facts_and_evidence(example_home):
    ran = run("search", "explain RLHF simply", "-k", "3", home=example_home)
    assert (ran.code, ran.err) == (0, "")
    shown = answer(example_home, "explain RLHF simply", "-k", "3")["results"]
    for result in shown:
        assert f"{result['rank']}. {result['title']}\n    {result['url']}\n" in ran.out
        if result["level"]:
            assert result["level"] in ran.out
    assert "the list's note only" in ran.out
    assert "\x1b" not in ran.out


def test_explain_adds_up_for_a_reader_too(example_home):
    ran = run("search", "RLHF 入门", "-k", "3", "--explain", home=example_home)
    first, *_ = ran.out.splitlines()
    assert first.startswith("understood: topic 'RLHF'; level beginner")
    sums = [line.split(" = ") for line in ran.out.splitlines() if " = dense " in line]
    assert len(sums) == 3
    for score, parts in sums:
        points = [float(word) for word in parts.split() if word[0] in "+-"]
        assert sum(points) == pytest.approx(float(score), abs=0.004)


@pytest.mark.parametrize(
    ("flags", "field", "values"),
    [
        (("--kind", "paper"), "kind", {"paper"}),
        (("--kind", "paper", "--kind", "video"), "kind", {"paper", "video"}),
        (("--lang", "zh"), "language", {"zh"}),
        (("--lang", "EN"), "language", {"en"}),
    ],
)
def test_flags_filter(example_home, flags, field, values):
    shown = answer(example_home, "transformer", *flags, "-k", "80")["results"]
    assert {result[field] for result in shown} == values


def test_dates_and_lists_filter(example_home):
    shown = answer(example_home, "GPT", "--after", "2020", "--before", "2022-06", "-k", "80")
    assert shown["results"]
    assert all("2020" <= result["published"] <= "2022-06" for result in shown["results"])
    (name,) = {mention["list"] for result in shown["results"] for mention in result["lists"]}
    assert answer(example_home, "GPT", "--list", name)["results"]
    assert_error(run("search", "GPT", "--list", "nope", home=example_home), "nope")


def test_nothing_found_is_no_error(example_home):
    ran = run("search", "GPT", "--lang", "sw", home=example_home)
    assert (ran.code, ran.out) == (0, "")
    assert "nothing found" in ran.err
    assert answer(example_home, "GPT", "--lang", "sw")["results"] == []


def test_marks_and_unread(own_home):
    first = answer(own_home, "RLHF")["results"][0]
    ran = run("mark", first["url"], "read", home=own_home)
    assert (ran.code, ran.out, ran.err) == (0, "", f"read: {first['title']}\n")
    assert first["id"] not in [r["id"] for r in answer(own_home, "RLHF", "--unread")["results"]]
    assert run("mark", first["id"][:8], "clear", home=own_home).code == 0
    assert answer(own_home, "RLHF", "--unread")["results"][0]["id"] == first["id"]
    assert_error(run("mark", "https://nowhere.example", "read", home=own_home), "nowhere.example")


def test_similar(example_home):
    first, second = answer(example_home, "RLHF", "-k", "2")["results"]
    ran = run(
        "similar", first["url"], "--not", second["id"], "-k", "4", "--json", home=example_home
    )
    shown = json.loads(ran.out)["results"]
    assert (ran.code, len(shown)) == (0, 4)
    assert not {first["id"], second["id"]} & {result["id"] for result in shown}
    for result in shown:
        assert result.keys() >= RESULT_KEYS
        assert sum(result["parts"].values()) == result["score"]
    assert first["title"] not in run("similar", first["url"], home=example_home).out
    assert_error(run("similar", "https://nowhere.example", home=example_home), "nowhere.example")


def test_status_and_verify(example_home):
    shown = json.loads(run("status", "--json", home=example_home).out)
    assert 75 <= shown["resources"] <= 80  # one lecture is listed from two sites
    assert (shown["lists"], shown["failed"]) == (1, 0)
    assert shown["digest"].startswith("sha256:")
    ran = run("status", home=example_home)
    assert "how-chatgpt-works.md" in ran.out
    assert shown["digest"] in ran.out
    whole = run("verify", home=example_home)
    assert (whole.code, whole.out) == (0, "")


def test_parse_as_json_and_as_text(tmp_path):
    lines = run("parse", str(EXAMPLE), "--json").out.splitlines()
    assert len(lines) == 80
    assert all(json.loads(line).keys() >= ENTRY_KEYS for line in lines)
    ran = run("parse", str(EXAMPLE))
    assert (ran.code, ran.err) == (0, "80 links: 80 read as 80 entries\n")
    assert len(ran.out.splitlines()) == 160
    assert_error(run("parse", str(tmp_path / "none.md")), "none.md")


def test_build_reports_and_its_json(own_home):
    ran = run("build", "--offline", home=own_home)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("nothing has changed since generation 1: ")
    shown = json.loads(run("build", "--offline", "--json", home=own_home).out)
    assert (shown["published"], shown["lists"], shown["failures"]) == (False, 1, {})


def test_a_model_belongs_to_the_home(fresh_home, tiny_model, tmp_path):
    """Asked for once, it is what every later command asks and builds with."""
    model = shutil.copytree(tiny_model, tmp_path / tiny_model.name)
    source = write_list(tmp_path / "a.md", [("Attention", "https://example.org/a", "heads")])
    assert run("build", str(source), "--offline", "--model", str(model), home=fresh_home).code == 0
    built = json.loads(run("status", "--json", home=fresh_home).out)["model"]
    assert built.startswith("tiny-e5@")
    assert answer(fresh_home, "attention")["results"][0]["title"] == "Attention"
    write_list(source, [("Attention", "https://example.org/a", ""), ("RNN", "https://e.org/b", "")])
    again = json.loads(run("build", "--offline", "--json", home=fresh_home).out)
    assert (again["published"], again["model"]) == (True, built)
    model.rename(tmp_path / "gone")  # what was built can be asked without it
    assert answer(fresh_home, "attention")["results"]


def test_pages_go_out_and_come_in(own_home, tmp_path, shared):
    archive = next(path for path in sorted((shared / "hostile" / "warc").glob("*.gz")))
    ran = run("cache", "import", str(archive), home=own_home)
    assert (ran.code, ran.out) == (0, "")
    out = tmp_path / "out.warc.gz"
    assert run("cache", "export", str(out), home=own_home).code == 0
    again = run("cache", "import", str(out), home=own_home)
    assert again.err.startswith("0 pages imported")
    other = tmp_path / "other"
    back = run("cache", "import", str(out), home=other)
    assert back.code == 0
    assert back.err.split()[0] == ran.err.split()[0]


def test_the_engine_says_what_the_command_says(example_home):
    with Engine.open(example_home) as engine:
        expected = [result.resource.id for result in engine.search("注意力机制").results]
    assert [r["id"] for r in answer(example_home, "注意力机制")["results"]] == expected


def test_help_names_every_command():
    ran = run("--help")
    for name in ("build", "parse", "search", "similar", "mark", "status", "verify", "cache"):
        assert f"\n  {name} " in ran.out
        assert run(name, "--help").code == 0

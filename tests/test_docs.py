"""Documents that are red when they drift from the code."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from benchmarks import docs_cli, docs_models
from cache.records import KINDS, Entry, Facts, Query, Resource, Result
from cache.settings import Settings
from indexer.check.report import STATES, NoteKind
from indexer.lists import saved_exports
from indexer.lists.parse import entry_json
from search.answers import Answer, answer_json
from tests.conftest import ROOT, run

DOCS = ROOT / "docs"


def tables(name: str) -> dict[str, list[list[str]]]:
    """The rows of the table under each heading."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in (DOCS / name).read_text("utf-8").splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            found.setdefault(heading, []).append(cells)
    return found


def keys(rows: list[list[str]]) -> list[str]:
    return [row[0].strip("` ") for row in rows]


def test_the_commands_are_as_documented():
    hint = "run: python -m benchmarks.docs_cli"
    assert docs_cli.FILE.read_text("utf-8") == docs_cli.page(), hint


def test_the_models_are_as_documented():
    text = docs_models.FILE.read_text("utf-8")
    assert text == docs_models.page(text), "run: python -m benchmarks.docs_models"
    assert "| `granite-97m` | `build --model` |" in text


def test_the_exports_are_known_by_what_is_documented():
    page = (DOCS / "imports.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    documented = [frozenset(re.findall("`(.+?)`", row[2])) for row in rows]
    real = [wanted for wanted, _ in (*saved_exports._TABLES, *saved_exports._RECORDS)]
    assert sorted(documented, key=sorted) == sorted(real, key=sorted)


def test_every_setting_is_documented_with_its_default():
    (rows,) = tables("settings.md").values()
    documented = {row[0].strip("` "): row[1].strip("`") for row in rows}
    real = {field.name: field.default for field in fields(Settings) if field.name != "home"}
    assert documented.keys() == real.keys()
    for name, default in real.items():
        shown = list(default) if isinstance(default, tuple) else default
        assert json.loads(documented[name]) == shown


def test_the_example_settings_are_taken(tmp_path):
    text = (DOCS / "settings.md").read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "settings.toml").write_text(example[1], "utf-8")
    assert Settings.load(tmp_path).delay == 2.0


def result(**changes):
    mention = Entry("a", "https://e.org", "T")
    work = Resource("0", "https://e.org", (), "T", None, None, (mention,))
    return Result(work, 1.0, {"dense": 1.0}, None, "list note", Facts(), **changes)


def test_json_keys_are_as_documented():
    documented = {heading: keys(rows) for heading, rows in tables("json.md").items()}
    shown = answer_json(Answer(Query("x", "x"), (result(why="w", step=1),), 1.0))
    (only,) = shown["results"]
    real = {
        "Search": shown,
        "Query": shown["query"],
        "Result": only,
        "Mention": only["lists"][0],
        "Entry": entry_json(Entry("a", "https://e.org", "T")),
    }
    for heading, value in real.items():
        assert documented[heading] == list(value), heading


def test_build_json_keys_are_as_documented(builds, tiny_model, fresh_home, tmp_path, monkeypatch):
    monkeypatch.setenv("NEXTREAD_MODEL", str(tiny_model))
    source = tmp_path / "a.md"
    source.write_text("- [A](https://e.org/a)\n", "utf-8")
    ran = run("build", str(source), "--offline", "--json", home=fresh_home)
    assert sorted(keys(tables("json.md")["Build"])) == sorted(json.loads(ran.out))


def test_lists_json_keys_are_as_documented(example_home):
    [one] = json.loads(run("lists", "--json", home=example_home).out)["lists"]
    assert keys(tables("json.md")["Lists"]) == list(one)


def test_models_json_keys_are_as_documented(tmp_path):
    first, *_ = json.loads(run("models", "--json", home=tmp_path).out)["models"]
    assert keys(tables("json.md")["Models"]) == list(first)


def test_the_digest_holds_what_is_documented(seed_home):
    told = json.loads(run("--home", str(seed_home), "digest", "--json").out)
    assert keys(tables("json.md")["Digest"]) == list(told)


def test_check_json_keys_are_as_documented(tmp_path):
    source = tmp_path / "a.md"
    source.write_text("- [A](https://e.org/a)\n", "utf-8")
    shown = json.loads(run("check", str(source), "--offline", "--json", home=tmp_path).out)
    assert keys(tables("json.md")["Check"]) == list(shown)
    assert keys(tables("json.md")["Checked link"]) == list(shown["links"][0])


def test_every_state_of_a_link_is_documented():
    assert keys(tables("curators.md")["What it tells"]) == [*STATES, *get_args(NoteKind)]


def test_every_kind_is_documented():
    text = (DOCS / "json.md").read_text("utf-8")
    assert all(f"`{kind}`" in text for kind in KINDS)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", prose):
        assert (page.parent / target).exists(), target


def test_the_fixtures_and_markers_of_the_tests_are_as_documented():
    tests = ROOT / "tests"
    page = (tests / "README.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)", "\n".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    code = "".join(path.read_text("utf-8") for path in tests.rglob("conftest.py"))
    fixtures = set(re.findall(r"fixture[^\n]*\ndef (\w+)", code))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = project["tool"]["pytest"]["ini_options"]["markers"]
    markers = {line.split(":")[0] for line in listed}
    assert named <= fixtures | markers
    assert markers <= named
    quick = re.search(r"QUICK := not \((.*)\)", (ROOT / "Makefile").read_text("utf-8"))
    assert set(quick[1].split(" or ")) == markers

"""`nextread lists`: what was added is shown, and can be taken out again."""

import json

from cache.lists_toml import ListBook
from server.terminal.output import columns_of
from tests.conftest import assert_error, run, write_list


def shown(home):
    ran = run("lists", "--json", home=home)
    assert (ran.code, ran.err) == (0, "")
    return {one["list"]: one for one in json.loads(ran.out)["lists"]}


def test_lists_are_shown_with_what_the_index_has_of_them(example_home):
    [one] = shown(example_home).values()
    status = json.loads(run("status", "--json", home=example_home).out)
    assert one["resources"] == status["resources"]
    assert one["links"] >= one["entries"] >= one["resources"]
    assert one["missed"] == 0
    assert one["text_share"] == round(status["documents"] / status["resources"], 3)
    assert one["read"] == status["read"][one["list"]]
    assert not one["gone"]


def test_the_table_is_even_and_clean(builds, fresh_home, tmp_path):
    for name in ("阅读清单.md", "bell\x07.md"):
        write_list(tmp_path / name, [(name, f"https://example.org/{len(name)}", "")])
    builds(tmp_path)
    head, *rows = run("lists", home=fresh_home).out.splitlines()
    assert "\x07" not in "".join(rows)
    starts = {columns_of(row[: row.rindex("  ")]) for row in (head, *rows)}
    assert len(rows) == 2
    assert len(starts) == 1


def test_a_vanished_list_is_named_and_can_be_removed(builds, fresh_home, tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    stays = write_list(folder / "stays.md", [("A", "https://example.org/a", "")])
    goes = write_list(folder / "goes.md", [("B", "https://example.org/b", "")])
    alone = write_list(tmp_path / "alone.md", [("C", "https://example.org/c", "")])
    builds(folder, alone)
    assert {name: one["gone"] for name, one in shown(fresh_home).items()} == {
        "goes.md": False, "stays.md": False, "alone.md": False,
    }  # fmt: skip
    assert_error(run("lists", "remove", "goes.md", home=fresh_home), "goes.md", str(folder))
    goes.unlink()
    assert shown(fresh_home)["goes.md"]["gone"]
    removed = run("lists", "remove", "goes.md", home=fresh_home)
    assert (removed.code, removed.out) == (0, "")
    assert list(shown(fresh_home)) == ["stays.md", "alone.md"]
    assert run("lists", "remove", str(folder), home=fresh_home).code == 0
    assert [r.list_id for r in ListBook.load(fresh_home / "lists.toml")] == ["alone.md"]
    assert builds().manifest.counts["resources"] == 1
    assert stays.exists()


def test_a_list_that_is_none_is_named(example_home):
    assert_error(run("lists", "remove", "nothing.md", home=example_home), "nothing.md")


def test_before_any_build_there_are_none(tmp_path):
    assert shown(tmp_path / "new") == {}

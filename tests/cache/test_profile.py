"""Marks: what excludes what, and that they survive."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cache.errors import Damaged, QueryError, StoreError
from cache.profile import Profile
from tests.conftest import ROOT


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "home" / "profile.db")


def test_asking_makes_no_file(profile: Profile, tmp_path: Path) -> None:
    assert profile.marks() == []
    profile.clear("r1")
    assert not (tmp_path / "home").exists()


def test_marks_are_kept_with_address_and_time(profile: Profile, tmp_path: Path) -> None:
    profile.mark("r1", "https://example.org/学", "read")
    profile.mark("r1", "https://example.org/学", "like")
    again = Profile(tmp_path / "home" / "profile.db").marks()
    assert [(m.resource_id, m.url, m.mark) for m in again] == [
        ("r1", "https://example.org/学", "like"),
        ("r1", "https://example.org/学", "read"),
    ]
    assert all(m.at.endswith("+00:00") for m in again)
    assert (tmp_path / "home" / "profile.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("marks", "left"),
    [
        (["like", "dislike"], {"dislike"}),
        (["dislike", "like"], {"like"}),
        (["later", "read"], {"read"}),
        (["read", "later"], {"read", "later"}),
        (["read", "read"], {"read"}),
        (["later", "started"], {"started"}),
        (["started", "later"], {"later"}),
        (["started", "like", "read"], {"like", "read"}),
        (["read", "started"], {"read", "started"}),
    ],
)
def test_what_excludes_what(profile: Profile, marks: list[str], left: set[str]) -> None:
    for mark in marks:
        profile.mark("r1", "u", mark)
    assert {m.mark for m in profile.marks()} == left


def test_clearing_takes_every_mark_of_one(profile: Profile) -> None:
    for resource, mark in (("r1", "read"), ("r2", "like"), ("r2", "later"), ("r3", "dislike")):
        profile.mark(resource, "u", mark)
    profile.clear("r2")
    assert {(one.resource_id, one.mark) for one in profile.marks()} == {
        ("r1", "read"),
        ("r3", "dislike"),
    }


def test_an_unknown_mark_is_refused(profile: Profile) -> None:
    with pytest.raises(QueryError, match="'loved' is not a mark") as caught:
        profile.mark("r1", "u", "loved")
    assert "dislike" in caught.value.hint


def test_many_marks_are_kept_at_once_or_not_at_all(profile: Profile, monkeypatch: Any) -> None:
    opened = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: opened.append(a) or connect(*a, **k))
    every = [
        (f"id{n}", f"https://a.org/{n}", mark) for n in range(500) for mark in ("read", "like")
    ]
    profile.mark_all([*every, ("id7", "https://a.org/7", "later")])
    assert len(opened) == 1  # each costs a wait for the disk
    kept = {(one.resource_id, one.mark) for one in profile.marks()}
    assert kept == {(name, mark) for name, _, mark in every} | {("id7", "later")}
    with pytest.raises(QueryError):
        profile.mark_all([("new", "https://a.org/new", "read"), ("new", "", "adored")])
    assert "new" not in {one.resource_id for one in profile.marks()}
    profile.mark_all([])


def test_a_broken_database_is_damaged(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "home" / "profile.db"
    path.parent.mkdir()
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(Damaged, match=r"profile\.db"):
        profile.marks()
    with pytest.raises(Damaged):
        profile.mark("r1", "u", "read")


def test_a_home_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError):
        Profile(tmp_path / "file" / "profile.db").mark("r1", "u", "read")


def test_a_killed_process_keeps_what_it_marked(profile: Profile, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from cache.profile import Profile\n"
        "Profile(Path(sys.argv[1])).mark('r9', 'u', 'like'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = str(tmp_path / "home" / "profile.db")
    ended = subprocess.run([sys.executable, "-c", script, path], cwd=ROOT, check=False)
    assert ended.returncode == -9
    assert [(one.resource_id, one.mark) for one in profile.marks()] == [("r9", "like")]

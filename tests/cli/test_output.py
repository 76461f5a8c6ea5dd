"""What reaches a terminal, a pipe and another program."""

import json
import os
import pty
import subprocess
import sys

import pytest

from cache.records import Entry, Facts, Resource, Result
from server.terminal.output import clean
from server.terminal.results import print_results
from tests.conftest import ROOT, run

COMMAND = [sys.executable, "-m", "cli"]


def environment(**changes):
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONIOENCODING")}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **changes}


def on_terminal(*arguments, **changes):
    """What a command shows on a terminal of its own."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=follower, stderr=follower, env=environment(**changes)
    ) as running:
        os.close(follower)
        seen = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # Linux says so when the last writer has gone
                break
            if not piece:
                break
            seen += piece
    os.close(leader)
    return running.returncode, seen.decode()


def test_a_terminal_has_colours_unless_told_otherwise(example_home):
    arguments = ("--home", str(example_home), "search", "explain RLHF simply", "-k", "3")
    code, coloured = on_terminal(*arguments)
    assert code == 0
    assert "\x1b[1m" in coloured
    code, plain = on_terminal(*arguments, NO_COLOR="1")
    assert code == 0
    assert "\x1b" not in plain


def test_a_build_on_a_terminal_shows_stages_and_leaves_a_summary(example_home, tmp_path):
    import shutil

    home = shutil.copytree(example_home, tmp_path / "home")
    code, seen = on_terminal("--home", str(home), "build", "--offline")
    assert code == 0
    assert "Reading lists" in seen
    assert "nothing has changed since generation 1" in seen


@pytest.mark.parametrize("reader", ["head -c 1", "true"])
def test_a_reader_that_leaves_early_is_no_trouble(example_home, reader):
    said = f"{' '.join(COMMAND)} --home {example_home} search RLHF -k 80 --json | {reader}"
    ran = subprocess.run(
        ["/bin/sh", "-c", said], capture_output=True, encoding="utf-8", env=environment()
    )
    assert ran.stderr == ""


def test_a_pipe_gets_results_only_on_stdout(example_home):
    ran = subprocess.run(
        [*COMMAND, "--home", str(example_home), "search", "RLHF", "--json"],
        capture_output=True,
        env=environment(),
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert len(json.loads(ran.stdout)["results"]) == 10


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gb18030", "utf-8"])
def test_any_encoding_takes_any_title(example_home, encoding):
    arguments = ["--home", str(example_home), "search", b"ChatGPT \xff\xf0\x9f\xa6\x9c", "-k", "40"]
    for form in ([], ["--json"]):
        ran = subprocess.run(
            [*COMMAND, *arguments, *form],
            capture_output=True,
            env=environment(PYTHONIOENCODING=encoding),
        )
        assert (ran.returncode, ran.stderr) == (0, b"")
        text = ran.stdout.decode(encoding)
        if form:
            assert len(json.loads(text)["results"]) == 40


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell):
    ran = subprocess.run(
        [*COMMAND, "--show-completion"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(SHELL=f"/bin/{shell}", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
    )
    chosen = subprocess.run(
        [*COMMAND, "--show-completion", shell],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
    )
    shown = ran if ran.returncode == 0 else chosen
    assert shown.returncode == 0, shown.stderr
    assert "nextread" in shown.stdout.lower()


def test_words_are_completed():
    ran = subprocess.run(
        COMMAND,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(
            _NEXTREAD_COMPLETE="complete_bash",
            COMP_WORDS="nextread search x --level ",
            COMP_CWORD="4",
        ),
    )
    assert set(ran.stdout.split()) >= {"beginner", "intermediate", "advanced"}


HOSTILE = "\x1b]0;owned\x07\x1b[2Jevil\u202egnp.exe \x9b31m\u0085\ue000 ok"


def test_other_peoples_text_cannot_steer_a_terminal(capsys, monkeypatch):
    work = Resource("0" * 16, "https://e.org/\x1b[2J", (), HOSTILE, "paper", "en", ())
    mention = Entry("a", "https://e.org", HOSTILE, note=HOSTILE)
    facts = Facts(author=HOSTILE, published=HOSTILE, rating=3.0, difficulty=1.0)
    for why in (None, HOSTILE):
        shown = Resource(work.id, work.url, (), work.title, "paper", "en", (mention,))
        result = Result(shown, 1.0, {"dense": 1.0}, None, "list note", facts, why=why)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        print_results([result], json=False, explain=True)
        out = capsys.readouterr().out
        assert "ok" in out
        bare = out.replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[2m", "")
        assert "\x1b" not in bare.replace("\x1b[32m", "")
        assert not set("\x07\u202e\x9b\x85\ue000") & set(bare)


def test_clean_keeps_what_languages_need():
    for text in ("注意力\n\t第一手", "👩‍👩‍👧 🦜 ⭐️", "می‌خواهم", "ＦＵＬＬ"):
        assert clean(text) == text


def test_errors_are_one_line_each(tmp_path):
    ran = run("parse", str(tmp_path / "a\nhint: b\x1b[31m.md"))
    assert ran.code == 1
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["error", "hint"]
    assert "\x1b" not in ran.err

"""The GitHub Action in docs/curators.md: its steps do what they say, run as GitHub runs them."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.conftest import ROOT
from tests.loopback import LoopbackWeb, Reply

GH = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in issue\\ list*) cat "$OPEN";; esac
"""
PAGE = "<title>Alive</title><p>" + "words to read " * 120


@pytest.fixture
def workflow():
    text = (ROOT / "docs" / "curators.md").read_text("utf-8")
    (source,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    return yaml.safe_load(source)


@pytest.fixture
def step(tmp_path):
    """Run a step's commands as GitHub does, by bash -e, in a folder with a list and a `nextread`
    that is this one; gh writes down what it is asked."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed here")
    (tmp_path / "bin").mkdir()
    scripts = {"nextread": f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n', "gh": GH}
    for name, script in scripts.items():
        (tmp_path / "bin" / name).write_text(script)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "open").write_text("")

    def ran(commands, **more):
        environment = os.environ | {
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "NEXTREAD_HOME": str(tmp_path / "home"),
            "CALLS": str(tmp_path / "calls"),
            "OPEN": str(tmp_path / "open"),
            "LC_ALL": "C.UTF-8",
        }
        (tmp_path / "step.sh").write_text(commands)
        return subprocess.run(
            ["bash", "-e", "step.sh"], cwd=tmp_path, env=environment | more, check=False
        ).returncode

    return ran


def test_its_steps_run_and_keep_one_issue(workflow, step, tmp_path):
    steps = workflow["jobs"]["check"]["steps"]
    (check,) = [one for one in steps if one.get("id") == "check"]
    (issue,) = [one for one in steps if "gh issue" in one.get("run", "")]
    (tmp_path / "README.md").write_text(
        "# List\n\n- [Alive](https://e.example/a)\n- [Gone](https://e.example/b)\n"
    )
    with LoopbackWeb({"e.example/a": PAGE, "e.example/b": Reply("", 410)}) as web:
        assert step(check["run"], **web.environment()) == 1
    assert "[Gone](<https://e.example/b>)" in (tmp_path / "issue.md").read_text("utf-8")
    assert step(issue["run"]) == 0
    (tmp_path / "open").write_text("7\n")
    assert step(issue["run"]) == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.split()[:2] for call in calls] == [
        *(["issue", "list"], ["issue", "create"]),
        *(["issue", "list"], ["issue", "edit"]),
    ]
    assert calls[3].startswith("issue edit 7 --body-file issue.md")
    (tmp_path / "issue.md").write_text("")
    assert step(issue["run"]) != 0  # an empty issue tells nobody anything


def test_what_was_asked_is_kept_also_where_a_link_is_dead(workflow):
    steps = workflow["jobs"]["check"]["steps"]
    (restored,) = [one for one in steps if one.get("uses", "").startswith("actions/cache/restore")]
    (saved,) = [one for one in steps if one.get("uses", "").startswith("actions/cache/save")]
    assert saved["if"] == "always()"
    for name in ("path", "key"):
        assert restored["with"][name] == saved["with"][name]
    assert workflow["permissions"] == {"contents": "read", "issues": "write"}

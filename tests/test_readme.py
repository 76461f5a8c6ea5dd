"""What the README shows in code runs as it stands."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_its_python_runs(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTREAD_HOME", str(example_home))
    assert blocks("python")
    for code in blocks("python"):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, "README.md", "exec"), {})
        assert len(said.getvalue().splitlines()) == 3


def test_its_configurations_are_json() -> None:
    found = [json.loads(block) for block in blocks("json")]
    assert found
    assert all(next(iter(block.values()))["nextread"] for block in found)

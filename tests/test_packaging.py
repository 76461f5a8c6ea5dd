"""What is installed is what is here: a wheel, run in an environment outside the checkout."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("cli", "indexer", "search", "cache", "server")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=cwd,
        env=environment,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


def test_a_wheel_holds_every_file_of_the_rooms_and_nothing_else(wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kept = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS[1:]
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == kept | {"cli.py"}
    assert "search/index/background.txt" in packed
    assert any(name.startswith("server/page/") for name in packed)


def test_an_installed_wheel_runs_outside_the_checkout(wheel, tmp_path, example_home):
    """Dependencies come from the environment of the tests, by path; our own code from the wheel."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    binary = tmp_path / "venv" / "bin"
    target = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        binary / "python",
    ]
    run(*pip, "install", "--quiet", "--no-deps", wheel, cwd=tmp_path)
    (target / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    shown = run(binary / "nextread", "--help", cwd=tmp_path).stdout
    assert "Usage: nextread" in shown
    found = run(
        binary / "python",
        "-c",
        "import cli, search; print(cli.__file__, search.__file__)",
        cwd=tmp_path,
    )
    assert str(ROOT) not in found.stdout
    command = [binary / "nextread", "--home", example_home, "search", "RLHF", "-k", "1"]
    assert " 1. " in run(*command, cwd=tmp_path).stdout


def test_no_dependency_takes_our_names():
    """Two distributions that ship one name overwrite each other without a word."""
    names = packages_distributions()
    for room in ROOMS:
        assert set(names.get(room, [])) <= {"nextread"}


def test_it_is_never_uploaded_by_mistake():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]

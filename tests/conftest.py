"""Homes and models that many tests share: each is built once a session."""

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import cli
from cache.settings import Settings
from indexer.build import BuildReport, build
from tests.models import write_tiny_model

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
LISTS = ROOT / "lists"


@dataclass(frozen=True)
class Ran:
    """One command: its exit code, and what it wrote where."""

    code: int
    out: str
    err: str


def run(*arguments: str, home: Path | None = None) -> Ran:
    """Run a command in this process; whatever it does not mean to raise comes through."""
    out, err = io.StringIO(), io.StringIO()
    named = ["--home", str(home)] if home else []
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main([*named, *arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def assert_error(ran: Ran, *subjects: str) -> None:
    """One error line that names its subjects, one hint, exit 1, nothing else anywhere."""
    lines = ran.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "hint"], ran
    assert all(subject in lines[0] for subject in subjects), ran
    assert len(lines[1]) > len("hint: ")
    assert (ran.code, ran.out) == (1, "")


@pytest.fixture(autouse=True, scope="session")
def _only_our_settings() -> Iterator[None]:
    """No test depends on the settings of whoever runs it."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("NEXTREAD_")}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def shared() -> Path:
    """../shared/data"""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make demo` builds, for tests that only read it."""
    home = tmp_path_factory.mktemp("example")
    build([str(LISTS)], Settings(home=home), offline=True)
    return home


@pytest.fixture(scope="session")
def seed_home(shared: Path, example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the two seed lists, for tests that only read it."""
    home = tmp_path_factory.mktemp("seeds")
    shutil.copytree(example_home / "vectors", home / "vectors")
    build([str(shared / "seeds")], Settings(home=home), offline=True)
    return home


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of another model than the default, for builds that are about anything else."""
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def tiny_home(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of one link, built by the tiny model, for tests that only read or copy it."""
    home = tmp_path_factory.mktemp("tiny")
    source = tmp_path_factory.mktemp("list") / "one.md"
    source.write_text("# One\n\n- [Attention](https://example.org/attention)\n", "utf-8")
    build([str(source)], Settings(home=home, model=str(tiny_model)), offline=True)
    return home


@pytest.fixture
def fresh_home(tiny_home: Path, tmp_path: Path) -> Path:
    """A home without index or lists; the tiny model is ready in it, its background embedded."""
    home = tmp_path / "home"
    for folder in ("vectors", "models"):
        shutil.copytree(tiny_home / folder, home / folder)
    return home


@pytest.fixture
def tiny_settings(fresh_home: Path, tiny_model: Path) -> Settings:
    """Settings of fresh_home, with the tiny model."""
    return Settings(home=fresh_home, model=str(tiny_model))


@pytest.fixture
def builds(tiny_settings: Settings) -> Callable[..., BuildReport]:
    """Build offline in fresh_home."""

    def built(*lists: Path | str) -> BuildReport:
        return build([str(name) for name in lists], tiny_settings, offline=True)

    return built


def write_list(path: Path, links: Sequence[tuple[str, str, str]]) -> Path:
    """A list of (title, url, note)."""
    lines = [f"- [{title}]({url}) - {note}" for title, url, note in links]
    path.write_text("# Reading\n\n" + "\n".join(lines) + "\n", "utf-8")
    return path

"""Homes and models that many tests share: each is made once a session. See tests/README.md."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import cli
from cache.layout import Layout
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.build import BuildReport, build
from indexer.index.embedding import Cached
from search.index.centre import embed_background
from search.models import openvino_engine
from search.models.embed import DEFAULT_MODEL, builder
from tests.models import write_tiny_model

ROOT = Path(__file__).parents[1]
LISTS = ROOT / "lists"
Once = Callable[[str, Callable[[Path], object]], Path]

ROOMS_OF = {
    "torture": "tests/torture/",
    "postgres": "tests/search/index/postgres/",
    "ray": "tests/indexer/cluster/test_ray.py",
}
FIXTURES_OF = {
    "browser": {"browser", "chromium"},
    "model": {"background", "build_embedder", "ask_embedder", "full_folder", "other_folder"},
}
"""Fixtures that tell what a test needs, asked for by itself or by another fixture."""


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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--precision f32`: as on a processor without bf16."""
    parser.addoption("--precision", default="", help="OpenVINO's inference precision: f32 or bf16")


@pytest.fixture(autouse=True, scope="session")
def _precision(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let models run in the precision asked for, where they leave it to OpenVINO."""
    wanted = request.config.getoption("--precision")
    if not wanted:
        yield
        return
    from search.models import convert  # loads torch

    compiled, written = openvino_engine.compile_graph, convert._write_settings

    def compiled_so(graph: object, precision: str = "", *rest: Any, **named: Any) -> Any:
        return compiled(graph, precision or wanted, *rest, **named)

    def written_so(embedder: Any, path: Path, precision: str) -> None:
        written(embedder, path, precision or wanted)  # what other processes answer with

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openvino_engine, "compile_graph", compiled_so)
        patch.setattr(convert, "_write_settings", written_so)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the room they are in and by what they ask for: see tests/README.md."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        room = item.path.relative_to(ROOT).as_posix()
        for marker, folder in ROOMS_OF.items():
            if room.startswith(folder):
                item.add_marker(marker)
        for marker, fixtures in FIXTURES_OF.items():
            if asked & fixtures:
                item.add_marker(marker)


@pytest.fixture(autouse=True, scope="session")
def _only_our_settings() -> Iterator[None]:
    """No test depends on the settings of whoever runs it."""
    ours = [name for name in os.environ if name.upper().startswith("NEXTREAD_")]
    ours += [name for name in os.environ if name.upper().endswith("_PROXY")]
    kept = {name: os.environ.pop(name) for name in ours}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def shared() -> Path:
    """../shared/data: real lists, pages and questions that are not ours to hand on. Where the
    folder is not there, what needs it is skipped; where a file in it is not, that is an error."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return folder


@pytest.fixture(scope="session")
def naughty_strings(shared: Path) -> list[str]:
    """Five hundred texts that break programs."""
    strings: list[str] = json.loads(
        (shared / "hostile" / "naughty-strings.json").read_text("utf-8")
    )
    assert len(strings) == 515
    return strings


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """A folder by its name, filled once a session, however many processes run the tests."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder, whole = base / "once" / name, base / "once" / f"{name}.whole"
        folder.parent.mkdir(exist_ok=True)
        with FileLock(base / "once" / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a try that failed
                folder.mkdir()
                fill(folder)
                whole.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def background(once: Once) -> Path:
    """A home that holds only the vectors of the everyday questions, by the default model: to copy
    from, so that a build embeds its own texts and no more."""

    def embed(home: Path) -> None:
        embedder = builder(DEFAULT_MODEL, Layout(home))
        folder = Layout(home).vectors(embedder.model_id)
        with VectorCache.open(folder, embedder.dim) as cache:
            embed_background(Cached(embedder, cache))

    return once("background", embed)


@pytest.fixture(scope="session")
def example_home(background: Path, once: Once) -> Path:
    """What `make demo` builds, for tests that only read it or copy it."""

    def fill(home: Path) -> None:
        shutil.copytree(background, home, dirs_exist_ok=True)
        build([str(LISTS)], Settings(home=home), offline=True)

    return once("example", fill)


@pytest.fixture(scope="session")
def seed_home(shared: Path, example_home: Path, once: Once) -> Path:
    """An index of the two seed lists, for tests that only read it or copy it."""

    def fill(home: Path) -> None:
        shutil.copytree(example_home / "vectors", home / "vectors")
        build([str(shared / "seeds")], Settings(home=home), offline=True)

    return once("seeds", fill)


@pytest.fixture(scope="session")
def tiny_model(once: Once) -> Path:
    """The folder of another model than the default, for builds that are about anything else."""
    return once("model", write_tiny_model) / "tiny-e5"


@pytest.fixture(scope="session")
def tiny_home(tiny_model: Path, once: Once) -> Path:
    """An index of one link, built by the tiny model, for tests that only read or copy it."""

    def fill(home: Path) -> None:
        source = home.with_name("one.md")
        source.write_text("# One\n\n- [Attention](https://example.org/attention)\n", "utf-8")
        build([str(source)], Settings(home=home, model=str(tiny_model)), offline=True)

    return once("tiny", fill)


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

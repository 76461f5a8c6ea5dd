"""Whatever is wrong: one error line that names it, one hint, exit 1, and old answers stay."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, assert_error, run, write_list

LINKS = [("Attention", "https://example.org/attention", "note")]


@pytest.fixture
def tiny(tiny_home, tiny_model, tmp_path, monkeypatch):
    """A writable home with one good generation."""
    monkeypatch.setenv("NEXTREAD_MODEL", str(tiny_model))
    return shutil.copytree(tiny_home, tmp_path / "home")


def assert_still_answers(home):
    ran = run("search", "attention", home=home)
    assert ran.code == 0
    assert "Attention" in ran.out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("binary.md", b"\x00\x01\x02\xff" * 50),
        ("picture.md", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4),
        ("empty.md", b""),
        ("blank.md", b"\n \n\t\n"),
        ("words.md", b"# Only words\n"),
    ],
)
def test_a_list_that_is_none(tiny, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert_error(run("build", str(tmp_path / name), "--offline", home=tiny), name)
    assert_still_answers(tiny)


def test_a_list_that_is_not_there(tiny, tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("none.md", "folder"):
        assert_error(run("build", str(tmp_path / name), "--offline", home=tiny), name)
    for command in ("parse", "build"):
        assert_error(run(command, str(tmp_path / "none.md"), home=tiny), "none.md")
    assert_still_answers(tiny)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_list_that_may_not_be_read(tiny, tmp_path):
    source = write_list(tmp_path / "secret.md", LINKS)
    source.chmod(0)
    assert_error(run("build", str(source), "--offline", home=tiny), "secret.md")


def test_no_network(tiny, monkeypatch):
    monkeypatch.setenv("NEXTREAD_RESOLVE", "*:443:127.0.0.1:1")
    monkeypatch.setenv("NEXTREAD_ALLOW_PRIVATE", "true")
    for source in ("https://no.such.host.invalid/list.md", "nobody/nothing"):
        assert_error(run("build", source, "--offline", home=tiny), source)
    assert_still_answers(tiny)


@pytest.mark.parametrize(
    "command",
    [
        ("search", "x"),
        ("similar", "x"),
        ("mark", "x", "like"),
        ("status",),
        ("verify",),
    ],
)
def test_no_index_yet(tmp_path, command):
    assert_error(run(*command, home=tmp_path / "none"), "none", "nothing has been built")
    assert not (tmp_path / "none").exists()


def test_build_without_any_list(tmp_path):
    assert_error(run("build", "--offline", home=tmp_path / "none"), "no list")


@pytest.mark.parametrize("question", ["", "   ", "\u3000"])
def test_no_question(tiny, question):
    assert_error(run("search", question, home=tiny), "question")


@pytest.mark.parametrize("date", ["yesterday", "20", "2023-13", "2023/01"])
def test_no_date(tiny, date):
    assert_error(run("search", "x", "--after", date, home=tiny), date)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("frobnicate",),
        ("search",),
        ("search", "x", "--frobnicate"),
        ("search", "x", "-k", "0"),
        ("search", "x", "-k", "many"),
        ("search", "x", "--level", "hard"),
        ("search", "x", "--kind", "poem"),
        ("mark", "x", "love"),
        ("similar",),
        ("cache", "frobnicate"),
    ],
)
def test_wrong_usage_is_two(arguments):
    ran = run(*arguments)
    assert ran.code == 2
    assert "Usage: nextread" in ran.out + ran.err


def generation(home):
    return next(folder for folder in (home / "generations").iterdir() if folder.name.isdecimal())


def flip(path: Path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def truncate(path: Path):
    os.truncate(path, path.stat().st_size // 2)


FILES = ["manifest.json", "resources.db", "facts.npy", "rows.npy", "dense.faiss", "centres.npz"]


@pytest.mark.parametrize("harm", [flip, truncate, Path.unlink])
@pytest.mark.parametrize("name", [*FILES, "lexical/meta.json", "CURRENT"])
def test_a_corrupt_index_is_named_and_a_build_mends_it(tiny, name, harm):
    harm(tiny / name if name == "CURRENT" else generation(tiny) / name)
    ran = run("search", "attention", home=tiny)
    if name == "CURRENT" and harm is Path.unlink:
        assert_error(ran, "nothing has been built")
    else:
        assert_error(ran, str(tiny) if name == "CURRENT" else Path(name).name)
        checked = run("verify", home=tiny)
        assert checked.code == 1
        assert str(tiny) in checked.err or Path(name).name in checked.err
    mended = run("build", "--offline", home=tiny)
    assert mended.code == 0, mended
    assert_still_answers(tiny)
    assert run("verify", home=tiny).code == 0


@pytest.mark.parametrize("harm", [flip, truncate])
def test_corrupt_caches_do_not_stop_a_build(tiny, harm):
    for name in ("pages/pages.db", "pages/documents.db"):
        harm(tiny / name)
    for database in (tiny / "vectors").glob("*/*.db"):
        harm(database)
    ran = run("build", "--offline", home=tiny)
    assert (ran.code, ran.out) == (0, "")
    assert_still_answers(tiny)


def test_a_spoilt_settings_file_is_named(tiny):
    for text in ("nonsense = 1\n", "delay = [\n", 'delay = "soon"\n'):
        (tiny / "settings.toml").write_text(text, "utf-8")
        assert_error(run("search", "attention", home=tiny), "settings.toml")


def test_a_spoilt_list_book_is_named(tiny):
    (tiny / "lists.toml").write_text("[[list]]\nsource = 3\n", "utf-8")
    assert_error(run("build", "--offline", home=tiny), "lists.toml")
    assert_still_answers(tiny)


def test_an_archive_that_is_none(tiny, tmp_path):
    (tmp_path / "text.warc.gz").write_text("no archive\n", "utf-8")
    assert_error(run("cache", "import", str(tmp_path / "text.warc.gz"), home=tiny), "text.warc.gz")
    assert_error(run("cache", "import", str(tmp_path / "none"), home=tiny), "none")
    assert_error(run("cache", "export", str(tmp_path / "no" / "x.gz"), home=tiny), "x.gz")


def test_a_home_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x", "utf-8")
    source = write_list(tmp_path / "a.md", LINKS)
    assert_error(run("build", str(source), "--offline", home=tmp_path / "file"), "file")


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
import cli
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
cli.main(sys.argv[2:])
"""


@pytest.mark.parametrize("size", [0, 4_000, 20_000, 60_000, 150_000])
def test_a_full_disk_leaves_the_old_index(tiny, tmp_path, size):
    """No file may grow beyond size bytes, wherever in a build that hits."""
    links = [
        (f"Lecture {n} on {n * n}", f"https://example.org/{n}", "words " * n) for n in range(300)
    ]
    source = write_list(tmp_path / "long.md", links)
    before = (tiny / "CURRENT").read_bytes()
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            FULL,
            str(size),
            "--home",
            str(tiny),
            "build",
            str(source),
            "--offline",
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    lines = ran.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "hint"], ran.stderr[-2000:]
    assert (ran.returncode, ran.stdout) == (1, "")
    assert (tiny / "CURRENT").read_bytes() == before
    assert_still_answers(tiny)
    assert run("build", str(source), "--offline", home=tiny).code == 0

"""What a command may load: a question pays for nothing that it does not use."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEAVY = {
    "torch", "transformers", "sentence_transformers", "httpx", "trafilatura", "rich", "openvino",
    "docutils", "markdown_it", "sklearn", "pypdfium2", "pydantic",
}  # fmt: skip
SEEN = """
import json, sys
import cli
try:
    cli.main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
sys.stderr.write("\\n" + json.dumps(sorted(sys.modules)))
"""


def loaded(*arguments):
    ran = subprocess.run(
        [sys.executable, "-c", SEEN, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stderr.splitlines()[-1]))


def test_the_command_itself_loads_none_of_its_rooms():
    rooms = {"indexer", "search"}
    seen = loaded("--help")
    assert not (HEAVY | rooms | {"numpy", "faiss", "tantivy", "pydantic"}) & packages(seen)
    of_server = {name for name in seen if name.startswith("server.")}
    speaking = {"server.terminal", "server.terminal.output", "server.terminal.usage"}
    assert {name for name in of_server if not name.startswith("server.commands")} == {
        *speaking,
        "server.bounds",
        "server.wording",
    }


def packages(names):
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    "command", [("search", "explain RLHF simply"), ("search", "注意力機制", "--json", "--explain")]
)
def test_a_search_loads_no_framework_and_never_the_indexer(example_home, command):
    seen = packages(loaded("--home", str(example_home), *command))
    assert not HEAVY & seen
    assert "indexer" not in seen
    assert {"search", "cache", "faiss", "tantivy"} <= seen
    assert not {"search.models.e5_file", "search.index.glosses"} & seen  # what only builds read


LEFT = """
import atexit, gc, sys
atexit.register(lambda: sys.stderr.write(f"\\n{len(gc.get_objects())}"))  # the last to be called
import cli
cli.main(sys.argv[1:])
"""


def test_python_looks_for_no_garbage_when_a_search_ends(example_home):
    asked = ["--home", str(example_home), "search", "explain RLHF simply"]
    ran = subprocess.run(
        [sys.executable, "-c", LEFT, *asked],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert int(ran.stderr.splitlines()[-1]) < 1000  # of 100,000


def test_rooms_import_one_way():
    """What import-linter holds, seen from outside: loading a lower room loads no higher one."""
    order = ["cache", "search", "indexer", "server", "cli"]
    said = (
        "import importlib, pkgutil, sys\n"
        "room = importlib.import_module(sys.argv[1])\n"
        "for found in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(found.name)\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )
    for place, room in enumerate(order[:2]):
        ran = subprocess.run(
            [sys.executable, "-c", said, room],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert not set(order[place + 1 :]) & set(ran.stdout.split())

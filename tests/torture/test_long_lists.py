"""Lists of LINES lines in each format: time and memory in proportion to the list, and told.

Each is read in a process of its own, whose peak of memory counts.
"""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

from .conftest import count

LINES = count("LINES", 10_000)
READ = """
import json, sys, time
from indexer.lists.parse import parse

media_type, shape, lines = sys.argv[1], sys.argv[2], int(sys.argv[3])
source = "".join(shape.replace("@", str(number)) for number in range(lines))

def peak():
    with open("/proc/self/status") as told:  # ru_maxrss would count the process that started this
        return int(next(line for line in told if line.startswith("VmHWM")).split()[1]) << 10

parse(shape.replace("@", "0") * 100, "x", media_type=media_type)
before, began = peak(), time.process_time()
parsed = parse(source, "x", media_type=media_type)
seconds = time.process_time() - began
print(json.dumps([len(source), len(parsed.entries), seconds, peak() - before,
                  [problem.message for problem in parsed.problems]]))
"""
SHAPES = {
    "items": ("text/markdown", "- [Title @](https://a@.org/p) - a note on @, by Ann Li, 2024\n"),
    "rows": ("text/markdown", "| [Title @](https://a@.org/p) | 4 | note |\n"),
    "prose": ("text/markdown", "a line @ of nothing in particular\n"),
    "controls": ("text/markdown", "- [T\x00@](https://a@.org/p)\x1b\x07 \u202e note\n"),
    "deeper": ("text/markdown", "> - "),
    "one line": ("text/markdown", "[Title @](https://a@.org/p) and "),
    "HTML": ("text/html", "<li><a href='https://a@.org/p'>Title @</a> note</li>\n"),
    "HTML deeper": ("text/html", "<ul><li>"),
    "reStructuredText": ("text/x-rst", "- `Title @ <https://a@.org/p>`_ note\n"),
}
LARGEST_ENTRY = 2_500
"""Bytes of memory that an entry may take, beside those for each character of the text."""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak")
@pytest.mark.parametrize("name", SHAPES)
def test_a_long_list_is_read_within_memory_in_proportion(name):
    media_type, shape = SHAPES[name]
    command = [sys.executable, "-c", READ, media_type, shape.replace("\0", "\x01"), str(LINES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    size, entries, seconds, grown, problems = json.loads(done.stdout)
    print(f"\n{name}: {LINES:,} lines, {entries:,} entries, {seconds:.1f} s, {grown >> 20} MiB")
    assert grown < 12 * size + LARGEST_ENTRY * entries + (64 << 20)
    if name in ("items", "rows", "HTML"):
        assert entries == LINES
    if "deeper" in name:
        assert any("deep" in problem for problem in problems)
    if name == "controls":
        assert any("control characters" in problem for problem in problems)

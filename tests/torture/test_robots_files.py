"""Thousands of real robots.txt files: those that protego is tested with, of its own release."""

import subprocess
import sys
import tarfile
from importlib.metadata import version

import pytest

from indexer.crawl.robots import MAX_CRAWL_DELAY, RobotsPolicy

from .conftest import count

WANTED = count("ROBOTS", 0)
ASKED = (
    "https://a.test/",
    "https://a.test/a/b.html?c=d&e=%E4%BD%A0#f",
    "https://a.test/" + "x/" * 500,
    "http://[2001:db8::1]:8080/%zz?*$",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The content of each robots.txt in protego's source distribution, by name."""
    if not WANTED:
        pytest.skip("they are downloaded by make torture")
    folder = tmp_path_factory.mktemp("protego")
    pinned = f"protego=={version('protego')}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
    done = subprocess.run(
        [*command, ":all:", "-d", folder, pinned], capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        pytest.skip(f"{pinned} cannot be downloaded: {done.stderr.strip().splitlines()[-1:]}")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        return {
            member.name: source.extractfile(member).read()
            for member in source
            if member.isfile() and "/tests/test_data/" in member.name
        }


def test_every_real_file_gives_rules(files):
    """No exception, delays within bounds; and robots.txt that allow all, some and nothing."""
    shut = 0
    for name, body in files.items():
        policy = RobotsPolicy.of(200, body)
        shut += sum(policy.allows(url) for url in ASKED) == 0  # each is asked
        assert 0.0 <= policy.delay <= MAX_CRAWL_DELAY, name
    print(f"\n{len(files)} real robots.txt files, 0 exceptions, {shut} shut to us")
    assert len(files) > 4_000
    assert 0 < shut < len(files)

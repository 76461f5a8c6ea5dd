"""Lists, homes and the fork server of the torture tests."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cache.pages import PageCache
from cache.records import Page
from cache.settings import Settings
from indexer.build import build
from tests.conftest import write_list
from tests.torture.torturer import Torturer

ROWS = 12


@dataclass(frozen=True)
class Ground:
    """A home on which either version of a list was built, so that each is known to every cache.

    digests and titles are those of a build never killed, by version.
    """

    home: Path
    source: Path
    environment: dict[str, str]
    digests: tuple[str, str]
    titles: tuple[tuple[str, ...], tuple[str, ...]]

    def write(self, version: int) -> None:
        """Let the list say version."""
        links = [
            (f"Reader {n} of version {version}", f"https://example.org/{n}", f"Note {n}, 笔记")
            for n in range(ROWS)
        ]
        write_list(self.source, links)

    def copy(self, to: Path) -> "Ground":
        """The same in another folder, a list of its own included."""
        shutil.copytree(self.home, to / "home")
        shutil.copy(self.source, to / "list.md")
        book = to / "home" / "lists.toml"
        book.write_text(
            book.read_text("utf-8").replace(str(self.source), str(to / "list.md")), "utf-8"
        )
        return Ground(to / "home", to / "list.md", self.environment, self.digests, self.titles)


@pytest.fixture(scope="session")
def torturer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Torturer]:
    """The fork server."""
    with Torturer(tmp_path_factory.mktemp("torturer")) as torturer:
        yield torturer


@pytest.fixture(scope="session")
def known_ground(
    tiny_home: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Ground:
    """Built twice, with pages in its cache; only copied from."""
    folder = tmp_path_factory.mktemp("ground")
    home, source = folder / "home", folder / "list.md"
    for name in ("vectors", "models"):
        shutil.copytree(tiny_home / name, home / name)
    text = "".join(f"<p>Sentence {n} of a page about readers, all in one.</p>" for n in range(20))
    with PageCache(home / "pages") as pages:
        for n in range(3):
            url = f"https://example.org/{n}"
            page = Page(url, url, 200, "text/html", "", "2024-05-01T10:00:00Z")
            pages.put(page, f"<title>Page {n}</title><article>{text}</article>".encode())
    ground = Ground(home, source, {"NEXTREAD_MODEL": str(tiny_model)}, ("", ""), ((), ()))
    digests, titles = [], []
    for version in (0, 1):
        ground.write(version)
        settings = Settings(home=home, model=str(tiny_model))
        report = build([str(source)], settings, offline=True)
        assert not report.failures  # else it is no measure for the builds to come
        digests.append(report.manifest.digest)
        titles.append(tuple(f"Reader {n} of version {version}" for n in range(ROWS)))
    return Ground(home, source, ground.environment, (digests[0], digests[1]), tuple(titles))


@pytest.fixture
def ground(known_ground: Ground, tmp_path: Path) -> Ground:
    """A copy of known_ground to spoil."""
    return known_ground.copy(tmp_path)


def count(name: str, bounded: int) -> int:
    """How often to torture: bounded in a normal run, NEXTREAD_TORTURE_<name> in a full one."""
    return int(os.environ.get(f"NEXTREAD_TORTURE_{name}", bounded))

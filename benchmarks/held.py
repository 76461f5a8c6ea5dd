"""Answers of a build that held on to a basis, beside those of a full build of the same lists.

usage: python -m benchmarks.held HOME [--shares .02 .05 .1 .2]

HOME has vectors of the library's 47 lists (`benchmarks.library` makes one). For each share, whole
lists are left out until so many works are in none of the others; the basis is found without them,
then everything is indexed twice: by that basis, and anew. Told are the degrees that the vectors of
a language turn by (`search.index.centre.Census.turn`), how many of the first ten answers to the
library's 100 questions are the same, and nDCG@10 of both. A build holds on to no basis beyond a
twentieth or 2°: what lies beyond is measured to say how sharp that bound is.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.library import Asked, ask
from benchmarks.measured import SHARED, save
from cache.generation import Writer
from cache.settings import Settings
from cache.vectors import VectorCache
from indexer.index import write as index
from indexer.index.embedding import Held
from indexer.index.write import IndexedResource
from search.index.centre import Census, Centres
from search.models.embed import Embedder, builder

Works = Sequence[IndexedResource]


def works_of(folders: Sequence[Path]) -> list[IndexedResource]:
    """Works of every list in folders."""
    from indexer.index.write import work_of
    from indexer.lists.parse import read_list
    from indexer.resources.facts import facts_of, independent_lists
    from indexer.resources.merge import merge

    paths = sorted(path for folder in folders for path in folder.glob("*.md"))
    entries = [entry for path in paths for entry in read_list(path).entries]
    groups = independent_lists(entries)
    return [work_of(r, facts_of(r, None, groups=groups), None, ()) for r in merge(entries)]


def without(works: Works, share: float) -> list[IndexedResource]:
    """Works that are left without some lists, of which share of all works are; by chance, but
    the same each time."""
    named = [frozenset(entry.list_id for entry in work.resource.mentions) for work in works]
    order = sorted({name for names in named for name in names}, key=_chance)
    out: set[str] = set()
    for name in order:
        left = sum(names <= out | {name} for names in named)
        if left <= share * len(works):
            out.add(name)
    return [work for work, names in zip(works, named, strict=True) if not names <= out]


def _chance(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


class Indexed:
    """Works indexed in homes of their own, vectors from one cache."""

    def __init__(self, home: Path) -> None:
        """Take vectors of home."""
        self.settings = Settings.load(home)
        self.embedder: Embedder = builder(self.settings.model, self.settings.layout)
        folder = self.settings.layout.vectors(self.embedder.model_id)
        self.cache = VectorCache.open(folder, self.embedder.dim)

    def centres(self, works: Works, held: Centres | None = None) -> tuple[Any, Centres]:
        """Vectors of works and their centres, those held where there are any."""
        hold = Held(held, Census(self.embedder.dim)) if held else None
        found = index.embed(works, self.embedder, self.cache, lambda *_: None, held=hold)
        return found[0], found[1]

    def answers(self, works: Works, held: Centres | None = None) -> tuple[list[Asked], Centres]:
        """Answers to the library's questions over works."""
        vectors, centres = self.centres(works, held)
        complete, _ = index.estimated(works, vectors, centres, self.embedder.model_id)
        with TemporaryDirectory() as folder:
            there = Settings.load(Path(folder))
            with Writer(there.layout) as writer:
                index.write(writer.folder, complete, vectors, centres, drawn=False)
                writer.publish(
                    model_id=self.embedder.model_id,
                    dim=self.embedder.dim,
                    counts=index.counts(works),
                    settings={"recipe": index.RECIPE},
                    digest="",
                )
            return ask(there.home), centres


def first_ten(asked: Asked) -> list[str]:
    """Ids of the first ten results."""
    return [result.resource.id for result in asked.results[:10]]


def ndcg(asked: Sequence[Asked]) -> float:
    """Mean nDCG@10 of the questions that the lists answer."""
    return round(fmean(one.ndcg() for one in asked if one.answered), 4)


def measure(home: Path, shares: Sequence[float]) -> dict[str, Any]:
    """Figures by share."""
    indexed = Indexed(home)
    works = works_of([SHARED / "seeds", SHARED / "lists"])
    fresh, now = indexed.answers(works)
    figures: dict[str, Any] = {"works": len(works), "ndcg@10": ndcg(fresh), "shares": {}}
    for share in shares:
        base = without(works, share)
        _, centres = indexed.centres(base)
        asked, _ = indexed.answers(works, centres)
        pairs = [(first_ten(a), first_ten(b)) for a, b in zip(asked, fresh, strict=True)]
        same = [len(set(a) & set(b)) / len(b) for a, b in pairs if b]
        figures["shares"][str(share)] = {
            "new": round(1 - len(base) / len(works), 4),
            "degrees": round(turn(indexed, works, centres, now), 3),
            "same of ten": round(fmean(same), 4),
            "least of ten": min(same),
            "first the same": round(fmean(a[:1] == b[:1] for a, b in pairs), 4),
            "ndcg@10": ndcg(asked),
        }
        print(share, figures["shares"][str(share)], flush=True)
    return figures


def turn(indexed: Indexed, works: Works, held: Centres, now: Centres) -> float:
    """Degrees that held centres turn the vectors of works by."""
    from search.text import language_of

    texts = [work.text(0) for work in works]
    census = Census(indexed.embedder.dim)
    census.add(indexed.cache.lookup(texts)[0], [language_of(text) for text in texts])
    return census.turn(held, now)


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--shares", nargs="*", type=float, default=[0.02, 0.05, 0.1, 0.2])
    given = parser.parse_args()
    figures = measure(given.home, given.shares)
    save("held", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

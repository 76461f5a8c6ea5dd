"""Make a collection of any size from the notes of real lists, for measuring scale.

usage: python -m benchmarks.collection SIZE HOME [--lists FOLDER]

How: up to REAL resources of the lists are embedded as a build embeds them. Resource i of the
collection is made from one of them and a neighbour of it, mostly of the same section: its title is
both titles, its note both notes, and its vector the unit sum of .75 and .45 of their (centred)
vectors and of .35 of a random unit vector. So words and vectors agree, texts are as long and as
mixed in language as in real lists, and nothing is embedded a million times. Every address is its
own; sections keep their real size. One vector a resource: as many passages as resources.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
LISTS = ROOT.parent / "shared" / "data" / "lists"
REAL = 8_000
NEAR = 40  # neighbours that a resource is mixed with
SHARES = (0.75, 0.45, 0.35)  # of a resource, its neighbour, chance


class Mixed(Sequence[Any]):
    """Works made when asked for, so that a million take no memory."""

    def __init__(self, real: Sequence[Any], size: int) -> None:
        """Mix size works from real ones."""
        self._real, self._size = real, size

    def __len__(self) -> int:
        return self._size

    def parents(self, i: int) -> tuple[int, int]:
        """The two real works that work i is made from."""
        copy, base = divmod(i, len(self._real))
        step = 1 + copy % NEAR
        return base, (base + step) % len(self._real)

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> list[Any]: ...
    def __getitem__(self, i: int | slice) -> Any:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(self._size))]
        if not 0 <= i < self._size:
            raise IndexError(i)
        return self._made(i)

    def __iter__(self) -> Iterator[Any]:
        return map(self._made, range(self._size))

    def _made(self, i: int) -> Any:
        from indexer.resources.canonical import resource_id

        one, other = (self._real[j] for j in self.parents(i))
        copy, base = divmod(i, len(self._real))
        if not copy:
            return one
        said, beside = one.resource.mentions[0], other.resource.mentions[0]
        url = f"https://copy{copy % 50}.example/{copy}/{base}"
        entry = replace(
            said,
            url=url,
            title=f"{said.title}: {beside.title}",
            note=f"{said.note} {beside.note}".strip(),
            section=(*said.section, str(copy)),
            position=i,
        )
        resource = replace(
            one.resource,
            id=resource_id(url),
            url=url,
            aliases=(),
            title=f"{one.resource.title}: {other.resource.title}",
            mentions=(entry,),
        )
        return replace(one, resource=resource, document=None, passages=())


def mixed_vectors(real: Any, works: Mixed, path: Path, seed: int = 7) -> Any:
    """(len(works), dim) unit vectors of works, memory-mapped at path."""
    chance = np.random.default_rng(seed)
    count, dim = len(works), real.shape[1]
    made = np.lib.format.open_memmap(path, "w+", np.float32, (count, dim))
    for start in range(0, count, 16_384):
        rows = range(start, min(count, start + 16_384))
        one, other = np.array([works.parents(i) for i in rows]).T
        noise = chance.standard_normal((len(rows), dim), np.float32)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        mixed = SHARES[0] * real[one] + SHARES[1] * real[other] + SHARES[2] * noise
        copied = np.arange(rows.start, rows.stop) < len(real)
        mixed[copied] = real[one[copied]]
        made[rows.start : rows.stop] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return made


def real_works(lists: Path, limit: int = REAL) -> list[Any]:
    """Works of the resources of real lists, spread evenly over all of them."""
    from indexer.index.write import work_of
    from indexer.lists.parse import read_list
    from indexer.resources.facts import facts_of, independent_lists
    from indexer.resources.merge import merge

    entries = [e for path in sorted(lists.glob("*.md")) for e in read_list(path).entries]
    groups = independent_lists(entries)
    resources = merge(entries)
    # Whole stretches, so that neighbours in the collection are neighbours in their list.
    stretches = [resources[i : i + 100] for i in range(0, len(resources), 100)]
    kept = stretches[:: max(1, len(resources) // limit)]
    chosen = [resource for stretch in kept for resource in stretch][:limit]
    return [work_of(r, facts_of(r, None, groups=groups), None, ()) for r in chosen]


def make(size: int, home: Path, lists: Path = LISTS, real: int = REAL) -> dict[str, float]:
    """Publish size resources in home. Seconds by part."""
    from cache.generation import Writer
    from cache.settings import Settings
    from cache.vectors import VectorCache
    from indexer.index import write as index
    from search.models.embed import builder

    laps: dict[str, float] = {}
    began = time.monotonic()

    def lap(name: str) -> None:
        nonlocal began
        laps[name], began = round(time.monotonic() - began, 2), time.monotonic()
        print(f"{name}: {laps[name]} s", file=sys.stderr, flush=True)

    settings = Settings.load(home)
    works = real_works(lists, real)
    lap("read")
    embedder = builder(settings.model, settings.layout)
    kept = home.parent / "vectors"
    with VectorCache.open(kept, embedder.dim) as cache:
        vectors, centres, *_ = index.embed(works, embedder, cache, lambda *_: None)
    works = list(index.estimated(works, vectors, centres, embedder.model_id)[0])
    lap("embed")
    mixed = Mixed(works, size)
    with Writer(settings.layout) as writer:
        scratch = home / "mixed.npy"
        made = mixed_vectors(vectors, mixed, scratch)
        lap("mix")
        index.write(writer.folder, mixed, made, centres, drawn=False)
        lap("write")
        scratch.unlink()
        writer.publish(
            model_id=embedder.model_id,
            dim=embedder.dim,
            counts={"resources": size, "vectors": size, "lists": len(list(lists.glob("*.md")))},
            settings={"recipe": index.RECIPE},
            digest=f"made of {len(works)} real resources",
        )
    lap("publish")
    return laps


def main() -> None:
    """Make one collection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("--lists", type=Path, default=LISTS)
    parser.add_argument("--real", type=int, default=REAL)
    given = parser.parse_args()
    make(given.size, given.home, given.lists, given.real)


if __name__ == "__main__":
    main()

"""Generations change under load; no answer fails, none is of two generations."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.published import measure, publish
from cache.errors import NoIndex
from cache.settings import Settings
from server.holder import EngineHolder


def test_clients_see_whole_generations_while_others_are_published(tmp_path: Path) -> None:
    figures = measure(tmp_path, clients=6, seconds=4, publishes=2)
    assert figures["errors"] == 0
    assert figures["mixed"] == 0
    assert figures["generations_seen"] == 3
    assert figures["requests"] > 8


def test_a_lease_outlives_the_generation_and_is_closed_after(
    copy_of: Callable[[], Settings], tmp_path: Path
) -> None:
    settings = copy_of()
    holder = EngineHolder(settings)
    with holder.lease() as old:
        publish(settings, tmp_path / "more.md", 2)
        with holder.lease() as new:
            assert new.collection.generation.number == old.collection.generation.number + 1
        assert old.search("GPT", k=1).results
        descriptor = old.collection.generation.held
        assert Path(f"/proc/self/fd/{descriptor}").exists()
    assert not Path(f"/proc/self/fd/{descriptor}").exists()
    holder.close()


def test_a_damaged_generation_leaves_the_last_good_one(copy_of: Callable[[], Settings]) -> None:
    settings = copy_of()
    holder = EngineHolder(settings)
    with holder.lease() as engine:
        number = engine.collection.generation.number
    settings.layout.current.write_text("9 sha256:0\n")
    for _ in range(3):
        with holder.lease() as engine:
            assert engine.collection.generation.number == number
            assert engine.search("GPT", k=1).results
    holder.close()


def test_before_the_first_build_every_thread_is_told(tmp_path: Path) -> None:
    holder = EngineHolder(Settings.load(tmp_path))
    told: list[Any] = []

    def ask() -> None:
        try:
            with holder.lease():
                told.append("answered")
        except NoIndex:
            told.append("told")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["told"] * 8
    with pytest.raises(NoIndex), holder.lease():
        pass

"""SIGKILL at any moment: readers see whole generations, and the next build is none the worse."""

import random
import signal

from cache.generation import open_current, verify
from cache.layout import Layout
from tests.torture.torturer import KILL, Reader, left_over

from .conftest import count

KILLS = count("KILLS", 15)
STEPS = count("STEPS", 2)


def digest_of(home):
    with open_current(Layout(home)) as generation:
        assert verify(generation) == []
        return generation.manifest.digest


def forget(ground, file=""):
    """Let the next build embed or extract again: whatever file is a part of, both where it is none.

    Both take seconds, so that most builds here find all of it in the caches.
    """
    if not file or file.startswith("vectors"):
        for database in (ground.home / "vectors").glob("*/vectors.db"):
            database.unlink()
    if not file or "documents" in file:
        (ground.home / "pages" / "documents.db").unlink(missing_ok=True)


def assert_mended(torturer, ground, version):
    """The build after a kill finishes, agrees with one never killed, and leaves nothing over."""
    ended = torturer.run(ground.home, "build", "--offline", environment=ground.environment)
    assert ended.code == 0, ended.err
    assert digest_of(ground.home) == ground.digests[version]
    assert left_over(ground.home) == []
    assert len(list((ground.home / "generations").iterdir())) <= 3


def test_killed_at_random_moments_with_a_reader_at_work(torturer, ground):
    """KILLS builds of a changed list, each killed somewhere between its start and its end."""
    ground.write(0)
    whole = torturer.run(ground.home, "build", "--offline", environment=ground.environment)
    assert whole.code == 0, whole.err
    chance, killed, finished = random.Random(20261121), 0, 0
    with Reader(ground.home).reading() as reader:
        for turn in range(KILLS):
            ground.write((turn + 1) % 2)
            if turn % 10 == 4:
                forget(ground)
            ended = torturer.run(
                ground.home,
                "build",
                "--offline",
                at=chance.randrange(1, len(whole.asked) + 20) if turn % 2 else 0,
                number=KILL,
                kill_after=None if turn % 2 else chance.uniform(0.0, 1.5),
                environment=ground.environment,
            )
            assert ended.code in (0, -signal.SIGKILL), ended.err
            killed += ended.code != 0
            finished += ended.code == 0
            assert reader.errors == []
            if turn % 10 == 9:
                assert_mended(torturer, ground, (turn + 1) % 2)
        ground.write(1)
        assert_mended(torturer, ground, 1)
    assert (reader.errors, set(reader.seen) - set(ground.titles)) == ([], set())
    assert reader.opened > 0
    assert killed >= KILLS // 3
    print(f"\n{killed} of {KILLS} builds killed, {reader.opened} reads, 0 errors")


def test_killed_at_each_named_step(torturer, ground):
    """Each first request of a build to each of its files: write, sync, rename, mkdir, truncate.

    Bounded: STEPS of them, picked by chance, those of publication always.
    """
    ground.write(0)
    forget(ground)
    whole = torturer.run(ground.home, "build", "--offline", environment=ground.environment)
    assert whole.code == 0, whole.err
    steps = whole.steps()
    final = [s for s in steps if s[0] == "rename" or s[1] in ("LOCK", "CURRENT")]
    assert ("rename", "CURRENT") in final
    assert ("rename", "generations/*") in final
    others = sorted(set(steps) - set(final))
    chosen = final + random.Random(7).sample(others, min(STEPS, len(others)))
    killed = 0
    with Reader(ground.home).reading() as reader:
        for turn, step in enumerate(chosen):
            version = (turn + 1) % 2
            ground.write(version)
            forget(ground, step[1])
            ended = torturer.run(
                ground.home,
                "build",
                "--offline",
                step=step,
                number=KILL,
                environment=ground.environment,
            )
            killed += ended.code != 0
            # some steps are asked for in some builds only: then this one was not
            assert ended.code == -signal.SIGKILL or step not in ended.steps(), step
            assert reader.errors == [], step
            assert_mended(torturer, ground, version)
    assert (reader.errors, set(reader.seen) - set(ground.titles)) == ([], set())
    assert killed >= len(final) - 1
    print(f"\n{killed} of {len(steps)} steps killed at, {reader.opened} reads, 0 errors")

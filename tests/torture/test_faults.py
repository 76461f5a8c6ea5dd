"""A disk that fails once, anywhere: a clear error or a whole build, and the old index answers."""

import errno
import os
import random

import pytest

from tests.torture.torturer import FAULTS, Reader, left_over

from .conftest import count
from .test_kill import assert_mended, forget

BUILDS = count("FAULTS", 6)
HARMLESS = ("mkdir",)  # asked for again where it matters; here the requests that hold content count


def requests_of(torturer, ground):
    """What can fail: (turn, step) of a build that finds everything in the caches, and the steps of
    one that finds nothing there, by which embedding and extracting keep what they made."""
    found = []
    for version, heavy in ((0, True), (1, False)):
        ground.write(version)
        if heavy:
            forget(ground)
        whole = torturer.run(ground.home, "build", "--offline", environment=ground.environment)
        assert whole.code == 0, whole.err
        if heavy:
            kept = [step for step in whole.steps() if "vectors" in step[1] or "docum" in step[1]]
            found += [(0, step) for step in kept if step[0] not in HARMLESS]
        else:
            first = set(whole.steps().values())
            light = [(turn, step) for turn, step in enumerate(whole.asked, 1)]
            light = [one for one in light if one[1][0] not in HARMLESS]
            found += [one for one in light if one[0] in first]
            found += [one for one in light if one[0] not in first]
    return found


@pytest.mark.parametrize("number", FAULTS, ids=[errno.errorcode[number] for number in FAULTS])
def test_every_request_to_the_disk_fails_once(torturer, ground, number):
    """BUILDS builds in all; each meets one failed write, sync, rename or truncation."""
    asked = requests_of(torturer, ground)
    wanted = min(BUILDS // len(FAULTS), len(asked))
    reader = Reader(ground.home)
    before, refused = reader.read(), 0
    for turn, (at, step) in enumerate(random.Random(number).sample(asked, wanted)):
        version = turn % 2
        ground.write(version)
        forget(ground, step[1] if not at else "nothing")
        ended = torturer.run(
            ground.home,
            "build",
            "--offline",
            at=at,
            step=("", "") if at else step,
            number=number,
            environment=ground.environment,
        )
        now = reader.read()
        lines = [line.split(":")[0] for line in ended.err.splitlines()]
        if ended.code == 0:  # what failed could be done without, or was asked for again
            assert now == ground.titles[version], step
        else:
            assert (ended.code, lines) == (1, ["error", "hint"]), (step, ended.err[-3000:])
            assert os.strerror(number) in ended.err or "disk" in ended.err, (step, ended.err)
            assert now in (before, ground.titles[version]), step
            refused += 1
        assert_mended(torturer, ground, version)
        assert left_over(ground.home) == [], step
        before = reader.read()
    print(f"\n{wanted} of {len(asked)} requests failed, {refused} builds refused")
    assert refused > wanted // 4

"""SIGKILL at any moment: readers see whole generations, and the next build is none the worse."""

import random
import signal
from dataclasses import replace
from time import monotonic

from cache.generation import open_current, verify
from cache.layout import Layout
from cache.pages import PageCache
from tests.loopback import LoopbackWeb
from tests.torture.torturer import KILL, Reader, left_over

from .conftest import ROWS, count

KILLS = count("KILLS", 10)
CRAWL_KILLS = count("CRAWL_KILLS", 5)
STEPS = count("STEPS", 2)

PASSING = ("took more than", "crashed", "died", "too much memory")
"""What a build says of a page that the next one reads again."""


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


def assert_mended(torturer, ground, version, web=None):
    """The build after a kill finishes, agrees with one never killed, and leaves nothing over.

    A page whose reader took too long, as on a machine busy with all this it may, is read by the
    next build (PASSING): that one must agree.
    """
    how = [] if web else ["--offline"]
    for _ in range(3):
        ended = torturer.run(ground.home, "build", *how, environment=ground.environment)
        assert ended.code == 0, ended.err
        assert left_over(ground.home) == []
        if not any(reason in ended.err for reason in PASSING):
            break
    assert digest_of(ground.home) == ground.digests[version], ended.err
    assert len(list((ground.home / "generations").iterdir())) <= 3


def kill_builds(torturer, ground, kills, web=None):
    """Kill so many builds of a changed list, half of them at a moment chosen by the clock, half at
    a request to the disk; from web, where there is one, each build asks for every page again.

    Every tenth is followed by a build that must mend everything. Returns what a reader saw.
    """

    def run(version, **options):
        ground.write(version)
        if web is not None:
            web.pages = edition(version)
        return torturer.run(
            ground.home,
            "build",
            *([] if web else ["--offline"]),
            environment=ground.environment,
            **options,
        )

    began = monotonic()
    whole = run(0)
    seconds = monotonic() - began
    assert whole.code == 0, whole.err
    chance, killed, turns = random.Random(20261121), 0, 0
    with Reader(ground.home).reading() as reader:
        while killed < kills:
            turns += 1
            version = turns % 2
            if turns % 40 == 4:  # it takes seconds: most builds find all of it
                forget(ground)
            if turns // 2 % 2:
                ended = run(version, at=chance.randrange(1, len(whole.asked)), number=KILL)
            else:
                ended = run(version, kill_after=chance.uniform(0.0, seconds))
            assert ended.code in (0, -signal.SIGKILL), ended.err
            killed += ended.code != 0
            assert reader.errors == []
            if turns % 10 == 9:
                assert_mended(torturer, ground, version, web)
            if turns % 100 == 99:
                print(f"\n{killed} of {turns} builds killed so far", flush=True)
        assert_mended(torturer, ground, turns % 2, web)
    assert (reader.errors, set(reader.seen) - set(ground.titles)) == ([], set())
    assert reader.opened > 0
    print(f"\n{killed} of {turns} builds killed, {reader.opened} reads, 0 errors, 0 mixed")


def test_killed_at_random_moments_with_a_reader_at_work(torturer, ground):
    kill_builds(torturer, ground, KILLS)


def edition(version):
    """The pages of the list as they are in that version."""
    body = "".join(f"<p>Sentence {n} of edition {version}, all in one.</p>" for n in range(20))
    return {
        f"example.org/{n}": f"<title>Page {n}</title><article><p>At {n}.</p>{body}</article>"
        for n in range(ROWS)
    }


def test_killed_at_random_moments_of_a_crawl(torturer, ground):
    """Every page is asked for by every build, and says something else than before: the pages, their
    index, documents and vectors are written to when the kill comes."""
    with LoopbackWeb() as web:
        environment = ground.environment | web.environment() | {"NEXTREAD_REFRESH_DAYS": "0"}
        ground = replace(ground, environment=environment)
        digests = []
        for version in (0, 1):
            ground.write(version)
            web.pages = edition(version)
            ended = torturer.run(ground.home, "build", environment=environment)
            assert ended.code == 0, ended.err
            digests.append(digest_of(ground.home))
        kill_builds(torturer, replace(ground, digests=tuple(digests)), CRAWL_KILLS, web)
        assert len(set(digests)) == 2
        with PageCache(ground.home / "pages", read_only=True) as pages:
            assert list(pages.verify()) == []


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

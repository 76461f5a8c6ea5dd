"""Where the time goes: python -m benchmarks.profiles

Writes benchmarks/results/profile_search.txt (a cold search on 80 resources, imports included) and
profile_build.txt (a build of the shared lists with every vector cached, after benchmarks.rebuild).
"""

import contextlib
import cProfile
import io
import pstats
import subprocess
import sys
from pathlib import Path

from benchmarks.measured import BENCH, PYTHON, RESULTS, ROOT

ARGUMENTS = {
    "search": ["--home", str(BENCH / "h80"), "search", "explain RLHF simply"],
    "build": ["--home", str(BENCH / "rebuild"), "build", str(BENCH / "lists"), "--offline"],
}


def profile(name: str) -> None:
    """Run one command under the profiler and write what took longest."""
    profiler = cProfile.Profile()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        profiler.enable()
        import cli

        cli.main(ARGUMENTS[name])
    profiler.disable()
    told = io.StringIO()
    stats = pstats.Stats(profiler, stream=told)
    stats.sort_stats("tottime").print_stats(40)
    stats.sort_stats("cumtime").print_stats(70)
    text = told.getvalue().replace(f"{ROOT}/", "").replace(f"{sys.base_prefix}/", "")
    (RESULTS / f"profile_{name}.txt").write_text(text.replace(".venv/lib/", ""))


def main() -> None:
    """Both, each in its own process."""
    if len(sys.argv) > 1:
        profile(sys.argv[1])
        return
    from benchmarks.rebuild import change_one_note

    for name in ARGUMENTS:
        if name == "build" and Path(BENCH / "lists").exists():
            change_one_note()
        subprocess.run([PYTHON, "-m", "benchmarks.profiles", name], check=True)


if __name__ == "__main__":
    main()

"""Cold start: from process start to the last byte, against the floor and txtai.

usage: python -m benchmarks.cold [--rounds 15]
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks.measured import BENCH, PYTHON, ROOT, SHARED, in_turns, run, save

NEXTREAD = ROOT / ".venv/bin/nextread"
TXTAI = BENCH / "venv-txtai/bin/python"
QUESTION, CHINESE = "explain RLHF simply", "注意力機制入門"


def small_home() -> Path:
    """A home with the seed lists, built offline."""
    home = BENCH / "h80"
    shutil.rmtree(home, ignore_errors=True)
    run([NEXTREAD, "--home", home, "build", SHARED / "seeds", "--offline"])
    return home


def txtai_index(home: Path) -> Path:
    """The cards of home, indexed by txtai with the same model."""
    index = BENCH / "txtai-index"
    if index.exists():
        return index
    # In processes of their own: a child's peak memory counts what its parent had when it began.
    model, texts = BENCH / "e5-model", BENCH / "texts.json"
    run([PYTHON, "-m", "benchmarks.cold", "--model", model])
    run([PYTHON, "-m", "benchmarks.cold", "--texts", texts])
    run([TXTAI, ROOT / "benchmarks/peers/txtai_cold.py", "index", model, texts, index])
    return index


def write_model(folder: Path) -> None:
    """The packaged model as sentence-transformers reads it."""
    from search.models.e5_file import E5File, packaged_file
    from search.models.e5_folder import write_folder

    if not (folder / "modules.json").exists():
        folder.mkdir(exist_ok=True)
        write_folder(E5File(packaged_file()), folder)


def write_texts(home: Path, path: Path) -> None:
    """The cards of home as JSON."""
    from indexer.index.write import work_of
    from search.index.catalog import Catalog

    number = (home / "CURRENT").read_text().split()[0]
    catalog = Catalog(home / "generations" / number)
    records = catalog.records(range(catalog.count))
    texts = [work_of(resource, facts, None, ()).texts[0] for resource, facts in records]
    path.write_text(json.dumps(texts))


def measure(rounds: int) -> dict[str, Any]:
    """Every command in turns."""
    home = small_home()
    floor = [PYTHON, "-m", "benchmarks.floor"]
    ask = [NEXTREAD, "--home"]
    commands: dict[str, Any] = {
        "floor, 80 resources": [*floor, home, QUESTION],
        "nextread, 80 resources": [*ask, home, "search", QUESTION],
        "nextread, 80 resources, in Chinese": [*ask, home, "search", CHINESE],
    }
    million = BENCH / "h1m"
    if (million / "CURRENT").exists():
        commands["nextread, 1,000,000 resources"] = [*ask, million, "search", QUESTION]
    figures = in_turns(commands, rounds)
    if TXTAI.exists():
        peer = ROOT / "benchmarks/peers/txtai_cold.py"
        command = [TXTAI, peer, "ask", txtai_index(home), QUESTION]
        both = {
            "txtai 9.14, 80 resources": command,
            "nextread beside it": commands["nextread, 80 resources"],
        }
        figures |= in_turns(both, max(2, rounds // 5))
    return figures


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--texts", type=Path)
    given = parser.parse_args()
    if given.model or given.texts:
        if given.model:
            write_model(given.model)
        if given.texts:
            write_texts(BENCH / "h80", given.texts)
        return
    rounds = given.rounds
    figures = measure(rounds)
    save("cold", {"rounds": rounds, "commands": figures})
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

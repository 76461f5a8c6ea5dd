"""Cold start: from process start to the last byte, against the floor and txtai.

usage: python -m benchmarks.cold [--rounds 15] [--homes FOLDER] [--before CHECKOUT]

Homes come from FOLDER (.bench), where benchmarks.server --prepare makes them. An older checkout
answers from a home of its own, in turns with this one.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.measured import BENCH, PYTHON, ROOT, in_turns, run, save
from benchmarks.server import earlier, example

TXTAI = BENCH / "venv-txtai/bin/python"
BEFORE = "the older checkout, 80 resources"
QUESTION, CHINESE = "explain RLHF simply", "注意力機制入門"


def txtai_index(home: Path) -> Path:
    """The cards of home, indexed by txtai with the same model."""
    index = BENCH / "txtai-index"
    if index.exists():
        return index
    # In processes of their own: a child's peak memory counts what its parent had when it began.
    model, texts = BENCH / "e5-model", BENCH / "texts.json"
    run([PYTHON, "-m", "benchmarks.cold", "--model", model])
    run([PYTHON, "-m", "benchmarks.cold", "--texts", texts, "--homes", home.parent])
    run([TXTAI, ROOT / "benchmarks/peers/txtai_cold.py", "index", model, texts, index])
    return index


def write_model(folder: Path) -> None:
    """The packaged model as sentence-transformers reads it."""
    from search.models.e5_file import E5File
    from search.models.e5_folder import write_folder
    from search.models.packaged import packaged_file

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


def measure(rounds: int, homes: Path, before: Path | None) -> dict[str, Any]:
    """Every command in turns."""
    home = example(homes)
    floor = [PYTHON, "-m", "benchmarks.floor"]

    def ask(home: Path, question: str, root: Path = ROOT) -> list[str | Path]:
        code = f"PYTHONPATH={root.resolve()}"
        return ["env", code, PYTHON, "-P", "-m", "cli", "--home", home, "search", question]

    commands: dict[str, Any] = {
        "floor, 80 resources": [*floor, home, QUESTION],
        "nextread, 80 resources": ask(home, QUESTION),
        "nextread, 80 resources, in Chinese": ask(home, CHINESE),
    }
    million = homes / "million"
    if (million / "CURRENT").exists():
        commands["nextread, 1,000,000 resources"] = ask(million, QUESTION)
    if before:
        commands[BEFORE] = ask(earlier(homes, before), QUESTION, before)
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
    parser.add_argument("--homes", type=Path, default=BENCH)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--texts", type=Path)
    given = parser.parse_args()
    if given.model or given.texts:
        if given.model:
            write_model(given.model)
        if given.texts:
            write_texts(example(given.homes), given.texts)
        return
    rounds = given.rounds
    figures = measure(rounds, given.homes, given.before)
    save("cold", {"rounds": rounds, "commands": figures})
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

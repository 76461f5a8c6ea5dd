"""Texts a second while building: ours, the bare engine on the same graph, sentence-transformers.

usage: python -m benchmarks.embedding [--texts 256] [--rounds 3]

Texts are abstracts of the shared `cranfield` collection, about 230 tokens each. Bare: the same
OpenVINO graph, tokens made beforehand, batches sorted by length, nothing else. Each engine embeds
a slice of the texts in every round, in turns.
"""

import argparse
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.measured import BENCH, PYTHON, SHARED, memory, run, save

MODEL = BENCH / "e5-model"


def texts_of(count: int) -> list[str]:
    """Abstracts, the shortest left out."""
    lines = (SHARED / "ir/cranfield/corpus.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line)["text"] for line in lines]
    return [text for text in found if len(text) > 600][:count]


def measure(count: int, rounds: int) -> dict[str, Any]:
    """Rates, and how far our vectors are from those of sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    from cache.layout import Layout
    from search.models.e5_file import PASSAGE
    from search.models.embed import builder
    from search.models.token_batches import batches

    if not (MODEL / "modules.json").exists():
        run([PYTHON, "-m", "benchmarks.cold", "--model", MODEL])
    texts = texts_of(count)
    ours: Any = builder("multilingual-e5-small", Layout(BENCH / "h80"))
    runtime = ours.runtime
    tokens = runtime.tokens.encode(texts, PASSAGE)
    request = runtime.compiled.create_infer_request()  # compiled(…) would share what is let go here
    peer = SentenceTransformer(str(MODEL), device="cpu")

    def bare(chosen: range) -> None:
        ids = [tokens[row] for row in chosen]
        for rows in batches([len(one) for one in ids]):
            request.infer(runtime.tokens.pad_batch([ids[row] for row in rows]))

    def theirs(chosen: range) -> Any:
        given = [PASSAGE + texts[row] for row in chosen]
        return peer.encode(given, normalize_embeddings=True, show_progress_bar=False)

    engines: dict[str, Callable[[range], Any]] = {
        "nextread": lambda chosen: ours.encode_passages([texts[row] for row in chosen]),
        "bare engine": bare,
        "sentence-transformers": theirs,
    }
    rates: dict[str, list[float]] = {name: [] for name in engines}
    size = count // rounds
    for engine in engines.values():
        engine(range(8))
    for turn in range(rounds):
        for name, engine in engines.items():
            chosen = range(
                turn * size, turn * size + (size if name != "sentence-transformers" else size // 4)
            )
            began = perf_counter()
            engine(chosen)
            rates[name].append(len(chosen) / (perf_counter() - began))
    some = range(min(count, 64))
    cosines = (np.asarray(theirs(some)) * ours.encode_passages([texts[i] for i in some])).sum(1)
    return {
        "tokens": round(float(np.mean([len(one) for one in tokens])), 1),
        "texts_per_second": {name: round(float(np.median(r)), 1) for name, r in rates.items()},
        "best_per_second": {name: round(max(r), 1) for name, r in rates.items()},
        "cosine_to_sentence_transformers": {
            "least": round(float(cosines.min()), 5),
            "median": round(float(np.median(cosines)), 5),
        },
        "memory": memory(),
    }


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    figures = measure(given.texts, given.rounds)
    save("embedding", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

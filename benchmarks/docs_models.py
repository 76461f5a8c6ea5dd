"""Write the tables of docs/models.md from search/models: `python -m benchmarks.docs_models`.

tests/test_docs.py is red where the page and the records differ. Must not know what is on this
machine.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from search.models.known import MODELS, KnownModel

FILE = Path(__file__).parents[1] / "docs" / "models.md"
_KINDS = {"embed": "`build --model`", "rerank": "`search --rerank`"}


def page(text: str) -> str:
    """docs/models.md with the tables below its two markers as the records have them."""
    for name, table in (("models", models()), ("prompts", prompts())):
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text = re.sub(
            pattern, lambda found, t=table: found[1] + t + found[2], text, flags=re.DOTALL
        )
    return text


def models() -> str:
    """What is known of each."""
    head = (
        *("name", "for", "on the hub", "million parameters", "MB", "licence", "languages"),
        *("MIRACL zh", "MIRACL en"),
    )
    return _table(head, [_row(model) for model in MODELS])


def prompts() -> str:
    """What is written before a text, and which vector of many is taken."""
    rows = [
        (f"`{m.name}`", _code(m.query), _code(m.passage), m.pooling, str(m.dimensions))
        for m in MODELS
        if m.role == "embed"
    ]
    return _table(("name", "before a question", "before a text", "pooling", "dimensions"), rows)


def _row(model: KnownModel) -> tuple[str, ...]:
    return (
        f"`{model.name}`",
        _KINDS[model.role],
        f"[{model.hub}](https://huggingface.co/{model.hub})",
        str(model.millions),
        f"{model.megabytes:,}",
        model.licence + (", terms to accept" if model.terms else ""),
        model.languages,
        _figure(model.miracl_zh),
        _figure(model.miracl_en),
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".lstrip("0")


def _code(prompt: str) -> str:
    escaped = json.dumps(prompt).replace("|", "\\|")
    return f"`{escaped}`" if prompt else "–"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text("utf-8")), "utf-8")

"""Every sentence that nextread may tell somebody, read out of its source.

Errors with their hints, refusals, and what goes to stderr: f-strings become templates, `{}` where a
value stands. Words that are commands, or hold no word at all, are no sentences.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cache import errors

ROOT = Path(__file__).parents[1]
ROOMS = ("cache", "search", "indexer", "server")
TELLING = {
    *(name for name, kind in vars(errors).items() if isinstance(kind, type)),
    *("Refusal", "invalid", "_forbidden", "tell", "BadParameter", "Problem", "Damage"),
}
"""What is called with a sentence."""

NAMED = re.compile(r"hint|message|mend|rebuild|restore|reason|summary|detail", re.IGNORECASE)
"""What a sentence is called where it is kept for such a call."""

COMMAND = re.compile(r"(?:nextread|pip|chmod) ")


def sentences() -> dict[str, str]:
    """Each template, and where it stands."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for template in _told(ast.parse(file.read_text("utf-8"))):
                if is_sentence(template):
                    found.setdefault(template, str(file.relative_to(ROOT)))
    return found


def is_sentence(template: str) -> bool:
    """Whether a template says something, and is not only a command or a value."""
    words = re.findall(r"[A-Za-z]{2,}", template.replace("{}", " "))
    return bool(words) and not COMMAND.match(template)


def _told(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in TELLING:
            for argument in node.args:
                yield from _templates(argument)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(NAMED.search(_name(target)) for target in targets):
                yield from _templates(node.value)


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _templates(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            part.value if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _templates(node.body)
        yield from _templates(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _templates(value)

"""Text on a terminal: cleaned, styled, in its encoding; JSON for scripts; errors on stderr.

Titles, notes and addresses are other people's text: control characters never reach the terminal.
Must not know what is printed.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from cache.errors import NextreadError
from server.bounds import Ui
from server.wording import said

_HARMLESS = "\n\t\u200c\u200d"
# JSON leaves DEL and the C1 controls as they are; some terminals obey them.
_ESCAPED = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def clean(text: str) -> str:
    """text without control, format and private characters, which could steer a terminal.

    Joiners stay: they make one emoji of several, and Persian and Indic words.
    """
    return "".join(
        c if c in _HARMLESS or unicodedata.category(c)[0] != "C" else "\ufffd" for c in text
    )


def terminal_language() -> Ui:
    """The language of the terminal, by its locale (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    named = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, named), "").lower().startswith("zh") else "en"


def print_line(text: str) -> None:
    """Write a line to stdout, cleaned."""
    write(clean(text))


def write(line: str) -> None:
    """Write a line of which every part is clean; what its reader's encoding lacks is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def print_json(value: Any) -> None:
    """One line of JSON, all in ASCII where stdout takes no UTF-8 or a text is none."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        line = json.dumps(value)
    sys.stdout.write(line.translate(_ESCAPED) + "\n")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their head, each column as wide as its widest cell."""
    names = [in_its_language(name) for name in head]
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(columns_of, column)) for column in zip(names, *cleaned, strict=True)]
    write(dim(_aligned(names, widths)))
    for row in cleaned:
        write(_aligned(row, widths))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def columns_of(text: str) -> int:
    """How many columns of a terminal text takes: two for a wide character (UAX 11)."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def bold(text: str) -> str:
    """text cleaned, and bold where stdout is a terminal."""
    return styled(text, "1")


def dim(text: str) -> str:
    """text cleaned, and dim where stdout is a terminal."""
    return styled(text, "2")


def styled(text: str, code: str) -> str:
    """text cleaned, in an SGR code (ECMA-48) where stdout is a terminal and NO_COLOR is not set."""
    plain = clean(text)
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return plain
    return f"\x1b[{code}m{plain}\x1b[0m"


def in_its_language(sentence: str) -> str:
    """One of nextread's sentences in the language of the terminal."""
    return said(sentence, terminal_language())


def tell(line: str) -> None:
    """Write a line to stderr in the language of the terminal, cleaned."""
    sys.stderr.write(clean(in_its_language(line)) + "\n")


def print_error(error: NextreadError, called: str = "error") -> int:
    """What went wrong and the way out, one line each; the exit code."""
    for name, text in ((called, error.message), ("hint", error.hint)):
        if text:
            tell(f"{name}: {' '.join(text.split())}")
    return 1

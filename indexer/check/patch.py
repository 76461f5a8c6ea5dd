"""A list with the addresses changed that moved for good, and nothing else; and the difference.

Works on the bytes of a file, so that whatever else is in it stays as it is. Must not know why an
address moved.
"""

import difflib
import html
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_BEFORE = rb"(?<![A-Za-z0-9_/=?&#%.:@~+-])"
_AFTER = rb"(?![A-Za-z0-9_/=?&#%~+@:*$'(-]|[.,;!](?=[A-Za-z0-9_/?&#%=]))"
_UNSAFE = {" ": "%20", "<": "%3C", ">": "%3E", "|": "%7C", '"': "%22", "`": "%60", "\\": "%5C"}


def changed(content: bytes, moves: Mapping[str, str]) -> tuple[bytes, set[str]]:
    """content with each address of moves as written replaced by the new one wherever it stands by
    itself; and those of moves that do not stand in it so."""
    spelled: dict[bytes, tuple[str, bytes]] = {}
    for old in moves:
        new = written(moves[old])
        spelled[html.escape(old).encode()] = old, html.escape(new).encode()
        spelled[old.encode()] = old, new.encode()
    missing = set(moves)

    def put(match: re.Match[bytes]) -> bytes:
        old, new = spelled[match[0]]
        missing.discard(old)
        return new

    if moves:
        longest_first = sorted(spelled, key=len, reverse=True)
        pattern = _BEFORE + b"(?:" + b"|".join(map(re.escape, longest_first)) + b")" + _AFTER
        content = re.sub(pattern, put, content)
    return content, missing


def with_fragment(new: str, old: str) -> str:
    """new with the fragment of old where it has none (RFC 9110, 10.2.2)."""
    fragment = urlsplit(old).fragment
    return new if "#" in new or not fragment else f"{new}#{fragment}"


def written(url: str) -> str:
    """url so that no character of it ends a link in Markdown, HTML or a table."""
    spelled = "".join(_UNSAFE.get(c, c) for c in url)
    if "(" in spelled or ")" in spelled:
        spelled = spelled.replace("(", "%28").replace(")", "%29")
    return spelled


def unified(before: bytes, after: bytes, name: str) -> bytes:
    """The difference as `git apply` and `patch -p1` take it; empty where there is none."""
    names = f"a/{name}".encode(), f"b/{name}".encode()
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(before), _lines(after), *names)
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
        for line in lines
    )


def _lines(content: bytes) -> list[bytes]:
    """Lines that end where git ends them, at `\\n` alone."""
    *whole, last = content.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])

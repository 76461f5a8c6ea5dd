"""What of a question is written as an operator: `site:`, `author:`, `list:`, `-word`, `"words"`.

Half-width and full-width signs and the quotes of both languages mean the same. What could as well
be plain text is plain text: a dash with a space after it or a letter before it, a quote that is
alone, a command's `-O2`, a colon with a space after it. Must not know the index.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from cache.records import Operator

TYPED = 300
"""Characters of a question that somebody typed: longer ones were pasted, and quote what they
quote."""

SHORTEST = 3
"""Letters of a word that a dash alone makes unwanted: -O2 and -la belong to commands."""

_QUOTED = (
    r'["＂](?P<{0}a>[^"＂]+)["＂](?![A-Za-z0-9])|“(?P<{0}b>[^“”]+)”'
    r"|「(?P<{0}c>[^「」]+)」|『(?P<{0}d>[^『』]+)』"
)
_BARE = r"[^\s\"＂“”「」『』:：-][^\s\"＂“”「」『』]*"
FIELDS = {
    "site": "sites", "author": "authors", "list": "lists",
    "网站": "sites", "作者": "authors", "书单": "lists",
}  # fmt: skip
"""The field that each key names."""

_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)


class Split(NamedTuple):
    """A question without its operators, quoted words left in it without their quotes; and these."""

    rest: str
    operators: tuple[Operator, ...]


def split(text: str) -> Split:
    """text and its operators, in order; nothing is one where only what is unwanted is said."""
    if len(text) > TYPED or not _may_hold(text):
        return Split(text, ())
    found = list(_found(text))
    if not found:
        return Split(text, ())
    bare = text
    for match, operator in reversed(found):
        kept = operator.value if operator.field == "exact" else " "
        bare = bare[: match.start()] + kept + bare[match.end() :]
    operators = tuple(operator for _, operator in found)
    rest = " ".join(bare.split())
    if not any(map(str.isalnum, rest)):
        rest = " ".join(o.value for o in operators if o.field != "without")
    return Split(rest, operators) if rest else Split(text, ())


def values(operators: Sequence[Operator], field: str) -> tuple[str, ...]:
    """What operators say of a field, each once."""
    return tuple(dict.fromkeys(one.value for one in operators if one.field == field))


def host_of(name: str) -> str | None:
    """The host that `arxiv.org`, `www.arxiv.org` or an address names, None where it names none."""
    bare = re.sub(r"^\w+://", "", name.strip()).partition("/")[0].partition(":")[0].lower()
    return bare.removeprefix("www.") if _HOST.fullmatch(bare) else None


def _may_hold(text: str) -> bool:
    return any(sign in text for sign in '-－−:："＂“「『')


def _found(text: str) -> Iterator[tuple[re.Match[str], Operator]]:
    for match in pattern().finditer(text):
        operator = _operator(match)
        if operator is not None:
            yield match, operator


def _operator(match: re.Match[str]) -> Operator | None:
    said = match[0]
    keyed = FIELDS.get((match["key"] or "").lower(), "")
    for prefix, field in (("k", keyed), ("n", "without"), ("e", "exact")):
        quoted = _value(match, prefix)
        if quoted is not None and field:
            value = host_of(quoted) if field == "sites" else quoted
            return Operator(field, value, said.strip()) if value else None
    return None


def _value(match: re.Match[str], prefix: str) -> str | None:
    """What stands in the group of prefix, quoted or bare, without what ends a sentence."""
    groups = match.groupdict()
    for letter in "abcd":
        if (quoted := groups.get(prefix + letter)) is not None:
            inside = " ".join(quoted.split())
            return inside if any(map(str.isalnum, inside)) else None
    bare = (groups.get(f"{prefix}bare") or "").rstrip(".,;!?。，、；！？)）")
    if not any(map(str.isalpha, bare)):
        return None
    if prefix == "n" and ((len(bare) < SHORTEST and bare.isascii()) or re.search("[:：]", bare)):
        return None  # a command's -m and -O2, or -site:…, which is no operator
    return bare


@cache
def pattern() -> re.Pattern[str]:
    """What finds operators; of its groups `key` names a field, and the letter before `a` to `d`
    (in one pair of quotes) or `bare` is k where a key has a value, n where it is unwanted, e where
    it is to the letter."""
    keys = "|".join(FIELDS)
    keyed = rf"(?P<key>{keys})[:：](?:{_QUOTED.format('k')}|(?P<kbare>{_BARE}))"
    unwanted = rf"[-－−](?:{_QUOTED.format('n')}|(?P<nbare>{_BARE}))"
    exact = rf"(?<![A-Za-z0-9])(?:{_QUOTED.format('e')})"
    return re.compile(rf"(?<!\S)(?:{keyed}|{unwanted})|{exact}", re.IGNORECASE)

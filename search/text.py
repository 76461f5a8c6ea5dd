"""The analyzer that index and query share, so that both sides always agree on what a token is.

Chinese and English are equal: Latin words are stemmed, runs of Chinese, Japanese, Korean and of
scripts written without spaces become overlapping pairs. Compounds are kept whole, without their
joints, and in parts: `fine-tuning`, `fine tuning` and `finetuning` find one another. Must not know
fields, indexes or models.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from threading import Lock

_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff"
_HAN = "\u3005-\u3005\u3007-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
# The sign that lengthens a kana, bopomofo, Lao, Burmese, Khmer: no spaces between words.
_OTHERS = "\u30fc-\u30fc\u3100-\u312f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"
_PAIRED = _HAN + _KANA + _HANGUL + _THAI + _OTHERS
# Vowel signs and accents that Python's \w leaves out, but words are not cut at.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"

_INVISIBLES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
_DASHES = str.maketrans("\u2010\u2011\u2019\u02bc", "--''")


def _chunk_pattern(word: str) -> str:
    # Possessive throughout: a chunk never gives back a character, so no text is slow to cut.
    return rf"(?:(?<![\w.])\.)?+{word}(?:[-._'&]{word})*+(?:\+\+(?:[0-9]+|(?!\w))|\#(?!\w))?+"


_ASCII_CHUNKS = re.compile(_chunk_pattern("[a-z0-9]++"))


@cache
def _chunks() -> re.Pattern[str]:
    # Compiled where a text is not ASCII: a question in English should not wait 7 ms for it.
    word = f"(?:[^\\W_{_PAIRED}]++[{_MARKS}]*+)++"
    return re.compile(f"[{_PAIRED}]++|" + _chunk_pattern(word))


_PARTS = re.compile(r"[-_'&]+|(?<!\d)\.|\.(?!\d)")
_SIGNED = re.compile(r"[^+#]+(?:\+\+|#)")
_NO_VOWEL_PLURAL = re.compile(r"[b-df-hj-np-tv-xz]{3,}(?<!s)s")
_URL = re.compile(r"(?:https?|ftp)://\S+")

_LONGEST = 48
"""Characters of a word that are kept: longer ones are keys and hashes, which nobody asks for."""

_STOP_WORDS = """
    a about after all also am an and ani are as at be becaus been befor between both but by can
    could did do doe don dont down dure each few for from further get give had has have he her
    here him his how i if im in into is it just let like me more most my need no nor not
    of off on onc onli or other our out over own pleas s same she should so some such t tell than
    that the their them then there these they thing this those through to too under up us veri
    want was we were what when where which while who whom whi will with would you your 什么 怎么
    怎样 如何 为什 为何 哪些 哪个 请问 有没 没有 可以 一个 一些 关于 以及 我想 想要 是什 么是 么样
    是如 是怎 的 了 吗 呢 吧 啊 是 在 和 与 及 或 有 我 你 他 她 它 们 这 那 之 です ます する
    して には とは
"""
STOP = frozenset(_STOP_WORDS.split())
"""Tokens that say nothing of a topic, as `tokens` spells them (stemmed, paired, simplified)."""


def fold(text: str) -> str:
    """text with differences of form removed, for comparison and never for display.

    NFKC and case folding (Unicode 3.13, toNFKC_Casefold), invisible characters dropped,
    traditional Chinese simplified (OpenCC t2s). Index and query must both pass through here.
    """
    if text.isascii():
        return text.lower()
    return simplify(_compose(text))


def tokens(text: str) -> list[str]:
    """The tokens of text in order, repetitions kept; never empty strings, never white space."""
    folded = fold(text)
    chunks = _ASCII_CHUNKS if folded.isascii() else _chunks()
    return [token for chunk in chunks.findall(folded) for token in _chunk_tokens(chunk)]


def query_tokens(text: str, stop: Collection[str] = STOP) -> list[str]:
    """The tokens of a question without those in stop, unless nothing else would be left."""
    every = tokens(text)
    return [token for token in every if token not in stop] or every


def spans(text: str, wanted: Collection[str]) -> list[tuple[int, int]]:
    """Where the tokens wanted stand in text: (start, end) in characters, sorted, apart."""
    folded, origin = _fold_traced(text)
    merged: list[tuple[int, int]] = []
    for start, end in _matches(folded, frozenset(wanted)):
        first, last = origin[start][0], origin[end - 1][1]
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def language_of(text: str) -> str | None:
    """The language that the scripts of text suggest, ISO 639-1; None without letters.

    A guess for questions and titles: Latin script is English. One Han character weighs three
    letters, so that `什么是 transformer` is Chinese; any share of kana above a tenth is Japanese.
    """
    sample = _URL.sub(" ", text[:4000])
    if sample.isascii():
        return "en" if any(map(str.isalpha, sample)) else None
    counts = {name: len(pattern.findall(sample)) for name, pattern in _scripts()}
    han, kana = 3 * counts.pop("zh"), 3 * counts.pop("ja")
    hangul = 3 * counts.pop("ko")
    total = han + kana + hangul + sum(counts.values())
    if not total:
        return None
    if han + kana + hangul >= 0.18 * total:
        if hangul > han + kana:
            return "ko"
        return "ja" if kana * 10 > han else "zh"
    return max(counts, key=lambda name: counts[name])


_SCRIPTS = (
    ("en", "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a"),
    ("zh", _HAN),
    ("ja", _KANA + "\uff66-\uff9d"),
    ("ko", _HANGUL),
    ("ru", "\u0400-\u052f"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("ar", "\u0620-\u064a\u066e-\u06d3\u0750-\u077f"),
    ("he", "\u05d0-\u05ea"),
    ("th", _THAI),
    ("hi", "\u0904-\u0939\u0958-\u0961"),
)


@cache
def _scripts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(f"[{characters}]")) for name, characters in _SCRIPTS)


@cache
def _invisible() -> re.Pattern[str]:
    return re.compile(f"[{_INVISIBLES}]+")


def _compose(text: str) -> str:
    bare = _invisible().sub("", text)
    once = unicodedata.normalize("NFKC", bare).casefold()
    return _invisible().sub("", unicodedata.normalize("NFKC", once)).translate(_DASHES)


def simplify(text: str) -> str:
    """text with traditional Chinese characters made simplified, the rest as it is (OpenCC t2s)."""
    return text if text.isascii() or not _has_han().search(text) else _converter()(text)


@cache
def _has_han() -> re.Pattern[str]:
    return re.compile(f"[{_HAN}]")


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # only a text in Chinese pays for it

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _fold_traced(text: str) -> tuple[str, list[tuple[int, int]]]:
    """fold(text), and for every character of it the stretch of text that it came from."""
    pieces: list[str] = []
    origin: list[tuple[int, int]] = []
    for cluster in _clusters().finditer(text):
        piece = _compose(cluster.group())
        pieces.append(piece)
        origin.extend([cluster.span()] * len(piece))
    folded = "".join(pieces)
    simple = simplify(folded)
    if len(simple) != len(folded):  # a phrase that changed its length would shift all that follows
        simple = "".join(min(simplify(c), c, key=lambda x: len(x) != 1) for c in folded)
    return simple, origin


@cache
def _clusters() -> re.Pattern[str]:
    return re.compile(f"(?s:.)[{_MARKS}\u3099\u309a\uff9e\uff9f{_INVISIBLES}]*")


def _matches(folded: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    for match in _chunks().finditer(folded):
        pieces = _chunk_tokens(match.group())
        if wanted.isdisjoint(pieces):
            continue
        if not _is_paired(match.group()[0]):
            yield match.span()
            continue
        start, width = match.start(), min(2, len(match.group()))
        yield from ((start + i, start + i + width) for i, t in enumerate(pieces) if t in wanted)


def _chunk_tokens(chunk: str) -> tuple[str, ...]:
    if _is_paired(chunk[0]):
        return tuple(a + b for a, b in pairwise(chunk)) or (chunk,)
    return _word_tokens(chunk)


@lru_cache(maxsize=1 << 16)
def _is_paired(character: str) -> bool:
    # Compiling a pattern for this took 9 ms of every start.
    bounds = zip(_PAIRED[::3], _PAIRED[2::3], strict=True)
    return character > "\u0dff" and any(a <= character <= b for a, b in bounds)


@lru_cache(maxsize=1 << 16)
def _word_tokens(chunk: str) -> tuple[str, ...]:
    word = chunk.removesuffix("'s")
    if word.isalnum():
        return (_stem(word),)
    sign = _SIGNED.match(word)
    if sign:
        return (word,) if sign.end() == len(word) else (word, sign.group())
    if word.startswith("."):
        return (word, *_compound(word[1:]))
    return _compound(word)


def _compound(word: str) -> tuple[str, ...]:
    parts = [part for part in _PARTS.split(word) if part]
    joined = _stem("".join(parts))
    if len(parts) < 2 or ("'" in word and len(parts) == 2 and len(parts[1]) <= 2):
        return (joined,)  # don't, we're: the rest is no word of its own
    return (joined, *map(_stem, parts))


def _stem(word: str) -> str:
    word = word[:_LONGEST]
    if not word.isascii():
        bare = "".join(
            c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)
        )
        word = bare if bare.isascii() else word
    if not (word.isascii() and word.isalpha()):
        return word
    if _NO_VOWEL_PLURAL.fullmatch(word):  # llms, cnns: Snowball wants a vowel before the s
        return word[:-1]
    with _STEMMING:  # a Stemmer keeps its state between calls
        return _stemmer()(word)


_STEMMING = Lock()


@cache
def _stemmer() -> Callable[[str], str]:
    from Stemmer import Stemmer

    stem: Callable[[str], str] = Stemmer("english").stemWord
    return stem

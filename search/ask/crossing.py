"""The words of a question in the other language, for texts that do not speak the question's own.

Each word becomes a group of what a dictionary calls it, and a group counts as one word would that
is as frequent as its members are together (Darwish & Oard 2003, "Probabilistic Structured Query
Methods"). Which language a text is in decides which words it is asked for. Must not know vectors,
scores or storage.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from search.index.dictionary import LONGEST, Dictionary, Phrase
from search.index.lexical import LexicalIndex, rarity
from search.text import STOP, fold, tokens

COMMON = 0.3
"""Inverse document frequency below which a word of a group is taken for this rare: a share of next
to nothing would be a boost without bounds."""

_OTHER = {"zh": "en", "en": "zh"}
_SHORTEST = {"zh": 2, "en": 1}  # units of a word that is looked up
_WORTH = 1.3  # power of a word's length: one long word before two that make it up


def crossed(
    topic: str,
    language: str | None,
    own: Sequence[str],
    dictionary: Dictionary | None,
    lexical: LexicalIndex,
) -> dict[str, float]:
    """Weight by token of what a topic is called in texts of other languages.

    own are the question's tokens: Latin ones are the same everywhere. The rest is empty where no
    dictionary leads out of language.
    """
    weights: dict[str, float] = {}
    if dictionary is not None and language in _OTHER:
        for phrases in _groups(topic, language, dictionary):
            for token, weight in _weighted(phrases, lexical).items():
                weights[token] = max(weight, weights.get(token, 0.0))
    return weights | {token: 1.0 for token in own if token.isascii()}


def each_called(
    topic: str, language: str | None, dictionary: Dictionary | None
) -> list[Sequence[Phrase]] | None:
    """What texts of other languages call each word of a topic, one group a word that says
    something; None where some of it has no name there that is known."""
    if dictionary is None or language not in _OTHER:
        return None
    stretches, joint = _stretches(topic, language)
    called = _called(stretches, joint, language, dictionary)
    groups: list[Sequence[Phrase]] = [] if language == "en" else _written(topic)
    for units in stretches:
        words = _cut(units, joint, called)
        known = {unit for word in words for unit in (word.split() if joint else word)}
        groups += [[*called[word], tuple(tokens(word))] for word in words]
        unknown = [unit for unit in units if unit not in known]
        if joint:  # a name that is the same everywhere
            groups += [[(unit,)] for unit in unknown]
        elif len(unknown) > 1:
            return None
    return groups


def _written(topic: str) -> list[Sequence[Phrase]]:
    """The Latin words of a Chinese topic, each under its own name."""
    return [[(token,)] for token in tokens(topic) if token.isascii() and token not in STOP]


def _groups(topic: str, language: str, dictionary: Dictionary) -> list[Sequence[Phrase]]:
    """What each word of a topic that says something is called."""
    stretches, joint = _stretches(topic, language)
    called = _called(stretches, joint, language, dictionary)
    words = [word for units in stretches for word in _cut(units, joint, called)]
    return [called[word] for word in dict.fromkeys(words) if not set(tokens(word)) <= STOP]


def _called(
    stretches: Sequence[Sequence[str]], joint: str, language: str, dictionary: Dictionary
) -> Mapping[str, Sequence[Phrase]]:
    """What the dictionary calls every word that stretches can be cut into."""
    shortest = _SHORTEST[language]
    spans = {
        joint.join(units[start:end])
        for units in stretches
        for start in range(len(units))
        for end in range(start + shortest, min(len(units), start + LONGEST) + 1)
    }
    return dictionary.called(language, spans)


def _stretches(topic: str, language: str) -> tuple[list[Sequence[str]], str]:
    """The units in which words are written, by unbroken stretch, and what stands between them."""
    if language == "zh":
        return [list(run) for run in re.findall("[\u3400-\u9fff]+", fold(topic))], ""
    units = [token for token in tokens(topic) if token.isascii()]
    return [list(run) for stop, run in groupby(units, STOP.__contains__) if not stop], " "


def _cut(units: Sequence[str], joint: str, words: Mapping[str, object]) -> list[str]:
    """Units as known words: as much of them as can be, in as few words as can be."""
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(units) + 1):
        options = [best[end - 1]]
        for start in range(max(0, end - LONGEST), end):
            word = joint.join(units[start:end])
            if word in words:
                worth, before = best[start]
                options.append((worth + (end - start) ** _WORTH, [*before, word]))
        best.append(max(options, key=lambda option: option[0]))
    return best[-1][1]


def _weighted(phrases: Sequence[Phrase], lexical: LexicalIndex) -> dict[str, float]:
    """Weights by token with which BM25 counts all phrases that some text has as one word."""
    counted = [(phrase, lexical.document_frequencies(phrase)) for phrase in phrases]
    present = [(phrase, counts) for phrase, counts in counted if min(counts)]
    if not present:
        return {}
    share = 1 / len(present)
    group = rarity(share * sum(min(counts) for _, counts in present), lexical.count)
    weights: dict[str, float] = {}
    for phrase, counts in present:
        rarities = [rarity(count, lexical.count) for count in counts]
        for token, rare in zip(phrase, rarities, strict=True):
            weight = share * group * rare / sum(rarities) / max(rare, COMMON)
            weights[token] = max(weight, weights.get(token, 0.0))
    return weights

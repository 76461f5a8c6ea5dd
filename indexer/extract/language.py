"""Which language a text is in: ISO 639-1.

Scripts that one language owns (kana, Hangul, Han, Thai, …) decide by counting, so that
"GPT-3 论文精读" is Chinese however many Latin letters it has; what is left goes to py3langid.
Must not know where texts come from.
"""

import re
from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import Any

_SAMPLE = 6000  # characters: accuracy is flat from about 1000
_SHORT = 60  # letters below which the classifier needs to be surer than it is by luck
_SURE = 0.85

_SCRIPTS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (name, re.compile(f"[{ranges}]"))
    for name, ranges in (
        ("ja", "図対実関検発価応広伝仏気駅戦経済変売読験徴権帰択拡単庁働込総続齢圧覧録処説"),
        ("kana", "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"),
        ("han", "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"),
        ("ko", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"),
        ("th", "\u0e00-\u0e7f"),
        ("el", "\u0370-\u03ff"),
        ("he", "\u0590-\u05ff"),
        ("ka", "\u10a0-\u10ff"),
        ("hy", "\u0530-\u058f"),
        ("ta", "\u0b80-\u0bff"),
        ("te", "\u0c00-\u0c7f"),
        ("bn", "\u0980-\u09ff"),
        ("cyrillic", "\u0400-\u052f"),
        ("arabic", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff"),
        ("devanagari", "\u0900-\u097f"),
        ("latin", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
    )
)
_CANDIDATES = {
    "latin": "en de fr es pt it nl sv da no fi pl cs sk hu ro tr vi id ca hr sl et lv lt",
    "cyrillic": "ru uk bg sr be mk kk",
    "arabic": "ar fa ur",
    "devanagari": "hi mr",
}
_NOISE = re.compile(r"https?://\S+|\S+@\S+|`[^`\n]*`|\$[^$\n]*\$|\\[A-Za-z]+|[\d_]+")
_HAN_WORTH = 2.5  # letters: a Han character says about as much as half an English word
_DENSE = {"kana", "han", "ko"}
_HAN_SHARE = 0.25  # of a text's weight: code and names in Latin letters fill Chinese pages
_KANA_SHARE = 0.08  # of kana + Han: below it kana are quotations or emoticons in Chinese


def detect(text: str, title: str = "") -> str | None:
    """The language of text (with its title), or None where there are no letters to tell by.

    Simplified and traditional Chinese are both `zh`. Deterministic; reads 6,000 characters.
    """
    sample = " ".join(_NOISE.sub(" ", f"{title}\n{_middle(text)}").split())
    weights = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS}
    east = _east_asian(weights)
    if east:
        return east
    script = max(weights.keys() - {"ja"}, key=lambda name: (weights[name], name))
    if not weights[script]:
        return None
    if script in _DENSE:
        return _east_asian_name(weights)
    return _classify(sample, script) if script in _CANDIDATES else script


def _middle(text: str) -> str:
    """A sample spread over the text: its start alone is often a menu or an abstract."""
    if len(text) <= _SAMPLE:
        return text
    part = _SAMPLE // 3
    half = len(text) // 2
    return "\n".join((text[:part], text[half : half + part], text[-part:]))


def _east_asian(weights: dict[str, int]) -> str | None:
    dense = sum(weights[name] for name in _DENSE) * _HAN_WORTH
    total = dense + sum(weights[name] for name in weights.keys() - _DENSE - {"ja"})
    return _east_asian_name(weights) if dense and dense / total >= _HAN_SHARE else None


def _east_asian_name(weights: dict[str, int]) -> str:
    """Korean, Japanese or Chinese. A few characters without kana may still be a Japanese title."""
    if weights["ko"] > (weights["han"] + weights["kana"]) / 3:
        return "ko"
    both = weights["kana"] + weights["han"]
    if not weights["kana"] and both < _SHORT and weights["ja"] > both / 8:
        return "ja"
    return "ja" if weights["kana"] >= _KANA_SHARE * both else "zh"


def _classify(sample: str, script: str) -> str:
    best, chance = _identifier(script).classify(sample)
    letters = sum(character.isalpha() for character in sample)
    plain = script == "latin" and sample.isascii()
    if plain and letters < _SHORT and best != "en" and float(chance) < _SURE:
        return "en"  # short technical names in ASCII: "minGPT" is no Afrikaans
    return str(best)


@cache
def _identifier(script: str) -> Any:
    identifier = copy(_all_languages())
    identifier.set_languages(_CANDIDATES[script].split())
    return identifier


@cache
def _all_languages() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 120 MB with numpy: only if asked

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

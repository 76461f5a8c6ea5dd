"""What a browser needs to draw a path as search.recommend does: its numbers and its sentences.

Must not know files or the page.
"""

from typing import Any

from cache.records import LEVELS
from search.recommend import path, path_reasons, path_works, scope


def path_piece() -> dict[str, Any]:
    """Numbers by what they mean to static_site/path.js, and sentences by language."""
    more = {"agreed": path_reasons.AGREED, "longest": path_reasons.LONGEST}
    return {
        "reach": {level or "any": reach for level, reach in path.REACH.items()},
        "levels": LEVELS,
        "untaught": sorted(path_works.UNTAUGHT),
        "deep": sorted(path_works.DEEP),
        "long": sorted(path.LONG),
        "mostLong": path.MOST_LONG,
        "mostDeep": path.MOST_DEEP,
        "mostEasy": path.MOST_EASY,
        "same": path.SAME,
        "few": path.FEW,
        "worth": path.WORTH,
        "new": path.NEW,
        "usual": path.USUAL_HOURS,
        "short": path.SHORT_HOURS,
        "named": path_works.NAMED,
        "half": scope.HALF,
        "least": scope.LEAST,
        "most": scope.MOST,
        "how": sorted(scope.how()),
        "howInChinese": scope.TEACHING_CHINESE.split(),
        "teaches": path_works.TEACHES,
        "scope": path_works.SCOPE,
        "native": path_works.NATIVE,
        "agreed": path_works.AGREED,
        "en": path_reasons.ENGLISH | more | {"own": "en"},
        "zh": path_reasons.CHINESE | more | {"own": "zh"},
    }

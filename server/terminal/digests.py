"""What came since a day, by topic: for people, for a letter, for a feed reader, for scripts.

Results go to stdout, everything else to stderr. Must not know what came.
"""

import sys
from collections.abc import Mapping, Sequence

from search.answers import results_json
from search.recommend.digest import Chapter
from server.bounds import Ui
from server.terminal.output import print_json, print_line, tell, terminal_language, write
from server.terminal.results import print_results

_WORDS: Mapping[Ui, Mapping[str, str]] = {
    "en": {
        "title": "New since {day}: {count}",
        "elsewhere": "Elsewhere",
        "nothing": "nothing came into the lists since {day}",
    },
    "zh": {
        "title": "{day} 以来新增：{count}",
        "elsewhere": "其他",
        "nothing": "{day} 以来书单没有新增",
    },
}


def print_digest(
    chapters: Sequence[Chapter], day: str, form: str, ui: Ui | None, came: Mapping[str, str]
) -> None:
    """Chapters as text, json, md or rss; names in the reader's language where there are some. came
    is when each id came."""
    language = ui or terminal_language()
    say = _WORDS[language]
    count = sum(chapter.count for chapter in chapters)
    title = say["title"].format(day=day, count=count)
    if form == "json":
        print_json({"since": day, "count": count, "chapters": list(map(_json, chapters))})
    elif form == "md":
        from server.formats import digest_markdown

        told = [(_heading(chapter, language), chapter.results) for chapter in chapters]
        sys.stdout.write(digest_markdown(title, told))
    elif form == "rss":
        from server.feeds import rss

        results = [result for chapter in chapters for result in chapter.results]
        sys.stdout.write(rss(title, results, came=came).decode() + "\n")
    elif chapters:
        print_line(title)
        for chapter in chapters:
            write("")
            print_line(_heading(chapter, language))
            print_results(chapter.results, json=False)
    else:
        tell(say["nothing"].format(day=day))


def _heading(chapter: Chapter, language: Ui) -> str:
    names = chapter.names
    name = names.get(language) or next(iter(names.values()), _WORDS[language]["elsewhere"])
    return f"{name} ({chapter.count})"


def _json(chapter: Chapter) -> dict[str, object]:
    results = results_json(chapter.results)
    return {"names": dict(chapter.names), "count": chapter.count, "results": results}

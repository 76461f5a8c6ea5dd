"""Lists of any size, made of the real notes: what a build of a million resources is measured on.

Copy c of a real entry has its section, and its own title and note joined with those of the entry c
places after it; so words, lengths and languages are those of real lists, and no two resources are
equal. Every address is its own. A list holds as many entries as a real one does on average.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from cache.records import Entry

PER_LIST = 570
_MARKUP = re.compile(r"[\[\]()<>`*_|\\#]+|\s+")


def write_lists(real: Path, folder: Path, size: int) -> None:
    """Write lists of size entries in all under folder, which is made."""
    from indexer.lists.parse import read_list

    entries = [e for path in sorted(real.glob("*.md")) for e in read_list(path).entries]
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, size, PER_LIST):
        numbers = range(start, min(start + PER_LIST, size))
        text = "\n".join(_lines(entries, numbers)) + "\n"
        (folder / f"list-{start // PER_LIST:05}.md").write_text(text, "utf-8")


def _lines(entries: list[Entry], numbers: range) -> Iterator[str]:
    """A list of entries made from real ones, under their headings."""
    section: tuple[str, ...] = ()
    for number in numbers:
        copy, place = divmod(number, len(entries))
        one, other = entries[place], entries[(place + 1 + copy) % len(entries)]
        if one.section != section:
            section = one.section
            yield f"\n## {_plain(' '.join(section)) or 'More'}\n"
        title = f"{_plain(one.title)}: {_plain(other.title)}"
        url = f"https://copy{copy % 50}.example/{copy}/{place}"
        yield f"- [{title}]({url}) - {_plain(f'{one.note} {other.note}')}"


def _plain(text: str) -> str:
    return _MARKUP.sub(" ", text).strip()

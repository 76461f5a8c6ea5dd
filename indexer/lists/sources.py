"""From what the user names as a list to the text of lists: file, folder, URL, owner/repo.

Lists from the web go through the page cache like any page, so that a build offline reads what was
read last. Must not know Markdown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cache.errors import ListError
from cache.pages import PageCache
from cache.urls import plain_url
from indexer.charset import charset_of, decode
from indexer.lists.parse import (
    MANY,
    MEDIA_TYPES,
    Parsed,
    find_lists,
    media_type_of,
    parse,
    parse_file,
    read_bytes,
)

_RECORDS = frozenset({"application/json", "application/yaml"})
_MIDDLING = 50_000
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class ListText:
    """One list as found: source is what the user named, origin the very file or address."""

    source: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one list and what they are read as; charset is what a server said."""

    body: bytes
    media_type: str
    charset: str | None = None


def is_remote(source: str) -> bool:
    """Whether a source is a URL or an owner/repo on GitHub rather than something on this disk."""
    if re.match(r"https?://", source, re.IGNORECASE):
        return True
    return bool(_REPOSITORY.fullmatch(source)) and not Path(source).exists()


def locate(source: str) -> list[ListText]:
    """The lists that a source names, in order. Raises ListError where there are none."""
    if is_remote(source):
        address = plain_url(source) if "://" in source else source
        return [ListText(source, _address(address), _remote_name(address))]
    path = Path(source).expanduser()
    if path.is_dir():
        found = find_lists(path)
        if not found:
            raise ListError(f"{path} holds no list", "put .md, .rst or .html files there")
        return [
            ListText(source, str(file), file.relative_to(path).as_posix())
            for file in _lists(path, found)
        ]
    if not path.exists():
        raise ListError(
            f"{path}: no such file or folder", "name a file, a folder, a URL or owner/repo"
        )
    return [ListText(source, str(path), path.name)]


def size_of(found: ListText) -> int:
    """About how many bytes a list has; a remote one is taken for one of middling size."""
    if is_remote(found.source):
        return _MIDDLING
    try:
        return sum(path.stat().st_size for path in _files(found))
    except OSError:
        return 0


def read(found: ListText, list_id: str, pages: PageCache) -> Parsed:
    """The entries of one located list. Raises ListError where its text cannot be had."""
    return parsed(found, content_of(found, pages), list_id)


def content_of(found: ListText, pages: PageCache) -> Content:
    """The bytes of one located list. Raises ListError where they cannot be had."""
    if not is_remote(found.source):
        files = _files(found)
        media_type = media_type_of(Path(found.origin))
        if len(files) == 1:
            return Content(read_bytes(files[0]), media_type)
        return Content(_joined([read_bytes(file) for file in files], media_type), media_type)
    page = pages.get(found.origin)
    if page is None:
        raise ListError(
            f"{found.source}: it was never fetched", "build without --offline to fetch it"
        )
    if page.failure:
        raise ListError(f"{found.source}: {page.failure}", "check its address and the network")
    suffix = Path(found.origin.split("?")[0]).suffix.lower()
    media_type = MEDIA_TYPES.get(suffix) or _listed(page.media_type)
    return Content(pages.body(page), media_type, charset_of(page.media_type))


def parsed(found: ListText, content: Content, list_id: str) -> Parsed:
    """The entries in the bytes of one list. Raises ListError where a file is not text."""
    if not is_remote(found.source):
        return parse_file(content.body, Path(found.origin), list_id)
    text = decode(content.body, content.charset)
    return parse(text, list_id, media_type=content.media_type)


def _lists(folder: Path, files: Sequence[Path]) -> list[Path]:
    """Files of a folder as lists: where records lie one a file, all of them are one list.

    Further down a few are no list: settings and data of other programs are written so too.
    """
    together: dict[Path, list[Path]] = {}
    lists: list[Path] = []
    for file in files:
        if media_type_of(file) in _RECORDS:
            if b"://" in read_bytes(file):
                together.setdefault(file.parent / f"*{file.suffix}", []).append(file)
        else:
            lists.append(file)
    for pattern, found in together.items():
        if len(found) >= MANY:
            lists.append(pattern)
        elif pattern.parent == folder:
            lists += found
    return sorted(lists)


def _files(found: ListText) -> list[Path]:
    path = Path(found.origin)
    if "*" not in path.name or path.exists():
        return [path]
    return [
        file
        for file in find_lists(path.parent)
        if file.parent == path.parent and file.suffix == path.suffix
    ]


def _joined(bodies: Sequence[bytes], media_type: str) -> bytes:
    """Files of one record each as one text: YAML documents, or JSON one a line."""
    if media_type == "application/yaml":
        return b"\n---\n".join(bodies)
    return b"\n".join(b" ".join(body.split(b"\n")) for body in bodies)


def _listed(media_type: str) -> str:
    plain = media_type.split(";")[0].strip().lower()
    return plain if plain in MEDIA_TYPES.values() else "text/markdown"


def _address(source: str) -> str:
    """A GitHub repository's or file's raw text; any other URL as it is."""
    if not source.lower().startswith("http"):
        return f"https://raw.githubusercontent.com/{source}/HEAD/README.md"
    match = re.fullmatch(
        r"https?://(?:www\.)?github\.com/([^/]+/[^/#?]+?)(?:\.git)?/?(?:blob/([^/]+)/([^#?]+))?",
        source.split("#")[0],
    )
    if match:
        repository, revision, file = match.groups()
        place = f"{revision or 'HEAD'}/{file or 'README.md'}"
        return f"https://raw.githubusercontent.com/{repository}/{place}"
    return source


def _remote_name(source: str) -> str:
    bare = re.sub(r"^https?://(?:www\.)?", "", source).split("#")[0].rstrip("/")
    return re.sub(r"^(?:raw\.githubusercontent|github)\.com/", "", bare)

"""GitHub: a repository's README and Markdown files, asked for raw; symbolic links are followed."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from cache.records import Document, Page
from indexer.sites import json_text

_RAW = "https://raw.githubusercontent.com"
_REPOSITORY = re.compile(r"/([\w.-]+)/([\w.-]+?)(?:\.git)?/?\Z")
_BLOB = re.compile(r"/([\w.-]+)/([\w.-]+)/blob/(.+\.(?:md|markdown|rst|txt))\Z", re.IGNORECASE)
_NOT_OWNERS = {
    *("about", "apps", "collections", "contact", "customer-stories", "enterprise", "events"),
    *("explore", "features", "issues", "login", "marketplace", "new", "notifications", "orgs"),
    *("pricing", "pulls", "readme", "search", "security", "settings", "sponsors", "stars"),
    *("topics", "trending", "users"),
}
_LINK = re.compile(rb"[^\s\x00-\x1f<>|:*?\"]{1,240}\.(?:md|markdown|rst|txt)", re.IGNORECASE)
_LONGEST_LINK = 250  # bytes
_API = "https://api.github.com/repos"
_HEADING = re.compile(r"^\s{0,3}#\s+(.+?)\s*#*\s*$", re.MULTILINE)


def requests(url: str) -> tuple[str, ...]:
    """The raw README or file, then the page itself."""
    parts = urlsplit(url)
    if parts.hostname not in {"github.com", "www.github.com"}:
        return ()
    if blob := _BLOB.match(parts.path):
        owner, name, path = blob.groups()
        return (f"{_RAW}/{owner}/{name}/{path}", url)
    found = _REPOSITORY.match(parts.path)
    if not found or found.group(1).lower() in _NOT_OWNERS:
        return ()
    return (f"{_RAW}/{found.group(1)}/{found.group(2)}/HEAD/README.md", url)


@dataclass(frozen=True, slots=True)
class Repository:
    """What GitHub says of one: its name now (owner/name), whether its owner has archived it, and
    when something was last pushed to it, RFC 3339."""

    name: str
    archived: bool
    pushed: str


def api_request(url: str) -> str | None:
    """Where GitHub says how a repository stands; None where url is no repository's. It answers 60
    such questions an hour to whoever gives no name."""
    found = requests(url)[0].split("/")[3:5] if requests(url) else []
    is_root = _REPOSITORY.match(urlsplit(url).path)
    return "/".join([_API, *found]) if found and is_root else None


def repository(body: bytes) -> Repository | None:
    """What that answer says; None for any other."""
    told = json_text.small_mapping(body)
    name, pushed = json_text.words(told.get("full_name")), json_text.words(told.get("pushed_at"))
    return Repository(name, told.get("archived") is True, pushed) if name else None


def onward(page: Page, body: bytes) -> str | None:
    """What a README that is a symbolic link points to, asked for raw; raw, such a file holds the
    path alone."""
    target = _target(page, body)
    if not target or target.startswith("/"):
        return None
    owner, name, revision, *folders = urlsplit(page.final_url).path.split("/")[1:-1]
    for step in target.split("/"):
        if step == "..":
            if not folders:
                return None
            folders.pop()
        elif step not in {"", "."}:
            folders.append(step)
    return "/".join([_RAW, owner, name, revision, *map(quote, folders)])


def failure(page: Page, body: bytes) -> str | None:
    """A symbolic link that could not be followed is no README."""
    return "a symbolic link that leads nowhere" if _target(page, body) else None


def document(page: Page, body: bytes, resource_id: str) -> Document | None:
    """The Markdown as text; None where the page itself answered."""
    if urlsplit(page.final_url).hostname != "raw.githubusercontent.com":
        return None
    source = body.decode("utf-8", "replace")
    if not page.final_url.lower().endswith((".md", ".markdown")):
        text = source.strip()
    else:
        parsed = json_text.tree(_rendered(source))
        text = json_text.text_of(parsed) if parsed is not None else ""
    if not text:
        return None
    owner, name = urlsplit(page.final_url).path.split("/")[1:3]
    heading = _HEADING.search(source)
    parsed_heading = json_text.tree(_rendered(heading.group(1))) if heading else None
    title = json_text.text_of(parsed_heading) if parsed_heading is not None else ""
    return Document(
        resource_id=resource_id,
        title=" ".join(title.split()) or f"{owner}/{name}",
        author=owner,
        published=None,
        language=None,
        text=text,
        evidence="full text",
    )


def _target(page: Page, body: bytes) -> str | None:
    """Where a symbolic link leads, relative to its folder; None for what is none."""
    raw = page.final_url.startswith(f"{_RAW}/")
    link = _LINK.fullmatch(body.strip()) if raw and len(body) <= _LONGEST_LINK else None
    return link.group(0).decode("utf-8", "replace") if link else None


def _rendered(source: str) -> str:
    from markdown_it import MarkdownIt  # 15 ms that only a README needs

    return str(MarkdownIt("commonmark").enable("table").render(source))

"""The commands that serve: HTTP, MCP over stdio, and the export as static files.

Must not know how a request is answered.
"""

import secrets
import sys
from pathlib import Path

from cache.settings import Settings

PORT = 8377


def serve(
    settings: Settings, host: str = "127.0.0.1", port: int = PORT, token: str | None = None
) -> None:
    """Answer HTTP on host and port until interrupted.

    Bound elsewhere than to loopback a token is needed, which is made up where none is given.
    Where to go is said on stderr. Raises StoreError where the port is taken.
    """
    from server.guard import Access, is_loopback
    from server.listening import listen

    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(24)
    listen(settings, Access(host, token), port, _announce)


def mcp_stdio(settings: Settings, *, allow_marks: bool = False) -> None:
    """Speak MCP on stdin and stdout until stdin ends."""
    from server.assistant import assistant
    from server.holder import EngineHolder

    holder = EngineHolder(settings)
    try:
        assistant(holder, allow_marks=allow_marks).run("stdio")
    finally:
        holder.close()


def export_site(settings: Settings, folder: Path) -> None:
    """Write the collection as static files with search in the browser into folder.

    Raises StoreError where folder holds something else or the disk fails.
    """
    from server.site import export

    report = export(settings, folder)
    sys.stderr.write(
        f"{report.resources} resources in {folder}: "
        f"{report.first_load} bytes before the first search\n"
    )


def _announce(address: str, token: str | None) -> None:
    suffix = f"?token={token}" if token else ""
    sys.stderr.write(f"nextread answers at {address}/{suffix}\n")

"""A web of PAGES pages on HOSTS addresses, answering after LATENCY seconds: prints its port.

usage: small_web.py LATENCY. Hosts are 127.0.1.1, 127.0.1.2 …, which all are this machine. Ends
with its standard input.
"""

import asyncio
import sys

LATENCY = float(sys.argv[1])
TEXT = "<p>" + "A paragraph of a page that says a little about something. " * 6 + "</p>\n"


def page(path: str) -> bytes:
    """A page of 8 kB, or the answer for robots.txt."""
    if path == "/robots.txt":
        body, status, kind = b"", "404 Not Found", "text/plain"
    else:
        text = f"<html><head><title>{path}</title></head><body>{TEXT * 22}</body></html>"
        body, status, kind = text.encode(), "200 OK", "text/html; charset=utf-8"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(LATENCY)
            writer.write(page(head.split(b" ", 2)[1].decode()))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(serve, "0.0.0.0", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())

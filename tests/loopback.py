"""A small web on loopback: any host name, plain and TLS, over real sockets.

`LoopbackWeb` serves what `pages` holds, keyed by address without the scheme (`example.com/a?b`),
from a thread of its own, so that synchronous tests and subprocesses can crawl it. TLS certificates
come from a throw-away authority, one a host name, when first asked for. It counts what it was
asked, answers conditional requests, and can misbehave: see Reply.
"""

import asyncio
import hashlib
import re
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import trustme

from cache.settings import Settings


@dataclass(frozen=True)
class Request:
    """One request as it came. started is in monotonic seconds."""

    scheme: str
    host: str
    path: str
    headers: Mapping[str, str]
    connection: int
    started: float

    @property
    def url(self):
        return f"{self.scheme}://{self.host}{self.path}"


@dataclass
class Reply:
    """What to answer. raw, where given, is written as it stands (numbers are seconds to sleep) and
    the connection is closed; a content-length and an ETag are added where headers name none."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/html; charset=utf-8"
    raw: Sequence[bytes | float] = ()

    @property
    def data(self):
        return self.body.encode() if isinstance(self.body, str) else self.body


_ENDED = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError)
Answer = Reply | bytes | str | Callable[[Request], Reply]


class LoopbackWeb:
    """Use as a context manager."""

    def __init__(self, pages: Mapping[str, Answer] = (), *, latency: float = 0.0) -> None:
        self.pages = dict(pages)
        self.latency = latency
        self.requests: list[Request] = []
        self.finished: list[tuple[str, float, float]] = []  # host, started, ended
        self._connections = 0
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}

    @classmethod
    def of_index(cls, folder: Path, **options) -> "LoopbackWeb":
        """The pages that folder/INDEX.tsv names (url, file, title, language, bytes, encoding)."""
        pages = {}
        for line in (folder / "INDEX.tsv").read_text("utf-8").splitlines()[1:]:
            url, file, _, _, _, encoding = line.split("\t")
            body = (folder / file).read_bytes()
            pages[url.split("://", 1)[1]] = Reply(body, media_type=f"text/html; charset={encoding}")
        return cls(pages, **options)

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca_file)
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)))
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._folder.cleanup()

    @property
    def rules(self) -> tuple[str, ...]:
        """The resolve setting that sends every host name here."""
        return (f"*:443:127.0.0.1:{self.tls_port}", f"*:80:127.0.0.1:{self.port}")

    def settings(self, home: Path, **changes) -> Settings:
        """Settings under which a crawl reaches this web, without delay between requests."""
        basic = {
            "allow_private": True,
            "resolve": self.rules,
            "ca_file": self.ca_file,
            "delay": 0.0,
        }
        return Settings(home=home, **(basic | changes))

    def environment(self) -> dict[str, str]:
        """The same for a subprocess, as environment variables."""
        return {
            "NEXTREAD_ALLOW_PRIVATE": "true",
            "NEXTREAD_RESOLVE": ",".join(self.rules),
            "NEXTREAD_CA_FILE": self.ca_file,
            "NEXTREAD_DELAY": "0",
        }

    def hosts(self) -> Counter[str]:
        """How often each host was asked."""
        return Counter(request.host for request in self.requests)

    def asked(self) -> list[str]:
        """Every address asked for, robots.txt left out."""
        return [r.url for r in self.requests if r.path != "/robots.txt"]

    def clear(self) -> None:
        """Forget what was asked."""
        self.requests.clear()
        self.finished.clear()

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("localhost").configure_cert(trust)
        trust.sni_callback = self._choose
        plain = await asyncio.start_server(self._client("http"), "127.0.0.1", 0)
        secure = await asyncio.start_server(self._client("https"), "127.0.0.1", 0, ssl=trust)
        self.port = plain.sockets[0].getsockname()[1]
        self.tls_port = secure.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        plain.close()
        secure.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _choose(self, connection, name, _context):
        if name and name not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(name).configure_cert(context)
            self._contexts[name] = context
        if name:
            connection.context = self._contexts[name]

    def _client(self, scheme):
        async def serve(reader, writer):
            self._connections += 1
            number = self._connections
            with suppress(*_ENDED):
                while await self._one(scheme, number, reader, writer):
                    pass
            writer.close()

        return serve

    async def _one(self, scheme, number, reader, writer) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        started = monotonic()
        line, *fields = head.split("\r\n")[:-2]
        headers = {k.lower(): v for k, v in (f.split(": ", 1) for f in fields)}
        host = re.sub(r":\d+$", "", headers["host"])
        request = Request(scheme, host, line.split(" ")[1], headers, number, started)
        self.requests.append(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        reply = self._reply(request)
        ended = (
            monotonic()
        )  # before it is sent: the client may act on it before this thread runs on
        for piece in reply.raw:
            if isinstance(piece, bytes):
                writer.write(piece)
                await writer.drain()
            else:
                await asyncio.sleep(piece)
        if not reply.raw:
            writer.write(_message(reply, request))
            await writer.drain()
        self.finished.append((host, started, ended))
        return not reply.raw

    def _reply(self, request: Request) -> Reply:
        found = self.pages.get(request.host + request.path)
        if callable(found):
            found = found(request)
        if found is None:
            return Reply("not here", 404, media_type="text/plain")
        return found if isinstance(found, Reply) else Reply(found)


class LoopbackProxy:
    """A proxy that dials web whatever it is asked for, and remembers what that was. Use as a
    context manager; refuses, where given, is the status of every answer."""

    def __init__(self, web: LoopbackWeb, userinfo: str = "", refuses: int = 0) -> None:
        self._ports = {443: web.tls_port, 80: web.port}
        self._userinfo = userinfo
        self._refuses = refuses
        self.targets: list[str] = []
        self.credentials: list[str] = []

    def __enter__(self):
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)))
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def address(self) -> str:
        """What the proxy setting says."""
        return f"http://{self._userinfo}{'@' if self._userinfo else ''}127.0.0.1:{self._port}"

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._one, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, reader, writer) -> None:
        with suppress(*_ENDED):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *fields = head.split("\r\n")[:-2]
            method, target, _ = line.split(" ")
            self.targets.append(target if method == "CONNECT" else line)
            said = {k.lower(): v for k, v in (f.split(": ", 1) for f in fields)}
            self.credentials.append(said.get("proxy-authorization", ""))
            if self._refuses:
                refusal = f"HTTP/1.1 {self._refuses} x\r\ncontent-length: 0\r\n\r\n"
                writer.write(refusal.encode())
                await writer.drain()
            else:
                await self._tunnel(int(target.rpartition(":")[2]), reader, writer)
        writer.close()

    async def _tunnel(self, port, reader, writer) -> None:
        onward, back = await asyncio.open_connection("127.0.0.1", self._ports[port])
        writer.write(b"HTTP/1.1 200 x\r\n\r\n")
        await asyncio.gather(_copy(reader, back), _copy(onward, writer))


async def _copy(source, sink) -> None:
    with suppress(*_ENDED):
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
    sink.close()


def _message(reply: Reply, request: Request) -> bytes:
    headers = {"content-type": reply.media_type, "content-length": str(len(reply.data))}
    if reply.status == 200:
        headers["etag"] = f'"{hashlib.sha256(reply.data).hexdigest()[:16]}"'
    headers |= {name.lower(): value for name, value in reply.headers.items()}
    status, body = reply.status, reply.data
    if status == 200 and request.headers.get("if-none-match") == headers.get("etag", "none"):
        status, body = 304, b""
        del headers["content-length"]
    head = f"HTTP/1.1 {status} x\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    return head.encode("latin-1") + b"\r\n" + body

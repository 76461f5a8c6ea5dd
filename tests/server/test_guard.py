"""Who may ask, how much, how slowly: on real sockets."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cache.settings import Settings
from server.guard import CONTENT_SECURITY_POLICY, COOKIE, Access, Buckets, Limits
from server.operations import OPERATIONS

PATHS = sorted(
    {op.path for op in OPERATIONS}
    | {"/", "/mcp", "/api/events", "/openapi.json", "/static/app.js", "/feed.xml", "/nowhere"}
)
METHODS = ("GET", "POST")


def status(response: httpx.Response) -> int:
    code: int = response.status_code
    if code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
    return code


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8377", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "",
     "localhost:x", "[::1", "169.254.169.254", "192.168.1.2"],
)  # fmt: skip
def test_another_host_is_forbidden_everywhere(live: Any, method: str, host: str) -> None:
    codes = {
        path: status(live.client.request(method, path, headers={"host": host})) for path in PATHS
    }
    assert set(codes.values()) == {403}, codes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "file://"]
)
def test_another_origin_is_forbidden_everywhere(live: Any, method: str, origin: str) -> None:
    codes = {
        path: status(live.client.request(method, path, headers={"origin": origin}))
        for path in PATHS
    }
    assert set(codes.values()) == {403}, codes


def test_its_own_origin_and_names_are_welcome(live: Any) -> None:
    port = urlsplit(live.url).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"127.0.0.9:{port}"):
        headers = {"host": host, "origin": f"http://{host}"}
        assert live.client.get("/health", headers=headers).status_code == 200


def test_other_sites_may_link_here_and_no_more(live: Any) -> None:
    crossed = {"sec-fetch-site": "cross-site"}
    visit = crossed | {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    framed = visit | {"sec-fetch-dest": "iframe"}
    assert live.client.get("/", headers=visit).status_code == 200
    assert status(live.client.get("/", headers=framed)) == 403
    assert status(live.client.get("/api/search?q=x", headers=crossed)) == 403
    assert status(live.client.get("/static/app.js", headers=crossed)) == 403


def test_every_answer_carries_the_policy(live: Any) -> None:
    for path in PATHS:
        if path in {"/api/events", "/mcp"}:  # streams
            continue
        headers = live.get(path).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "server" not in headers
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_a_token_is_needed_for_any_other_bind() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.org"):
        with pytest.raises(ValueError, match="token"):
            Access(host)
        assert Access(host, "secret").token == "secret"
    assert Access("::1").token is None


def test_a_server_for_others_asks_for_its_token(built: Settings, start: Callable[..., Any]) -> None:
    shared = start(built, Access("0.0.0.0", "s3cret"))
    for path in PATHS:
        refused = shared.get(path)
        assert status(refused) == 401, path
        assert refused.headers["www-authenticate"].startswith("Bearer")
    for wrong in ("S3cret", "s3cret2", "s3cre"):
        headers = {"authorization": f"Bearer {wrong}"}
        assert status(shared.client.get("/health", headers=headers)) == 401
        assert status(shared.client.get("/", params={"token": wrong})) == 401
    headers = {"authorization": "Bearer s3cret"}
    assert shared.client.get("/health", headers=headers).status_code == 200
    by_name = headers | {"host": "rebound.example"}
    assert status(shared.client.get("/health", headers=by_name)) == 403
    by_address = headers | {"host": "192.168.1.2:8377"}
    assert shared.client.get("/health", headers=by_address).status_code == 200
    entered = shared.client.get("/", params={"token": "s3cret"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "httponly" in entered.headers["set-cookie"].lower()
    assert shared.client.cookies[COOKIE] == "s3cret"
    assert shared.client.get("/health").status_code == 200


def test_too_much_is_refused(live: Any) -> None:
    assert status(live.client.get("/?q=" + "x" * 60_000)) == 414
    big = b'{"resource": "' + b"x" * 300_000 + b'"}'
    kind = {"content-type": "application/json"}

    def chunks() -> Any:
        yield from (b"x" * 65_536 for _ in range(16))

    for content in (big, chunks()):
        try:
            code = status(live.client.post("/api/marks", content=content, headers=kind))
        except (httpx.ReadError, httpx.WriteError):  # the server closed while we were sending
            continue
        assert code == 413
    assert status(live.client.get("/api/status")) == 200


def test_buckets_fill_again_by_rate_and_forget_the_oldest() -> None:
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0.0)
    assert [buckets.take("a", 1.0) for _ in range(3)] == [True, True, False]
    for client in range(5000):
        buckets.take(str(client), 1.0)
    assert buckets.take("a", 1.0)


def test_slow_clients_hold_nobody_up(
    built: Settings, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.listening.HEAD_SECONDS", 1.5)
    one = start(built, limits=Limits(rate=1e6, burst=10**6, body_seconds=1.5, workers=1))
    place = ("127.0.0.1", urlsplit(one.url).port)
    head = b"POST /api/marks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    slow = [socket.create_connection(place, timeout=20) for _ in range(60)]
    for number, client in enumerate(slow):
        client.sendall((b"GET / HT", b"", head, head + b"Content-Length: 50\r\n\r\n{")[number % 4])
    for question in range(5):
        assert one.get("/api/search", q=f"GPT {question}").status_code == 200
    deadline = time.monotonic() + 15
    for number, client in enumerate(slow):
        client.settimeout(max(0.1, deadline - time.monotonic()))
        answer = client.recv(4096)
        if number % 4 == 3:
            assert answer.startswith(b"HTTP/1.1 408")
        else:
            assert answer == b""
        client.close()


def test_a_slow_reader_holds_nobody_up(live: Any) -> None:
    place = ("127.0.0.1", urlsplit(live.url).port)
    ask = b"GET /api/search?q=GPT&k=100&detail=true HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    readers = []
    for _ in range(20):
        reader = socket.create_connection(place)
        reader.sendall(ask * 8)
        readers.append(reader)
    assert live.get("/api/search", q="transformer").status_code == 200
    for reader in readers:
        reader.close()


def test_pages_are_never_served(live: Any) -> None:
    home = live.settings.home.name
    for path in ("/static/../api.py", "/static/%2e%2e/api.py", "/static/..%2fapi.py",
                 f"/{home}/profile.db", "/pages/0.warc.gz", "/static/words.json/.."):  # fmt: skip
        with socket.create_connection(("127.0.0.1", urlsplit(live.url).port)) as raw:
            raw.sendall(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
            )
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 403")), path
        assert b"Runs on worker threads" not in answer


def test_mcp_is_behind_the_same_guard(live: Any) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepts = {"accept": "application/json, text/event-stream"}
    for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
        assert status(live.client.post("/mcp", json=call, headers=accepts | headers)) == 403
    assert live.client.post("/mcp", json=call, headers=accepts).status_code == 200


def test_events_tell_of_the_generation(live: Any) -> None:
    with live.client.stream("GET", "/api/events") as events:
        lines = events.iter_lines()
        said = next(line for line in lines if line.startswith("data:"))
    assert json.loads(said.removeprefix("data:")) == {"event": "generation", "generation": 1}

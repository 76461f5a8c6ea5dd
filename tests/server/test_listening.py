"""How the server uses its sockets."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from cache.errors import StoreError
from cache.settings import Settings
from server.listening import Impatient, bind


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_answer_waits_for_a_delayed_acknowledgement(
    host: str, built: Settings, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[int] = []
    made = Impatient.connection_made

    def seen(self: Impatient, transport: Any) -> None:
        accepted = transport.get_extra_info("socket")
        options.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)

    monkeypatch.setattr(Impatient, "connection_made", seen)
    assert start(built, host=host).get("/health").status_code == 200
    assert options == [1]


def test_a_port_that_is_taken_is_named() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StoreError, match=str(port)):
            bind("127.0.0.1", port)


def test_a_small_answer_comes_in_one_piece(
    built: Settings, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    made = Impatient.connection_made

    def seen(self: Impatient, transport: Any) -> None:
        made(self, Counting(transport, sizes))

    monkeypatch.setattr(Impatient, "connection_made", seen)
    one = start(built)
    answer = one.get("/api/search", q="GPT", k=3)
    assert answer.status_code == 200
    assert len(sizes) == 1
    assert sizes[0] > int(answer.headers["content-length"])


class Counting:
    """A transport that counts what is written to it."""

    def __init__(self, transport: Any, sizes: list[int]) -> None:
        self._transport, self._sizes = transport, sizes

    def write(self, data: bytes) -> None:
        self._sizes.append(len(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

"""Content encodings undone within a bound, so that a small response cannot fill the memory.

httpx and warcio decode without a limit: 3,233 bytes of brotli became 4.1 GiB. Here output comes in
steps and stops at the cap. Must not know where the bytes come from.
"""

import zlib

from cache.errors import FetchError, TooLarge

_STEP = 1 << 16
_GZIP = 31  # zlib's number for a gzip header and trailer with a 32 KiB window


class Inflater:
    """Decodes one body piece by piece: `identity`, `gzip` (all members) or `deflate`.

    Past limit decoded bytes it raises TooLarge, or where cut keeps the first limit bytes and is
    full. Raises FetchError for another encoding or a broken stream.
    """

    def __init__(self, encoding: str, limit: int, *, cut: bool = False) -> None:
        """encoding is a Content-Encoding value; limit is in decoded bytes."""
        self.full = False
        self._cut = cut
        name = encoding.strip().lower()
        if name not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise FetchError(f"content encoding {name!r} cannot be read")
        self._plain = name in {"", "identity"}
        self._gzip = name.endswith("gzip")
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._zlib: zlib._Decompress | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes as they came over the wire."""
        if self._plain:
            self._keep(data)
            return
        while data and not self.full:
            data = self._member(data)

    def finish(self) -> bytes:
        """The whole body. Raises FetchError where the stream stops in the middle."""
        if self._zlib is not None and not self._zlib.eof and not self.full:
            raise FetchError("compressed body ends in the middle")
        body, self._pieces = b"".join(self._pieces), []
        return body

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit and self._cut:
            piece = piece[: max(0, len(piece) - (self._size - self._limit))]
            self.full = True
        elif self._size > self._limit:
            self._pieces.clear()
            raise TooLarge(f"more than {self._limit:,} bytes", "raise max_bytes in settings.toml")
        if piece:
            self._pieces.append(piece)

    def _member(self, data: bytes) -> bytes:
        """Decode one member as far as data goes; returns what follows it."""
        if self._zlib is None or self._zlib.eof:
            if self._zlib is not None and not (self._gzip and data.startswith(b"\x1f\x8b")):
                return b""  # padding after the end, which browsers ignore too
            self._zlib = zlib.decompressobj(_GZIP if self._gzip else _deflate_bits(data))
        try:
            while True:
                piece = self._zlib.decompress(data, _STEP)
                self._keep(piece)
                data = self._zlib.unconsumed_tail
                if self.full or self._zlib.eof or (not data and len(piece) < _STEP):
                    return self._zlib.unused_data
        except zlib.error as error:
            raise FetchError(f"compressed body is broken: {error}") from error


def inflate(data: bytes, encoding: str, limit: int) -> bytes:
    """The decoded body of data; raises as Inflater does."""
    inflater = Inflater(encoding, limit)
    inflater.feed(data)
    return inflater.finish()


def _deflate_bits(data: bytes) -> int:
    """RFC 9110 means a zlib header, some servers send none: the first byte tells."""
    return zlib.MAX_WBITS if data[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS

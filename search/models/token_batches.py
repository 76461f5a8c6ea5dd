"""Texts to token ids, and token ids to batches of like length.

Must not know what runs the batches.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = NDArray[np.int32]
LookUp = Callable[[NDArray[np.int64]], Floats]
"""Token ids (n, length) to their word vectors (n, length, width), for graphs that take these."""

Inputs = tuple[NDArray[np.int64] | Floats, NDArray[np.int64]]

TOGETHER = 256  # texts tokenized at once: an Encoding takes 100 bytes a token
BATCH_TOKENS = 2048
"""Padded tokens of one inference. 768 cards of 31 tokens in two streams took 5.0 processor seconds
with 4096, 4.4 with 2048 and with 1024; one stream of two threads 5.2."""

STEP = 16
"""Lengths are rounded up to this. Softmax sums in lanes of 16 and treats what is left over apart:
texts padded to other lengths had other last bits (6 in 100 of them)."""


class Tokens:
    """A tokenizer with the model's limit. Safe to share between threads."""

    def __init__(
        self, tokenizer: "Tokenizer", limit: int, pad: int, look_up: LookUp | None = None
    ) -> None:
        """Keep the tokenizer; limit counts special tokens too, pad is the id of padding."""
        self.limit = limit
        self.pad = pad
        self._tokenizer = tokenizer
        self._look_up = look_up
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], prefix: str) -> list[Ids]:
        """The ids of each text after its prefix, with special tokens, cut at the limit."""
        ids: list[Ids] = []
        with self._lock:
            self._tokenizer.enable_truncation(self.limit)
            for part in _parts(texts, prefix):
                encoded = self._tokenizer.encode_batch_fast(part)
                ids += [np.array(one.ids, np.int32) for one in encoded]
        return ids

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, without prefix and special tokens, whatever the limit."""
        counts: list[int] = []
        with self._lock:
            self._tokenizer.no_truncation()
            for part in _parts(texts, ""):
                encoded = self._tokenizer.encode_batch_fast(part, add_special_tokens=False)
                counts += [len(one.ids) for one in encoded]
        return counts

    def pad_batch(self, tokens: Sequence[Ids]) -> Inputs:
        """`input_ids`, or the word vectors of these, and `attention_mask`: n, padded length."""
        shape = (len(tokens), _padded(max(map(len, tokens))))
        ids, mask = np.full(shape, self.pad, np.int64), np.zeros(shape, np.int64)
        for row, text_ids in enumerate(tokens):
            ids[row, : len(text_ids)] = text_ids
            mask[row, : len(text_ids)] = 1
        return ids if self._look_up is None else self._look_up(ids), mask


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of like length together, longest first: the largest buffers are made once."""
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    start = 0
    while start < len(order):
        size = max(1, BATCH_TOKENS // _padded(lengths[order[start]]))
        yield order[start : start + size]
        start += size


def encodable(text: str) -> str:
    """The text without what tokenizers cannot take: NUL, and surrogates without their partner."""
    text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _parts(texts: Sequence[str], prefix: str) -> Iterator[list[str]]:
    for start in range(0, len(texts), TOGETHER):
        yield [prefix + encodable(text) for text in texts[start : start + TOGETHER]]


def _padded(length: int) -> int:
    return -(-max(1, length) // STEP) * STEP

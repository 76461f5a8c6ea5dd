"""The packaged multilingual-e5-small as an OpenVINO graph, straight from its weights.

It exists so that building an index with the default model needs neither torch nor a converted copy
on disk: weights to ready engine in about two seconds. Must not know tokens or batches.
"""

from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as op

from search.models.e5_file import E5File

FAR = -1e9  # added to the attention score of padding


def e5_graph(file: E5File) -> ov.Model:
    """Two inputs, `words` (n, length, width) float32, see E5File.words, and `attention_mask` (n,
    length) int64; one output (n, dim) float32.

    Words are looked up outside: as a part of the graph they take 400 MB, of which a question reads
    a few rows. BERT (Devlin et al. 2019), mean pooling over the mask, unit length.
    """
    return _Graph(file).model()


def _const(value: Any, dtype: Any = np.float32) -> Any:
    return op.constant(np.asarray(value, dtype))


def _axes(*values: int) -> Any:
    return _const(values, np.int64)


class _Graph:
    """The nodes of one graph; each method adds the part it is named for."""

    def __init__(self, file: E5File) -> None:
        self.file = file
        self.shape = file.shape
        self.words = op.parameter([-1, -1, self.shape.hidden], np.float32, name="words")
        self.mask = op.parameter([-1, -1], np.int64, name="attention_mask")

    def model(self) -> ov.Model:
        seen = op.convert(self.mask, np.float32)
        far = op.multiply(op.subtract(_const(1), seen), _const(FAR))
        far = op.unsqueeze(far, _axes(1, 2))
        states = self.embeddings()
        for layer in range(self.shape.layers):
            states = self.layer(states, f"l{layer}.", far)
        sentence = op.normalize_l2(self.mean(states, seen), _axes(1), 1e-12, "max")
        return ov.Model([sentence], [self.words, self.mask], "multilingual-e5-small")

    def embeddings(self) -> Any:
        width = self.shape.hidden
        table = _const(self.file.weight("emb.pos").reshape(-1, width))
        length = op.gather(op.shape_of(self.words), _axes(1), _const(0, np.int64))
        positions = op.slice(table, _axes(0), length, _axes(1), _axes(0))
        kind = _const(self.file.weight("emb.type")[:width])
        return self.norm(op.add(op.add(self.words, kind), positions), "emb.ln")

    def layer(self, states: Any, name: str, far: Any) -> Any:
        query, key, value = self.heads(states, name)
        seen = op.scaled_dot_product_attention(query, key, value, far)
        seen = op.transpose(seen, _axes(0, 2, 1, 3))
        seen = op.reshape(seen, _axes(0, 0, self.shape.hidden), True)
        states = self.norm(op.add(states, self.dense(seen, f"{name}ao")), f"{name}aln")
        wide = op.gelu(self.dense(states, f"{name}fi"), "erf")
        return self.norm(op.add(states, self.dense(wide, f"{name}fo")), f"{name}oln")

    def heads(self, states: Any, name: str) -> list[Any]:
        """Query, key and value (n, heads, length, size), of one product: a tenth quicker."""
        parts = [f"{name}{part}" for part in "qkv"]
        weight = np.concatenate([self.file.weight(f"{part}.w") for part in parts])
        bias = np.concatenate([self.file.weight(f"{part}.b") for part in parts])
        joint = op.add(op.matmul(states, _const(weight), False, True), _const(bias))
        size = self.shape.hidden // self.shape.heads
        split = op.reshape(joint, _axes(0, 0, 3, self.shape.heads, size), True)
        split = op.split(op.transpose(split, _axes(2, 0, 3, 1, 4)), _const(0, np.int64), 3)
        return [op.squeeze(part, _axes(0)) for part in split.outputs()]

    def dense(self, states: Any, name: str) -> Any:
        weight, bias = (_const(self.file.weight(f"{name}.{end}")) for end in "wb")
        return op.add(op.matmul(states, weight, False, True), bias)

    def norm(self, states: Any, name: str) -> Any:
        scale, shift = (_const(self.file.weight(f"{name}.{end}")) for end in "wb")
        flat = op.mvn(states, _axes(-1), True, self.shape.epsilon, "inside_sqrt")
        return op.add(op.multiply(flat, scale), shift)

    def mean(self, states: Any, seen: Any) -> Any:
        weight = op.unsqueeze(seen, _axes(2))
        total = op.reduce_sum(op.multiply(states, weight), _axes(1), False)
        return op.divide(total, op.reduce_sum(weight, _axes(1), False))

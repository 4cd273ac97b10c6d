"""Writes the ONNX graph of a BERT-like sentence encoder from its weights.

Wheels and model folders often carry only weights; onnxruntime needs a graph. The architecture is
BERT (Devlin et al., 2019) with pooling and normalisation to unit length, as in
sentence-transformers; all sizes come from the model's configuration. The table of word pieces stays
outside of the graph: a sentence needs twenty rows of its 250,000.
"""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from switchboard.embedding.weights import Weights

OPSET = 17
_MASKED = -1e9  # added to the scores of padding, which softmax then ignores


class _Builder:
    """Collects nodes and constants; each method returns the name of the created node."""

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def scalar(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def node(self, operation: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [name], **attributes))
        return name

    def linear(self, x: str, name: str, scale: float = 1.0) -> str:
        weight = self.constant((self.weights[f"{name}.weight"] * np.float32(scale)).T)
        bias = self.constant(self.weights[f"{name}.bias"] * np.float32(scale))
        return self.node("Add", self.node("MatMul", x, weight), bias)

    def normal(self, x: str, name: str, epsilon: float) -> str:
        weight = self.constant(self.weights[f"{name}.weight"])
        bias = self.constant(self.weights[f"{name}.bias"])
        return self.node("LayerNormalization", x, weight, bias, axis=-1, epsilon=epsilon)

    def gelu(self, x: str) -> str:
        inner = self.node("Erf", self.node("Mul", x, self.scalar(1 / math.sqrt(2))))
        return self.node(
            "Mul",
            self.node("Mul", x, self.scalar(0.5)),
            self.node("Add", inner, self.scalar(1.0)),
        )


def _layer(b: _Builder, x: str, bias: str, name: str, config: dict[str, Any]) -> str:
    heads, width = int(config["num_attention_heads"]), int(config["hidden_size"])
    size, epsilon = width // heads, float(config["layer_norm_eps"])
    split, join = b.integers(0, 0, heads, size), b.integers(0, 0, width)

    def part(kind: str, order: list[int], scale: float = 1.0) -> str:
        flat = b.linear(x, f"{name}.attention.self.{kind}", scale)
        return b.node("Transpose", b.node("Reshape", flat, split), perm=order)

    query = part("query", [0, 2, 1, 3], 1 / math.sqrt(size))
    key, value = part("key", [0, 2, 3, 1]), part("value", [0, 2, 1, 3])
    scores = b.node("Add", b.node("MatMul", query, key), bias)
    mixed = b.node("MatMul", b.node("Softmax", scores, axis=-1), value)
    mixed = b.node("Reshape", b.node("Transpose", mixed, perm=[0, 2, 1, 3]), join)
    attended = b.linear(mixed, f"{name}.attention.output.dense")
    x = b.normal(b.node("Add", x, attended), f"{name}.attention.output.LayerNorm", epsilon)
    wide = b.gelu(b.linear(x, f"{name}.intermediate.dense"))
    narrow = b.linear(wide, f"{name}.output.dense")
    return b.normal(b.node("Add", x, narrow), f"{name}.output.LayerNorm", epsilon)


def write_graph(weights: Weights, target: Path) -> None:
    """Write the graph of a model with 8-bit matrices.

    One scale per channel, and 7 of the 8 bits used so that nothing saturates on processors without
    VNNI.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    plain = target.with_suffix(".fp32")
    plain.write_bytes(build_graph(weights))
    logging.getLogger().addFilter(_no_advice)
    try:
        quantize_dynamic(
            str(plain),
            str(target),
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
        )
    finally:
        logging.getLogger().removeFilter(_no_advice)
        plain.unlink()


def _no_advice(record: logging.LogRecord) -> bool:
    """Filter out onnxruntime's advice to run a preprocessor, which this graph does not need."""
    return "pre-processing before quantization" not in record.getMessage()


def _pooled(b: _Builder, x: str, mask: str, pooling: str) -> str:
    """One row per sentence: the mean of its tokens, or its first token."""
    if pooling == "cls":
        return b.node("Squeeze", b.node("Gather", x, b.integers(0), axis=1), b.integers(1))
    weight = b.node("Unsqueeze", mask, b.integers(2))
    total = b.node("ReduceSum", b.node("Mul", x, weight), b.integers(1), keepdims=0)
    count = b.node("ReduceSum", weight, b.integers(1), keepdims=0)
    return b.node("Div", total, count)


def build_graph(weights: Weights) -> bytes:
    """The graph of a model.

    Inputs: `words` (batch x tokens x hidden size), the rows of the word pieces, and `mask`
    (batch x tokens), both float32. The output `embedding` is (batch x hidden size) float32, each
    row of length 1.
    """
    config, w = weights.config, weights.tensors
    b = _Builder(w)
    width, epsilon = int(config["hidden_size"]), float(config["layer_norm_eps"])
    # Every sentence is one segment, so the type embedding is added to the positions.
    positions = (
        w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]
    )
    length = b.node("Slice", b.node("Shape", "mask"), b.integers(1), b.integers(2))
    place = b.node("Slice", b.constant(positions), b.integers(0), length, b.integers(0))
    x = b.normal(b.node("Add", "words", place), "embeddings.LayerNorm", epsilon)
    hidden = b.node("Sub", b.scalar(1.0), b.node("Unsqueeze", "mask", b.integers(1, 2)))
    bias = b.node("Mul", hidden, b.scalar(_MASKED))
    for index in range(int(config["num_hidden_layers"])):
        x = _layer(b, x, bias, f"encoder.layer.{index}", config)
    pooled = _pooled(b, x, "mask", str(config.get("pooling", "mean")))
    b.nodes.append(helper.make_node("LpNormalization", [pooled], ["embedding"], axis=1, p=2))

    def tensor(name: str, *shape: str | int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    inputs = [tensor("words", "batch", "tokens", width), tensor("mask", "batch", "tokens")]
    outputs = [tensor("embedding", "batch", width)]
    graph = helper.make_graph(b.nodes, "sentence_encoder", inputs, outputs, b.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8  # supported by onnxruntime 1.18 and later
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data

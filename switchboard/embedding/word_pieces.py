"""Word pieces from either kind of tokenizer that models come with."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Protocol

from typing_extensions import override

MAX_TOKENS = 128


class WordPieces(Protocol):
    """A tokenizer."""

    def __call__(self, text: str) -> list[int]:
        """The ids of a text's pieces, with start and end marks, `MAX_TOKENS` at most."""


class SentencePieces(WordPieces):
    """A SentencePiece model, as XLM-RoBERTa has it.

    It takes a fifth of the memory of the same vocabulary in `tokenizers`: 54 MB instead of 280.
    """

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._pieces = SentencePieceProcessor(model_file=str(path))
        self._ends = self._pieces.bos_id(), self._pieces.eos_id()

    @override
    def __call__(self, text: str) -> list[int]:
        begin, end = self._ends
        pieces = self._pieces.encode(unicodedata.normalize("NFKC", text))
        return [begin, *pieces[: MAX_TOKENS - 2], end]


class TokenizerJson(WordPieces):
    """A Hugging Face `tokenizer.json`."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @override
    def __call__(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)


def open_tokenizer(folder: Path) -> WordPieces:
    """The tokenizer of a prepared model."""
    model = folder / "tokenizer.model"
    return SentencePieces(model) if model.exists() else TokenizerJson(folder / "tokenizer.json")

"""Finds personal data in text, with Presidio's analyzer.

Cards, accounts, phones, e-mails and identity numbers are recognised by form and checksum, or by
the word beside them; secrets, handles and dates of birth by the words around them; names and
addresses by lists and by their form. Order numbers and amounts are not personal data: an answer
needs them.

A shop adds a recogniser of its own with `analyzer().registry.add_recognizer`. Of Presidio's own
recognisers only that of IBANs is used: most others take the numbers of orders for something else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from switchboard.text.patterns import EMAIL

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

PRECEDENCE = tuple("email secret account identity card birthday phone handle address name".split())
"""Where two findings overlap, the earlier kind names the span, which covers both."""
MAX_CHARACTERS = 1000
_EMAIL = re.compile(EMAIL)
_BREAK = re.compile(r"[.!?]\s|[。！？\n]")


@dataclass(frozen=True)
class Found:
    """One piece of personal data: `text[start:end]` is an e-mail, a phone, and so on."""

    kind: str
    start: int
    end: int


def find_personal(text: str) -> list[Found]:
    """The pieces in text order; none overlap."""
    return list(_find(text))


@lru_cache(maxsize=1000)
def _find(text: str) -> tuple[Found, ...]:
    # The lines of a conversation come again with each question, hence the cache.
    results = [Found(*match) for match in _in_parts(text)]
    return tuple(_apart(results))


def _in_parts(text: str) -> Iterator[tuple[str, int, int]]:
    """Findings of a long text, part by part: some patterns take the square of a text's length."""
    engine, begin = analyzer(), 0
    while begin < len(text):
        part = text[begin : begin + MAX_CHARACTERS]
        if begin + len(part) < len(text):
            part = part[: _last_break(part)]
        for match in _EMAIL.finditer(part):
            yield "email", begin + match.start(), begin + match.end()
        for result in engine.analyze(part, "en"):
            kind = _PRESIDIO.get(result.entity_type, result.entity_type)
            yield kind, begin + result.start, begin + result.end
        begin += len(part)


def _last_break(part: str) -> int:
    """Where a part may end: behind the last sentence or line in its second half, else all of it."""
    breaks = [match.end() for match in _BREAK.finditer(part, len(part) // 2)]
    return breaks[-1] if breaks else len(part)


def _apart(found: list[Found]) -> list[Found]:
    """Findings that overlap as one, of the kind that takes precedence."""
    merged: list[Found] = []
    for piece in sorted(found, key=lambda f: (f.start, -f.end)):
        if merged and piece.start < merged[-1].end:
            last = merged[-1]
            kind = min((last.kind, piece.kind), key=_rank)
            merged[-1] = Found(kind, last.start, max(last.end, piece.end))
        else:
            merged.append(piece)
    return merged


def _rank(kind: str) -> int:
    return PRECEDENCE.index(kind) if kind in PRECEDENCE else len(PRECEDENCE)


_PRESIDIO = {"IBAN_CODE": "account"}


@lru_cache(maxsize=1)
def analyzer() -> AnalyzerEngine:
    """The analyzer of this process, made on first use."""
    with _without_tensorflow():
        import spacy
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import IbanRecognizer

        from switchboard.privacy.recognizers.account_numbers import (
            AccountRecognizer,
            CardRecognizer,
            IdentityRecognizer,
            PhoneNumberRecognizer,
        )
        from switchboard.privacy.recognizers.birthdays import BirthdayRecognizer
        from switchboard.privacy.recognizers.chinese_names import ChineseNameRecognizer
        from switchboard.privacy.recognizers.handles import HandleRecognizer
        from switchboard.privacy.recognizers.latin_names import LatinNameRecognizer
        from switchboard.privacy.recognizers.street_addresses import StreetAddressRecognizer
        from switchboard.privacy.recognizers.told_secrets import SecretRecognizer

    class Words(SpacyNlpEngine):
        """spaCy's tokens, which is all that these recognisers need; no trained model is loaded."""

        def __init__(self) -> None:
            super().__init__()
            nlp: Any = {"en": spacy.blank("en")}
            self.nlp = nlp

        def load(self) -> None:
            """Nothing."""

    registry = RecognizerRegistry(supported_languages=["en"])
    for recognizer in (
        IbanRecognizer(),
        AccountRecognizer(),
        BirthdayRecognizer(),
        CardRecognizer(),
        HandleRecognizer(),
        IdentityRecognizer(),
        ChineseNameRecognizer(),
        LatinNameRecognizer(),
        PhoneNumberRecognizer(),
        SecretRecognizer(),
        StreetAddressRecognizer(),
    ):
        registry.add_recognizer(recognizer)
    return AnalyzerEngine(registry=registry, nlp_engine=Words(), supported_languages=["en"])


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    """While spaCy is imported: it would import TensorFlow, for ten seconds and 400 MB, unused."""
    absent = "tensorflow" not in sys.modules
    modules: dict[str, Any] = sys.modules
    if absent:
        modules["tensorflow"] = None
    try:
        yield
    finally:
        if absent:
            del modules["tensorflow"]

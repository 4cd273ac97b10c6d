"""What all recognisers of ours share: a kind, and where it stands in a text."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from typing_extensions import override

from switchboard.text.normal import simplified_chinese

Span = tuple[int, int]
_LETTER = "[A-Za-z0-9_À-ɏ]"
_BORDER = rf"(?:(?<!{_LETTER})(?={_LETTER})|(?<={_LETTER})(?!{_LETTER}))"
LANGUAGE = "en"
"""Presidio wants one of each recogniser. Ours read every language: messages mix them."""


class SpanRecognizer(EntityRecognizer, ABC):
    """A recogniser of one kind, sure of what it finds."""

    kind = ""

    def __init__(self) -> None:
        super().__init__(supported_entities=[self.kind], supported_language=LANGUAGE)

    @override
    def load(self) -> None:
        """Nothing: what is needed is loaded with the module."""

    @override
    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Presidio's form of `spans`, those that touch as one: it compares each with each."""
        joined: list[list[int]] = []
        for start, end in sorted(self.spans(text)):
            if joined and start <= joined[-1][1]:
                joined[-1][1] = max(end, joined[-1][1])
            else:
                joined.append([start, end])
        return [RecognizerResult(self.kind, start, end, 1.0) for start, end in joined]

    @abstractmethod
    def spans(self, text: str) -> Iterable[Span]:
        """Where this kind stands in a text; spans may overlap."""


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    r"""A pattern in which `\b` is the border of a Latin word: Chinese puts no space before one."""
    return re.compile(pattern.replace(r"\b", _BORDER), flags)


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, each in its place; else the text itself."""
    plain = simplified_chinese(text)
    return plain if len(plain) == len(text) else text


def group_spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """The first group of each match that took part, else the whole match."""
    for match in pattern.finditer(text):
        taken = (number for number in range(1, pattern.groups + 1) if match[number])
        yield match.span(next(taken, 0))

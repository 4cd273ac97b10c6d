"""Whether the sources of an answer support it: sentence by sentence, by meaning and words.

A sentence is supported when some sentence of its sources is close in meaning and not too many of
its content words are missing from them; the closer, the more may be missing. It must not affirm
what a source denies. The thresholds were chosen on answers of our own
(`tests/questions/answers.yml`) against the red-team's (`make evaluate` shows both).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.embedding.encoder import Encoder
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.terms import words

BARS = ((0.60, 0.80), (0.45, 0.55), (0.36, 0.25))
"""(least cosine, greatest share of unknown words): one pair must be met."""
TRANSLATION = 0.45
"""Least cosine of a sentence and its translation: right ones have .52 to .72, others up to .40."""
MAX_HELD = 5000
"""The number of passages whose vectors are cached."""
_FEW = 3
"""The last pair applies from this many content words on: shorter sentences are near to anything."""
_NEAR = 0.15
"""Source sentences within this cosine distance of the nearest count as the same topic."""
_CLAUSE = re.compile(r"[,，、:：;；.。]|\b(?:and|but|or|which|unless|except)\b|但|而")
_SENTENCE = re.compile(r"[^.!?。！？；;\n]+(?:[.](?=\w)[^.!?。！？；;\n]+)*[.!?。！？；;]*")
_PLEASANT = re.compile(
    r"^\W*(?:yes|no|sure|of course|hello|hi|thanks?(?: you)?|good question|是的?|不是|"
    r"可以的?|不可以|不行|当然|您好|好的|没问题|谢谢|抱歉|sorry|i'm sorry|unfortunately)\W*$",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:not|no|none|nothing|nobody|never|neither|nor|without|cannot|excluded|avoid)\b|n['’]t\b|"
    r"\bfree of\b|不|没|无|非|未|别",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [piece.strip() for piece in _SENTENCE.findall(text) if piece.strip(" .!?。！？；;\n")]


class Support:
    """Checks answers against their sources; passage vectors are computed once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[Passage, NDArray[Any]] = {}

    def unsupported(self, answer: str, sources: Sequence[Passage], about: str = "") -> str | None:
        """The first sentence that its sources do not support; None if they support all."""
        said = [piece for piece in sentences(answer) if not _PLEASANT.match(piece)]
        if not said:
            return None if any(char.isalpha() for char in answer) else answer
        grounds = [text for p in sources for text in _grounds(p)]
        vectors = [self._held(passage) for passage in sources]
        facts = sentences(about)
        encoded = self._encoder.encode([*said, *facts])
        vectors.append(encoded[len(said) :])
        grounds += facts
        known = {word for ground in grounds for word in words(ground)}
        known.update(word for passage in sources for word in words(passage.name))
        cosines = encoded[: len(said)] @ np.concatenate(vectors).T
        for piece, row in zip(said, cosines, strict=True):
            near = _close(float(row.max()), strangeness(piece, known), len(words(piece)))
            close = [g for g, c in zip(grounds, row, strict=True) if c >= row.max() - _NEAR]
            if not near or affirms_what_is_denied(piece, grounds, close):
                return piece
        return None

    def translates(self, text: str, original: str) -> bool:
        """Whether every sentence translates some sentence of the original, in any language."""
        translated, originals = sentences(text), [*sentences(original), original]
        if not translated:
            return False
        vectors = self._encoder.encode([*translated, *originals])
        cosines = vectors[: len(translated)] @ vectors[len(translated) :].T
        return bool((cosines.max(axis=1) >= TRANSLATION).all())

    def prepare(self, passages: Sequence[Passage]) -> None:
        """Compute the vectors of passages ahead of the first question."""
        texts = [_named(passage) for passage in passages]
        vectors = self._encoder.encode_stored([text for named in texts for text in named])
        at = 0
        for passage, named in zip(passages, texts, strict=True):
            self._vectors[passage] = vectors[at : at + len(named)]
            at += len(named)

    def _held(self, passage: Passage) -> NDArray[Any]:
        if passage not in self._vectors:
            if len(self._vectors) > MAX_HELD:
                self._vectors.clear()
            self._vectors[passage] = self._encoder.encode(_named(passage))
        return self._vectors[passage]


def _named(passage: Passage) -> list[str]:
    return [f"{passage.name}. {text}" for text in _grounds(passage)]


def _grounds(passage: Passage) -> list[str]:
    return [*sentences(passage.text), passage.text]


def _close(cosine: float, strange: float, content: int) -> bool:
    bars = BARS if content >= _FEW else BARS[:2]
    return any(cosine >= least and strange <= most for least, most in bars)


def affirms_what_is_denied(piece: str, grounds: Sequence[str], close: Sequence[str]) -> bool:
    """Whether a sentence without a negation affirms what its sources deny.

    Either all clauses of `grounds` that share most words with it are negated; or it has a word that
    a `close` sentence has only in a negated clause: "never with water", "…, and gift cards can't be
    returned".
    """
    content = set(words(piece))
    if _DENIAL.search(piece) or not content:
        return False
    for sentence in close:
        if len(sentences(sentence)) == 1 and content & _denied_words(sentence):
            return True
    clauses = [clause for ground in grounds for clause in _CLAUSE.split(ground)]
    shared = [len(content & set(words(clause))) for clause in clauses]
    most = max(shared, default=0)
    if most < 2 or most * 2 < len(content):
        return False
    nearest = [clause for clause, number in zip(clauses, shared, strict=True) if number == most]
    return all(_DENIAL.search(clause) for clause in nearest)


def _denied_words(sentence: str) -> set[str]:
    """The words of a sentence that occur only in its negated clauses."""
    denied: set[str] = set()
    affirmed: set[str] = set()
    for clause in _CLAUSE.split(sentence):
        (denied if _DENIAL.search(clause) else affirmed).update(words(clause))
    return denied - affirmed


def strangeness(sentence: str, known: set[str]) -> float:
    """The share (0 to 1) of a sentence's content words that are not in `known`."""
    content = words(sentence)
    return sum(w not in known for w in content) / len(content) if content else 0.0

"""Answers without a model: the statements that fit a question best, of the articles found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.answering.offer import Phrases, joined
from switchboard.answering.question import Answer, Origin
from switchboard.embedding.encoder import Encoder
from switchboard.embedding.stored_vectors import encode_stored
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.certainty import ENOUGH, NEAR, SECOND
from switchboard.knowledge.index import Hit
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.knowledge.statements import Statement
from switchboard.text.language import ENGLISH, SPOKEN
from switchboard.text.normal import plain_text

CLOSE = 0.15
"""Statements within this cosine of the best one are told with it."""
MOST = 3
"""Statements of one passage."""
MAX_HELD = 5000
"""The number of passages whose vectors are cached."""


class Finding:
    """Composes answers from what a search found."""

    def __init__(self, encoder: Encoder, products: ProductFacts, phrases: Phrases) -> None:
        self._encoder, self.products, self._phrases = encoder, products, phrases
        self._vectors: dict[Passage, NDArray[Any]] = {}

    def answer(self, question: str, hits: Sequence[Hit], language: str, reason: str) -> Answer:
        """The answer to a question; what comes near, if nothing fits."""
        spoken = language if language in SPOKEN else ENGLISH
        product = self.products.asked(question, spoken)
        if product is not None:
            if product.passage is None:
                return Answer(Origin.NOWHERE, suggestions=nearest(hits), reason=reason)
            return self._told([product.passage], [product.passage.statements], language, reason)
        fitting = self._fitting(hits)
        if not fitting:
            return Answer(Origin.NOWHERE, suggestions=nearest(hits), reason=reason)
        statements = [self._best(question, passage) for passage in fitting]
        return self._told(fitting, statements, language, reason)

    def stated(
        self,
        statements: Sequence[Statement],
        sources: Sequence[Passage],
        language: str,
        reason: str,
    ) -> Answer:
        """The answer of statements that were found otherwise, as by the graph."""
        spoken = language if language in SPOKEN else ENGLISH
        text = joined([said.text for said in statements], spoken)
        if language not in SPOKEN:
            text = "\n".join(filter(None, [self._phrases.in_english(language), text]))
        return Answer(Origin.ARTICLE, text, tuple(sources), reason=reason)

    @staticmethod
    def _fitting(hits: Sequence[Hit]) -> list[Passage]:
        """The passage that answers, and a second one if that may be meant as well."""
        if not hits:
            return []
        first, *others = hits
        second = next((h for h in others if h.sure >= SECOND), None)
        if first.sure < ENOUGH and (second is None or first.sure + second.sure < TOGETHER):
            return []
        return [first.passage] if second is None else [first.passage, second.passage]

    def _told(
        self,
        passages: Sequence[Passage],
        statements: Sequence[Sequence[Statement]],
        language: str,
        reason: str,
    ) -> Answer:
        spoken = passages[0].language
        texts = [joined([said.text for said in chosen], spoken) for chosen in statements]
        if len(texts) > 1:
            named = zip(passages, texts, strict=True)
            texts = [f"{p.name}{'：' if spoken == 'zh' else ': '}{text}" for p, text in named]
            texts.insert(0, self._phrases.say("answers", "two", spoken))
        if language not in SPOKEN:
            texts.insert(0, self._phrases.in_english(language))
        text = "\n".join(part for part in texts if part)
        return Answer(Origin.ARTICLE, text, tuple(passages), reason=reason)

    def _best(self, question: str, passage: Passage) -> list[Statement]:
        """The statements nearest to a question, in the order of the text."""
        said = passage.statements
        if len(said) < 2:
            return list(said)
        vector = self._encoder.vector(plain_text(question))
        cosines = self._held(passage) @ vector
        close = [i for i in np.argsort(-cosines) if cosines[i] >= cosines.max() - CLOSE][:MOST]
        return [said[i] for i in sorted(close)]

    def prepare(self, passages: Sequence[Passage]) -> None:
        """Compute the vectors of statements ahead of the first question."""
        texts = [named for passage in passages for named in _named(passage)]
        vectors = encode_stored(self._encoder, texts) if texts else None
        at = 0
        for passage in passages:
            if vectors is not None:
                self._vectors[passage] = vectors[at : at + len(passage.statements)]
            at += len(passage.statements)

    def _held(self, passage: Passage) -> NDArray[Any]:
        if passage not in self._vectors:
            if len(self._vectors) > MAX_HELD:
                self._vectors.clear()
            self._vectors[passage] = self._encoder.encode(_named(passage))
        return self._vectors[passage]


TOGETHER = 0.6
"""Two passages that are less sure alone are told if one of them is as likely as this."""


def nearest(hits: Sequence[Hit]) -> tuple[Passage, ...]:
    """Passages that are not sure enough to be the answer, but to suggest; at most two."""
    by_title = {hit.passage.title: hit.passage for hit in hits if hit.sure >= NEAR}
    return tuple(by_title.values())[:2]


def _named(passage: Passage) -> list[str]:
    return [f"{passage.name}. {said.text}" for said in passage.statements]

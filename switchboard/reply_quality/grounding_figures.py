"""Whether a reply rests on what the shop says, by the checks that a model's own wording passes.

The statements it may rest on are those of the passages found for the question and for the reply
itself. The checks compare facts, links and claims; an error without any of these passes
(`switchboard/answering/checks.py`), so a share of grounded replies is an upper bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from switchboard.answering.checks import DraftChecks, Grounds
from switchboard.answering.engine import Knowledge
from switchboard.answering.facts import read_facts, unknown_facts
from switchboard.answering.offer import Offered
from switchboard.errors import ModelWrong
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.knowledge.statements import Statement
from switchboard.knowledge.terms import words
from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.reply_figures import Matrix, MeanFigure, ratio
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import ENGLISH, SPOKEN

FOR_QUESTION, FOR_REPLY = 4, 2
"""Passages that a reply may rest on."""
_KEPT = 1_000


class Grounding:
    """Finds what replies may rest on, and what is wrong with them."""

    def __init__(self, knowledge: Knowledge, phrasebook: Phrasebook) -> None:
        self._knowledge, self._checks = knowledge, DraftChecks(phrasebook.policy)
        self._products = ProductFacts(phrasebook)
        # What stands around statements is the shop's own, too.
        phrases = (
            phrasebook.words.get(section, {}) for section in ("openings", "closings", "answers")
        )
        self._phrases = [
            Offered(Statement(text))
            for found in phrases
            for f in found.values()
            for text in f.values()
        ]
        self.passages = lru_cache(maxsize=_KEPT)(self._found)
        self.fault = lru_cache(maxsize=_KEPT)(self._wrong)

    def _found(self, reply: GivenReply) -> tuple[Passage, ...]:
        """The passages for a question and its reply, each once, and what the catalogue tells of the
        products that they name."""
        pair = reply.pair
        hits = self._knowledge.search(pair.question, FOR_QUESTION, pair.language)
        hits = hits + self._knowledge.search(reply.text, FOR_REPLY, pair.language)
        spoken = pair.language if pair.language in SPOKEN else ENGLISH
        named = self._products.named(f"{pair.question}\n{reply.text}")
        told = (self._products.passage(sku, spoken) for sku in named[:FOR_QUESTION])
        found = [*(hit.passage for hit in hits), *(passage for passage in told if passage)]
        return tuple(dict.fromkeys(found))

    def _wrong(self, reply: GivenReply) -> str:
        """Why a reply does not rest on the shop's statements; empty if nothing says so."""
        offered = [Offered(said, p) for p in self.passages(reply) for said in p.statements]
        try:
            grounds = Grounds([*offered, *self._phrases])
            self._checks.check(reply.text, grounds, reply.pair.language)
        except ModelWrong as error:
            return str(error)
        return ""


class GroundedFigure(MeanFigure):
    """The share of replies, in English and Chinese, that pass the checks."""

    def __init__(self, grounding: Grounding) -> None:
        super().__init__("grounded", "grounded in the shop's statements")
        self._grounding = grounding

    def value(self, reply: GivenReply) -> float | None:
        """1 or 0; None for a declined reply."""
        if not reply.text or reply.pair.language not in SPOKEN:
            return None
        return float(not self._grounding.fault(reply))


class SupportFigure(MeanFigure):
    """The share of a reply's content words that stand in what the shop says (K-Precision, which
    goes with people's judgement of faithfulness better than other overlaps: Adlakha and others,
    2024)."""

    def __init__(self, grounding: Grounding) -> None:
        super().__init__("support", "content words that the shop's statements have")
        self._grounding = grounding

    def value(self, reply: GivenReply) -> float | None:
        """The share; None for a reply without content words."""
        said = words(reply.text)
        if not said or reply.pair.language not in SPOKEN:
            return None
        known: set[str] = set()
        for passage in self._grounding.passages(reply):
            known.update(_words_of(passage))
        return sum(word in known for word in said) / len(said)


class FactsFigure:
    """Of the facts in a reference (numbers with units, times, links, codes), the share that the
    reply tells; of several references, the one of which most is told."""

    name, title, better, most, width = "facts", "facts of the reference told", 1, 1.0, 2

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """Facts told, and facts in the reference."""
        found = np.zeros((len(replies), 2))
        for row, reply in enumerate(replies):
            counts = [_told(reply.text, text) for text in reply.pair.references]
            found[row] = max(counts, key=lambda c: (c[0] / max(c[1], 1), c[1]), default=(0, 0))
        return found

    def total(self, sums: Matrix) -> Matrix:
        """The share."""
        return ratio(sums[:, 0], sums[:, 1])


def _told(reply: str, reference: str) -> tuple[int, int]:
    wanted = len(read_facts(reference))
    return max(wanted - len(unknown_facts(reference, reply)), 0), wanted


@lru_cache(maxsize=_KEPT)
def _words_of(passage: Passage) -> frozenset[str]:
    said = [text for s in passage.statements for text in (s.text, *dict(s.forms).values())]
    return frozenset(words(" ".join((passage.name, *said))))

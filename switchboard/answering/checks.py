"""The checks that a model's answer must pass before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from switchboard.answering.claims import forbidden_claim
from switchboard.answering.facts import unknown_facts
from switchboard.answering.support import Support
from switchboard.errors import ModelWrong
from switchboard.knowledge.articles import Passage
from switchboard.shop.policy import Policy
from switchboard.text.language import ENGLISH, SPOKEN, read_language

MAX_CHARACTERS = 1200
"""Of an answer. With the line that names the article it fits every channel in one message."""


@dataclass(frozen=True)
class Grounds:
    """What an answer may rest on. `orders`: the data of proved orders, by number."""

    sources: Sequence[Passage]
    orders: dict[str, str]
    placeholders: frozenset[str]


class AnswerChecks:
    """Runs all checks on an answer."""

    def __init__(self, support: Support, policy: Policy) -> None:
        self._support = support
        shop = policy.raw.get("shop", {})
        self._contact = " ".join(str(shop.get(key, "")) for key in ("website", "email", "phone"))

    def check(self, text: str, grounds: Grounds, language: str, english: str = "") -> None:
        """Check an answer.

        In a language without articles, `english` is checked, and `text` must be a translation of
        it.

        Raises:
            ModelWrong: it must not be sent; the message says why, without the customer's words.
        """
        if len(text) > MAX_CHARACTERS:
            raise ModelWrong("too long")
        found = read_language(text)
        if found is not None and found != language and (language in SPOKEN or found in SPOKEN):
            raise ModelWrong(f"it is not in the customer's language ({language})")
        if language not in SPOKEN:
            self._check_translation(text, grounds, english)
            return
        about = " ".join(grounds.orders.values())
        held = " ".join([*(f"{p.name} {p.text}" for p in grounds.sources), about])
        wrong = forbidden_claim(text, held, frozenset(grounds.orders))
        if wrong:
            raise ModelWrong(wrong)
        allowed = f"{held} {self._contact} {' '.join(grounds.placeholders)}"
        missing = unknown_facts(text, allowed)
        if missing:
            raise ModelWrong(f"facts that no passage holds: {', '.join(sorted(missing))}")
        stray = self._support.unsupported(text, grounds.sources, about)
        if stray is not None:
            raise ModelWrong(f"the passages do not say: {stray[:200]}")

    def _check_translation(self, text: str, grounds: Grounds, english: str) -> None:
        if not english:
            raise ModelWrong("the English text is missing")
        self.check(english, grounds, ENGLISH)
        if unknown_facts(text, english) or not self._support.translates(text, english):
            raise ModelWrong("text and english do not say the same")

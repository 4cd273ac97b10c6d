"""The checks that a model's own wording must pass before a judge reads it.

They find what can be compared verbatim: facts, links, claims. What a sentence means is the judge's
(`switchboard/answering/judge.py`); neither alone is enough, and both may err.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from switchboard.answering.claims import forbidden_claim
from switchboard.answering.facts import unknown_facts, visible
from switchboard.answering.offer import Offered
from switchboard.errors import ModelWrong
from switchboard.shop.policy import Policy
from switchboard.text.language import SPOKEN, read_language
from switchboard.text.sentences import sentences

MAX_CHARACTERS = 1200
"""Of an answer. With the line that names the article it fits every channel in one message."""
_CLAUSE = re.compile(
    r"\s*(?:[,;:—–](?!\d)|[，；：、])\s*|\s+-\s+|\s*\b(?:and|but|or|so|which|while|though)\b\s+"
    r"|(?:但是?|而且|不过|所以|并且|同时)",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"^\W*(?:(?P<yes>yes|yeah|yep|sure|certainly|of course|absolutely|definitely|correct|indeed"
    r"|是的|可以的?|当然|没错|对的?|能的?|好的|行)"
    r"|(?P<no>no|nope|sorry,? no|unfortunately not|not at all|never"
    r"|不行|不可以|不能|不是的?|没有|抱歉[，,]?不))"
    r"(?=\s*[,.!;:，。！；：]|\s*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Grounds:
    """What a draft may rest on: the statements that it cites, and placeholders."""

    cited: Sequence[Offered]
    placeholders: frozenset[str] = frozenset()

    @property
    def texts(self) -> list[str]:
        """The statements, in all their forms."""
        return [
            t for o in self.cited for t in (o.statement.text, *dict(o.statement.forms).values())
        ]

    @property
    def orders(self) -> frozenset[str]:
        """The proved orders that the statements are about."""
        return frozenset(offered.order for offered in self.cited if offered.order)


class DraftChecks:
    """Checks drafts. What the shop says of itself (contact, name) may be in any of them."""

    def __init__(self, policy: Policy) -> None:
        shop = policy.raw.get("shop", {})
        self.shop_name = str(shop.get("name", ""))
        self._contact = " ".join(str(shop.get(key, "")) for key in ("website", "email", "phone"))

    def check(self, draft: str, grounds: Grounds, language: str) -> list[str]:
        """The sentences of a draft as they would be sent, for the judge.

        Raises:
            ModelWrong: it must not be sent; the message says why, without the customer's words.
        """
        if len(draft) > MAX_CHARACTERS:
            raise ModelWrong("too long")
        found = read_language(draft)
        if found is not None and found != language and (language in SPOKEN or found in SPOKEN):
            raise ModelWrong(f"it is not in the customer's language ({language})")
        held = " ".join(grounds.texts)
        self._check_claims(draft, held, grounds)
        said = sentences(draft)
        if not said:
            raise ModelWrong("it says nothing")
        for sentence in said:
            self._check_answer(sentence, grounds)
            for clause in filter(None, _CLAUSE.split(sentence)):
                self._check_facts(clause, grounds)
        return said

    def check_rendering(self, english: Mapping[int, str], grounds: Grounds) -> None:
        """Check the claims of a draft by what a judge rendered in English: patterns read no other
        language.

        Raises:
            ModelWrong: it must not be sent.
        """
        for sentence in english.values():
            self._check_claims(sentence, " ".join(grounds.texts), grounds)

    @staticmethod
    def _check_claims(text: str, held: str, grounds: Grounds) -> None:
        wrong = forbidden_claim(text, held, grounds.orders)
        if wrong:
            raise ModelWrong(wrong)

    def _check_facts(self, clause: str, grounds: Grounds) -> None:
        """All facts of a clause have to stand in one statement: 14 days are one thing's."""
        always = f"{self._contact} {' '.join(grounds.placeholders)}"
        missing = [unknown_facts(clause, f"{text} {always}") for text in grounds.texts or [""]]
        if all(missing):
            least = min(missing, key=len)
            raise ModelWrong(f"facts that no statement holds: {', '.join(sorted(least))}")

    @staticmethod
    def _check_answer(sentence: str, grounds: Grounds) -> None:
        """A yes or a no is a claim of its own, for which a statement that says it must be cited."""
        match = _YES_NO.match(visible(sentence))
        if match is None:
            return
        form = "yes" if match["yes"] else "no"
        if not any(form in dict(offered.statement.forms) for offered in grounds.cited):
            raise ModelWrong(f"it says {form}, which no statement does")

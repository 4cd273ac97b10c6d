"""The numbered statements that a model chooses from, and the text of those it chose.

What the customer reads is composed here, of nothing but the shop's own sentences: statements of its
articles and catalogue, its statements on the customer's own order, and its phrases around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from switchboard.answering.reply import ModelReply
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.statements import Statement
from switchboard.shop.speech import Words
from switchboard.text.language import CHINESE, ENGLISH, SPOKEN

OWN_FORM = frozenset({"yes", "no"})
"""Forms that answer the question itself: said once, the statements after it are plain."""


@dataclass(frozen=True)
class Offered:
    """One statement on offer. `passage`: where it stands; None for one on the customer's order."""

    statement: Statement
    passage: Passage | None = None
    order: str = ""


@dataclass(frozen=True)
class OnOffer:
    """All statements of some passages and orders, in one count from 1."""

    passages: tuple[Passage, ...]
    orders: Mapping[str, Sequence[str]]

    @cached_property
    def statements(self) -> tuple[Offered, ...]:
        """The statements: those of passages first, in the order of the text."""
        return (
            *(Offered(said, passage) for passage in self.passages for said in passage.statements),
            *(Offered(Statement(t), None, n) for n, texts in self.orders.items() for t in texts),
        )

    def chosen(self, numbers: Sequence[int]) -> list[Offered]:
        """The statements with these numbers, in a good order.

        A text is told in its own order; the text that was named first comes first.
        """
        named = [self.statements[number - 1] for number in numbers]
        places = list(dict.fromkeys((offered.passage, offered.order) for offered in named))
        ranked = sorted(
            numbers,
            key=lambda n: (
                places.index((self.statements[n - 1].passage, self.statements[n - 1].order)),
                n,
            ),
        )
        return [self.statements[number - 1] for number in ranked]


@dataclass(frozen=True)
class Phrases:
    """The shop's phrases around statements, from `data/words.yml`."""

    words: Words

    def names(self, section: str) -> tuple[str, ...]:
        """The names of a section: `openings` or `closings`."""
        return tuple(self.words.get(section, ()))

    def say(self, section: str, name: str, language: str) -> str:
        """A phrase; empty if there is none of that name."""
        forms = self.words.get(section, {}).get(name, {})
        return forms.get(language, "")

    def in_english(self, language: str) -> str:
        """The line before an English answer, in another language; empty if there is none."""
        return self.say("in_english", language, "line")


def composed(reply: ModelReply, chosen: Sequence[Offered], phrases: Phrases, language: str) -> str:
    """The answer to a customer: the chosen statements between the shop's phrases."""
    spoken = language if language in SPOKEN else ENGLISH
    said, form = [], reply.form
    for offered in chosen:
        text = offered.statement.said(form)
        if form in OWN_FORM and text != offered.statement.text:
            form = ""
        said.append(text)
    parts = [
        phrases.say("openings", reply.opening, spoken),
        *said,
        phrases.say("closings", reply.closing, spoken),
    ]
    text = joined([part for part in parts if part], spoken)
    line = "" if language in SPOKEN else phrases.in_english(language)
    return f"{line}\n{text}" if line else text


def joined(sentences: Sequence[str], language: str) -> str:
    """Sentences as one text; Chinese ones stand without a space between them."""
    return ("" if language == CHINESE else " ").join(sentences)


def sources_of(chosen: Sequence[Offered]) -> tuple[Passage, ...]:
    """The passages that statements stand in, each once."""
    return tuple(dict.fromkeys(o.passage for o in chosen if o.passage is not None))

"""The input and the output of the engine for open questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from switchboard.knowledge.articles import Passage
from switchboard.llm.chat_model import Message
from switchboard.text.language import ENGLISH

MAX_QUESTION = 2000


@dataclass(frozen=True)
class KnownCustomer:
    """What is known of the customer.

    `orders`: statements about each proved order, by number, without free text (`order_statements`);
    `bought`: the article numbers in it.
    `facts`: what else a model may know, of closed lists; `size`: the one that they wear.
    """

    name: str = ""
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facts: Sequence[str] = ()
    bought: Mapping[str, Sequence[str]] = field(default_factory=dict)
    size: str = ""


@dataclass(frozen=True)
class Question:
    """An open question. `history`: the earlier messages, oldest first."""

    text: str
    language: str = ENGLISH
    history: Sequence[Message] = ()
    conversation_id: str = ""
    customer: KnownCustomer = KnownCustomer()
    hurried: bool = False
    """The customer has written again: answer at once, without a model."""


class Origin(str, Enum):
    """The outcome of an open question."""

    MODEL = "model"
    """Statements that a model chose, or its own wording of them where the shop allows that."""
    ARTICLE = "article"
    """The statements of articles or of the catalogue that fit best, chosen without a model."""
    FLOW = "flow"
    """A known flow takes over: `intent`, `order_number`."""
    ASK = "ask"
    """One of `suggestions` is meant; the customer is asked which."""
    PERSON = "person"
    """A person has to answer."""
    NOWHERE = "nowhere"
    """Nothing was found; `suggestions` are the nearest passages, if any."""


@dataclass(frozen=True)
class Answer:
    """An answer. `reason` (for the log): why no model was used, or what went wrong."""

    origin: Origin
    text: str = ""
    sources: tuple[Passage, ...] = ()
    suggestions: tuple[Passage, ...] = ()
    intent: str = ""
    order_number: str = ""
    reason: str = ""

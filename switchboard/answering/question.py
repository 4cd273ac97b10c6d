"""What is asked of the engine, and what it answers."""

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
    """What is known of who asks.

    `orders`: what may be told of each proved order, without free text (`describe_order`): answers
    may rest on it.
    """

    name: str = ""
    orders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """An open question. `history` is what was said before, oldest first."""

    text: str
    language: str = ENGLISH
    history: Sequence[Message] = ()
    conversation_id: str = ""
    customer: KnownCustomer = KnownCustomer()
    hurried: bool = False
    """The customer has written again meanwhile: answer at once, without a model."""


class Origin(str, Enum):
    """What becomes of an open question."""

    MODEL = "model"
    """A model's words, checked."""
    ARTICLE = "article"
    """An article's own words."""
    FLOW = "flow"
    """A known flow goes on with it: `intent`, `order_number`."""
    ASK = "ask"
    """One of `suggestions` is meant; which?"""
    PERSON = "person"
    """A person has to look at it."""
    NOWHERE = "nowhere"
    """Nothing was found; `suggestions` come nearest, if anything does."""


@dataclass(frozen=True)
class Answer:
    """What to do and say. `reason` tells the log why it was not the model, or what went wrong."""

    origin: Origin
    text: str = ""
    sources: tuple[Passage, ...] = ()
    suggestions: tuple[Passage, ...] = ()
    intent: str = ""
    order_number: str = ""
    reason: str = ""

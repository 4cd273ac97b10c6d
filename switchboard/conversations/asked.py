"""What was asked last and what is on offer, and whether a message answers that.

A message is read against this first, then afresh: "the second one", the title of a button typed,
"yes" to a single offer. What an act needs is a clear yes (`switchboard.text.consent`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.fuzz import ratio

from switchboard.conversations.turns import QUOTE
from switchboard.text.consent import normal_reply, read_consent
from switchboard.text.numbers import CHINESE

CONFIRM_SLOT = "order_confirm"
NO, YES = "deny", "affirm"
_PAYLOAD = re.compile(r"/(?P<intent>\w+)(?P<entities>\{.*\})?", re.DOTALL)
_ORDINALS = {
    **{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5},
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5},
    **{"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5},
}
_PLACE = re.compile(
    r"(?:(?:i )?(?:mean|meant|want|choose|take|pick) )?(?:please )?(?:the |number |no |nr "
    r"|option )*"
    r"(?P<en>\d|[a-z]+|[1-5](?:st|nd|rd|th))(?: (?:one|option|article|item))?(?: please| thanks)?"
    r"|(?:我选|选|就|要)?第?(?P<zh>[一二三四五1-5])(?:个|项|条|种|件)?(?:吧|谢谢)?"
)
_ALIKE = 86.0  # of 100: a typo or two in a title
_FUZZY_FROM = 8  # characters: shorter ones have too many neighbours


@dataclass(frozen=True)
class Offer:
    """A button: what stands on it, and what pressing it means."""

    title: str
    intent: str
    entities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """The form at work, the slot that it asked for, and the buttons of the last answer."""

    form: str | None = None
    slot: str | None = None
    offers: tuple[Offer, ...] = ()
    order_number: str = ""
    told: str = ""
    """The texts since the customer's last message."""

    @property
    def confirms(self) -> bool:
        """Whether a yes would act."""
        return self.form is not None and self.slot == CONFIRM_SLOT

    @property
    def task(self) -> str:
        """The wish of the form at work; empty outside of forms."""
        return (self.form or "").removesuffix("_form")

    def offer(self, intent: str) -> Offer | None:
        """The first button that means this intent."""
        return next((offer for offer in self.offers if offer.intent == intent), None)


def offers_of(buttons: Iterable[Mapping[str, Any]]) -> tuple[Offer, ...]:
    """The buttons of messages as offers; links and what is no payload are left out."""
    found = []
    for button in buttons:
        match = _PAYLOAD.fullmatch(str(button.get("payload") or ""))
        if match is None:
            continue
        try:
            entities = json.loads(match["entities"] or "{}")
        except ValueError:
            continue
        named = {str(k): str(v) for k, v in entities.items()}
        found.append(Offer(str(button.get("title") or ""), match["intent"], named))
    return tuple(found)


def chosen(text: str, asked: Asked) -> Offer | None:
    """The offer that a message takes up, or None.

    At a confirmation only a clear yes or no counts, with the quote that the button carries.
    """
    if not asked.offers:
        return None
    titles = [offer.title for offer in asked.offers]
    said = normal_reply(text)
    if not said or len(said) > 120:
        return None
    for offer in asked.offers:
        if normal_reply(offer.title) == said:
            return offer
    agreed = read_consent(text, titles, asked.order_number)
    if asked.confirms:
        return None if agreed is None else asked.offer(YES if agreed else NO)
    forward = [offer for offer in asked.offers if offer.intent != NO]
    if agreed and len(forward) == 1:
        return forward[0]
    if agreed is False:
        return asked.offer(NO)
    return _by_place(said, asked.offers) or _by_likeness(said, asked.offers)


def _by_place(said: str, offers: Sequence[Offer]) -> Offer | None:
    match = _PLACE.fullmatch(said)
    if match is None or len(offers) < 2:
        return None
    word = match["en"] or match["zh"]
    if word == "last":
        return offers[-1]
    place = _ORDINALS.get(word) or CHINESE.get(word) or (int(word) if word.isdigit() else 0)
    return offers[place - 1] if 1 <= place <= len(offers) else None


def _by_likeness(said: str, offers: Sequence[Offer]) -> Offer | None:
    alike = [
        offer
        for offer in offers
        if len(offer.title) >= _FUZZY_FROM
        and "variant" not in offer.entities  # a word more or less is another variant
        and ratio(normal_reply(offer.title), said) >= _ALIKE
    ]
    return alike[0] if len(alike) == 1 else None


def quote_of(entities: Iterable[Mapping[str, Any]]) -> str | None:
    """The quote that a message says yes to, if it names one."""
    return next((str(e["value"]) for e in entities if e.get("entity") == QUOTE), None)

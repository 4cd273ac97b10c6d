"""Which messages are none of the known intents and go to the open route."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from switchboard.conversations.takeover import (
    asks_for_person,
    names_danger,
    refuses_person,
    sounds_dangerous,
)
from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    GRAVE_INTENTS,
    LANGUAGE,
    OPEN_INTENT,
    OPEN_REASON,
    PERSON_INTENT,
    REPAIRS,
    REQUESTS,
    RESUME_INTENT,
    SMALL_TALK,
    UNCLEAR_INTENT,
)
from switchboard.nlu.intent_classifier import EVIDENCE
from switchboard.nlu.message_step import MessageStep, named, put_first
from switchboard.nlu.sentence_embedder import SENTENCES
from switchboard.orders.order_details import facts_asked
from switchboard.text.addresses import find_address
from switchboard.text.bare import only_names
from switchboard.text.language import SPOKEN
from switchboard.text.negation import forbids

GRAVE_SHARE, GRAVE_SURE, GRAVE_BEYOND_DOUBT = 0.35, 0.9, 0.98
"""Of a grave topic that words name outright; of one with a word that may be of it; of one without
any such word."""
LIKELY = 0.3
"""Of a wish about an order in a message that names one: less is an open question."""
POSSIBLE = 0.02
"""Of a wish beside a question about an order's facts: less is out of the question."""
HALF_KNOWN = 0.4
"""Of the bar: as much must such a message be like any known one."""
SURE = 0.6
"""Of a sentence's wish, when the whole message says nothing."""
WORTH_ASKING = 0.25
OF_THE_TALK, SURE_OF_THE_TALK = REPAIRS | {RESUME_INTENT}, 0.75
"""Rare, and mistaken easily: "oh great, another chatbot"."""
ABOUT_ORDERS = frozenset(
    """cancel_order change_order change_shipping_address track_order return_item exchange_item
    report_damaged_item withdraw_request get_refund track_refund get_invoice check_invoice
    payment_issue""".split()
)
DETAILS = "order_details"
_READ = 500
_OF_THAT_ORDER = {"check_invoice": "get_invoice", "delivery_period": "track_order"}
"""Not where invoices are, or how long delivery takes: this one's."""
_ADDRESS = re.compile(
    r"address|adress|addr|adr\b|deliver|ship|send|sent|move|moving|live|street|home|house|place|postcode|town"
    r"|go to|goes to|地址|寄|送|搬|收货|dizhi|住",
    re.IGNORECASE,
)
_WHICH_ADDRESS = re.compile(
    r"^\W*(?:which|wich|what|where|wher|whr)\b(?!.*\b(?:change|instead|wrong)\b)"
    r"|^(?!.*(?:改|换|错)).*(?:哪个地址|什么地址|地址是哪|地址是什么|寄到哪|送到哪|寄去哪)",
    re.IGNORECASE,
)
_AWAITED = re.compile(
    r"\b(?:still|yet|when|where|promised|you said|told me|hasn'?t|has not|waiting|status"
    r"|become of)\b"
    r"|还没|没到|没收到|到哪|多久|什么时候|答应|说好|进度",
    re.IGNORECASE,
)
_PAPER = re.compile(r"invoice|bill|receipt|发票|收据|账单", re.IGNORECASE)
_SAME_HELP = frozenset({frozenset({"get_invoice", "check_invoice"})})
_NEVER_ASKED_BACK = SMALL_TALK | CAREFUL_INTENTS


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class OpenQuestionDetector(MessageStep, IntentClassifier):
    """Turns a message that resembles no known one into `nlu_fallback`.

    So is one in a language that the assistant does not speak. Where two wishes are about equally
    likely, the message becomes `unclear_intent`, and the customer is asked which one it is. The
    classifier's own verdict stays first among the real intents of `intent_ranking`. A message
    that is little more than an entity (`4711`, an e-mail) is `inform`, whatever the classifier
    makes of the digits.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: None takes the one that cross-validation found at training."""
        return {"threshold": None}

    def judge(self, message: Message) -> None:
        """Override the intent where the evidence is too thin."""
        language, evidence = message.get(LANGUAGE), message.get(EVIDENCE)
        if is_bare_entity(message):
            put_first(message, "inform", 1.0)
        elif not evidence:
            self._open(message, 1.0, "nothing to classify")
        elif language is not None and language not in SPOKEN:
            self._open(message, 1.0, f"language: {language}")
        elif asks_for_person(message.get(TEXT) or ""):
            put_first(message, PERSON_INTENT, 1.0)
        elif grave := _grave(message):
            put_first(message, *grave)
        elif not message.get(REQUESTS):
            _leave_out_false_dangers(message)
            text = message.get(TEXT) or ""
            best = str((message.get(INTENT) or {}).get("name"))
            if forbids(text, best) or (best == PERSON_INTENT and refuses_person(text)):
                put_first(message, "deny", 1.0)
            else:
                self._weigh(message, evidence)

    def _weigh(self, message: Message, evidence: dict[str, float]) -> None:
        fixed = self._config["threshold"]
        threshold = evidence["threshold"] if fixed is None else float(fixed)
        intent = message.get(INTENT) or {}
        best = intent.get("name")
        if evidence["score"] < threshold or best in SMALL_TALK:
            wish = _wish_of_a_sentence(message)
            if wish is not None:
                put_first(message, *wish)
                return
        if best in OF_THE_TALK and intent["confidence"] < SURE_OF_THE_TALK:
            intent = _leave_out(message, OF_THE_TALK)
            best = intent.get("name")
        instead = _wish_by_its_words(message, best)
        if instead is not None:
            put_first(message, instead, intent["confidence"])
            return
        half_known = evidence["score"] >= HALF_KNOWN * threshold
        if (
            named(message, "order_number")
            and half_known
            and self._settled_by_number(message, best, intent)
        ):
            return
        if evidence["score"] < threshold:
            reason = f"nearest {best}, {evidence['score']:.2f} below {threshold:.2f}"
            self._open(message, 1.0 - evidence["score"], reason)
        elif evidence["margin"] < evidence["close"]:
            first_two = message.get(INTENT_RANKING_KEY)[:2]
            names = {e["name"] for e in first_two}
            # A second guess that is little likely is noise, and no choice to put to a customer.
            likely = first_two[-1]["confidence"] >= WORTH_ASKING
            if likely and not _NEVER_ASKED_BACK & names and frozenset(names) not in _SAME_HELP:
                put_first(message, UNCLEAR_INTENT, 1.0 - evidence["margin"])

    @staticmethod
    def _settled_by_number(message: Message, best: str | None, intent: dict[str, Any]) -> bool:
        """A message that names an order and is like a known one is about that order."""
        instead = _OF_THAT_ORDER.get(str(best))
        if instead is not None:
            put_first(message, instead, intent["confidence"])
        return instead is not None or (best in ABOUT_ORDERS and intent["confidence"] >= LIKELY)

    @staticmethod
    def _open(message: Message, confidence: float, reason: str) -> None:
        put_first(message, OPEN_INTENT, confidence)
        message.set(OPEN_REASON, reason, add_to_output=True)


def _grave(message: Message) -> tuple[str, float] | None:
    """A danger that is the second thought, when the first is hardly surer."""
    for entry in (message.get(INTENT_RANKING_KEY) or [])[:2]:
        if entry["name"] in GRAVE_INTENTS and entry["confidence"] >= GRAVE_SHARE:
            return (entry["name"], entry["confidence"]) if _is_danger(message, entry) else None
    return None


def _is_danger(message: Message, entry: dict[str, Any]) -> bool:
    """Whether a grave topic has evidence beside the classifier's opinion: words that name the
    danger, a word that may be of one in a known message, or no doubt at all."""
    text, score = message.get(TEXT) or "", message.get(EVIDENCE)["score"]
    if names_danger(text) or min(entry["confidence"], score) >= GRAVE_BEYOND_DOUBT:
        return True
    known = score >= message.get(EVIDENCE)["threshold"]
    return known and entry["confidence"] >= GRAVE_SURE and sounds_dangerous(text)


def _leave_out_false_dangers(message: Message) -> None:
    """A grave topic without evidence is the classifier's guess about strange text."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    if ranking and ranking[0]["name"] in GRAVE_INTENTS and not _is_danger(message, ranking[0]):
        _leave_out(message, GRAVE_INTENTS)


def _leave_out(message: Message, names: frozenset[str]) -> dict[str, Any]:
    """The likeliest intent that is none of these."""
    rest = [e for e in message.get(INTENT_RANKING_KEY) or [] if e["name"] not in names]
    if rest:
        message.set(INTENT, rest[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, rest, add_to_output=True)
    return message.get(INTENT) or {}


def _wish_by_its_words(message: Message, best: str | None) -> str | None:
    """The wish that words settle beside the classifier's: a question about an order's facts names
    one, and what names a fact of a numbered order is one, however strange; None leaves it."""
    text, numbered = (message.get(TEXT) or "")[:_READ], bool(named(message, "order_number"))
    if best == "change_shipping_address":
        if _WHICH_ADDRESS.search(text):
            return DETAILS
        strange = numbered and not _ADDRESS.search(text) and find_address(text) is None
        return "change_order" if strange else None
    if best == "get_refund":
        return "track_refund" if numbered and _AWAITED.search(text) else None
    if best == DETAILS and not facts_asked(text):
        return _second_wish(message, numbered)
    if best == DETAILS and numbered and find_address(text):
        return "change_shipping_address"
    may_be = best in ("inform", DETAILS) or (best == "check_invoice" and not _PAPER.search(text))
    if numbered and may_be and facts_asked(text) and not is_bare_entity(message):
        return DETAILS
    return None


def _second_wish(message: Message, numbered: bool) -> str | None:
    """The likeliest wish about an order beside its facts, unless it is out of the question."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    others = (e for e in ranking if e["name"] not in SMALL_TALK | {DETAILS})
    second = next((e["name"] for e in others if e["confidence"] >= POSSIBLE), "")
    second = _OF_THAT_ORDER.get(second, second) if numbered else second
    return second if second in ABOUT_ORDERS else None


def _wish_of_a_sentence(message: Message) -> tuple[str, float] | None:
    """The surest wish among the sentences of a long message."""
    best: tuple[str, float] | None = None
    for sentence in message.get(SENTENCES) or []:
        if not sentence.ranking:
            continue
        first = sentence.ranking[0]
        if first["name"] in SMALL_TALK | CAREFUL_INTENTS:
            continue
        known = sentence.evidence["score"] >= sentence.evidence["threshold"]
        # The later one of two that are as sure.
        if known and first["confidence"] >= max(SURE, best[1] - 0.05 if best else 0.0):
            best = first["name"], first["confidence"]
    return best


def is_bare_entity(message: Message) -> bool:
    """Whether the message only gives a number, an address or a product."""
    named = ("order_number", "email", "phone", "product")
    spans = [(e["start"], e["end"]) for e in message.get(ENTITIES) or [] if e["entity"] in named]
    return only_names(message.get(TEXT) or "", spans)
